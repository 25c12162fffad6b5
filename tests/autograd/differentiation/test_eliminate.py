"""Vertex elimination: its orders, their exact counts, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import BudgetError, Graph, GraphError, Tensor, Value, gradient, predict, softmax_cross_entropy
from tests.graphs import Program, mlp, programs

# Multiplications and additions with the target class as loss: reverse, forward, Markowitz.
NETWORKS = {
    (2, 4, 2): ((62, 4), (194, 12), (62, 4)),
    (2, 2, 2, 2): ((50, 4), (216, 24), (50, 4)),
    (3, 4, 4, 1): ((125, 12), (749, 48), (125, 12)),
    (4, 4, 4, 3): ((171, 20), (1603, 260), (223, 20)),
    (8, 2, 8): ((122, 14), (706, 126), (156, 14)),
}
ORDERS = ("reverse", "forward", "markowitz")


def counts(root: Value, wrt: list[Value], method: str, **options: object) -> tuple[int, int]:
    """The measured multiplications and additions, which must be the predicted ones."""
    cost = gradient(root, wrt, method, **options).cost
    predicted = predict(root, wrt, method, **options)
    assert cost._replace(stored=None) == predicted
    return cost.multiplications, cost.additions


def naumann() -> tuple[Value, Value, list[Value]]:
    """A graph on which neither backprop nor forward mode is the best order (Naumann 2004)."""
    p = Value(0.7)
    a, b = p.sin(), p.sin()
    c = a.sin()
    d = a - c
    y = b * d
    return y, p, [a, b, c, d, y]


@pytest.mark.parametrize("sizes", NETWORKS)
def test_networks_cost_what_the_golden_table_says(sizes: tuple[int, ...]) -> None:
    network = mlp(sizes)
    loss = softmax_cross_entropy(network([0.5] * sizes[0]), 0)
    parameters = network.parameters()
    found = tuple(counts(loss, parameters, "eliminate", order=order) for order in ORDERS)
    assert found == NETWORKS[sizes]
    assert found[0] == counts(loss, parameters, "backprop")
    assert found[1] == counts(loss, parameters, "forward")


def test_an_order_from_the_middle_beats_both_directions() -> None:
    y, p, _ = naumann()
    found = {order: counts(y, [p], "eliminate", order=order) for order in (*ORDERS, "optimal")}
    assert found == {"reverse": (7, 2), "forward": (6, 2), "markowitz": (5, 2), "optimal": (5, 2)}


def without_parallel_edges(root: Value) -> bool:
    edges = list(Graph(root).edges)
    return len(set(edges)) == len(edges)


@given(programs())
def test_reverse_order_is_backprop_and_topological_order_is_forward_mode(program: Program) -> None:
    root, leaves, _ = program.record()
    # Forward mode multiplies the tangent 1 of a leaf by each of its edges; elimination, once by the seed.
    users = [sum(source is leaf for v in Graph(root).nodes for source in v.inputs) for leaf in leaves]
    saved = {"reverse": 0, "forward": sum(n - 1 for n in users if n)}
    for order, method in (("reverse", "backprop"), ("forward", "forward")):
        ours, theirs = counts(root, leaves, "eliminate", order=order), counts(root, leaves, method)
        if without_parallel_edges(root):
            assert ours == (theirs[0] - saved[order], theirs[1])
        assert ours <= theirs  # parallel edges are merged first


def inner_nodes(root: Value, leaves: list[Value]) -> list[Value]:
    graph = Graph(root)
    active = graph.active(leaves)
    return [v for i, v in enumerate(graph.nodes) if i in active and not any(v is leaf for leaf in leaves)]


@given(programs(max_steps=5))
def test_the_search_finds_the_best_of_all_orders(program: Program) -> None:
    root, leaves, _ = program.record()
    inner = inner_nodes(root, leaves)
    best = counts(root, leaves, "eliminate", order="optimal")[0]
    if len(inner) <= 5:
        every = [predict(root, leaves, "eliminate", order=order) for order in permutations(inner)]
        assert best == min(cost.multiplications for cost in every)
    assert best <= counts(root, leaves, "eliminate", order="markowitz")[0]


@given(programs(), st.data())
def test_any_order_gives_the_same_gradient(program: Program, data: st.DataObject) -> None:
    root, leaves, _ = program.record()
    order = data.draw(st.permutations(inner_nodes(root, leaves)))
    expected = gradient(root, leaves).values
    assert gradient(root, leaves, "eliminate", order=order).values == pytest.approx(
        expected, rel=1e-6, abs=1e-6
    )
    counts(root, leaves, "eliminate", order=order)


def test_values_of_wrt_that_lead_to_each_other_are_kept() -> None:
    x = Value(0.5)
    y = x * x
    z = y.sin() * x
    for order in ORDERS:
        found = gradient(z, [x, y, z], "eliminate", order=order)
        assert found.values == pytest.approx(gradient(z, [x, y, z]).values)
        assert counts(z, [x, y, z], "eliminate", order=order)


def test_a_gradient_by_elimination_is_differentiated_again() -> None:
    x = Value(0.5)
    (slope,) = gradient(x.sin() * x, [x], "eliminate", create_graph=True).values
    assert gradient(slope, [x]).values == pytest.approx(
        gradient(gradient(x.sin() * x, [x], create_graph=True).values[0], [x]).values
    )


def refusals() -> dict[str, tuple[Callable[[], object], type[Exception], str]]:
    y, p, inner = naumann()
    chain = p
    for _ in range(12):
        chain = chain.sin()
    return {
        "name": (
            lambda: gradient(y, [p], "eliminate", order="best"),
            ValueError,
            "the order is reverse, .*'best'",
        ),
        "missing": (
            lambda: gradient(y, [p], "eliminate", order=inner[:-1]),
            ValueError,
            "misses 1 inner vertex, a Value of",
        ),
        "empty": (
            lambda: gradient(y, [p], "eliminate", order=[]),
            ValueError,
            "misses 5 inner vertices, such as",
        ),
        "numbers": (
            lambda: gradient(y, [p], "eliminate", order=range(3)),
            ValueError,
            "must hold Values, not 0",
        ),
        "most": (
            lambda: predict(y, [p], "eliminate", order="optimal", most=0),
            ValueError,
            "of at least 1, not 0",
        ),
        "two orders": (
            lambda: gradient(y, [p], "eliminate-reverse", order="forward"),
            TypeError,
            "'eliminate-reverse' says what order is",
        ),
        "no text": (lambda: gradient(y, [p], None), TypeError, "a method must be a name .* not None"),
        "twice": (
            lambda: gradient(y, [p], "eliminate", order=[*inner, y]),
            ValueError,
            "a Value of .* twice: name",
        ),
        "foreign": (
            lambda: gradient(y, [p], "eliminate", order=[Value(1.0)]),
            ValueError,
            "not between wrt and",
        ),
        "kept": (
            lambda: gradient(y, [p], "eliminate", order=[p, *inner]),
            ValueError,
            "of wrt, which is kept",
        ),
        "tensor": (
            lambda: gradient(Tensor(2.0) * 3, [], "eliminate"),
            GraphError,
            "run the program on values",
        ),
        "large": (
            lambda: gradient(chain, [p], "eliminate", order="optimal"),
            BudgetError,
            "2.12 sets.* most=12",
        ),
        "option": (lambda: gradient(y, [p], "eliminate", sort=1), TypeError, "options are order, most"),
        "none": (lambda: gradient(y, [p], "paths", order="reverse"), TypeError, "'order': it has none"),
        "variant": (lambda: gradient(y, [p], "paths-reverse"), KeyError, "'paths' has no options"),
        "method": (lambda: predict(y, [p], "elimination"), KeyError, "there are backprop, .*eliminate"),
    }


@pytest.mark.parametrize("name", refusals())
def test_what_is_refused(name: str) -> None:
    call, kind, message = refusals()[name]
    with pytest.raises(kind, match=message):
        call()


def test_a_larger_search_can_be_asked_for() -> None:
    x = y = Value(0.5)
    for _ in range(12):
        y = y.sin()
    assert counts(y, [x], "eliminate", order="optimal", most=12) == (12, 0)
    assert counts(y, [x], "eliminate-markowitz") == (12, 0)
