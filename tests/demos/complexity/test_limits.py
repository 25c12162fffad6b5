"""The cases where backprop does not win."""

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
