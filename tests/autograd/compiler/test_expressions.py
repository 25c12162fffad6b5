"""Long programs are written in expressions, which compute what the lines of a short program do."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.strategies import sampled_from

from autograd import Primitive, apply, compile, grad, relu, value_and_grad  # noqa: A004
from autograd.compiler import expressions
from autograd.compiler.writers import python
from tests.graphs import EXACT, Program, fractions, programs

gamma = Primitive("log gamma", "log Γ", lambda a, b: math.lgamma(a) + b, lambda out, a, b: (a, 1))


def in_expressions(f: Any, *args: Any, terms: int = 5) -> tuple[Any, str]:
    """The result and the source of a function, however short, in expressions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(python, "LINES", 0)
        patch.setattr(expressions, "TERMS", terms)
        compiled = compile(f)
        return compiled(*args), compiled.source


@settings(max_examples=30)
@given(programs(), sampled_from([3, 200]))
def test_they_give_the_same_numbers_to_the_last_bit(program: Program, terms: int) -> None:
    both = value_and_grad(lambda *x: program.run(x)[-1], argnums=range(len(program.leaves)))
    leaves = list(map(float, program.leaves))
    assert repr(in_expressions(both, *leaves, terms=terms)[0]) == repr(compile(both)(*leaves))


@settings(max_examples=10)
@given(programs(EXACT, fractions))
def test_exact_numbers_stay_exact(program: Program) -> None:
    slopes = grad(lambda *x: program.run(x)[-1], argnums=range(len(program.leaves)))
    assert repr(in_expressions(slopes, *program.leaves)[0]) == repr(compile(slopes)(*program.leaves))


def test_a_sum_of_products_is_one_line() -> None:
    result, source = in_expressions(
        lambda *x: sum(a * b for a, b in pairwise(x)), 1.0, 2.0, 3.0, 4.0, terms=9
    )
    assert result == 20.0
    assert "v4 = x0 * x1 + x1 * x2 + x2 * x3  " in source


def test_parentheses_stand_where_they_are_needed() -> None:
    def f(a: Any, b: Any, c: Any) -> Any:
        return [a - (b - c), (a + b) * (c - b), a / (b * c), -(a - b), apply(gamma, a + c, a * c)]

    numbers = 0.1, 0.7, 0.3
    result, source = in_expressions(f, *numbers)
    assert result == compile(f)(*numbers)
    for text in (
        "x0 - (x1 - x2)",
        "(x0 + x1) * (x2 - x1)",
        "x0 / (x1 * x2)",
        "-(x0 - x1)",
        "((x0 + x2), (x0 * x2))",
    ):
        assert text in source


def test_a_number_whose_line_reads_it_twice_has_a_name() -> None:
    result, source = in_expressions(lambda a, b: relu(a * b), 2.0, 3.0)
    assert result == 6.0
    assert source.count("x0 * x1") == 1


def test_integers_beside_integers_stay_integers() -> None:
    f = lambda n, x: (n * 2 + 2**60) * x + (n + 1) / 3  # noqa: E731
    assert in_expressions(f, 3, 0.5)[0] == compile(f)(3, 0.5) == f(3, 0.5)


def test_without_simplification_every_operation_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python, "LINES", 0)
    compiled = compile(lambda a, b: a * b + a * b, simplify=False)
    assert compiled(2.0, 3.0) == 12.0
    assert compiled.source.count("=") == 3
