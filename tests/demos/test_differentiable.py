"""Question 13: kinks, steps, recurrence and cycles, as measured."""

import numpy as np
import pytest

from demos.differentiable import answer, kinks, steps
from demos.differentiable.recurrence import Recurrent, copied_and_shared, fading, parity
from demos.page.parts import Illustration, Table, Verbatim
from demos.page.publish import page


def test_slopes_at_kinks_and_beside_them() -> None:
    found = kinks()
    assert found["relu(x)"] == (0, 0, 1)
    assert found["abs(x)"] == found["max(x, −x)"] == (-1, 0, 1)
    assert found["max(x, 0)"] == (0, 0.5, 1)


def test_below_a_step_nothing_learns() -> None:
    found = steps(examples=60, epochs=20, seed=0)
    assert (found["step"].slope, found["step"].differences, found["step"].moved) == (0, 0, 0)
    for name in ("tanh", "ReLU"):
        assert found[name].slope == pytest.approx(found[name].differences, rel=1e-4)
        assert found[name].slope > 1e-3
        assert found[name].moved > 0.1
    assert all(0 <= result.accuracy <= 1 for result in found.values())


def test_backprop_through_time_learns_parity() -> None:
    learnt = parity(updates=150, seed=0, length=2)
    assert np.mean(learnt.accuracies[-10:]) > 0.95
    assert np.mean(learnt.accuracies[:5]) < 0.9
    assert learnt.losses[-1] < learnt.losses[0] / 4
    assert list(learnt.farther) == [2, 8, 32]


@pytest.mark.parametrize("seed", [0, 1])
def test_gradients_by_copies_add_up_to_the_shared_one(seed: int) -> None:
    shared, copies = copied_and_shared(seed)
    np.testing.assert_allclose(sum(copies), shared, rtol=0, atol=1e-12)
    assert np.abs(shared).max() > 0.1
    assert np.abs(copies[0]).max() == 0  # the state before the first step is 0
    assert not np.allclose(sum(copies[:-1]), shared)


def test_a_state_is_tanh_of_the_one_before() -> None:
    network = Recurrent(3, np.random.default_rng(0))
    x = np.array([[0.5, -1.0]])
    first, second = network.states(x)
    np.testing.assert_allclose(first.data, np.tanh(0.5 * network.u.data.T))
    expected = np.tanh(first.data @ network.w.data.T - network.u.data.T)
    np.testing.assert_allclose(second.data, expected)
    assert network.outputs([first, second]).shape == (1, 2)


def test_gradients_fade_with_a_small_scale() -> None:
    found = fading(12, 0, hidden=6)
    ends = [sizes[-1] for sizes in found.values()]
    assert ends == sorted(ends)
    # Each step multiplies by at most the scale: a rotation keeps lengths, and tanh is never steeper than 1.
    for scale, sizes in found.items():
        assert sizes[0] == 1
        assert all(size <= scale**k * (1 + 1e-12) for k, size in enumerate(sizes))


def test_the_answer() -> None:
    found = answer(0, updates=30, epochs=5, examples=40, far=6)
    codes = [part.text for part in found.parts if isinstance(part, Verbatim)]
    assert any(code.startswith("ZeroDivisionError: the derivative of sqrt") for code in codes)
    assert codes[-1].startswith("GraphError: the inputs of a Value are fixed when it is recorded")
    words = [part for part in found.parts if isinstance(part, str)]
    assert any("have not moved at all" in part for part in words)
    assert any("which is rounding" in part for part in words)
    assert any("none is exactly 0" in part for part in words)
    assert sum(isinstance(part, Illustration) for part in found.parts) == 2
    assert sum(isinstance(part, Table) for part in found.parts) == 2
    assert "Which graphs can be optimised by gradients" in page([found], command="x")
