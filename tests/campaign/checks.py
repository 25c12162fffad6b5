"""The checks: each computes a program's results and derivatives in two ways, and says where they differ.

A check takes a `Case` and returns None or a sentence. An error that it does not expect is a failure too.
"""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

import numpy as np

from autograd import (
    METHODS,
    BudgetError,
    Graph,
    Linearization,
    Tensor,
    Value,
    gradient,
    hvp,
    jvp,
    native,
    predict,
    vjp,
)
from autograd.compiler.compiled import compile as compiled
from autograd.transforms.derivatives import grad, value_and_grad
from tests.cases import EXACT_ARRAY_METHODS, EXACT_METHODS
from tests.programs import Family, Program, language_of, python_class

BUDGET = 3000  # of multiplications and additions, for methods that walk every path


@dataclass(frozen=True)
class Case:
    """A program of a family, and a seed for the choices of its checks."""

    family: Family
    program: Program
    seed: int

    @cached_property
    def rng(self) -> random.Random:
        return random.Random(self.seed)

    @cached_property
    def arguments(self) -> tuple[Any, ...]:
        return self.program.leaves

    def total(self, *numbers: Any) -> Any:
        """The program as a function to one number: the sum of its last result, which may be an array."""
        result = self.program.run(numbers, language_of(self.family))[-1]
        return np.sum(result) if np.shape(result) else result

    def record(self) -> tuple[Any, list[Any]]:
        """The total and the leaves, parameters of layers included."""
        _, leaves, results = self.program.record(language=language_of(self.family))
        root = results[-1]
        root = np.sum(root) if np.shape(root) else root
        if self.family.language is not Family.language:
            leaves += [v for v in Graph(root).leaves if not v.is_constant and not any(v is x for x in leaves)]
        return root, leaves

    @cached_property
    def is_wide(self) -> bool:
        """Whether all leaves are in double precision."""
        return all(getattr(x, "dtype", np.float64) == np.float64 for x in self.program.leaves)

    @cached_property
    def has_subnormals(self) -> bool:
        """Whether an argument is subnormal: XLA takes it for 0, and so does PyTorch once XLA is loaded."""
        floats = [np.asarray(x) for x in self.arguments if np.asarray(x).dtype.kind == "f"]
        return any(np.any((x != 0) & (np.abs(x) < np.finfo(x.dtype).tiny)) for x in floats)


Check = Callable[[Case], str | None]


def differ(found: Sequence[Any], wanted: Sequence[Any], tolerance: float) -> str | None:
    """Where two lists of numbers and arrays differ by more than a tolerance, relative to the greatest."""
    if len(found) != len(wanted):
        return f"{len(found)} results instead of {len(wanted)}"
    for i, (x, y) in enumerate(zip(found, wanted, strict=True)):
        if isinstance(x, Fraction) or isinstance(y, Fraction):
            if x != y:
                return f"{i}: {x!r} instead of {y!r}"
            continue
        a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        if a.shape != b.shape:
            return f"{i}: the shape {a.shape} instead of {b.shape}"
        with np.errstate(all="ignore"):
            near = (a == b) | (np.abs(a - b) <= tolerance) | (np.isnan(a) & np.isnan(b))
        if not near.all():
            return f"{i}: {x!r} instead of {y!r}"
    return None


def scale_of(root: Any) -> float:
    """The greatest derivative by any node, number or local derivative: rounding errors are relative to it.

    NaN or infinity where one is: methods differ there, since they multiply in different orders.
    """
    graph = Graph(root)
    numbers = [*gradient(root, graph.nodes).values, *(v.data for v in graph.nodes)]
    edges = Linearization(graph, [graph.nodes], recorded=False).edges
    numbers += [d for inputs in edges for _, d in inputs if isinstance(d, float)]
    try:
        greatest = [float(np.max(np.abs(np.asarray(x, dtype=float)), initial=0)) for x in numbers]
    except OverflowError:  # a fraction or an integer beyond all floats
        return math.inf
    return float(np.max(greatest)) + 1


# ---- methods and costs


