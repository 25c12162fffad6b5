"""The cases where backprop does not win."""

from math import isqrt

from autograd.differentiation.methods.checkpoint import extra_steps
from demos.complexity.limits import limits


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
