"""`Graph` and `Linearization`: order, edges, leaves, paths and replay."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

from autograd import (
    METHODS,
    Counted,
    CycleError,
    Dual,
    Graph,
    GraphError,
    Ledger,
    Linearization,
    MutatedError,
    Value,
    neuron,
    softmax_cross_entropy,
)
from autograd.differentiation.graph import grouped
from tests.graphs import EXACT, Program, floats, fractions, programs


@given(programs())
def test_each_node_appears_once_and_after_its_inputs(program: Program) -> None:
    root, leaves, _ = program.record()
    graph = Graph(root)
    assert graph.nodes[-1] is graph.root is root
    assert len({id(v) for v in graph.nodes}) == len(graph) == len(graph.nodes)
    for i, v in enumerate(graph.nodes):
        assert graph.index(v) == i
        assert v in graph
        assert all(j < i for j in graph.inputs(i))
        assert tuple(id(graph.nodes[j]) for j in graph.inputs(i)) == tuple(map(id, v.inputs))
    assert [id(v) for v in graph.leaves] == [id(v) for v in graph.nodes if any(v is leaf for leaf in leaves)]


def test_an_input_used_twice_has_two_edges() -> None:
    x = Value(2.0)
    assert list(Graph(x * x).edges) == [(0, 1), (0, 1)]
    assert list(Graph(x + x).edges) == [(0, 1), (0, 1)]
    y = neuron(x, [x, x], [x, 3.0])
    assert sorted(Graph(y).edges) == [(0, 2)] * 4 + [(1, 2)]


def test_the_order_is_the_same_in_every_run() -> None:
    def record() -> list[str]:
        x, y = Value(1.0, "x"), Value(2.0, "y")
        z = (x + y) * (y - x) / x.exp()
        return [v.name or v.op for v in Graph(z).nodes]

    assert record() == record() == ["x", "y", "+", "-", "*", "exp", "/"]


def test_leaves_exclude_constants() -> None:
    x, y = Value(1.0, "x"), Value(2.0, "y")
    graph = Graph(x * 3 + y)
    assert [v.name for v in graph.leaves] == ["x", "y"]
    assert sum(v.is_constant for v in graph.nodes) == 1


def test_a_graph_of_one_leaf() -> None:
    x = Value(1.0)
    graph = Graph(x)
    assert graph.nodes == [x]
    assert list(graph.edges) == []
    assert graph.depth == 0
    assert graph.count_paths(x) == 1
    assert graph.replay() == [1.0]
    assert graph.replay({x: 7}) == [7]


def test_depth_is_the_longest_path() -> None:
    x = Value(0.5)
    assert Graph(x + x.sin().sin().sin()).depth == 4
    assert Graph(x.sin().sin().sin() + x).depth == 4


@pytest.mark.parametrize("steps", [1, 10, 1000])
def test_paths_double_with_every_square(steps: int) -> None:
    x = y = Value(1.0)
    for _ in range(steps):
        y = y * y
    graph = Graph(y)
    assert graph.count_paths(x) == 2**steps
    assert graph.path_counts() == [2 ** (steps - i) for i in range(steps + 1)]


def test_there_is_no_path_from_a_value_outside_the_graph() -> None:
    x, unused = Value(1.0), Value(1.0)
    graph = Graph(x * 2)
    assert graph.count_paths(unused) == 0
    assert unused not in graph
    assert 1.0 not in graph
    with pytest.raises(KeyError):
        graph.index(unused)


@given(programs(EXACT, fractions))
def test_replay_gives_the_recorded_numbers(program: Program) -> None:
    root, _, _ = program.record()
    graph = Graph(root)
    assert graph.replay() == [v.data for v in graph.nodes]


@given(programs(EXACT, floats, max_steps=5), programs(EXACT, fractions, max_steps=0))
def test_replay_at_other_numbers_equals_running_the_program(program: Program, other: Program) -> None:
    root, leaves, _ = program.record()
    point = [*other.leaves, *(Fraction(1, i + 2) for i in range(len(leaves)))][: len(leaves)]
    graph = Graph(root)
    given_numbers = {leaf: x for leaf, x in zip(leaves, point, strict=True) if leaf in graph}
    replayed = graph.replay(given_numbers)[-1]
    assert replayed == program.run(point)[-1]
    assert isinstance(replayed, Fraction)


def test_replay_on_other_number_types() -> None:
    x, y = Value(2.0), Value(3.0)
    graph = Graph(x * x + y * 5)
    dual = graph.replay({x: Dual(3.0, 1.0)})[-1]
    assert (dual.data, dual.tangent) == (24, 6)
    ledger = Ledger()
    counted = graph.replay({x: Counted(3.0, ledger), y: Counted(1.0, ledger)})[-1]
    assert counted.data == 14
    assert (ledger.counts["multiplications"], ledger.counts["additions"]) == (2, 1)
    np.testing.assert_array_equal(graph.replay({x: np.array([0.0, 1.0])})[-1], [15, 16])
    leaf = Value(7.0)
    again = graph.replay({y: leaf})[-1]
    again.backward()
    assert leaf.grad == 5


def test_replay_accepts_an_interior_value() -> None:
    x = Value(2.0)
    h = x * x
    assert Graph(h + x).replay({h: 10})[-1] == 12


def test_replay_leaves_the_recording_unchanged() -> None:
    x = Value(2.0)
    y = x * x
    Graph(y).replay({x: 5.0})
    assert (x.data, y.data) == (2, 4)


def test_replay_refuses_a_value_outside_the_graph() -> None:
    x, stranger = Value(2.0), Value(1.0, name="stranger")
    with pytest.raises(GraphError, match=r"'stranger'.*not in this graph"):
        Graph(x * x).replay({stranger: 1.0})


def test_active_nodes_depend_on_wrt() -> None:
    x, y = Value(1.0), Value(2.0)
    a = x * 2
    b = y * 3
    root = a + b
    graph = Graph(root)
    active = graph.active([x])
    assert set(active) == {graph.index(v) for v in (x, a, root)}
    assert sorted(active.values()) == [0, 1, 2]
    assert set(graph.active([b])) == {graph.index(b), graph.index(root)}
    assert graph.active([]) == {graph.index(root): 0}


@pytest.mark.parametrize("root", [3.0, None, "x", [Value(1.0)], Dual(1.0)])
def test_the_root_of_a_graph_is_a_value(root: object) -> None:
    with pytest.raises(TypeError, match="Value"):
        Graph(root)  # type: ignore[arg-type]


def test_a_cycle_is_found() -> None:
    x = Value(1.0)
    first = x * 2
    second = first + x
    first._b = second
    for start in (first, second, second.tanh()):
        with pytest.raises(CycleError, match="depends on itself"):
            Graph(start)


def test_an_out_of_date_graph_is_refused() -> None:
    x = Value(2.0, name="x")
    y = x * x + 1
    x.data = 3.0
    with pytest.raises(MutatedError, match="'x'"):
        Graph(y)


def test_a_graph_is_never_differentiated_at_two_points_at_once() -> None:
    x = Value(2.0)
    graph = Graph(x * x * x)
    x.data = 5.0
    # 75 at the new point, or a refusal; neither 12 nor a mixture of both points.
    try:
        (derivative,) = METHODS["backprop"](Linearization(graph, [[x]]))
    except MutatedError:
        return
    assert derivative.data == 75


def test_groups() -> None:
    x, y, z = Value(1.0), Value(2.0), Value(3.0)
    assert [[id(v) for v in g] for g in grouped([x, [y, z], []])] == [[id(x)], [id(y), id(z)], []]
    assert [[id(v) for v in g] for g in grouped([(v for v in (x, y))])] == [[id(x), id(y)]]  # type: ignore[list-item]
    assert grouped([]) == []


@pytest.mark.parametrize(
    ("wrt", "message"),
    [
        (Value(1.0), r"\[x\]"),
        ([3.0], r"wrt\[0\].*float"),
        ("x", r"wrt\[0\].*str"),
        ([Value(1.0), None], r"wrt\[1\].*None"),
        ([[Value(1.0)], [Value(1.0), 2]], r"wrt\[1\].*int"),
        ([Dual(1.0)], r"wrt\[0\].*Dual"),
    ],
)
def test_wrt_holds_only_values(wrt: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        grouped(wrt)  # type: ignore[arg-type]


def test_a_linearization_has_one_local_derivative_per_edge() -> None:
    x, y = Value(2.0), Value(5.0)
    linear = Linearization(Graph(x * y + x * x), [[x]], Ledger())
    values = [[(u, d.data if isinstance(d, Counted) else d) for u, d in edges] for edges in linear.edges]
    assert values == [[], [(0, 5.0)], [(0, 2.0), (0, 2.0)], [(1, 1), (2, 1)]]
    assert (linear.root, linear.wrt, linear.groups, linear.targets) == (3, [0], [[0]], [0])
    assert linear.seed.data == 1
    assert [point.data for point in linear.point] == [2]


def test_local_derivatives_are_evaluated_once() -> None:
    ledger = Ledger()
    z = [Value(0.5), Value(0.25)]
    linear = Linearization(Graph(softmax_cross_entropy(z, 0).tanh()), [z], ledger)
    linear.edges  # noqa: B018
    before = dict(ledger.counts)
    linear.edges  # noqa: B018
    assert ledger.counts == before == {"forward": 10, "partials": 5, "multiplications": 0, "additions": 0}


def test_an_operation_undefined_at_another_point_is_named() -> None:
    x = Value(1.0, name="x")
    with pytest.raises(ValueError, match="log"):
        Graph(x.log()).replay({x: -1.0})
    with pytest.raises(TypeError, match="int 5"):
        Graph(x.log()).count_paths(5)  # type: ignore[arg-type]


@given(programs())
def test_paths_from_some_nodes_are_the_path_counts_there(program: Program) -> None:
    root, *_ = program.record()
    graph = Graph(root)
    every = graph.path_counts()
    for places in (range(len(graph)), range(0, len(graph), 2), [0]):
        assert graph.paths_from(places) == {i: every[i] for i in places}


def test_paths_from_some_nodes_of_a_deep_graph_take_little_memory() -> None:
    x = y = Value(0.5)
    for _ in range(20_000):
        y = y * y
    graph = Graph(y)
    tracemalloc.start()
    assert graph.count_paths(x) == 2**20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000  # all counts together take 28 MB


def test_a_forward_pass_at_a_plain_number_is_counted() -> None:
    x = Value(2.0)
    linear = Linearization(Graph(x * x * 3.0), [[x]], ledger := Ledger())
    assert linear.evaluate({x: 5.0}).data == 75
    assert ledger.counts["forward"] == 2
