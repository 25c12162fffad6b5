"""The weights of paths against sums over all paths, written out."""

from __future__ import annotations

import pytest

from autograd.differentiation.path_weights import flow

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
