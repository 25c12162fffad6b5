"""The weights of paths against sums over all paths, written out."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.differentiation.path_weights import Edge, Flow, flow, heaviest

# 0 → 1 → 3 and 0 → 2 → 3, with products 2 · 3 = 6 and 4 · -0.5 = -2.
DIAMOND = [[], [(0, 2.0)], [(0, 4.0)], [(1, 3.0), (2, -0.5)]]


def test_shares_are_in_proportion_to_the_magnitudes_of_products() -> None:
    found = flow(DIAMOND, 0)
    assert found.magnitude == pytest.approx(8)
    shares = {(edge.source, edge.user): share for edge, share in found.shares}
    assert shares == pytest.approx({(0, 1): 0.75, (1, 3): 0.75, (0, 2): 0.25, (2, 3): 0.25})


def test_the_effective_number_of_paths_is_the_weight_over_the_typical_one() -> None:
    found = flow(DIAMOND, 0)
    assert found.effective == pytest.approx(found.magnitude / found.typical)


def test_where_every_path_has_a_factor_0_nothing_flows() -> None:
    found = flow([[], [(0, 0.0)]], 0)
    assert (found.magnitude, found.effective, found.shares) == (0, 0, [])


# ---- against every path of random graphs

factors = st.sampled_from([0.0, 0.5, -2.0, 3.0, 1e-200, -1e200])


@st.composite
def inputs(draw: st.DrawFn) -> list[list[tuple[int, float]]]:
    """The inputs of up to six vertices, some twice, with local derivatives."""
    count = draw(st.integers(1, 6))
    return [
        [(draw(st.integers(0, v - 1)), draw(factors)) for _ in range(draw(st.integers(0, 3)) if v else 0)]
        for v in range(count)
    ]


def every_path(graph: list[list[tuple[int, float]]], target: int) -> list[list[Edge]]:
    """Every path from a vertex to the last one without a factor 0."""
    users = [Edge(u, v, d) for v, pairs in enumerate(graph) for u, d in pairs if d]
    found, open_ = [], [(target, [])]
    while open_:
        v, path = open_.pop()
        if v == len(graph) - 1:
            found.append(path)
        open_ += [(edge.user, [*path, edge]) for edge in users if edge.source == v]
    return found


def weight(path: list[Edge]) -> float:
    return math.fsum(math.log(abs(edge.derivative)) for edge in path)


@given(inputs(), st.data())
def test_the_heaviest_paths_are_the_first_of_all_by_weight(graph: Any, data: st.DataObject) -> None:
    target, most = data.draw(st.integers(0, len(graph) - 1)), data.draw(st.integers(1, 5))
    paths = every_path(graph, target)
    found = heaviest(graph, target, most)
    assert len(found) == min(most, len(paths))
    assert all(path in paths for path in found)
    wanted = sorted(map(weight, paths), reverse=True)[:most]
    assert [*map(weight, found)] == pytest.approx(wanted)


@given(inputs(), st.data())
def test_the_flow_is_the_sum_over_all_paths(graph: Any, data: st.DataObject) -> None:
    target = data.draw(st.integers(0, len(graph) - 1))
    paths = every_path(graph, target)
    found = flow(graph, target)
    if not paths:
        assert found == Flow(-math.inf, [])
        return
    heaviest_weight = max(map(weight, paths))
    masses = [math.exp(weight(path) - heaviest_weight) for path in paths]
    assert found.weight == pytest.approx(heaviest_weight + math.log(sum(masses)))
    assert found.magnitude == pytest.approx(math.exp(found.weight) if found.weight < 709 else math.inf)
    edges = {(e.source, e.user, e.derivative) for path in paths for e in path}
    shares: dict[Any, float] = dict.fromkeys(edges, 0.0)
    for edge, share in found.shares:
        # Parallel edges of one factor have equal shares.
        shares[tuple(edge)] += share
    for edge in edges:
        through = sum(m * path.count(edge) for m, path in zip(masses, paths, strict=True))
        assert shares[edge] == pytest.approx(through / sum(masses), abs=1e-12)
    mean = sum(share * e.weight for e, share in found.shares)
    assert found.typical == pytest.approx(math.exp(mean) if mean < 709 else math.inf)


def test_an_edge_of_derivative_0_has_no_weight() -> None:
    assert (Edge(0, 1, 0.0).weight, Edge(0, 1, -math.e).weight) == (-math.inf, 1.0)
