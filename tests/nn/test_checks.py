"""What `fit` refuses before training starts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from nn.data import Data
from nn.evaluation import fraction_correct
from nn.losses import cross_entropy, mse
from nn.mlp import MLP
from nn.optimisers import SGD
from nn.training import fit
from tests.nn.examples import DATA


def test_a_tensor_stored_by_forward_is_refused() -> None:
    class Keeping(MLP):
        def forward(self, x: Any) -> Any:
            self.x = Tensor(x)
            return super().forward(self.x)

    model = Keeping([2, 3])
    for _ in range(2):  # the second time it is there from the first
        with pytest.raises(ValueError, match="forward stores the Tensor 'x' on the module, where it counts"):
            fit(model, DATA, epochs=1)


def constant_loss(outputs: Any, targets: Any) -> float:
    return 1.0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"model": MLP}, TypeError, "fit trains a Module"),
        (
            {"data": DATA.inputs},
            TypeError,
            r"the data must be examples, such as Data\(inputs, targets\), not ndarray",
        ),
        ({"validation": 3}, TypeError, "the validation data must be examples, such as Data"),
        ({"epochs": 0}, ValueError, "epochs must be a whole number of epochs, at least 1, not 0"),
        ({"epochs": 1.5}, ValueError, "epochs must be a whole number"),
        ({"patience": 0, "validation": DATA}, ValueError, "patience must be a whole number of epochs"),
        ({"patience": 2}, ValueError, "patience needs the loss on validation data"),
        ({"clip": -1}, ValueError, "the norm to clip gradients to must be greater than 0, not -1"),
        ({"clip": "1"}, ValueError, "the norm to clip gradients to must be greater than 0"),
        ({"seed": -1}, ValueError, "the seed must be a whole number, at least 0, not -1"),
        ({"schedule": 0.5}, TypeError, "schedule must be a function, not 0.5"),
        ({"after_epoch": 1}, TypeError, "after_epoch must be a function, not 1"),
        (
            {"loss": "mse"},
            TypeError,
            "a loss must be a function of outputs and targets, such as nn.mse, not 'mse'",
        ),
        ({"metrics": [fraction_correct]}, TypeError, "metrics must be functions .* by name"),
        ({"metrics": {"a": 1}}, TypeError, "metrics must be functions .* by name"),
        (
            {"loss": lambda o, t: cross_entropy(o, t).reshape(1)},
            TypeError,
            "a loss must be one Tensor or Value.*not Tensor",
        ),
        ({"metrics": {"loss": fraction_correct}}, ValueError, "another name than 'loss'"),
        ({"batch_size": 0}, ValueError, "the size of a batch"),
        (
            {"optimiser": 0.1},
            TypeError,
            r"must be one such as Adam\(model.parameters\(\)\), not 0.1",
        ),
        ({"optimiser": SGD([Tensor([1.0])], 1)}, ValueError, "parameters that are not the model's"),
        ({"loss": constant_loss}, TypeError, "a loss must be one Tensor or Value.*not float 1.0"),
        ({"loss": lambda o, t: o}, TypeError, "a loss must be one Tensor or Value.*not Tensor"),
        (
            {"data": Data(np.ones((9, 4)), np.zeros(9, int))},
            ValueError,
            r"the data, inputs of shape \(9, 4\) and targets of shape \(9,\), do not fit .* 2 inputs, not 4",
        ),
        (
            {"data": Data(DATA.inputs, DATA.targets + 1)},
            ValueError,
            "do not fit the model and the loss: the target 3 is not one of the classes 0 … 2",
        ),
        (
            {"validation": Data(DATA.inputs, DATA.targets * -1)},
            ValueError,
            "the validation data, .* do not fit the model and the loss: the target -2",
        ),
        (
            {"loss": mse},
            ValueError,
            r"mse needs targets of the outputs' shape \(2, 3\), not \(2,\)",
        ),
    ],
)
def test_invalid_arguments(options: dict[str, Any], error: type[Exception], message: str) -> None:
    usual: dict[str, Any] = {"model": MLP([2, 3]), "data": DATA, "epochs": 1, "after_epoch": pytest.fail}
    with pytest.raises(error, match=message):
        fit(**{**usual, **options})
