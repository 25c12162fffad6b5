"""``compiled=True``: what is not declared pure is compiled after a check against an eager step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from nn import MLP, SGD, Adam, Module, Optimiser, cross_entropy, mse, pure
from nn.compiled_step import WARM_UP
from nn.training import fit
from tests.nn.examples import numbers
from tests.nn.steps import CLASSES, UPDATES, Trained, both, dropping, network, same


class Doubling(MLP):
    """A user-defined network that does not declare itself pure."""

    def __init__(self) -> None:
        super().__init__([3, 5, 2])

    def forward(self, x: Any) -> Any:
        return super().forward(x) * 2.0


class Plain(SGD):
    """A user-defined rule."""

    def moved(self, data: Any, gradient: Any, memory: dict[str, Any], rates: Any) -> Any:
        return data - rates[0] * gradient


def smoothed(outputs: Any, targets: Any) -> Any:
    return cross_entropy(outputs, targets) + 0.1 * np.mean(outputs * outputs)


@pytest.mark.parametrize("options", [{}, {"clip": 0.1}, {"batch_size": None, "epochs": 30}])
def test_a_step_that_agrees_is_compiled(options: dict[str, Any]) -> None:
    both(Doubling, compiled=True, **options)
    both(loss=smoothed, compiled=True, **options)
    both(Doubling, lambda m: Plain(m.parameters(), 0.1), loss=smoothed, compiled=True, **options)


def test_only_checks_after_user_code_cost_more_calls_of_the_loss() -> None:
    calls = [Trained(loss=loss, compiled=True).calls for loss in (cross_entropy, smoothed)]
    assert calls[0] == calls[1] == Trained(loss=cross_entropy, compiled=None).calls
    after = Trained(loss=smoothed, compiled=True, change=lambda model, optimiser: None).calls
    assert after > calls[1]


def refused(match: str, *args: Any, **options: Any) -> None:
    """Check that training by compiled steps fails with this message, and eager training does not."""
    same(*args, **options)
    with pytest.raises(ValueError, match=match):
        Trained(*args, compiled=True, **options)


DIFFER = "compiled=True, but the compiled step and an eager step differ in "


def test_a_model_that_draws() -> None:
    refused(f"{DIFFER}the loss, .*leave out compiled=True to train eagerly", dropping)


def test_a_loss_that_asks_what_kind_its_targets_are() -> None:
    def loss(outputs: Any, targets: Any) -> Any:
        whole = targets.dtype.kind in "iu"
        return cross_entropy(outputs, targets) if whole else mse(outputs, np.zeros(outputs.shape))

    refused(f"{DIFFER}the loss", loss=loss)


def test_a_gradient_that_differs_alone() -> None:
    def loss(outputs: Any, targets: Any) -> Any:
        part = outputs.detach() if isinstance(targets, Tensor) else outputs
        return np.mean(outputs * part)

    refused(f"{DIFFER}the gradient", loss=loss)


def test_a_rule_that_draws() -> None:
    class Noisy(SGD):
        def __init__(self, parameters: Any) -> None:
            super().__init__(parameters, 0.1)
            self.rng = np.random.default_rng(0)

        def moved(self, data: Any, gradient: Any, memory: dict[str, Any], rates: Any) -> Any:
            return super().moved(data, gradient, memory, rates) + self.rng.normal(0, 0.01, data.shape)

    refused(f"{DIFFER}the optimiser's update", network, lambda m: Noisy(m.parameters()))


def test_decisions_by_the_numbers() -> None:
    def loss(outputs: Any, targets: Any) -> Any:
        return cross_entropy(outputs, targets) * (2.0 if outputs.data.max() > 0.5 else 1.0)

    refused(r"the step cannot be compiled: .*outputs.data.max\(\).*give fit compiled=False", loss=loss)


def test_numpy_alone() -> None:
    class Centred(MLP):
        def forward(self, x: Any) -> Any:
            return super().forward(x.astype(np.float64) - np.asarray(x).mean(axis=0))

    refused("the step cannot be compiled: ", lambda: Centred([3, 5, 2]))


def test_a_false_declaration_that_cannot_be_traced() -> None:
    @pure
    def loss(outputs: Any, targets: Any) -> Any:
        return cross_entropy(outputs, targets) * (2.0 if outputs.data.max() > 0.5 else 1.0)

    Trained(loss=loss, compiled=False)
    for compiled in (None, True):
        with pytest.raises(ValueError, match="the step cannot be compiled: "):
            Trained(loss=loss, compiled=compiled)


def test_a_failed_check_leaves_the_model_of_the_last_update() -> None:
    model = dropping()
    states: list[bytes] = []

    def schedule(update: int) -> float:
        states.append(numbers(model))
        return 0.5

    optimiser = Adam(model.parameters())
    with pytest.raises(ValueError, match=DIFFER):
        fit(model, CLASSES, epochs=9, batch_size=10, optimiser=optimiser, schedule=schedule, compiled=True)
    assert numbers(model) == states[-1] != states[0]
    assert len(states) == WARM_UP + 1
    assert optimiser.rate == 1e-3
    assert all(parameter.grad is None for parameter in model.parameters())


# After user code ran


class Switched(Module):
    """Behaves as a private attribute says, which is not a setting."""

    def __init__(self) -> None:
        self.network = network()
        self.scale = Tensor(1.0)
        self._switch = [0]

    def forward(self, x: Any) -> Any:
        y, switch = self.network(x) * self.scale, self._switch[0]
        if switch == 1:
            return y * 0.5
        if switch == 2:
            return self.network(x).detach() * self.scale
        return y if switch < 3 or isinstance(x, Tensor) else y * 0.5


@pytest.mark.parametrize("switch", [1, 2])
def test_a_change_that_is_not_a_setting_is_noticed(switch: int) -> None:
    def change(model: Any, optimiser: Optimiser) -> None:
        model._switch[0] = switch

    both(Switched, change=change, epochs=12, compiled=True)


def test_a_change_to_something_that_is_not_pure() -> None:
    def change(model: Any, optimiser: Optimiser) -> None:
        model._switch[0] = 3

    with pytest.raises(ValueError, match=f"{DIFFER}the loss"):
        Trained(Switched, change=change, epochs=12, compiled=True)
    Trained(Switched, change=change, epochs=3, compiled=True)  # nothing follows the change


def test_a_training_resumed(tmp_path: Path) -> None:
    def train(epochs: int, **options: Any) -> dict[str, Any]:
        return Trained(Doubling, loss=smoothed, epochs=epochs, compiled=True, **options).numbers()

    whole = train(8)
    train(3, checkpoint=tmp_path / "a")
    resumed = train(8, checkpoint=tmp_path / "a")
    for name, array in whole.items():
        assert resumed[name].tobytes() == array.tobytes(), name
    with pytest.raises(ValueError, match="another use of compiled steps, True, not False"):
        Trained(Doubling, loss=smoothed, epochs=8, compiled=None, checkpoint=tmp_path / "a")


def test_calls_of_a_declared_loss() -> None:
    assert Trained(compiled=None).calls < 4 * UPDATES
