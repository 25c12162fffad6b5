"""Primitives that multiply matrices: ``matmul`` and ``einsum``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.rules import scalars as p
from autograd.rules.arrays import (
    ArrayPrimitive,
    Fold,
    LinearMap,
    merged,
    reshape,
    shape_of,
    spread,
    sum_to,
    swapped,
)
from autograd.rules.primitive import Primitive, apply, family

__all__ = ["einsum", "matmul", "matmul_row"]


def _multiply_adds(output: Any, a: Any, b: Any) -> int:
    return int(np.size(output)) * int(np.shape(a)[-1])


# a: (…, n, k), b: (…, k, m)
matmul_row: Primitive = ArrayPrimitive(
    "matmul",
    np.matmul,
    lambda out, a, b: (
        LinearMap(
            push=lambda t: apply(matmul_row, t, b),
            pull=lambda g: sum_to(apply(matmul_row, g, swapped(b)), shape_of(a)),
        ),
        LinearMap(
            push=lambda t: apply(matmul_row, a, t),
            pull=lambda g: sum_to(_adjoint_of_right(a, b, g), shape_of(b)),
        ),
    ),
    symbol="@",
    work=_multiply_adds,
    kind="multiply_adds",
    code="matmul({0}, {1}{out})",
    fold=Fold(p.add, -2, lambda a, b: (a[..., np.newaxis], b[..., np.newaxis, :, :])),
)


def _adjoint_of_right(a: Any, b: Any, g: Any) -> Any:
    """Return ``aᵀ g``, laid out column by column if b is, as the W.T of ``x @ W.T``."""
    if isinstance(b, np.ndarray) and b.flags.fnc:
        return swapped(apply(matmul_row, swapped(g), a))
    return apply(matmul_row, swapped(a), g)


def matmul(a: Any, b: Any) -> Any:
    """``a @ b`` as in NumPy: a vector is a row on the left and a column on the right.

    Raises:
        ValueError: one of them is a scalar, or the shapes do not fit.
    """
    left, right = shape_of(a), shape_of(b)
    if not left or not right:
        raise ValueError("matmul takes vectors and matrices, not scalars: write * for those")
    a = reshape(a, (1, *left)) if len(left) == 1 else a
    b = reshape(b, (*right, 1)) if len(right) == 1 else b
    out = apply(matmul_row, a, b)
    shape = shape_of(out)
    if len(right) == 1:
        shape = shape[:-1]
    if len(left) == 1:
        shape = shape[:-2] + shape[-1:] if len(right) > 1 else shape[:-1]
    return reshape(out, shape)


@family
def einsum_of(subscripts: str) -> Primitive:
    """Einstein summation with the axes of every operand and of the output given, such as ``"ij,jk->ik"``."""
    sources, target = subscripts.split("->")
    operands = sources.split(",")

    def partials(out: Any, *arrays: Any) -> list[LinearMap]:
        return [_einsum_map(i, arrays) for i in range(len(arrays))]

    def _einsum_map(i: int, arrays: Sequence[Any]) -> LinearMap:
        others = [*operands[:i], *operands[i + 1 :]]
        rest = [*arrays[:i], *arrays[i + 1 :]]
        # An axis that only this operand has was summed over: the adjoint is constant along it.
        shared = "".join(axis for axis in operands[i] if axis in target or any(axis in o for o in others))
        lone = tuple(k for k, axis in enumerate(operands[i]) if axis not in shared)
        back = einsum_of(",".join([target, *others]) + "->" + shared)
        return LinearMap(
            push=lambda t: apply(einsum_of(subscripts), *arrays[:i], t, *arrays[i + 1 :]),
            pull=lambda g: spread(apply(back, g, *rest), shape_of(arrays[i]), lone),
        )

    def work(output: Any, *arrays: Any) -> int:
        sizes = {
            axis: n
            for names, a in zip(operands, arrays, strict=True)
            for axis, n in zip(names, np.shape(a), strict=True)
        }
        return math.prod(sizes.values()) if len(arrays) > 1 else merged(output, arrays[0])

    kind = "multiply_adds" if len(operands) > 1 else "additions"
    forward = lambda *arrays: np.einsum(subscripts, *arrays)  # noqa: E731
    summed = "".join(sorted(set(sources) - {",", *target}))
    axes = target[:-1] + summed + target[-1:]

    def factors(*arrays: Any) -> tuple[Any, ...]:
        return tuple(
            np.einsum(f"{names}->{''.join(x for x in axes if x in names)}", a)[
                tuple(slice(None) if x in names else np.newaxis for x in axes)
            ]
            for names, a in zip(operands, arrays, strict=True)
        )

    fold = Fold(p.add, tuple(map(axes.index, summed)), factors)
    return ArrayPrimitive("einsum", forward, partials, symbol=subscripts, work=work, kind=kind, fold=fold)


def einsum(operands: Sequence[str], target: str, arrays: Sequence[Any]) -> Any:
    """Sum products over the axes that the result does not name.

    Args:
        operands: a letter for each axis of each array, all different within an array.
        target: the letters of the result, all different.
        arrays: the arrays.

    Raises:
        ValueError: an axis has two lengths, or the result has one that no array has.
    """
    spelling = ",".join(operands) + "->" + target
    lengths: dict[str, int] = {}
    for names, a in zip(operands, arrays, strict=True):
        for axis, n in zip(names, shape_of(a), strict=True):
            if lengths.setdefault(axis, n) != n:
                raise ValueError(
                    f"einsum {spelling!r}: the axis {axis!r} has the lengths {lengths[axis]} and {n}"
                )
    if not lengths.keys() >= set(target):
        raise ValueError(f"einsum {spelling!r}: the output has an axis that no operand has")
    return apply(einsum_of(spelling), *arrays)
