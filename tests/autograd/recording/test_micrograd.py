"""Programs written for micrograd run with only the import changed, and give the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autograd import Value

Program = Callable[[Any], tuple[list[Any], Any]]


def readme(Value: Any) -> tuple[list[Any], Any]:
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return [a, b], g


def sanity_check(Value: Any) -> tuple[list[Any], Any]:
    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    return [x], y


def relu(x: float) -> float:
    return x if x > 0 else 0.0


def readme_on_floats(a: float, b: float) -> float:
    c = 4 * (a + b) + 3 - a
    d = 3 * (a * b + b**3) + relu(a + b)
    d = 4 * d + relu(b - a)
    return (c - d) ** 2 / 2 + 10 / (c - d) ** 2


def sanity_check_on_floats(x: float) -> float:
    z = 3 * x + 2
    return relu(z * z) + (relu(z) + z * x) * (1 + x)


def differences(f: Callable[..., float], point: list[float]) -> list[float]:
    step = 1e-5
    moved = [
        [x + sign * step * (i == j) for j, x in enumerate(point)]
        for i in range(len(point))
        for sign in (1, -1)
    ]
    values = [f(*x) for x in moved]
    return [(above - below) / (2 * step) for above, below in zip(values[::2], values[1::2], strict=True)]


PROGRAMS = [(readme, readme_on_floats), (sanity_check, sanity_check_on_floats)]


@pytest.mark.parametrize(("program", "on_floats"), PROGRAMS)
def test_the_numbers_are_those_of_plain_arithmetic(program: Program, on_floats: Any) -> None:
    leaves, root = program(Value)
    point = [leaf.data for leaf in leaves]
    root.backward()
    assert root.data == pytest.approx(on_floats(*point), rel=1e-14)
    assert [leaf.grad for leaf in leaves] == pytest.approx(differences(on_floats, point), rel=1e-6)


@pytest.mark.parametrize(("program", "on_floats"), PROGRAMS)
def test_the_numbers_are_those_of_micrograd(program: Program, on_floats: Any) -> None:
    micrograd = pytest.importorskip("micrograd.engine")
    theirs, their_root = program(micrograd.Value)
    ours, our_root = program(Value)
    their_root.backward()
    our_root.backward()
    assert our_root.data == pytest.approx(their_root.data, rel=1e-14)
    assert [leaf.grad for leaf in ours] == pytest.approx([leaf.grad for leaf in theirs], rel=1e-14)


def test_the_readme_prints_what_it_printed() -> None:
    (a, b), g = readme(Value)
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"
