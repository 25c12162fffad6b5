"""Invariants of random graphs: methods agree, counts are exact, any topological order works."""

from __future__ import annotations

import random
from fractions import Fraction
from unittest.mock import patch

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd.differentiation.graph
from autograd import METHODS, Dual, Graph, Ledger, Linearization, Value, gradient, neuron, predict
from autograd import softmax_cross_entropy as cross_entropy
from autograd.differentiation.methods.backprop import backprop
from tests.cases import EXACT_METHODS
from tests.graphs import CHEAP, EXACT, Program, enumerate_paths, floats, fractions, mlp, programs


def sensitivity(root: Value, wrt: list[Value]) -> float:
    """The sum of the absolute path products: rounding errors are relative to it."""
    sizes = Linearization(Graph(root), [[v] for v in wrt], Ledger())
    sizes.edges[:] = [[(u, abs(derivative)) for u, derivative in edges] for edges in sizes.edges]
    return max(1.0, *(getattr(x, "data", x) for x in backprop(sizes)))


def operations(root: Value, wrt: list[Value], method: str) -> tuple[int, int, int, int]:
    cost = gradient(root, wrt, method).cost
    return cost.multiplications, cost.additions, cost.partials, cost.forward


@given(programs())
def test_all_exact_methods_agree(program: Program) -> None:
    root, leaves, _ = program.record()
    expected = gradient(root, leaves).values
    tolerance = 1e-9 * sensitivity(root, leaves)
    for method in EXACT_METHODS:
        assert gradient(root, leaves, method).values == pytest.approx(expected, rel=0, abs=tolerance), method


@given(programs(), st.data())
def test_all_exact_methods_agree_on_interior_values_and_groups(program: Program, data: st.DataObject) -> None:
    root, _, results = program.record()
    wrt = data.draw(st.lists(st.sampled_from(results), min_size=1, max_size=5))
    cut = data.draw(st.integers(0, len(wrt)))
    groups = [wrt[:cut], wrt[cut:]]
    expected = gradient(root, wrt).values
    tolerance = 1e-9 * sensitivity(root, wrt)
    for method in EXACT_METHODS:
        for asked in (wrt, groups):
            values = gradient(root, asked, method).values
            assert values == pytest.approx(expected, rel=0, abs=tolerance), method


@given(programs(EXACT, fractions))
def test_on_fractions_all_exact_methods_are_equal(program: Program) -> None:
    root, leaves, _ = program.record()
    expected = gradient(root, leaves).values
    for method in EXACT_METHODS:
        values = gradient(root, leaves, method).values
        assert values == expected, method
        assert not any(isinstance(x, float) for x in values), method


@given(programs())
def test_backward_is_backprop(program: Program) -> None:
    root, leaves, _ = program.record()
    expected = gradient(root, leaves).values
    root.backward()
    assert [leaf.grad or 0 for leaf in leaves] == pytest.approx(expected, rel=1e-12, abs=1e-12)


@given(programs(("add", "sub", "mul", "sin", "tanh", "sigmoid", "neuron", "cross_entropy")))
def test_differences_are_close_to_the_derivatives(program: Program) -> None:
    root, leaves, _ = program.record()
    expected = gradient(root, leaves).values
    assume(sensitivity(root, leaves) < 100)
    assert gradient(root, leaves, "central_difference").values == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert gradient(root, leaves, "finite_difference").values == pytest.approx(expected, rel=1e-2, abs=1e-2)


@given(programs(), st.data())
def test_predicted_costs_are_measured_costs(program: Program, data: st.DataObject) -> None:
    root, leaves, results = program.record()
    interior = data.draw(st.lists(st.sampled_from(results), max_size=2, unique_by=id))
    wrt = [*leaves, *(v for v in interior if not any(v is leaf for leaf in leaves))]
    for method in METHODS:
        if method == "simultaneous_perturbation" and len(wrt) > len(leaves):  # it moves leaves alone
            continue
        predicted = predict(root, wrt, method)
        counts = (
            predicted.multiplications,
            predicted.additions,
            predicted.partials,
            predicted.forward,
        )
        assert operations(root, wrt, method) == counts, method
        assert all(type(x) is int for x in counts), method


@given(programs())
def test_path_counts_are_the_number_of_paths(program: Program) -> None:
    root, _, _ = program.record()
    graph = Graph(root)
    counts = graph.path_counts()
    for i, v in enumerate(graph.nodes):
        assert counts[i] == graph.count_paths(v) == len(enumerate_paths(graph, i))


