from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import (
    BudgetError,
    GraphError,
    MutatedError,
    Primitive,
    Tensor,
    Value,
    apply,
    gradient,
    neuron,
    no_grad,
    softmax_cross_entropy,
    values,
)
from nn import MLP
from tests.cases import SCALAR_CASES
from tests.graphs import programs
from tests.viz.formulas import balanced, from_latex, from_text, value
from tests.viz.pictures import chain, ladder, perceptron, random_graph
from tests.viz.test_labels import HOSTILE
from viz import derivation, latex
from viz.notation import LATEX, TEXT


def written(root, wrt):
    return [str(line) for line in derivation(root, wrt)]


def example():
    x, w = Value(2.0, name="x"), Value(-0.5, name="w")
    h = (w * x).tanh()
    h.name = "h"
    y = h * h + x
    y.name = "y"
    return y, x, w


def followed(lines, given, notation=TEXT, read=from_text):
    """The derivatives on the last lines, each line evaluated from the ones before it."""
    names, derivatives = {}, []
    for line in lines:
        formula = line.formula(notation)
        told = line.number if line.name.bar or line.by else given.get(line.node, line.number)
        number = value(read(formula), names) if formula else told
        if line.by:
            derivatives.append(number)
        else:
            names[read(line.left(notation))] = number
    return derivatives


def test_a_derivation_is_written_as_by_hand():
    y, x, w = example()
    assert written(y, [x, w]) == [
        "w = -0.5",
        "x = 2",
        "v₁ = w · x = -1",
        "h = tanh(v₁) ≈ -0.7616",
        "v₂ = h · h ≈ 0.58",
        "y = v₂ + x ≈ 2.58",
        "y̅ = 1",
        "v̅₂ = y̅ = 1",
        "h̅ = v̅₂ · h + v̅₂ · h ≈ -1.523",
        "v̅₁ = h̅ · (1 - h²) ≈ -0.6397",
        "x̅ = y̅ + v̅₁ · w ≈ 1.32",
        "w̅ = v̅₁ · x ≈ -1.279",
        "∂y/∂x = x̅ ≈ 1.32",
        "∂y/∂w = w̅ ≈ -1.279",
    ]


def test_latex_is_a_complete_environment():
    x = Value(0.5, name="x_1")
    expected = r"""\begin{align*}
x_1 &= 0.5 \\
v_1 &= x_1 \cdot x_1 = 0.25 \\
v_2 &= \frac{v_1}{3} \approx 0.08333 \\
\bar{v}_2 &= 1 \\
\bar{v}_1 &= \bar{v}_2 \cdot \frac{1}{3} \approx 0.3333 \\
\bar{x}_1 &= \bar{v}_1 \cdot x_1 + \bar{v}_1 \cdot x_1 \approx 0.3333 \\
\frac{\partial v_2}{\partial x_1} &= \bar{x}_1 \approx 0.3333
\end{align*}
"""
    assert latex(x * x / 3.0, [x]) == expected


@given(programs(), st.floats(-0.1, 0.1))
def test_following_the_lines_gives_the_gradient_at_any_point(program, step):
    root, leaves, _ = program.record()
    lines = derivation(root, leaves)
    moved = type(program)(tuple(x + step for x in program.leaves), program.steps)
    expected, at, _ = moved.record()
    given = {leaf: other.data for leaf, other in zip(leaves, at, strict=True)}
    slopes = pytest.approx(gradient(expected, at).values, rel=1e-6, abs=1e-9)
    assert followed(lines, given) == slopes
    assert followed(lines, given, LATEX, from_latex) == slopes


@given(programs())
def test_numbers_are_those_of_the_engine(program):
    root, leaves, _ = program.record()
    root.backward()
    lines = derivation(root, leaves)
    for line in lines:
        if line.terms:
            assert sum(term.data for term in line.terms) == pytest.approx(line.number, rel=1e-9, abs=1e-12)
        if line.node is not None:
            expected = line.node.grad or 0.0 if line.name.bar or line.by else line.node.data
            assert line.number == pytest.approx(expected, rel=1e-9, abs=1e-12)
    derivatives = [line.number for line in lines if line.by]
    assert derivatives == gradient(root, leaves).values


@pytest.mark.parametrize("seed", range(10))
def test_adjoints_are_completed_before_they_are_used_with_a_term_for_every_edge(seed):
    root, leaves = random_graph(seed)
    lines = [line for line in derivation(root, leaves) if line.name.bar]
    seen = set()
    for line in lines:
        used = {operand for term in line.terms for operand in [term, *term.inputs] if operand in line.names}
        assert {line.names[operand] for operand in used if line.names[operand].bar} <= seen
        seen.add(line.name)
        edges = sum(source is line.node for user in lines for source in user.node.inputs)
        assert len(line.terms) == edges


