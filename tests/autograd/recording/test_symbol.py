"""`Symbol`: the formula of a rule evaluates to the number that the rule computes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from autograd import Graph, GraphError, Primitive, Symbol, Value, apply
from autograd.recording.symbol import expressions
from autograd.rules import scalars as p
from autograd.rules.neuron import neuron_of
from autograd.rules.primitive import TABLE
from tests.cases import SCALAR_CASES as CASES
from tests.cases import every_scalar_case as every_case
from tests.graphs import Program, programs


def symbols(*numbers: float) -> list[Symbol]:
    return [Symbol(x, f"x{i}") for i, x in enumerate(numbers)]


def evaluated(formula: Symbol, at: dict[Symbol, float]) -> float:
    """Evaluate a formula with its symbols at other numbers."""
    graph = Graph(formula)
    return float(graph.replay({s: x for s, x in at.items() if s in graph})[-1])


@every_case
def test_the_formulas_of_a_row_evaluate_to_its_numbers(row: Primitive, point: tuple[float, ...]) -> None:
    expected = row.forward(*point)
    output, inputs = Symbol(expected, "out"), symbols(*point)
    formula, derivatives = expressions(row, output, inputs)
    assert formula.data == pytest.approx(expected, rel=1e-14)
    assert [d.data for d in derivatives] == pytest.approx(list(row.partials(expected, *point)), rel=1e-14)


def same_side(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    """Whether no kink lies between two points: the signs and the order are the same."""
    return [x > 0 for x in a] == [x > 0 for x in b] and sorted(range(len(a)), key=a.__getitem__) == sorted(
        range(len(b)), key=b.__getitem__
    )


def test_a_formula_holds_at_other_points_too() -> None:
    held = 0
    for row, point in CASES:
        output, inputs = Symbol(row.forward(*point)), symbols(*point)
        formula, derivatives = expressions(row, output, inputs)
        for other_row, other in CASES:
            if other_row is not row or len(other) != len(point) or not same_side(point, other):
                continue
            at = dict(zip([output, *inputs], [row.forward(*other), *other], strict=True))
            assert evaluated(formula, at) == pytest.approx(row.forward(*other), rel=1e-12)
            slopes = row.partials(row.forward(*other), *other)
            assert [evaluated(d, at) for d in derivatives] == pytest.approx(list(slopes), rel=1e-12)
            held += other != point
    assert held > 50


@given(programs())
def test_a_program_run_on_symbols_gives_its_formula(program: Program) -> None:
    root, leaves, _ = program.record()
    formula = program.run(symbols(*program.leaves))[-1]
    assert formula.data == pytest.approx(root.data, rel=1e-9, abs=1e-12)
    numbers = dict(zip(leaves, [x + 0.01 for x in program.leaves], strict=True))
    names = {leaf.name: x for leaf, x in numbers.items()}
    at = {v: names[v.name] for v in Graph(formula).nodes if v.name}
    moved = Graph(root).replay({v: x for v, x in numbers.items() if v in Graph(root)})[-1]
    assert Graph(formula).replay(at)[-1] == pytest.approx(moved, rel=1e-9, abs=1e-9)


def test_identities_are_simplified() -> None:
    a, b = symbols(0.5, -2.0)
    minus = -a
    for same in (a + 0, 0 + a, a - 0, 1 * a, a * 1, a / 1, a**1, -minus):
        assert same is a
    for nothing in (0 * a, a * 0.0, 0 / a):
        assert nothing.is_constant
        assert nothing.data == 0
    one = a**0
    assert (one.is_constant, one.data) == (True, 1)
    assert (one - 1).is_constant
    for minus in (-1 * a, a * -1):
        assert (minus.primitive, minus.inputs) == (p.neg, (a,))
    assert ((a + -b).primitive, (a + -b).inputs) == (p.sub, (a, b))
    assert ((a - -b).primitive, (a - -b).inputs) == (p.add, (a, b))
    assert a + -(0 * b) is a
    assert ((a * a).primitive, (a * a).inputs) == (p.square, (a,))


def test_other_operations_are_kept() -> None:
    a, b = symbols(0.5, -2.0)
    for formula, row in ((a * b, p.mul), (0 - a, p.sub), (1 / a, p.div), (a + a, p.add), (2**a, p.power)):
        assert formula.primitive is row
    zero = Symbol(0.0)  # from the data, not from a rule
    assert (a * zero).inputs == (a, zero)
    assert (a + zero).inputs == (a, zero)


def test_simplification_keeps_nan() -> None:
    infinite = Symbol(float("inf"), "a")
    assert str((0 * infinite).data) == "nan"


def test_a_kink_is_decided_at_the_point() -> None:
    for x, slope in ((-1.0, 0), (0.0, 0), (2.0, 1)):
        (derivative,) = p.relu.partials(max(x, 0.0), Symbol(x, "a"))
        assert derivative == slope
    above, below = p.maximum.partials(3.0, *symbols(3.0, 1.0))
    assert (above, below) == (1, 0)


def test_a_fused_rule_shares_its_intermediate_results() -> None:
    inputs = symbols(0.1, 0.5, 2.0)
    formula, (by_bias, by_weight, by_input) = expressions(neuron_of(p.tanh), Symbol(0.8), inputs)
    assert by_bias in Graph(by_weight)
    assert by_bias in Graph(by_input)
    assert formula in Graph(by_bias)


def test_rows_of_the_table_are_named_and_others_spelled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    cube = Primitive("cube_of_mine", "³", lambda a: a * a * a, lambda out, a: (3 * a * a,))
    (a,) = symbols(2.0)
    assert apply(cube, a).primitive is p.mul
    monkeypatch.setitem(TABLE, "cube_of_mine", cube)
    assert apply(cube, a).primitive is cube
    formula, (slope,) = expressions(cube, Symbol(8.0), [a])
    assert (formula.primitive, formula.data, slope.data) == (cube, 8, 12)


def test_the_repr_of_a_symbol() -> None:
    a, b = symbols(0.5, 2.0)
    assert repr(a) == "Symbol(0.5, name='x0')"
    assert repr(a * b) == "Symbol(1.0, op='*')"
    assert repr(Symbol(3)) == "Symbol(3)"


@pytest.mark.parametrize("bad", ["1", None, 1j])
def test_a_symbol_holds_a_real_number(bad: Any) -> None:
    with pytest.raises(TypeError, match="a real number was expected"):
        Symbol(bad)
    with pytest.raises(TypeError):
        Symbol(1.0) + bad


def test_a_symbol_is_not_differentiated_and_does_not_mix() -> None:
    a, b = symbols(0.5, 2.0)
    with pytest.raises(GraphError, match="differentiate the Value"):
        (a * b).backward()
    with pytest.raises(GraphError, match="nothing was recorded"):
        (a * 0).backward()
    with pytest.raises(TypeError):
        a + Value(1.0)
    with pytest.raises(ZeroDivisionError, match=r"at another point, div\(1, 'x0'=0\.5\) is undefined"):
        Graph(1 / a).replay({a: 0.0})
