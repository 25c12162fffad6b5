"""Programs: numbers, and steps that each apply an expression to earlier results.

An expression is text, such as ``a * np.sin(b)``, in which a, b, c … stand for earlier results. So a program
runs on any numbers, within any library that has NumPy's names, and is printed as the code that it is.

Programs are drawn by Hypothesis in tests/graphs.py, and here by `random`, many more in a second.
"""

from __future__ import annotations

import importlib.util
import random
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

import autograd
from autograd import Node, Tensor, Value, native

LETTER = re.compile(r"\b[a-g]\b")

# Expressions of scalars, by name.
OPERATIONS: dict[str, tuple[str, ...]] = {
    "add": ("a + b",),
    "sub": ("a - b",),
    "mul": ("a * b",),
    "div": ("a / (b * b + 1)",),
    "neg": ("-a",),
    "shift": ("2 + a",),
    "scale": ("a * 3",),
    "square": ("np.square(a)",),
    "cube": ("a**3",),
    "sin": ("np.sin(a)",),
    "tanh": ("np.tanh(a)",),
    "sigmoid": ("sigmoid(a)",),
    "sum": ("neuron(a, [b], [c])", "neuron(a, [b, c], [d, e])", "neuron(a, [b, c, d], [e, f, g])"),
    "neuron": (
        "neuron(a, [b], [c], 'tanh')",
        "neuron(a, [b, c], [d, e], 'tanh')",
        "neuron(a, [b, c, d], [e, f, g], 'tanh')",
    ),
    "cross_entropy": (
        "softmax_cross_entropy([a], 0)",
        "softmax_cross_entropy([a, b], 1)",
        "softmax_cross_entropy([a, b, c], 2)",
        "softmax_cross_entropy([a, b, c, d], 3)",
    ),
}
# Expressions of scalars that can leave their domain or meet a kink.
STEEP = (
    *("a / b", "1.0 / a", "a / 2.0", "1.5 - a", "a - 0.5", "-3.0 * a", "a + a", "a * a"),
    *("np.exp(a)", "np.log(a)", "np.sqrt(a)", "np.cos(a)", "np.abs(a)", "relu(a)", "softplus(a)"),
    *("np.maximum(a, b)", "np.minimum(a, b)", "np.maximum(a, 0.0)", "np.minimum(a, 1.0)"),
    *("a**2", "a**0.5", "a**-1", "a**0", "a**1", "a**b", "2.0**a", "0.0**a", "a**-2.5"),
    *("np.arctan(a)", "np.sinh(a)", "np.log1p(a)", "np.expm1(a)", "np.hypot(a, b)", "np.arctan2(a, b)"),
    *("a * 1e150", "a * 1e-150", "a * 0.0", "np.exp(a * 100.0)", "sum([a, b, a])"),
)
SCALAR = (*(text for texts in OPERATIONS.values() for text in texts), *STEEP)
# Expressions of arrays; expressions of scalars apply element by element.
ARRAY = (
    *("a @ b", "a @ b.T", "a.T", "np.sum(a)", "np.sum(a, axis=0)", "np.sum(a, axis=-1)", "np.mean(a)"),
    *("np.mean(a, axis=-1)", "np.max(a)", "np.min(a, axis=0)", "np.prod(a)", "np.cumsum(a, axis=0)"),
    *("np.reshape(a, (-1,))", "a[0]", "a[..., 0]", "a[:, None]", "a[1:]", "a[::-1]", "a[[0, -1, 0]]"),
    *("np.where(a > b, a, b)", "np.where(a > 0, a, 0.5 * b)", "np.clip(a, -0.5, 0.5)"),
    *("np.concatenate([a, b])", "np.stack([a, b])", "np.broadcast_to(a, (2, 3))", "np.transpose(a)"),
    *("softmax(a)", "log_softmax(a)", "logsumexp(a)", "np.sort(a)", "np.linalg.norm(a)", "np.var(a)"),
    *("np.outer(a, b)", "np.einsum('ij,kj->ik', a, b)", "np.std(a)", "np.diff(a)", "np.tril(a)"),
    *("softmax_cross_entropy(a, np.zeros(a.shape[:-1], dtype=int))", "np.roll(a, 1)", "np.squeeze(a)"),
)
# Scalars to arrays and back: arrays of Values, and Values beside Tensors.
CROSSING = ("np.array([a, b])", "np.array([a, b, c])", "a[0]", "a[1]", "np.sum(a)", "a @ b", "a * b", "a + b")
# Layers and losses, made again wherever they are called; their parameters are leaves too.
LAYERS = (
    *("Linear(3, 4, seed=0)(a)", "Linear(4, 3, seed=1)(a)", "LayerNorm(3)(a)", "RMSNorm(4)(a)", "GELU()(a)"),
    *("Tanh()(a)", "ReLU()(a)", "Sigmoid()(a)", "Softplus()(a)", "Softmax()(a)", "Flatten(0)(a)"),
    *("Sequential(Linear(3, 2, seed=2), Tanh(), Linear(2, 3, seed=3))(a)", "mse(a, np.zeros(a.shape))"),
    *("MLP([3, 4, 2])(a)", "MultiHeadAttention(4, 2, seed=0)(a)", "cross_entropy(a, np.zeros(len(a), int))"),
)
SPECIAL = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e-320, 1e308, -1e308, 710.0, -745.0),
    *(float("inf"), float("-inf"), float("nan")),
)


