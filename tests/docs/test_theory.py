"""The exact values and formulas on the theory page equal the code's."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Cost, Graph, gradient
from autograd.costs.closed_forms import (
    ClosedForm,
    chain,
    chain_with_parameters,
    ladder_residual,
    ladder_square,
)
from autograd.costs.matrix_perceptrons import matrix_mlp
from autograd.costs.perceptrons import mlp
from autograd.differentiation.methods.checkpoint import extra_steps
from demos.complexity.branching import CLASSES, FEATURES
from demos.complexity.estimates import networks
from demos.complexity.limits import limits
from demos.complexity.networks import NETWORKS
from demos.complexity.problems import Problem

PAGE = (Path(__file__).parents[2] / "docs" / "theory.md").read_text(encoding="utf-8")


def table(heading):
    """The rows of the table whose first column has this heading, without the row of titles."""
    (found,) = re.findall(rf"^\| {re.escape(heading)} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, flags=re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found.splitlines()]


def row_of(form: ClosedForm):
    shape, costs = form.shape, form.costs
    return [
        *(shape.parameters, shape.vertices, costs["backprop"].multiplications, costs["backprop"].additions),
        *(shape.paths, costs["paths"].multiplications, costs["tree"].multiplications),
        *(costs["forward"].multiplications, costs["forward"].additions, costs["layer"].multiplications),
        *(costs["backprop"].forward, costs["backprop"].partials),
    ]


def test_exact_values():
    rows = table("sizes")
    assert len(rows) == 4
    for sizes, *numbers in rows:
        assert list(map(int, numbers)) == row_of(mlp([int(n) for n in sizes.split(",")])), sizes


def number(name, text):
    return int(re.search(rf"\b{name} = (\d+)", text)[1])


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        (mlp([2, 4, 2], "se"), "The 2-4-2 network with SE"),
        (mlp([2, 4, 2], granularity="neuron"), "As a graph of whole neurons"),
    ],
)
def test_values_of_squared_error_and_of_neurons(form, begins):
    words = " ".join(PAGE[PAGE.index(begins) :].split())[:260]
    _, vertices, edges, _, _, paths, tree, forward, _, layer, passed, partials = row_of(form)
    expected = {"V": vertices, "E": edges, "M paths": paths, "M tree": tree, "M layer": layer}
    if "SE" in begins:
        expected |= {"M forward": forward, "F": passed, "partials": partials}
    assert {name: number(name, words) for name in expected} == expected


def test_growth():
    for n, *ratios in table("n"):
        for depth, ratio in enumerate(filter(None, ratios), start=1):
            costs = mlp([int(n)] * (depth + 1)).costs
            exact = costs["paths"].multiplications / costs["backprop"].multiplications
            assert exact == pytest.approx(float(ratio), rel=5e-3)


@given(st.integers(2, 12), st.integers(1, 12))
def test_formulas_for_one_width(n, L):
    q, D, m = (n**L - 1) // (n - 1), n * (n + 5) // 2, sum(k * n**k for k in range(L))
    form = mlp([n] * (L + 1))
    backprop, paths, tree, layer = (form.costs[name] for name in ("backprop", "paths", "tree", "layer"))
    assert form.shape.parameters == L * n * (n + 1)
    assert form.shape.paths == n * (n + 1) * q
    assert backprop[:2] == (L * n * (4 * n + 1) - n**2, (L - 1) * n * (n - 1))
    assert paths.multiplications == n * (D + n + 1) * q + (n + 1) * D * m
    assert tree.multiplications == n * (3 * n + 2) * q - n
    assert 2 * layer.multiplications == 3 * n**2 * L * (L + 1) + 2 * n * L
    assert 2 * layer.additions == n * (n - 1) * L * (L - 1)
    assert backprop.forward == L * n * (2 * n + 1) + 3 * n + 1
    assert backprop.partials == 2 * n * L - n + 1


@given(st.lists(st.integers(1, 9), min_size=2, max_size=5), st.integers(1, 5))
def test_formulas_in_matrix_form(sizes, N):
    products = [N * a * b for a, b in pairwise(sizes)]
    costs = matrix_mlp(sizes, N).costs
    assert costs["backprop"].forward_multiply_adds == sum(products)
    assert costs["backprop"].multiply_adds == 2 * sum(products) - products[0]
    assert costs["layer"].multiply_adds == sum(layer * p for layer, p in enumerate(products, 1))
    assert costs["forward"].multiply_adds == sum(
        a * b * sum(products[i:]) + b * sum(products[i + 1 :]) for i, (a, b) in enumerate(pairwise(sizes))
    )


@given(st.integers(1, 40))
def test_chains_and_ladders(L):
    def row(form: ClosedForm):
        names = ("paths", "tree", "forward", "backprop")
        costs: list[Cost] = [form.costs[name] for name in names]
        return [form.shape.paths, *(cost.multiplications for cost in costs), costs[-1].additions]

    assert row(chain(L)) == [1, L, L, L, L, 0]
    assert row(chain_with_parameters(L)) == [L, L * (L + 1), 3 * L - 1, L * (L + 1), 3 * L - 1, 0]
    assert row(ladder_square(L)) == [2**L, L * 2**L, 2 ** (L + 1) - 2, 2 * L, 2 * L, L]
    assert row(ladder_residual(L)) == [2**L, 3 * L * 2 ** (L - 1), 3 * (2**L - 1), 3 * L, 3 * L, L]


def test_elimination():
    rows = table("elimination of")
    assert len(rows) == 5
    for sizes, parameters, vertices, edges, *orders in rows:
        root, layers = Problem.perceptron([int(n) for n in sizes.split(",")], "ce", "scalar", 0).record()
        wrt = [parameter for layer in layers for parameter in layer]
        active = Graph(root).active(wrt)
        assert (len(wrt), len(active)) == (int(parameters), int(vertices))
        assert gradient(root, wrt).cost.multiplications == int(edges)
        for order, text in zip(("reverse", "forward", "markowitz"), orders, strict=True):
            cost = gradient(root, wrt, f"eliminate-{order}").cost
            assert f"{cost.multiplications}, {cost.additions}" == text, (sizes, order)


def test_a_jacobian_through_a_bottleneck():
    (case,) = (limit for limit in limits(seed=0) if limit.title == "A bottleneck")
    reverse, _, middle = (cost.multiplications for cost in case.costs.values())
    assert f"takes {middle} multiplications, and one sweep for each output {reverse}" in " ".join(
        PAGE.split()
    )


def test_recomputation():
    assert f"`t(100, 5) = {extra_steps(100, 5)}`" in PAGE


def test_paths_of_networks():
    rows = table("paths of")
    assert len(rows) == 8
    for network, *numbers in rows:
        name, grows, vertex = network.split(", ")
        family = NETWORKS[name, grows]
        paths = [family.paths(family.grown(size), vertex == "arrays") for size in (1, 2, 4, 8)]
        assert [f"{n:,}" for n in paths] == numbers, network


@given(T=st.integers(1, 9), n=st.integers(1, 9))
def test_formulas_of_networks(T, n):
    c, f = CLASSES, FEATURES
    rnn, residual = NETWORKS["rnn", "length"], NETWORKS["residual", "depth"]
    steps = sum(n**j for j in range(T))
    assert rnn.paths(rnn.grown(T, n)) == c * n * (f + 1) * steps + c * n**2 * (steps - n ** (T - 1)) + c * (
        n + 1
    )
    blocks = sum((1 + n) ** j for j in range(T))
    assert residual.paths(residual.grown(T, n)) == c * n * (n + 1) * blocks + c * (n + 1)


def test_real_networks():
    terms = table("one gradient")[-1][1:]
    for network, power in zip(networks(), terms, strict=True):
        assert f"{network.parameters:,}" in PAGE
        assert round(network.path_power) == int(power.removeprefix("10^"))