@given(programs())
def test_the_path_sum_costs_the_lengths_of_all_paths(program: Program) -> None:
    root, leaves, _ = program.record()
    graph = Graph(root)
    found = [enumerate_paths(graph, graph.index(leaf)) for leaf in leaves if leaf in graph]
    cost = gradient(root, leaves, "paths").cost
    assert cost.multiplications == sum(len(path) - 1 for group in found for path in group)
    assert cost.additions == sum(len(group) - 1 for group in found)


@given(programs())
def test_backprop_costs_the_active_edges(program: Program) -> None:
    root, leaves, _ = program.record()
    graph = Graph(root)
    vertices = graph.active(leaves)
    edges = sum(i in vertices and j in vertices for i, j in graph.edges)
    cost = gradient(root, leaves).cost
    assert cost.multiplications == edges
    assert cost.additions == edges - len(vertices) + 1


@given(programs())
def test_backprop_never_costs_more_than_the_tree_nor_the_tree_than_the_paths(program: Program) -> None:
    root, leaves, _ = program.record()
    by_method = {m: predict(root, leaves, m).multiplications for m in ("backprop", "tree", "paths")}
    assert by_method["backprop"] <= by_method["tree"] <= by_method["paths"]


@given(programs())
def test_forward_costs_as_much_as_a_restart_for_every_leaf(program: Program) -> None:
    root, leaves, _ = program.record()
    assert operations(root, leaves, "forward") == operations(root, leaves, "restart")


@given(programs(CHEAP))
def test_a_gradient_costs_at_most_four_evaluations(program: Program) -> None:
    root, leaves, _ = program.record()
    cost = gradient(root, leaves).cost
    assert cost.total <= 4 * cost.forward


def shuffled(root: Value, seed: int) -> list[Value]:
    """The nodes in a random topological order (A. B. Kahn, 1962, choosing among the ready at random)."""
    chance = random.Random(seed)
    graph = Graph(root)
    users: list[list[int]] = [[] for _ in graph.nodes]
    waiting = [0] * len(graph)
    for i, j in graph.edges:
        users[i].append(j)
        waiting[j] += 1
    ready = [i for i, count in enumerate(waiting) if not count]
    order = []
    while ready:
        i = ready.pop(chance.randrange(len(ready)))
        order.append(graph.nodes[i])
        for j in users[i]:
            waiting[j] -= 1
            if not waiting[j]:
                ready.append(j)
    return order


@given(programs(), st.integers(0, 2**32))
def test_any_topological_order_gives_the_same_counts(program: Program, seed: int) -> None:
    root, leaves, _ = program.record()
    graph, order = Graph(root), shuffled(root, seed)
    with patch.object(autograd.differentiation.graph, "topological", lambda _: order):
        other = Graph(root)
    assert other.nodes is order
    for method in [name for name in EXACT_METHODS if name != "checkpoint"]:  # its steps follow the order
        ledgers = Ledger(), Ledger()
        for ledger, g in zip(ledgers, (graph, other), strict=True):
            METHODS[method](Linearization(g, [[leaf] for leaf in leaves], ledger))
        assert ledgers[0].counts == ledgers[1].counts, method
    assert sum(other.path_counts()) == sum(graph.path_counts())
    assert other.depth == graph.depth


@given(programs(), st.data())
def test_forward_and_reverse_are_transposes(program: Program, data: st.DataObject) -> None:
    n = len(program.leaves)
    v = data.draw(st.lists(floats, min_size=n, max_size=n))
    outputs = data.draw(st.lists(st.integers(0, n + len(program.steps) - 1), min_size=1, max_size=3))
    u = data.draw(st.lists(floats, min_size=len(outputs), max_size=len(outputs)))

    duals = program.run([Dual(x, tangent) for x, tangent in zip(program.leaves, v, strict=True)])
    pushed = sum(weight * duals[i].tangent for weight, i in zip(u, outputs, strict=True))

    _, leaves, results = program.record()
    weighted = sum((weight * results[i] for weight, i in zip(u, outputs, strict=True)), start=Value(0.0))
    pulled = gradient(weighted, leaves).values
    tolerance = 1e-9 * sensitivity(weighted, leaves)
    assert pushed == pytest.approx(sum(a * b for a, b in zip(v, pulled, strict=True)), abs=tolerance)


@given(programs())
def test_a_second_backward_accumulates_on_leaves_alone(program: Program) -> None:
    root, leaves, results = program.record()
    root.backward()
    first = [v.grad for v in results]
    root.backward()
    for v, grad in zip(results, first, strict=True):
        if any(v is leaf for leaf in leaves) and grad is not None:
            assert v.grad == 2 * grad
        else:
            assert v.grad == grad


logits = st.lists(st.floats(-20, 20), min_size=1, max_size=5)


def cross_entropy_gradient(scores: list[float], target: int) -> tuple[float, list[float]]:
    values = [Value(z) for z in scores]
    loss = cross_entropy(values, target)
    return loss.data, gradient(loss, values).values