def methods(case: Case) -> str | None:
    """Every exact method gives the derivatives that `backward` gives."""
    root, leaves = case.record()
    wanted = gradient(root, leaves).values
    scale = scale_of(root)
    if not scale < 1e8:
        return None
    tolerance = (1e-10 if case.is_wide else 1e-3) * scale * scale
    arrays = any(isinstance(v, Tensor) for v in Graph(root).nodes)
    for method in EXACT_ARRAY_METHODS if arrays else EXACT_METHODS:
        try:
            found = gradient(root, leaves, method, budget=BUDGET).values
        except BudgetError:
            continue
        if wrong := differ(found, wanted, tolerance):
            return f"{method} gives the derivative {wrong}, which backprop gives"
    root.backward()
    if wrong := differ([0 if v.grad is None else v.grad for v in leaves], wanted, tolerance):
        # A leaf without a path to the root has no gradient: an array of zeros then.
        pairs = [(v.grad, w) for v, w in zip(leaves, wanted, strict=True) if v.grad is not None]
        wrong = differ([g for g, _ in pairs], [w for _, w in pairs], tolerance)
        return f"backward gives the derivative {wrong}, which backprop gives" if wrong else None
    return None


def predicted(case: Case) -> str | None:
    """Predicted costs are the measured ones."""
    root, leaves = case.record()
    if any(isinstance(v, Tensor) for v in Graph(root).nodes):
        return None
    inner = [v for v in Graph(root).nodes if v.inputs]
    wrt = [*leaves, *case.rng.sample(inner, min(2, len(inner)))]
    for method in METHODS:
        if method == "simultaneous_perturbation" and len(wrt) > len(leaves):
            continue  # it moves leaves alone
        try:
            measured = gradient(root, wrt, method, budget=BUDGET).cost
        except (BudgetError, ArithmeticError, ValueError):
            continue  # too long; or a difference leaves the domain
        cost = predict(root, wrt, method)._replace(stored=measured.stored)
        if cost != measured:
            return f"{method} is predicted to cost {cost}, and costs {measured}"
    return None


# ---- transforms


def transforms(case: Case) -> str | None:
    """The forward and the reverse mode are transposes, for first and second derivatives."""
    primals = case.arguments
    tangents = tuple(_direction(case.rng, x) for x in primals)
    value, slope = jvp(case.total, primals, tangents)
    again, pullback = vjp(case.total, *primals)
    adjoints = pullback(np.ones(np.shape(again)) if np.shape(again) else 1.0)
    root, leaves = case.record()
    scale = scale_of(root)
    if not scale < 1e6:
        return None
    tolerance = (1e-9 if case.is_wide else 1e-3) * scale * scale
    if wrong := differ([value, again], [root.data] * 2, tolerance):
        return f"jvp and vjp give the value {wrong}, which the program gives"
    if wrong := differ([slope], [_dot(adjoints, tangents)], tolerance):
        return f"jvp gives the slope {wrong}, which vjp gives"
    if wrong := differ(adjoints, gradient(root, leaves[: len(primals)]).values, tolerance):
        return f"vjp gives the derivative {wrong}, which backprop gives"
    packed = grad(lambda box: case.total(*box["x"], *box["y"][0]))
    found = packed({"x": primals[:1], "y": [list(primals[1:])]})
    if wrong := differ([*found["x"], *found["y"][0]], adjoints, tolerance):
        return f"grad of a dict gives the derivative {wrong}, which vjp gives"
    return None


def second(case: Case) -> str | None:
    """Second derivatives are symmetric; forward over reverse is reverse over reverse."""
    primals = case.arguments
    root, leaves = case.record()
    scale = scale_of(root)
    if not scale < 1e3 or not case.is_wide:
        return None
    u, v = ([_direction(case.rng, x) for x in primals] for _ in range(2))
    try:
        along = [_listed(hvp(case.total, primals, tuple(t)), primals) for t in (u, v)]
    except (ArithmeticError, ValueError):
        return None  # no second derivative there
    if not all(np.all(np.abs(x) < 1e4) for x in (*along[0], *along[1])):
        return None
    tolerance = 1e-7 * scale**3
    if wrong := differ([_dot(along[0], v)], [_dot(along[1], u)], tolerance):
        return f"v·H·u by hvp is {wrong}, which is u·H·v"
    slopes = gradient(root, leaves[: len(primals)], create_graph=True).values
    pairs = [s * t for s, t in zip(slopes, u, strict=True) if not s.is_constant]
    total: Any = sum((np.sum(x) if np.shape(x) else x for x in pairs), start=Value(0.0) if not pairs else 0.0)
    if not pairs or not scale_of(total) < 1e8:
        return None
    if wrong := differ(gradient(total, leaves[: len(primals)]).values, along[0], tolerance):
        return f"reverse over reverse gives {wrong}, which hvp gives"
    return None


