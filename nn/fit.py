"""Training: `fit` goes through the examples epoch by epoch, and the model follows the gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from numbers import Integral, Real
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from autograd import no_grad
from autograd.node import Node
from nn.checkpoints import require_safetensors
from nn.data import Data, batches
from nn.evaluation import Loss, Metric, evaluate, fraction_correct, in_mode
from nn.history import Epoch, History
from nn.interrupts import deferred_interrupt
from nn.losses import cross_entropy
from nn.module import Module
from nn.optimisers import Adam, Optimiser, clip_gradients
from nn.progress import progress_bar
from nn.schedules import Schedule, constant
from nn.training import Training, fingerprint, name_of

__all__ = ["fit"]


def fit(
    model: Module,
    data: Data,
    *,
    epochs: int,
    loss: Loss = cross_entropy,
    optimiser: Optimiser | None = None,
    batch_size: int | None = 32,
    validation: Data | None = None,
    schedule: Schedule | None = None,
    clip: float | None = None,
    metrics: Mapping[str, Metric] | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = True,
    seed: int = 0,
    progress: bool = True,
    after_epoch: Callable[[Epoch], object] | None = None,
) -> History:
    """Trains a model, in place.

    Ctrl-C ends it once the update under way is made, and the model is as that update left it.

    Args:
        model: what is trained; in training mode meanwhile, and then in the mode it had.
        data: the examples it learns from.
        epochs: how many passes over them.
        loss: of outputs and targets, the mean over a batch.
        optimiser: of parameters of the model, all or some; ``Adam(model.parameters())`` if left out.
        batch_size: how many examples an update is made from: n for mini-batches, 1 for online
            descent, None for all (classic batch descent). They are shuffled anew for every epoch.
        validation: examples to try the model on after every epoch.
        schedule: what the optimiser's rate is multiplied by at each update, counted from 0.
        clip: the norm that longer gradients are shortened to, by `clip_gradients`.
        metrics: what is measured on the validation data beside the loss, by name: functions of
            outputs and targets, plain arrays. If left out, the accuracy where the targets are classes.
        patience: training stops after so many epochs in a row without a validation loss less than
            all before (early stopping: L. Prechelt, "Early stopping - but when?", 1998), and whether
            it comes to that or not, the model ends with the parameters of the best epoch.
        checkpoint: a file that everything is written to after each epoch, to resume from.
        resume: whether a training that the checkpoint holds goes on, so that it ends with the same
            numbers as if it had never been broken off. It may then be given more epochs, too.
        seed: of the order of the examples.
        progress: whether to show a bar, where there is a terminal.
        after_epoch: is called with the record of every epoch, once the checkpoint is written.

    Raises:
        FileNotFoundError: the folder of the checkpoint is missing.
        FloatingPointError: the loss or its gradient is infinite or NaN. The model then has the
            parameters of the best epoch, if there is patience, or of the last one.
        ImportError: there is to be a checkpoint, and the package safetensors is missing.
        TypeError: something is of the wrong kind.
        ValueError: a number is out of range, the examples do not fit the model or the loss, or the
            checkpoint is damaged, or that of another model or of other settings.
    """
    if not isinstance(model, Module):
        raise TypeError(f"fit trains a Module, as MLP([4, 8, 3]), not {type(model).__name__}")
    _check_settings(epochs, validation, clip, metrics, patience)
    optimiser = Adam(model.parameters()) if optimiser is None else optimiser
    _check_optimiser(optimiser, model)
    classes = _try(model, data, loss, "the data")
    if validation is not None:
        _try(model, validation, loss, "the validation data")
    batches(data, batch_size, shuffle=False)  # which checks the size
    if metrics is None:
        metrics = {"accuracy": fraction_correct} if classes else {}
    schedule = constant() if schedule is None else schedule

    training = Training(model, optimiser, seed, keep_best=patience is not None)
    history = training.history
    settings: dict[str, Any] = {}
    path = None if checkpoint is None else Path(checkpoint)
    if path is not None:
        require_safetensors()
        if not path.parent.is_dir():
            raise FileNotFoundError(f"the folder for the checkpoint {path} is missing: make it first")
        settings = {
            "model": name_of(model),
            "data": fingerprint(data),
            "validation": fingerprint(validation),
            "loss": name_of(loss),
            "optimiser": [type(optimiser).__name__, optimiser.rate, optimiser.settings],
            "batch_size": batch_size,
            # A function is known by its values.
            "schedule": [schedule(step) for step in (0, 1, 10, 100, 1000, 10000)],
            "clip": clip,
            "metrics": sorted(metrics),
            "patience": patience,
            "seed": seed,
        }
        if resume and path.exists():
            training.resume(path, settings)
            if len(history.epochs) > epochs:
                raise ValueError(
                    f"{path} holds {len(history.epochs)} epochs, more than the {epochs} asked for: "
                    "ask for as many at least, or give another path, or resume=False"
                )

    descent = _Descent(model, loss, optimiser, schedule, clip)
    updates = -(-len(data) // (batch_size or len(data)))
    with (
        in_mode(model, training=True),
        np.errstate(over="ignore", invalid="ignore", divide="ignore"),  # it is checked for instead
        deferred_interrupt() as interrupt,
        progress_bar(epochs * updates, wanted=progress) as show,
        descent,
    ):
        while len(history.epochs) < epochs and not (patience and history.stale >= patience):
            start, before, total = perf_counter(), model.state_dict(), 0.0
            number, words = len(history.epochs) + 1, _words(history, epochs)
            done = (number - 1) * updates
            for step, batch in enumerate(batches(data, batch_size, rng=training.rng), start=done):
                try:
                    total += descent.update(batch, step) * len(batch)
                except ArithmeticError as error:
                    model.load_state_dict(training.best or before)
                    raise _astray(error, number, step - done + 1, batch, training) from None
                show(step + 1, words)
                if interrupt.pending:
                    break
            if interrupt.pending and step + 1 < done + updates:
                break
            found = {} if validation is None else evaluate(model, validation, loss, metrics=metrics)
            seconds = perf_counter() - start
            mean = total / len(data)
            training.add(Epoch(number, number * len(data), seconds, mean, optimiser.rate, found))
            if path is not None:
                training.save(path, settings)
            if after_epoch is not None:
                after_epoch(history.epochs[-1])
            if interrupt.pending:
                break
        history.interrupted = interrupt.pending
    if training.best and not history.interrupted:
        model.load_state_dict(training.best)
    return history


@dataclass
class _Descent:
    """How one update is made."""

    model: Module
    loss: Loss
    optimiser: Optimiser
    schedule: Schedule
    clip: float | None

    def __enter__(self) -> None:
        self.rate = self.optimiser.rate
        self.parameters = self.model.parameters()

    def __exit__(self, *error: object) -> None:
        self.optimiser.rate = self.rate

    def update(self, batch: Data, step: int) -> float:
        """One step down the gradient of a batch; gives the loss before it.

        Raises:
            ArithmeticError: the loss or its gradient is no finite number; nothing was updated.
        """
        self.optimiser.rate = self.rate * self.schedule(step)
        for parameter in self.parameters:
            parameter.grad = None
        result = self.loss(self.model(batch.inputs), batch.targets)
        loss = float(result.data)
        if not isfinite(loss):
            raise FloatingPointError(f"the loss is {loss}")
        result.backward()
        for parameter in self.parameters:
            if parameter.grad is not None and not np.isfinite(parameter.grad).all():
                raise FloatingPointError(f"the loss is {loss:.4g}, but its gradient not finite")
        if self.clip is not None:
            clip_gradients(self.optimiser.parameters, self.clip)
        self.optimiser.step()
        return loss


def _astray(error: Exception, epoch: int, number: int, batch: Data, training: Training) -> Exception:
    """The error for a loss that is no number, with what may be done about it."""
    advice = "lower the rate, scale the inputs (nn.Scaler) or clip the gradients (clip=1.0)"
    for name in ("inputs", "targets"):
        if not np.isfinite(getattr(batch, name)).all():
            advice = f"the {name} of the batch hold NaN or infinite numbers, so mend the data"
    best = training.history.best if training.best else None
    kept = best.epoch if best else epoch - 1
    state = f"its parameters of epoch {kept}" if kept else "the parameters it began with"
    return FloatingPointError(
        f"training failed in epoch {epoch}, batch {number}: {error}; {advice}; the model has {state}"
    )


def _words(history: History, epochs: int) -> str:
    """What stands beside the bar in the next epoch."""
    words = [f"epoch {len(history.epochs) + 1}/{epochs}"]
    for last in history.epochs[-1:]:
        words += [f"loss {last.loss:.4g}"]
        words += [f"validation {name} {value:.4g}" for name, value in last.validation.items()]
    return "  ".join(words)


def _check_settings(
    epochs: int,
    validation: Data | None,
    clip: float | None,
    metrics: Mapping[str, Metric] | None,
    patience: int | None,
) -> None:
    for name, number in {"epochs": epochs, "patience": 1 if patience is None else patience}.items():
        if not isinstance(number, Integral) or number < 1:
            raise ValueError(f"{name} is a number of epochs, whole and from 1 on, not {number!r}")
    if patience is not None and validation is None:
        raise ValueError("patience looks at the loss on validation data: give validation=, or no patience")
    if clip is not None and (not isinstance(clip, Real) or not clip > 0):
        raise ValueError(f"gradients are clipped to a norm greater than 0, not {clip!r}")
    if "loss" in (metrics or {}):
        raise ValueError("a metric has another name than 'loss', by which the loss itself goes")


def _check_optimiser(optimiser: Optimiser, model: Module) -> None:
    if not isinstance(optimiser, Optimiser):
        raise TypeError(f"an optimiser is as Adam(model.parameters()), not {optimiser!r:.60}")
    own = {id(parameter) for parameter in model.parameters()}
    if not all(id(parameter) in own for parameter in optimiser.parameters):
        raise ValueError(
            "the optimiser updates parameters that are not the model's: "
            "make it from model.parameters() of the model to be trained"
        )


def _try(model: Module, data: Data, loss: Loss, what: str) -> bool:
    """Whether the targets are classes, found out with two examples that must fit model and loss.

    Of classes they are those of the least and the greatest, which the model must have outputs for.
    """
    if not isinstance(data, Data):
        raise TypeError(f"{what} are examples as Data(inputs, targets), not {type(data).__name__}")
    labels = data.targets.ndim == 1 and data.targets.dtype.kind in "iu"
    two = data.take([data.targets.argmin(), data.targets.argmax()] if labels else [0, -1])
    with in_mode(model, training=False), no_grad(), np.errstate(all="ignore"):
        try:
            outputs = model(two.inputs)
            result = loss(outputs, two.targets)
        except (IndexError, TypeError, ValueError) as error:
            raise ValueError(
                f"{what}, inputs of shape {data.inputs.shape} and targets of shape {data.targets.shape}, "
                f"do not fit the model and the loss: {error}"
            ) from None
        except ArithmeticError:  # left to the training, which can say where
            return labels
    if not isinstance(result, Node) or np.size(result.data) != 1:
        raise TypeError(
            "a loss is one Tensor or Value, the mean over a batch, computed from the model's outputs, "
            f"not {type(result).__name__} {result!r:.60}"
        )
    return labels and len(np.shape(outputs)) == 2
