"""Products of vectors, matrices and arrays: sums over shared axes, outer and cross products."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from autograd.functions.rearranging import alike
from autograd.functions.registry import implements, refuse
from autograd.rules import arrays, linear_algebra

__all__: list[str] = []


@implements(np.dot)
def _dot(a: Any, b: Any, out: Any = None) -> Any:
    refuse("dot", out=out)
    a, b = alike(a, b)
    if not (a.shape and b.shape):
        return a * b
    return a @ b if len(b.shape) <= 2 else np.tensordot(a, b, (-1, -2))


@implements(np.inner)
def _inner(a: Any, b: Any, /) -> Any:
    a, b = alike(a, b)
    return np.tensordot(a, b, (-1, -1)) if a.shape and b.shape else a * b


@implements(np.vdot)
def _vdot(a: Any, b: Any, /) -> Any:
    a, b = alike(a, b)
    return np.ravel(a) @ np.ravel(b)


@implements(np.outer)
def _outer(a: Any, b: Any) -> Any:
    a, b = alike(a, b)
    return np.ravel(a)[:, None] * np.ravel(b)


@implements(np.tensordot)
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sum the products over pairs of axes, as one product of matrices."""
    a, b = alike(a, b)
    if np.ndim(axes) == 0:
        summed_a, summed_b = tuple(range(len(a.shape) - axes, len(a.shape))), tuple(range(axes))
        if axes > min(len(a.shape), len(b.shape)):
            raise ValueError(f"np.tensordot over {axes} axes of the shapes {a.shape} and {b.shape}: too many")
    else:
        summed_a, summed_b = (
            arrays.axes_of(tuple(np.atleast_1d(x)), len(y.shape)) for x, y in zip(axes, (a, b), strict=True)
        )
    lengths = [a.shape[i] for i in summed_a]
    if lengths != [b.shape[i] for i in summed_b]:
        raise ValueError(
            f"np.tensordot: the axes {summed_a} of the shape {a.shape} differ in length from {summed_b} of "
            f"{b.shape}"
        )
    rest_a, rest_b = _others(summed_a, a.shape), _others(summed_b, b.shape)
    left = arrays.transpose(a, (*rest_a, *summed_a))
    right = arrays.transpose(b, (*summed_b, *rest_b))
    shape_a, shape_b = tuple(a.shape[i] for i in rest_a), tuple(b.shape[i] for i in rest_b)
    n = prod(lengths)
    product = np.reshape(left, (prod(shape_a), n)) @ np.reshape(right, (n, prod(shape_b)))
    return np.reshape(product, shape_a + shape_b)