def differences(case: Case) -> str | None:
    """The slope along a line is the central difference, wherever the function is smooth."""
    if not case.is_wide:
        return None
    primals, step = case.arguments, 1e-4
    tangents = tuple(_direction(case.rng, x) for x in primals)
    try:
        with np.errstate(all="ignore"):
            ahead, behind, near, nearer = (
                float(case.total(*_moved(primals, tangents, h))) for h in (step, -step, step / 2, -step / 2)
            )
    except (ArithmeticError, ValueError, TypeError):
        return None  # it leaves the domain
    wide, narrow = (ahead - behind) / (2 * step), (near - nearer) / step
    scale = 1 + abs(narrow)
    if not abs(wide - narrow) < 1e-5 * scale:
        return None
    slope = float(jvp(case.total, primals, tangents)[1])
    if abs(slope - narrow) <= 1e-2 * scale or not math.isfinite(slope):
        return None
    if not scale_of(case.record()[0]) < 1e8:  # slopes that cancel leave their rounding errors
        return None
    for h in (step, -step):  # at a kink, or where kinks cancel, the slope differs on the sides
        try:
            there = float(jvp(case.total, _moved(primals, tangents, h), tangents)[1])
        except (ArithmeticError, ValueError):
            return None  # an intermediate result that the value does not need leaves the domain
        if abs(there - slope) > 0.1 * abs(slope - narrow):
            return None
    return f"the slope along {tangents!r} is {slope!r}, but by differences {narrow!r}"


def _moved(primals: Sequence[Any], tangents: Sequence[Any], step: float) -> tuple[Any, ...]:
    """Points along a line; a sum of arrays of no axes is a number, and is made an array again."""
    pairs = zip(primals, tangents, strict=True)
    return tuple(np.asarray(x + step * t) if isinstance(x, np.ndarray) else x + step * t for x, t in pairs)


def _direction(rng: random.Random, x: Any) -> Any:
    if isinstance(x, np.ndarray):
        draws = [rng.uniform(-1, 1) for _ in range(x.size)]
        return np.array(draws, dtype=x.dtype).reshape(x.shape)
    return Fraction(rng.randint(-3, 3)) if isinstance(x, Fraction) else rng.uniform(-1, 1)


def _dot(xs: Sequence[Any], ys: Sequence[Any]) -> Any:
    return sum((np.sum(np.multiply(x, y)) for x, y in zip(xs, ys, strict=True)), start=0)


def _listed(found: Any, primals: Sequence[Any]) -> list[Any]:
    return [found] if len(primals) == 1 else list(found)


# ---- implementations


def implementations(case: Case) -> str | None:
    """The native `Value` and the Python class agree to the last bit, errors included."""
    if not native.in_use:
        return None
    found, wanted = (_told(case.program, kind) for kind in (Value, _python_class()))
    for x, y in zip(found, wanted, strict=False):
        if x != y:
            return f"the native Value tells {x}, the Python class {y}"
    return None if len(found) == len(wanted) else "one class raises an error, and the other does not"


_python_class = cache(python_class)