SHAPES = ((), (1,), (2,), (3,), (2, 3), (3, 3), (3, 1), (1, 3), (2, 2), (2, 3, 3), (0,), (0, 3))


def engine() -> dict[str, Any]:
    """The names that expressions use, of this engine."""
    return {"np": np, **{name: getattr(autograd, name) for name in ENGINE}}


ENGINE = (
    *("neuron", "relu", "sigmoid", "softplus", "softmax", "log_softmax", "logsumexp"),
    "softmax_cross_entropy",
)


@cache
def inputs_of(text: str) -> int:
    """The number of earlier results that an expression uses."""
    return max((ord(letter) - ord("a") + 1 for letter in LETTER.findall(text)), default=0)


class Language:
    """The functions that expressions stand for, with the names of one library."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = dict(names)
        self.functions: dict[str, Callable[..., Any]] = {}

    def __getitem__(self, text: str) -> Callable[..., Any]:
        found = self.functions.get(text)
        if found is None:
            letters = ", ".join("abcdefg"[: inputs_of(text)])
            found = eval(f"lambda {letters}: {text}", self.names)  # noqa: S307 - an expression of these tables
            self.functions[text] = found
        return found


OURS = Language(engine())


@dataclass(frozen=True)
class Program:
    """Leaves, and steps that each apply an expression to earlier results; a result may be used twice.

    Attributes:
        leaves: a number for a `Value`, or an array for a `Tensor`.
        steps: pairs of an expression and the places of the results that a, b, c … stand for. The
            leaves have the first places.
    """

    leaves: tuple[Any, ...]
    steps: tuple[tuple[str, tuple[int, ...]], ...]

    def run(self, numbers: Sequence[Any], language: Language = OURS) -> list[Any]:
        """Every result, the leaves first, on numbers of any type."""
        results = list(numbers)
        for text, arguments in self.steps:
            results.append(language[text](*[results[i] for i in arguments]))
        return results

    def record(self, kind: Any = Value, language: Language = OURS) -> tuple[Any, list[Any], list[Any]]:
        """The last result, the leaves, and every result."""
        leaves = [_leaf(x, f"x{i}", kind) for i, x in enumerate(self.leaves)]
        results = self.run(leaves, language)
        return results[-1], leaves, results

    def code(self) -> str:
        """The program as Python code, which ends with the last result in ``y``."""
        texts = [text for text, _ in self.steps]
        names = sorted(name for name in ENGINE if any(name in re.findall(r"\w+", t) for t in texts))
        layers = sorted(
            {name for t in texts for name in re.findall(r"\w+(?=\()", t) if name in _layer_names()}
        )
        lines = ["from fractions import Fraction", "from math import inf, nan", "", "import numpy as np", ""]
        lines += [f"from autograd import {', '.join(['Tensor', 'Value', *names])}"]
        lines += [f"from nn import {', '.join(layers)}"] * bool(layers) + [""]
        lines += [f"x{i} = {_written(x, i)}" for i, x in enumerate(self.leaves)]
        for k, (text, arguments) in enumerate(self.steps):
            places = [_name(i, len(self.leaves)) for i in arguments]
            written = LETTER.sub(lambda found, places=places: places[ord(found[0]) - ord("a")], text)
            lines.append(f"y{k} = {written}")
        return "\n".join([*lines, f"y = {_name(len(self.leaves) + len(self.steps) - 1, len(self.leaves))}"])


def _leaf(x: Any, name: str | None = None, kind: Any = Value) -> Any:
    return Tensor(x, name=name) if isinstance(x, np.ndarray) else kind(x, name=name)


def _called(text: str) -> list[str]:
    return re.findall(r"(?<![\w.])\w+(?=\()", text)


@cache
def _layer_names() -> frozenset[str]:
    return frozenset(name for text in LAYERS for name in _called(text)) - {"len"}


def _name(place: int, leaves: int) -> str:
    return f"x{place}" if place < leaves else f"y{place - leaves}"


def _written(x: Any, i: int) -> str:
    if isinstance(x, np.ndarray):
        shape = f".reshape({x.shape})" if not x.size else ""
        return f"Tensor(np.array({x.tolist()!r}, dtype=np.{x.dtype}){shape}, name='x{i}')"
    return f"Value({x!r}, name='x{i}')"


def with_layers() -> Language:
    """The names of this engine, and of nn."""
    import nn

    return Language({**engine(), **{name: getattr(nn, name) for name in _layer_names()}})


# ---- drawing


@dataclass(frozen=True)
class Family:
    """A family of programs.

    Attributes:
        texts: its expressions.
        leaf: draws a leaf.
        recorded: whether programs are drawn on numbers that record, which refuse some mixtures.
        wild: whether results may be infinite, NaN or errors.
        language: the names that the expressions use.
    """

    name: str
    texts: tuple[str, ...]
    leaf: Callable[[random.Random], Any]
    wild: bool = False
    recorded: bool = False
    language: Callable[[], Language] = lambda: OURS
    most: int = 9


def _number(rng: random.Random) -> float:
    return rng.choice([0.0, 0.5, 1.0, -1.0, 2.0]) if rng.random() < 0.2 else round(rng.uniform(-2, 2), 3)


def _wild_number(rng: random.Random) -> Any:
    kind = rng.random()
    return rng.choice(SPECIAL) if kind < 0.4 else rng.randint(-3, 4) if kind < 0.6 else rng.uniform(-2, 2)


def _array(rng: random.Random, number: Callable[[random.Random], Any] = _number) -> np.ndarray:
    shape = rng.choice(
        [(), (1,), (2,), (3,), (2, 3), (3, 3), (3, 1), (1, 3), (2, 2), (2, 3, 3), (0,), (0, 3)]
    )
    dtype = np.float32 if rng.random() < 0.15 else np.float64
    count = int(np.prod(shape))
    with np.errstate(all="ignore"):
        return np.array([number(rng) for _ in range(count)], dtype=float).astype(dtype).reshape(shape)


def _features(rng: random.Random) -> np.ndarray:
    rows = rng.randint(1, 3)
    return np.array([[round(rng.uniform(-2, 2), 3) for _ in range(3)] for _ in range(rows)])


def _either(rng: random.Random) -> Any:
    return _number(rng) if rng.random() < 0.7 else np.array([_number(rng) for _ in range(rng.choice([2, 3]))])


def _fraction(rng: random.Random) -> Fraction:
    return Fraction(rng.randint(-9, 9), rng.randint(1, 5))


WHOLE = tuple(
    text
    for name in ("add", "sub", "mul", "neg", "shift", "scale", "square", "cube", "sum")
    for text in OPERATIONS[name]
)
CALM = (*(text for texts in OPERATIONS.values() for text in texts if "softmax" not in text), *STEEP[:-6])
FAMILIES = (
    Family("scalars", SCALAR, _number),
    Family("special scalars", SCALAR, _wild_number, wild=True, most=25),
    Family("fractions", WHOLE, _fraction, most=5),
    Family("tensors", (*(t for t in CALM if "neuron" not in t), *ARRAY, *ARRAY), _array),
    # Without a function that a sign of zero moves from 0 to π, and one that underflows in other places.
    Family(
        "special tensors",
        tuple(t for t in (*STEEP, *ARRAY) if "arctan2" not in t and "norm" not in t),
        lambda rng: _array(rng, _wild_number),
        wild=True,
    ),
    # NumPy compares the elements of its own object arrays itself, and returns one: a plain number, maybe.
    Family(
        "mixed",
        (*(t for t in CALM if "imum" not in t), *CROSSING, *CROSSING, *CROSSING),
        _either,
        recorded=True,
    ),
    Family(
        "layers", (*LAYERS, *LAYERS, "a + b", "a * b", "np.tanh(a)"), _features, language=with_layers, most=5
    ),
)


@cache
def language_of(family: Family) -> Language:
    """The functions that the expressions of a family stand for."""
    return family.language()


def draw(rng: random.Random, family: Family) -> Program:
    """A program of a family; without ``wild``, all results are finite and within ±1000."""
    leaves = tuple(family.leaf(rng) for _ in range(rng.randint(1, 4)))
    language, steps = language_of(family), list[Any]()
    results = [_leaf(x) for x in leaves] if family.recorded else list(leaves)
    with np.errstate(all="ignore"):
        for _ in range(rng.randint(1, family.most)):
            text = rng.choice(family.texts)
            latest = len(results) - 1
            # Counting back from the latest result makes deep graphs likely.
            back = [min(int(rng.expovariate(0.5)), latest) for _ in range(inputs_of(text))]
            arguments = tuple(latest - i for i in back)
            try:
                result = language[text](*[results[i] for i in arguments])
            except Exception:
                if not family.wild or not all(isinstance(x, (int, float)) for x in leaves):
                    continue
                steps.append((text, arguments))  # the engine is to raise there too
                break
            if family.wild or _is_tame(result):
                results.append(result)
                steps.append((text, arguments))
    return Program(leaves, tuple(steps))


def _is_tame(result: Any) -> bool:
    data = np.asarray(result.data if isinstance(result, Node) else result)
    if data.dtype == object:
        parts = [x.data if isinstance(x, Node) else x for x in data.flat]
        if all(isinstance(x, (int, Fraction)) for x in parts):
            return all(abs(x) < 10**9 for x in parts)
        data = np.array(parts, dtype=float)
    return bool(data.size <= 200 and np.all(np.abs(data) <= 1000))


def python_class() -> Any:
    """The Python class `Value`, which the extension does not replace in a second copy of its module."""
    from autograd.recording import value as module

    if not native.in_use:
        return Value
    spec: Any = importlib.util.spec_from_file_location("autograd.value_reference", module.__file__)
    copy = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = copy
    spec.loader.exec_module(copy)
    return copy.Value