@pytest.mark.parametrize(
    ("row", "point"),
    SCALAR_CASES,
    ids=[f"{row.name} at {','.join(map(str, point))}" for row, point in SCALAR_CASES],
)
def test_every_operation_has_its_lines(row, point):
    leaves = [Value(x, name=f"x{i}") for i, x in enumerate(point)]
    root = apply(row, *leaves)
    lines = derivation(root, leaves)
    expected = gradient(root, leaves).values
    assert [line.number for line in lines if line.by] == expected
    # Numbers computed by a rule, such as the logarithm of a base, have four digits.
    assert followed(lines, {}) == pytest.approx(expected, rel=1e-3)
    assert followed(lines, {}, LATEX, from_latex) == pytest.approx(expected, rel=1e-3)
    assert balanced(latex(root, leaves))


def test_intermediate_results_of_a_fused_rule_have_their_own_lines():
    z = [Value(0.5, name="z0"), Value(-1.0, name="z1")]
    loss = softmax_cross_entropy(z, 1)
    loss.name = "L"
    assert written(loss, z)[2:10] == [
        "r₁ = max(z₀, z₁) = 0.5",
        "r₂ = exp(z₀ - r₁) = 1",
        "r₃ = exp(z₁ - r₁) ≈ 0.2231",
        "r₄ = r₂ + r₃ ≈ 1.223",
        "L = log(r₄) + (r₁ - z₁) ≈ 1.701",
        "L̅ = 1",
        "z̅₁ = L̅ · (r₃ / r₄ - 1) ≈ -0.8176",
        "z̅₀ = L̅ · (r₂ / r₄) ≈ 0.8176",
    ]
    b, w = Value(0.25, name="b"), Value(0.5, name="w")
    assert written(neuron(b, [w], [2.0], "tanh"), [b, w])[2:4] == [
        "v₁ = tanh(b + w · 2) ≈ 0.8483",
        "r₁ = 1 - v₁² ≈ 0.2804",
    ]
    assert "v̅₁ · r₁ · 2" in written(neuron(b, [w], [2.0], "tanh"), [b, w])[5]


def test_a_rule_without_operations_is_its_input():
    b = Value(0.25, name="b")
    for y in (neuron(b, [], []), b**1, apply(neuron_of_nothing(), b)):
        assert written(y, [b]) == ["b = 0.25", "v₁ = b = 0.25", "v̅₁ = 1", "b̅ = v̅₁ = 1", "∂v₁/∂b = b̅ = 1"]


def neuron_of_nothing():
    return Primitive("nothing", "·", lambda a: a, lambda out, a: (1,))


def test_a_dead_edge_keeps_its_factor():
    x = Value(-2.0, name="x")
    assert written(x.relu(), [x])[-2:] == ["x̅ = v̅₁ · 0 = 0", "∂v₁/∂x = x̅ = 0"]
    assert written(x * 0.0, [x])[-2] == "x̅ = v̅₁ · 0 = 0"


def test_a_negative_term_is_subtracted():
    x, y = Value(2.0, name="x"), Value(3.0, name="y")
    lines = written((x + y) - x * y, [x, y])
    assert lines[-4:-2] == ["y̅ = v̅₂ · x + v̅₁ = -1", "x̅ = v̅₂ · y + v̅₁ = -2"]
    assert written(y - x - (x - y), [x])[-2] == "x̅ = v̅₂ - v̅₁ = -2"


def test_only_values_that_depend_on_wrt_have_an_adjoint():
    x, w = Value(2.0, name="x"), Value(3.0, name="w")
    lines = written((x * x) * w, [w])
    assert lines == [
        "v₁ = 4",
        "w = 3",
        "v₂ = v₁ · w = 12",
        "v̅₂ = 1",
        "w̅ = v̅₂ · v₁ = 4",
        "∂v₂/∂w = w̅ = 4",
    ]


def test_wrt_may_hold_an_inner_value_and_the_result():
    x = Value(3.0, name="x")
    square = x * x
    square.name = "s"
    assert written(square + 1.0, [square]) == [
        "s = 9",
        "v₁ = s + 1 = 10",
        "v̅₁ = 1",
        "s̅ = v̅₁ = 1",
        "∂v₁/∂s = s̅ = 1",
    ]
    assert written(square, [square]) == ["s = 9", "s̅ = 1", "∂s/∂s = s̅ = 1"]


def test_the_derivative_by_an_unrelated_value_is_0():
    x, other = Value(3.0, name="x"), Value(1.0)
    assert written(x * 2.0, [other, x])[-2:] == ["∂v₁/∂v₂ = 0", "∂v₁/∂x = x̅ = 2"]
    assert written(x * 2.0, [other]) == ["v₁ = 6", "v̅₁ = 1", "∂v₁/∂v₂ = 0"]
    assert written(x, []) == ["x = 3", "x̅ = 1"]