def _told(program: Program, kind: Any) -> list[str]:
    told = []
    try:
        root, leaves, results = program.record(kind)
        told += [f"{v.op} {_text(v.data)}" for v in results]
        for v in (root, root, results[len(results) // 2]):
            v.backward()
        told += [_text(v.grad) for v in results]
        for method in ("backprop", "tree", "forward"):
            found = gradient(root, leaves, method, budget=BUDGET)
            told += [*map(_text, found.values), repr(found.cost)]
    except (ArithmeticError, BudgetError, ValueError) as error:
        told.append(repr(error))
    return told


def _text(x: Any) -> str:
    return hex(x) if isinstance(x, int) else repr(x)  # Python limits decimal digits


def compilations(case: Case, backend: str | None = None) -> str | None:
    """Compiled code gives the value and the gradient that the program gives."""
    return compared([case], backend)


def compilations_to_c(case: Case) -> str | None:
    return compilations(case, "native")


def batches(case: Case) -> str | None:
    """Over a batch, compiled code gives what the program gives for each example."""
    count = len(case.arguments)
    examples = [tuple(x + shift for x in case.arguments) for shift in (0.0, 0.125, -0.375)]
    both = value_and_grad(case.total, range(count))
    try:
        wanted = [both(*xs) for xs in examples]
    except (ArithmeticError, ValueError):
        return None
    values, slopes = compiled(both, batch=range(count))(*np.array(examples).T)
    found = [(values[i], *(s[i] for s in slopes)) for i in range(len(examples))]
    for (value, by_each), numbers in zip(wanted, found, strict=True):
        scale = max(map(abs, (value, *by_each))) + 1
        if scale < 1e6 and (wrong := differ(numbers, [value, *by_each], 1e-8 * scale * scale)):
            return f"compiled for a batch it gives {wrong}, which the program gives"
    return None


def has_compiler() -> bool:
    """Whether C can be compiled here."""
    return shutil.which("cc") is not None


def compared(cases: Sequence[Case], backend: str | None) -> str | None:
    """Where code compiled for all of these programs at once differs from them."""
    cases = [case for case in cases if case.is_wide and _is_plain(case)]
    if not cases:
        return None

    def all_of(arguments: list[Any]) -> list[Any]:
        return [
            value_and_grad(case.total, range(len(xs)))(*xs) for case, xs in zip(cases, arguments, strict=True)
        ]

    arguments = [list(case.arguments) for case in cases]
    with np.errstate(all="ignore"):
        try:
            wanted = all_of(arguments)
        except (ArithmeticError, ValueError):
            return None  # operations that no result needs are not compiled, and raise no error
        found = compiled(all_of, backend=backend)(arguments)
    for case, (value, slopes), (value_there, slopes_there) in zip(cases, found, wanted, strict=True):
        numbers = [value_there, *slopes_there]
        if case.family.wild and not all(np.isfinite(x).all() for x in numbers):
            continue  # products may be reordered
        root, _ = case.record()
        scale = scale_of(root)
        if not scale < 1e8:
            continue
        if wrong := differ([value, *slopes], numbers, 1e-10 * scale * scale):
            return f"compiled code gives the result {wrong}, which the program gives"
    return None


def _is_plain(case: Case) -> bool:
    """Whether compiled code may take the program: on a mix of numbers all become Tensors."""
    kinds = {type(x) for x in case.program.leaves}
    return kinds <= {float} or kinds <= {np.ndarray}


# ---- other engines


def torch_agrees(case: Case) -> str | None:
    """PyTorch gives the same value and, where both are finite, the same derivatives."""
    if case.has_subnormals:
        return None
    torch, language = _torch()
    leaves = [
        torch.tensor(x, dtype=None if isinstance(x, np.ndarray) else torch.float64) for x in case.arguments
    ]
    for leaf in leaves:
        leaf.requires_grad_()
    try:
        result = case.program.run(leaves, language)[-1]
        total = result.sum()
        slopes = torch.autograd.grad(total, leaves, allow_unused=True)
    except (AttributeError, IndexError, NameError, RuntimeError, TypeError, ValueError):
        return None  # it has no such function, or not for these numbers
    theirs = [np.zeros(x.shape) if s is None else s.numpy() for x, s in zip(leaves, slopes, strict=True)]
    return _same_as("PyTorch", case, total.detach().numpy(), theirs)


def jax_agrees(case: Case) -> str | None:
    """JAX gives the same value and, where both are finite, the same derivatives."""
    if case.has_subnormals:
        return None
    jax, language = _jax()

    def total(*numbers: Any) -> Any:
        return case.program.run(numbers, language)[-1].sum()

    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        arrays = [jax.numpy.asarray(x) for x in case.arguments]
        try:
            value, slopes = jax.value_and_grad(total, argnums=tuple(range(len(arrays))))(*arrays)
        except (AttributeError, IndexError, NameError, TypeError, ValueError):
            return None
        return _same_as("JAX", case, np.asarray(value), [np.asarray(x) for x in slopes])


def _same_as(engine: str, case: Case, value: Any, slopes: list[Any]) -> str | None:
    try:
        root, leaves = case.record()
        ours = gradient(root, leaves).values
        scale = scale_of(root)
    except (ArithmeticError, ValueError):
        return None
    if not scale < 1e6:
        return None
    tolerance = (1e-9 if case.is_wide else 1e-3) * scale * scale
    if np.isinf(value) and np.isinf(root.data):
        return None  # their signs may come from the signs of zeros
    if wrong := differ([root.data], [value], tolerance):
        return f"the value is {wrong}, which {engine} gives"
    for i, (x, y) in enumerate(zip(ours, slopes, strict=True)):
        known = np.isfinite(y)  # where theirs is NaN at a kink, ours is a subgradient
        known &= np.isfinite(x) | (not case.family.wild)
        if wrong := differ([np.asarray(x)[known]], [np.asarray(y)[known]], tolerance):
            return f"the derivative by x{i} is {wrong}, which {engine} gives"
    return None


@cache
def _torch() -> tuple[Any, Any]:
    import torch  # deferred: loads for seconds, where it is installed at all

    from tests.campaign.peers import torch_language

    torch.set_num_threads(1)
    return torch, torch_language()


@cache
def _jax() -> tuple[Any, Any]:
    import jax  # deferred: loads for seconds, where it is installed at all

    from tests.campaign.peers import jax_language

    return jax, jax_language()
