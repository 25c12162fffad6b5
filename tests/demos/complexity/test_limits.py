"""The cases where backprop does not win."""

from itertools import permutations
from math import comb, isqrt

import pytest

from autograd.differentiation.methods.checkpoint import extra_steps
from demos.complexity.limit_curves import bottleneck_curve, checkpoint_curve, outputs_curve
from demos.complexity.limits import _bracketing, _matrix_chain, limits


def test_where_backprop_does_not_win() -> None:
    found = {limit.title: list(limit.costs.values()) for limit in limits(seed=3)}
    for title in ("One parameter", "One layer", "A tree"):
        assert len({cost.total for cost in found[title]}) == 1
    backprop, tree, paths = found["Deep, but one wide"]
    assert (backprop.total, paths.multiplications) == (tree.total, 8 * 9)
    reverse, forward = found["Many outputs"]
    assert reverse.multiplications == 8 * 9
    assert forward.total < reverse.total
    backprop, *others = found["Memory"]
    # One adjoint a vertex: 75 parameters, 3 layers of 4 neurons and one of 3, and the loss.
    assert backprop.stored >= 208 - 1
    assert min(cost.stored for cost in others) < backprop.stored
    reverse, forward, middle = found["A bottleneck"]
    assert middle.multiplications + middle.additions < 0.6 * (reverse.multiplications + reverse.additions)
    assert reverse.multiplications == forward.multiplications
    *sweeps, best = found["A chain of matrices"]
    # 8·1·8 for the product of the outer two vectors, 2 products 1·8·1, and the 8 outputs by the seed.
    assert best.multiplications == 64 + 8 + 8 + 8
    assert all(best.multiplications <= cost.multiplications for cost in sweeps)
    assert min(cost.multiplications for cost in sweeps[:2]) > 2 * best.multiplications
    *kept, whole = found["Memory against recomputation"]
    stored = [cost.stored for cost in kept]
    assert stored == sorted(stored)
    assert [cost.forward for cost in kept] == [100 + extra_steps(100, c) for c in (2, 3, 5, 10, 20, 50, 100)]
    assert whole.forward == 100
    assert stored[isqrt(9)] < whole.stored / 5


@pytest.mark.parametrize("sizes", [(8, 1, 8, 1, 8), (6, 2, 9, 3, 5), (3, 7, 2, 5, 4, 6), (2, 3)])
def test_the_best_bracketing_is_what_elimination_then_takes(sizes: tuple[int, ...]) -> None:
    last = len(sizes) - 1

    def multiplications(order: tuple[int, ...]) -> int:
        left, total = list(range(len(sizes))), 0
        for k in order:
            at = left.index(k)
            total += sizes[left[at - 1]] * sizes[k] * sizes[left[at + 1]]
            left.remove(k)
        return total

    best = min(map(multiplications, permutations(range(1, last))))
    assert multiplications(tuple(_bracketing(sizes))) == best
    *others, bracketed = _matrix_chain(sizes).values()
    # The outputs are dropped too: each of their edges is multiplied by the seed, first or last.
    assert bracketed.multiplications - best in (sizes[0] * sizes[-1], sizes[-2] * sizes[-1])
    assert all(bracketed.multiplications <= cost.multiplications for cost in others[:2])


def test_many_outputs_cross_where_forward_mode_begins_to_win() -> None:
    reverse, forward, middle = (
        [point.cost.multiplications + point.cost.additions for point in points]
        for points in outputs_curve(inputs=3, most=12).lines.values()
    )
    assert reverse[0] < forward[0]
    assert reverse[-1] > forward[-1]
    assert all(m <= min(r, f) for r, f, m in zip(reverse, forward, middle, strict=True))


def test_a_bottleneck_costs_its_outer_product_from_the_middle() -> None:
    for points in zip(*bottleneck_curve(most=7).lines.values(), strict=True):
        reverse, forward, middle = (point.cost.multiplications for point in points)
        if points[0].size > 2:
            assert middle < forward <= reverse


@pytest.mark.parametrize("length", [5, 16, 23])
def test_every_number_of_states_is_measured_as_predicted(length: int) -> None:
    curve = checkpoint_curve(length)
    binomial, uniform = curve.lines["binomial"], curve.lines["uniform"]
    assert [point.size for point in binomial] == list(range(1, length + 1))
    assert [p.cost.forward for p in binomial] == [
        length + extra_steps(length, c) for c in range(1, length + 1)
    ]
    assert extra_steps(length, 1) == comb(length, 2)
    stored = [point.cost.stored for point in binomial]
    assert stored == sorted(stored)
    # One segment is run once; of more, all but the last are run twice.
    assert uniform[0].cost.forward == length
    assert all(length <= point.cost.forward <= 2 * length for point in uniform)
    assert min(p.cost.stored or 0 for p in uniform) > min(p.cost.stored or 0 for p in binomial)
    assert len(curve.record()) == 2 * length