def _others(axes: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(i for i in range(len(shape)) if i not in axes)


@implements(np.kron)
def _kron(a: Any, b: Any) -> Any:
    """The blocks of b times each element of a."""
    a, b = alike(a, b)
    dimensions = max(len(a.shape), len(b.shape))
    large, small = ((1,) * (dimensions - len(x.shape)) + x.shape for x in (a, b))
    spread = tuple(n for length in large for n in (length, 1))
    within = tuple(n for length in small for n in (1, length))
    blocks = np.reshape(a, spread) * np.reshape(b, within)
    return np.reshape(blocks, tuple(m * n for m, n in zip(large, small, strict=True)))


@implements(np.cross)
def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The vector product in space; of vectors in the plane, its component across the plane."""
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    a, b = alike(a, b)
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if not {a.shape[-1], b.shape[-1]} <= {2, 3}:
        raise ValueError(
            "incompatible dimensions for cross product (dimension must be 2 or 3): "
            f"{a.shape[-1]} and {b.shape[-1]}"
        )
    (a1, a2, *a3), (b1, b2, *b3) = ([x[..., i] for i in range(x.shape[-1])] for x in (a, b))
    across = a1 * b2 - a2 * b1
    if not (a3 or b3):
        return across
    (third_a,), (third_b,) = a3 or [0.0], b3 or [0.0]
    parts = [a2 * third_b - third_a * b2, third_a * b1 - a1 * third_b, across]
    return np.moveaxis(np.stack(parts, -1), -1, axisc)


@implements(np.trace)
def _trace(
    a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None
) -> Any:
    return np.sum(np.diagonal(a, offset, axis1, axis2), -1, dtype=dtype, out=out)


# ---- Einstein summation

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@implements(np.einsum)
def _einsum(*operands: Any, out: Any = None, optimize: Any = False, **options: Any) -> Any:
    """Einstein summation as in NumPy: letters, lists of numbers, ellipses, repeated letters for diagonals.

    The products are always contracted in one step; ``optimize`` is accepted and changes nothing.
    """
    refuse("einsum", out=out, **options)
    if not operands:
        raise ValueError("np.einsum takes the subscripts, then the arrays")
    subscripts, tensors = _spelt(operands)
    if isinstance(optimize, (list, tuple)) or optimize:
        np.einsum_path(subscripts, *[np.empty(x.shape, bool) for x in tensors], optimize=optimize)
    spelt, target = _without_ellipses(subscripts, tensors)
    pairs = [_on_diagonal(letters, x, subscripts) for letters, x in spelt]
    return linear_algebra.einsum([letters for letters, _ in pairs], target, [x for _, x in pairs])


def _spelt(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """Return the subscripts as text, and the arrays."""
    if isinstance(operands[0], str):
        return "".join(operands[0].split()), alike(*operands[1:])

    def word(sublist: Any) -> str:
        if not isinstance(sublist, (list, tuple)) or not all(
            n is Ellipsis or n in range(52) for n in sublist
        ):
            raise ValueError(
                f"np.einsum takes subscripts as text, or after each array a list of numbers from 0 to 51 "
                f"(or ...), not {type(sublist).__name__}"
            )
        return "".join("..." if n is Ellipsis else _LETTERS[n] for n in sublist)

    pairs = list(zip(operands[::2], operands[1::2], strict=False))
    text = ",".join(word(sublist) for _, sublist in pairs)
    if len(operands) % 2:
        text += "->" + word(operands[-1])
    return text, alike(*(x for x, _ in pairs))


def _without_ellipses(subscripts: str, tensors: list[Any]) -> tuple[list[tuple[str, Any]], str]:
    """Return each operand with letters for all its axes, and the letters of the result."""
    sources, arrow, target = subscripts.partition("->")
    words = sources.split(",")
    if len(words) != len(tensors):
        raise ValueError(f"np.einsum {subscripts!r} names {len(words)} operands, but {len(tensors)} came")
    counts = [_covered(word, x.shape, subscripts) for word, x in zip(words, tensors, strict=True)]
    longest = max(counts)
    fresh = "".join([letter for letter in _LETTERS if letter not in subscripts][:longest])
    if not arrow:
        letters = sources.replace(",", "").replace(".", "")
        target = "..." + "".join(sorted(x for x in set(letters) if letters.count(x) == 1))
    named = target.replace("...", "")
    if longest and named == target:
        raise ValueError(f"np.einsum {subscripts!r}: the result needs the ellipsis of its operands")
    if len(set(named)) < len(named):
        raise ValueError(
            f"np.einsum {subscripts!r}: the output has an axis twice; write np.diag of the result"
        )
    # Ellipses are aligned from the right, and broadcast.
    spelt = [word.replace("...", fresh[longest - n :]) for word, n in zip(words, counts, strict=True)]
    pairs = list(zip(spelt, tensors, strict=True))
    lengths = {(letter, n) for word, x in pairs for letter, n in zip(word, x.shape, strict=True)}
    stretched = {letter for letter, n in lengths if n != 1 and letter in fresh}
    return [_squeezed(word, x, stretched) for word, x in pairs], target.replace("...", fresh)


def _squeezed(word: str, x: Any, stretched: set[str]) -> tuple[str, Any]:
    """Leave out the axes of length 1 where another operand's is longer."""
    kept = [i for i, letter in enumerate(word) if x.shape[i] != 1 or letter not in stretched]
    return "".join(word[i] for i in kept), arrays.reshape(x, tuple(x.shape[i] for i in kept))


def _covered(word: str, shape: tuple[int, ...], subscripts: str) -> int:
    """Return how many axes the ellipsis of an operand stands for."""
    letters = word.replace("...", "", 1)
    count = len(shape) - len(letters)
    if not all(letter in _LETTERS for letter in letters):
        raise ValueError(f"np.einsum {subscripts!r}: {word!r} must be letters, with at most one ellipsis")
    if count < 0 or (count and "..." not in word):
        raise ValueError(f"np.einsum {subscripts!r}: {word!r} does not fit the shape {shape}")
    return count


def _on_diagonal(letters: str, x: Any, subscripts: str) -> tuple[str, Any]:
    """Return an operand with distinct axes: a repeated letter takes the diagonal."""
    distinct = "".join(dict.fromkeys(letters))
    if distinct == letters:
        return letters, x
    lengths = dict(zip(letters, x.shape, strict=True))
    if any(lengths[letter] != n for letter, n in zip(letters, x.shape, strict=True)):
        raise ValueError(
            f"np.einsum {subscripts!r}: no diagonal along axes of different length, in the shape {x.shape}"
        )
    grid = np.ogrid[tuple(slice(lengths[letter]) for letter in distinct)]
    return distinct, arrays.getitem(x, tuple(grid[distinct.index(letter)] for letter in letters))