def test_wrt_may_hold_groups_and_arrays():
    x = values([1.0, 2.0], "x")
    y = (x * x).sum()
    assert written(y, [x])[-2:] == ["∂v₃/∂x[0] = x̅[0] = 2", "∂v₃/∂x[1] = x̅[1] = 4"]


def test_equals_signs_are_exact():
    exact, rounded = Value(Fraction(1, 3), name="a"), Value(Fraction(1, 10**6 + 1), name="b")
    whole, great = Value(10**6, name="c"), Value(10**400, name="d")
    lines = written(exact * rounded * whole + great, [exact])
    assert {"a = 1/3", "b ≈ 1e-06", "c = 1e+06", "d ≈ > 1e308"} <= set(lines)


def test_values_with_the_same_name_are_numbered():
    first, second, third = Value(2.0, name="w"), Value(3.0, name="w"), Value(5.0, name="w_1")
    fourth = Value(7.0, name="w1")
    lines = written(first * second * third * fourth, [second, fourth])
    assert lines[:2] == ["w = 2", "w#2 = 3"]
    assert {"w₁ = 5", "w₁#2 = 7"} <= set(lines)
    assert lines[-1].startswith("∂v₃/∂w₁#2 = w̅₁#2")
    assert r"\bar{w}_{1\#2}" in latex(first * second * third * fourth, [second, fourth])


def test_an_unnamed_value_gets_an_unused_name():
    taken, also, result = Value(2.0, name="v_1"), Value(3.0, name="r1"), Value(5.0, name="v3")
    y = neuron(taken, [also], [result], "tanh") * 2.0
    lines = written(y, [taken, also])
    assert [line.split(" ")[0] for line in lines[:6]] == ["v₁", "r₁", "v₃", "v₂", "r₂", "v₄"]


@pytest.mark.parametrize("name", [*HOSTILE, "\\end{align*}", "\\\\[1cm]", "$x$", "%", "}{", "\u202e"])
def test_a_hostile_name_stays_text(name):
    x = Value(2.0, name=name)
    y = x * x
    y.name = name
    source = latex(y, [x])
    assert balanced(source)
    assert source.count(r"\begin") == source.count(r"\end") == 1
    assert source.count("\n") == 2 + len(derivation(y, [x]))
    assert source.count(r" \\") == len(derivation(y, [x])) - 1
    assert len({line.left(TEXT) for line in derivation(y, [x])}) == len(derivation(y, [x]))


def test_formulas_are_written_under_no_grad():
    y, x, w = example()
    expected = latex(y, [x, w])
    with no_grad():
        assert latex(y, [x, w]) == expected


def test_the_same_graph_gives_the_same_lines():
    assert latex(*random_graph(3)) == latex(*random_graph(3))


def test_a_whole_small_network_fits():
    network = MLP([2, 4, 2], granularity="scalar")
    loss = softmax_cross_entropy(network([1.0, 2.0]), 0)
    lines = derivation(loss, network.parameters())
    assert sum(line.by is not None for line in lines) == 22
    assert sum(line.name.bar and not line.by for line in lines) == 59


def test_a_graph_over_the_budget_is_refused_with_its_size():
    y, x = ladder(5)
    assert derivation(y, [x], budget=6)
    for function in (derivation, latex):
        with pytest.raises(BudgetError, match="this derivation has 6 values, over the budget of 5") as caught:
            function(y, [x], budget=5)
        assert (caught.value.predicted, caught.value.budget) == (6, 5)
    deep = chain(20_000)
    with pytest.raises(BudgetError, match="40,001 values, over the budget of 200"):
        derivation(deep, [first_of(deep)])
    long = chain(2_000)
    assert len(derivation(long, [first_of(long)], budget=None)) == 2 * 2_001 + 1


def first_of(y):
    while y.inputs:
        y = y.inputs[0]
    return y


def test_tensors_are_refused_with_what_to_do():
    loss, parameters = perceptron()
    with pytest.raises(GraphError, match="this graph has Tensors: run the program on arrays of Values"):
        latex(loss, parameters)
    x = Value(1.0)
    with pytest.raises(GraphError, match="Tensors"):
        derivation(x * x, [Tensor(1.0)])


def test_bad_input_raises_the_usual_errors():
    x = Value(1.0, name="x")
    y = x * 2.0
    with pytest.raises(TypeError, match="a graph needs a Value"):
        derivation(1.0, [x])
    with pytest.raises(TypeError, match="wrt"):
        derivation(y, ["x"])
    with pytest.raises(TypeError, match="wrt is a sequence"):
        derivation(y, x)
    x.data = 3.0
    with pytest.raises(MutatedError):
        derivation(y, [x])
    root = Value(0.0, name="x")
    with pytest.raises(ZeroDivisionError, match="the derivative of sqrt"):
        derivation(root.sqrt(), [root])