@given(logits, st.data())
def test_the_gradient_of_cross_entropy_sums_to_zero_and_ignores_shifts(
    scores: list[float], data: st.DataObject
) -> None:
    target = data.draw(st.integers(0, len(scores) - 1))
    shift = data.draw(st.floats(-50, 50))
    loss, derivatives = cross_entropy_gradient(scores, target)
    shifted_loss, shifted = cross_entropy_gradient([z + shift for z in scores], target)
    assert sum(derivatives) == pytest.approx(0, abs=1e-12)
    assert shifted_loss == pytest.approx(loss, abs=1e-9)
    assert shifted == pytest.approx(derivatives, abs=1e-9)


@given(st.lists(st.floats(-1000, 1000), min_size=1, max_size=5), st.data())
def test_cross_entropy_stays_finite(scores: list[float], data: st.DataObject) -> None:
    loss, derivatives = cross_entropy_gradient(scores, data.draw(st.integers(0, len(scores) - 1)))
    assert 0 <= loss <= 2000 + 2
    assert all(-1 <= d <= 1 for d in derivatives)


@pytest.mark.parametrize("granularity", ["scalar", "neuron"])
def test_the_gradient_of_a_mean_is_the_mean_of_gradients(granularity: str) -> None:
    network = mlp([2, 3, 2], granularity, seed=3)
    batch = [((0.5, -1.0), 0), ((1.5, 0.25), 1), ((-0.75, 0.5), 1)]
    losses = [cross_entropy(network(x), t) for x, t in batch]
    mean = sum(losses[1:], start=losses[0]) / len(batch)
    singles = [gradient(loss, network.parameters()).values for loss in losses]
    means = [sum(column) / len(batch) for column in zip(*singles, strict=True)]
    assert gradient(mean, network.parameters()).values == pytest.approx(means, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("batch", [2, 3, 5])
def test_what_a_batch_costs(batch: int) -> None:
    network = mlp([2, 4, 2])
    parameters = network.parameters()
    single = predict(cross_entropy(network([1.0, 2.0]), 0), parameters)
    losses = [cross_entropy(network([1.0, float(i)]), 0) for i in range(batch)]
    mean = sum(losses[1:], start=losses[0]) * (1 / batch)
    cost = gradient(mean, parameters).cost
    assert cost.multiplications == batch * single.multiplications + 2 * batch - 1
    assert cost.additions == batch * single.additions + (batch - 1) * len(parameters)
    assert sum(map(Graph(mean).count_paths, parameters)) == batch * 34


def test_reverse_is_not_always_the_cheapest() -> None:
    # Naumann's graph. Besides the multiplications by the seed (2 edges enter y, 2 leave p) reverse and
    # forward take 5; eliminating c first takes 4.
    p = Value(0.7)
    a, b = p.sin(), p.sin()
    c = a.sin()
    d = a - c
    y = b * d
    assert gradient(y, [p]).cost.multiplications - 2 == 5
    assert gradient(y, [p], "forward").cost.multiplications - 2 == 5

    edges = Linearization(Graph(y), [[p]], ledger := Ledger()).edges
    place = {id(v): i for i, v in enumerate(Graph(y).nodes)}
    along = {(u, v): derivative for v, inputs in enumerate(edges) for u, derivative in inputs}
    P, A, B, C, D, Y = (place[id(v)] for v in (p, a, b, c, d, y))
    before = ledger.counts["multiplications"]
    through_d = (along[A, D] + along[A, C] * along[C, D]) * along[D, Y]
    answer = along[P, A] * through_d + along[P, B] * along[B, Y]
    assert ledger.counts["multiplications"] - before == 4
    assert answer.data == pytest.approx(gradient(y, [p]).values[0], rel=1e-12)


def test_a_neuron_is_its_products_and_sums() -> None:
    fused, spelled = (Value(0.3), Value(-0.2), Value(0.9)), (Value(0.3), Value(-0.2), Value(0.9))
    one = neuron(fused[0], fused[1:], [0.5, -1.5], "tanh")
    other = (spelled[0] + spelled[1] * 0.5 + spelled[2] * -1.5).tanh()
    assert one.data == pytest.approx(other.data, rel=1e-15)
    assert gradient(one, fused).values == pytest.approx(gradient(other, spelled).values, rel=1e-12)


@given(st.integers(1, 12), st.integers(2, 4))
def test_fractions_and_floats_keep_their_type(steps: int, base: int) -> None:
    exact, rounded = Value(Fraction(1, base)), Value(1 / base)
    for root, leaf, kind in ((exact, exact, Fraction), (rounded, rounded, float)):
        for _ in range(steps):
            root = root * leaf + 1
        assert isinstance(gradient(root, [leaf]).values[0], kind)
