"""Checkpointing: the schedules, the recomputation they cost, and gradients equal to backprop's."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Cost, Graph, Tensor, Value, gradient, predict, softmax_cross_entropy
from autograd.differentiation.methods.checkpoint import extra_steps, schedule_of
from tests.graphs import Program, mlp, programs, repeated, weighted_chain

SCHEDULES = ("binomial", "uniform")


@cache
def fewest(length: int, states: int) -> int:
    """The least recomputation of all schedules, by dynamic programming over where the next state is kept."""
    if length <= 1:
        return 0
    if states == 1:
        return length * (length - 1) // 2
    return min(k + fewest(length - k, states - 1) + fewest(k, states) for k in range(1, length))


def ahead(length: int, states: int, schedule: str) -> int:
    return sum(
        action.end - action.start for action in schedule_of(length, states, schedule) if not action.reverse
    )


@pytest.mark.parametrize("states", [*range(1, 9), 30, 50])
def test_the_binomial_schedule_is_the_best_and_its_cost_has_a_closed_form(states: int) -> None:
    for length in range(1, 50):
        assert ahead(length, states, "binomial") == extra_steps(length, states) == fewest(length, states)


@pytest.mark.parametrize("schedule", SCHEDULES)
@given(length=st.integers(0, 60), states=st.integers(1, 70))
def test_a_schedule_reverses_every_step_once_from_states_that_are_kept(
    schedule: str, length: int, states: int
) -> None:
    kept, left = {0}, length
    for action in schedule_of(length, states, schedule):
        assert action.start in kept
        if action.reverse:
            assert action.end == left
            left = action.start
            kept.remove(action.start)
        else:
            kept.add(action.end)
        assert len(kept) <= states + (schedule == "binomial")  # one is on its way to the last step
    assert left == 0
    assert kept <= {0}


def test_by_default_as_many_states_are_kept_as_the_root_of_the_length() -> None:
    for length in range(40):
        assert [*schedule_of(length)] == [*schedule_of(length, math.ceil(math.sqrt(max(length, 1))))]


def test_sqrt_of_the_length_takes_one_more_pass_for_two_roots_of_states() -> None:
    y, x = repeated(lambda x: x.sin(), 100, at=0.5)
    cost = gradient(y, [x], "checkpoint", states=10, schedule="uniform").cost
    assert cost.forward == 190
    assert cost.stored is not None
    assert cost.stored <= 22


@pytest.mark.parametrize("states", [1, 2, 3, 7, 40])
def test_on_a_chain_the_measured_recomputation_is_the_closed_form(states: int) -> None:
    y, x = repeated(lambda x: x.sin(), 40, at=0.5)
    found = gradient(y, [x], "checkpoint", states=states)
    assert found.values == gradient(y, [x]).values
    assert found.cost.forward == 40 + extra_steps(40, states)
    assert found.cost._replace(stored=None) == predict(y, [x], "checkpoint", states=states)


def test_fewer_states_store_less_and_compute_more() -> None:
    y, wrt = weighted_chain(32)
    costs = [gradient(y, wrt, "checkpoint", states=states).cost for states in (64, 16, 8, 4, 2)]
    stored, forward = ([getattr(cost, name) for cost in costs] for name in ("stored", "forward"))
    assert stored == sorted(stored, reverse=True)
    assert stored[-1] < stored[0] / 1.5
    assert forward == sorted(forward)
    assert {cost.partials for cost in costs} == {gradient(y, wrt).cost.partials}


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("states", [1, 2, 3, 9])
def test_on_a_network_a_step_is_a_layer(states: int, schedule: str) -> None:
    network = mlp([3, 3, 3, 3, 3, 3, 3])
    loss = softmax_cross_entropy(network([0.5, -0.25, 1.0]), 0)
    layers = network.by_layer()
    whole = gradient(loss, layers)
    found = gradient(loss, layers, "checkpoint", states=states, schedule=schedule)
    assert found.values == whole.values
    # Six equal layers, the last without its activation and with the loss, which is computed once.
    layer = 3 * (2 * 3 + 1)
    assert found.cost.forward == whole.cost.forward + layer * ahead(6, states, schedule)
    assert found.cost[:3] == whole.cost[:3]
    assert found.cost._replace(stored=None) == predict(
        loss, layers, "checkpoint", states=states, schedule=schedule
    )


def test_tensors_are_checkpointed_layer_by_layer() -> None:
    rng = np.random.default_rng(0)
    layers = [[Tensor(rng.normal(size=(5, 5))), Tensor(rng.normal(size=5))] for _ in range(8)]
    x = rng.normal(size=(2, 5))
    for W, b in layers:
        x = np.tanh(x @ W + b)
    loss = np.sum(x)
    whole = gradient(loss, layers)
    stored = []
    for states in (1, 3, 8):
        found = gradient(loss, layers, "checkpoint", states=states)
        assert all(map(np.array_equal, found.values, whole.values))
        assert found.cost.forward_multiply_adds == whole.cost.forward_multiply_adds // 8 * (
            8 + extra_steps(8, states)
        )
        stored.append(found.cost.stored)
    assert stored == sorted(stored)


@given(programs(), st.data())
def test_the_gradient_is_backprops_to_the_last_bit(program: Program, data: st.DataObject) -> None:
    root, leaves, results = program.record()
    cut = data.draw(st.integers(0, len(results)))
    some = data.draw(st.permutations(results))
    states = data.draw(st.integers(1, 5))
    for wrt in (leaves, [leaves, results[-3:]], [some[:cut], some[cut:]]):
        for schedule in SCHEDULES:
            found = gradient(root, wrt, "checkpoint", states=states, schedule=schedule)
            expected = gradient(root, wrt)
            assert [*map(repr, found.values)] == [*map(repr, expected.values)]
            assert found.cost[:3] == expected.cost[:3]
            assert found.cost._replace(stored=None) == predict(
                root, wrt, "checkpoint", states=states, schedule=schedule
            )


def test_a_long_skip_is_summed_in_the_order_of_backprop() -> None:
    x, w = Value(0.3), [Value(0.1 * i + 0.7) for i in range(6)]
    late = (x * w[4]).sin() * (w[5] * x)  # recorded first, in the last step
    y = x
    for weight in w[:4]:
        y = (y * weight + x / 3).tanh()
    y = late + y
    layers = [[x, w[0]], [w[1]], [w[2], w[3]], [w[4], w[5]]]
    assert gradient(y, layers, "checkpoint", states=2).values == gradient(y, layers).values


def test_a_checkpointed_gradient_is_differentiated_again() -> None:
    y, x = repeated(lambda x: x.sin() * x, 6, at=0.9)
    (slope,) = gradient(y, [x], "checkpoint", states=2, create_graph=True).values
    (expected,) = gradient(y, [x], create_graph=True).values
    assert gradient(slope, [x]).values == pytest.approx(gradient(expected, [x]).values, rel=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"states": 0}, "must be a whole number of at least 1, not 0"),
        ({"states": -3}, "must be a whole number of at least 1, not -3"),
        ({"states": 1.5}, "must be a whole number of at least 1, not 1.5"),
        ({"states": "many"}, "must be a whole number of at least 1, not 'many'"),
        ({"schedule": "greedy"}, "the schedule must be binomial or uniform, not 'greedy'"),
    ],
)
def test_what_is_refused(options: dict[str, object], message: str) -> None:
    x = Value(1.0)
    for call in (gradient, predict):
        with pytest.raises(ValueError, match=message):
            call(x.sin(), [x], "checkpoint", **options)


def test_the_number_of_states_may_stand_in_the_name() -> None:
    y, x = repeated(lambda x: x.sin(), 20, at=0.5)
    cost: Cost = gradient(y, [x], "checkpoint-3").cost
    assert cost.forward == 20 + extra_steps(20, 3)
    assert len(Graph(y)) == 21
