"""Training: `fit` goes through the examples epoch by epoch, and the model follows the gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import inf, isfinite
from numbers import Real
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from nn.checks import (
    check_examples,
    check_functions_or_none,
    check_model,
    check_numbers,
    check_optimiser,
)
from nn.conversion import unwrap
from nn.data import Data, Examples, batches, data_of
from nn.eager_step import EagerStep
from nn.evaluation import Loss, Metric, check_functions, evaluate, fraction_correct
from nn.history import Epoch, History, Update
from nn.interrupts import Interrupt, deferred_interrupt
from nn.losses import cross_entropy
from nn.module import Module
from nn.optimisers import Adam, Optimiser
from nn.progress import Show, progress_bar
from nn.resumption import STEPS, Training, settings_of
from nn.schedules import Schedule, constant
from nn.step_choice import choose_step
from nn.training_mode import in_mode

__all__ = ["Epochs", "fit"]


def fit(
    model: Module,
    data: Examples,
    *,
    epochs: int,
    loss: Loss = cross_entropy,
    optimiser: Optimiser | None = None,
    batch_size: int | None = 32,
    validation: Examples | None = None,
    schedule: Schedule | None = None,
    clip: float | None = None,
    metrics: Mapping[str, Metric] | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = True,
    seed: int = 0,
    progress: bool = True,
    after_epoch: Callable[[Epoch], object] | None = None,
    after_update: Callable[[Update], object] | None = None,
    compiled: bool | None = None,
    backend: str | None = None,
    devices: int | None = None,
) -> History:
    """Train a model in place.

    Ctrl-C ends the training after the current update, and the model keeps that update.

    Args:
        model: the model, which is in training mode meanwhile and then in the mode it had.
        data: the examples to learn from: `Data`, ``(inputs, targets)`` or ``(inputs, targets, weights)``,
            as arrays or frames. If there are weights, the loss gets the weights of a batch as
            ``sample_weight``, which all losses of this package take.
        epochs: the number of passes over them.
        loss: a function of outputs and targets, to the mean over a batch.
        optimiser: of some or all parameters of the model; by default ``Adam(model.parameters())``.
        batch_size: the number of examples per update: n for mini-batches, 1 for online descent, None
            for all (classic batch descent). The examples are shuffled before every epoch, unless a
            batch is all of them.
        validation: examples to evaluate the model on after every epoch.
        schedule: a function of the number of updates made, to the factor of the optimiser's rate.
            ``after_epoch`` may set that rate, as by ``optimiser.rate *= 0.5``: it finds the rate without
            the factor, and later factors apply to the new one.
        clip: the norm to which `clip_gradients` shortens longer gradients.
        metrics: what to measure on the validation data beside the loss: functions of outputs and
            targets, as plain arrays, by name. By default the accuracy where the targets are classes.
        patience: stop after this many epochs in a row without a validation loss below all earlier ones
            (early stopping: L. Prechelt, "Early stopping - but when?", 1998). However the training
            ends, unless by Ctrl-C, the model has the parameters of the best epoch.
        checkpoint: a file to write the whole training to, at the start and after each epoch.
        resume: whether to continue a training that the checkpoint holds. It ends with the same numbers,
            bit for bit, as if it had never stopped. It may be given more epochs; all other settings
            must be the same. Functions are compared by name, the schedule by the rates it has given.
        seed: of the order of the examples.
        progress: whether to show a bar, if standard error is a terminal.
        after_epoch: called with the record of every epoch, after the checkpoint is written. If it raises
            StopIteration, training ends and `fit` returns. Any other exception leaves `fit`; the model keeps
            its parameters.
        after_update: called with the record of every update, such as the ``update`` of `viz.live`, which
            draws the model while it learns. It may read the model, but not change it. Any exception leaves
            `fit`; the model keeps its parameters.
        compiled: whether updates after the first few run as straight-line code, by `autograd.compile`.
            They differ from eager updates by rounding only, and leave no gradients on the parameters.

            - None: if model, loss and the optimiser's rule are declared pure by `nn.pure`. All layers,
              losses and optimisers of this package are, except `Dropout`, and so is a module made of
              pure modules. A subclass that overrides ``forward`` or ``moved`` is not, unless it
              declares it. Any other training is eager, and so is one of Values or of mixed precision.
            - True: also if they are not declared pure. You promise it, and the first compiled update
              for each batch size is checked against an eager one: loss, gradient and new parameters.
              The check is repeated after every call of ``after_epoch``.
            - False: never.

            Compiled code holds the settings of model and optimiser as constants. A change of them by
            ``after_epoch`` is compiled in; a change by any other function, such as the schedule, is not
            noticed.
        backend: ``"jax"`` to run the updates on JAX, each batch divided over its devices: GPUs or processors,
            of one machine or of many (see docs/engines.md). It trains what ``compiled`` can compile. History
            and parameters equal NumPy's except for rounding.
        devices: how many of JAX's devices to use, by default all. The number must divide the batch size. A
            smaller last batch that it does not divide is computed whole on each device.

    Returns:
        The record of every epoch.

    Raises:
        FloatingPointError: the loss, its gradient, a parameter or the validation loss is infinite or NaN.
            The model then has the parameters of the best epoch with patience, and else of the last.
        ImportError: a checkpoint needs the package safetensors, or ``backend="jax"`` the package jax, and it
            is missing.
        OSError: the checkpoint cannot be written or read.
        TypeError: an argument is of the wrong type.
        ValueError: a number is out of range; the schedule gives no factor; the examples do not fit the
            model or the loss; the checkpoint is damaged, or of another model or other settings; or
            ``compiled`` is True or the back end is JAX, and the step cannot be compiled or differs from the
            eager step; or JAX has fewer devices, or their number does not divide the batch size.
    """
    check_model(model)
    check_functions(loss, metrics)
    check_functions_or_none({"schedule": schedule, "after_epoch": after_epoch, "after_update": after_update})
    check_numbers(epochs, patience, clip, seed)
    if patience is not None and validation is None:
        raise ValueError("patience needs the loss on validation data: give validation=, or no patience")
    optimiser = Adam(model.parameters()) if optimiser is None else optimiser
    check_optimiser(optimiser, model)
    data = data_of(data, "the data")
    validation = None if validation is None else data_of(validation, "the validation data")
    has_classes = check_examples(model, loss, data, validation)
    batches(data, batch_size, shuffle=False)  # raises for a size out of range
    if metrics is None:
        metrics = {"accuracy": fraction_correct} if has_classes else {}

    step = choose_step(model, data, loss, optimiser, clip, compiled, backend, devices, batch_size)
    passes = Epochs(
        Training(model, optimiser, seed, keep_best=patience is not None),
        step,
        data,
        epochs=epochs,
        batch_size=batch_size,
        schedule=constant() if schedule is None else schedule,
        measure=partial(evaluate, model, loss=loss, metrics=metrics),
        validation=validation,
        patience=patience,
        after_epoch=after_epoch,
        after_update=after_update,
    )
    if checkpoint is not None:
        numbers = {"batch_size": batch_size, "clip": clip, "patience": patience, "seed": seed}
        settings = {STEPS: step.is_compiled, "metrics": sorted(metrics), **numbers}
        settings = settings_of(model, loss, optimiser, data, validation, **settings)
        passes.attach(Path(checkpoint), settings, resume=resume)
    return passes.run(progress=progress)


@dataclass
class Epochs:
    """Epochs of a training, up to a number of them. Most attributes are arguments of `fit`.

    Attributes:
        training: the state that a checkpoint holds, updated after each epoch.
        step: makes an update.
        measure: evaluates the model on the validation data.
    """

    training: Training
    step: EagerStep
    data: Data
    epochs: int
    batch_size: int | None
    schedule: Schedule
    measure: Callable[[Data], dict[str, float]]
    validation: Data | None
    patience: int | None
    after_epoch: Callable[[Epoch], object] | None
    after_update: Callable[[Update], object] | None = None

    def __post_init__(self) -> None:
        self._updates = -(-len(self.data) // (self.batch_size or len(self.data)))  # of an epoch
        self._save: Callable[[], None] = lambda: None
        self._is_stopped = False  # by after_epoch
        self._raised: ArithmeticError | None = None  # by after_update, so that it is no failure to train

    def attach(self, path: Path, settings: dict[str, Any], *, resume: bool) -> None:
        """Save to a file from now on, after resuming the training in it, if there is one."""
        if resume and path.exists():
            self.training.resume(path, settings, self.epochs, self._last_factor)
        self._save = partial(self.training.save, path, settings)
        if not self._is_over():
            self._save()  # so that an error in writing is raised now, and not after an hour

    def run(self, *, progress: bool) -> History:
        training, model, history = self.training, self.training.model, self.training.history
        self._before = model.state_dict()
        try:
            with (
                in_mode(model, training=True),
                np.errstate(over="ignore", invalid="ignore", divide="ignore"),  # results are checked instead
                deferred_interrupt() as interrupt,
                progress_bar(self.epochs * self._updates, wanted=progress) as show,
            ):
                while not self._is_over() and not interrupt.pending:
                    epoch = self._epoch(interrupt, show)
                    if epoch is None:
                        break
                    training.add(epoch)
                    self._save()
                    if self.after_epoch is not None:
                        self._call_back(self.after_epoch, epoch)
        finally:
            self.step.finish()  # whatever ended the training, the model has its last update
            training.optimiser.rate = training.rate
        history.interrupted = not self._is_over()
        if training.best and not history.interrupted:
            model.load_state_dict(training.best)
        return history

    def _call_back(self, after_epoch: Callable[[Epoch], object], epoch: Epoch) -> None:
        """Call a function of the user, which may change the model, the loss and the optimiser."""
        training = self.training
        training.optimiser.rate = training.rate  # before the schedule's factor
        try:
            after_epoch(epoch)
        except StopIteration:
            self._is_stopped = True
        self.step.refresh()
        if training.optimiser.rate != training.rate:
            training.rate = training.optimiser.rate
            self._save()

    def _epoch(self, interrupt: Interrupt, show: Show) -> Epoch | None:
        """Make the updates of one epoch and validate; None if Ctrl-C came before the last update."""
        training, start = self.training, perf_counter()
        number, measured = len(training.history.epochs) + 1, {}
        try:
            loss = self._descend(number, interrupt, show)
            if loss is None:
                return None
            if self.validation is not None:
                self._place, self._examples = "validation", self.validation
                measured = self.measure(self.validation)
                if not isfinite(measured["loss"]):
                    raise FloatingPointError(f"the loss is {measured['loss']}")
        except ArithmeticError as error:
            if error is self._raised:
                raise
            training.model.load_state_dict(training.best or self._before)
            raise self._failure(error, number) from None
        self._before = training.model.state_dict()
        seconds, rate = perf_counter() - start, training.optimiser.rate
        before = training.history.epochs[-1].examples if number > 1 else 0
        return Epoch(number, before + len(self.data), seconds, loss, rate, measured)

    def _descend(self, number: int, interrupt: Interrupt, show: Show) -> float | None:
        """Make the updates of one epoch; the mean loss, or None if Ctrl-C came before the last update."""
        optimiser, total = self.training.optimiser, 0.0
        words, done = _words(self.training.history, self.epochs), (number - 1) * self._updates
        end = done + self._updates
        for update, batch in enumerate(batches(self.data, self.batch_size, rng=self.training.rng), done):
            self._place, self._examples = f"batch {update - done + 1}", batch
            optimiser.rate = self.training.rate * self._factor(update)
            loss = self.step(batch, update)
            total += loss * batch.total_weight
            show(update + 1, words)
            if self.after_update is not None:
                self.step.finish()  # it may read the model
                try:
                    self.after_update(Update(update + 1, number, len(batch), loss, optimiser.rate))
                except ArithmeticError as error:
                    self._raised = error
                    raise
            if interrupt.pending:
                end = update + 1
                break
        self.step.finish()
        if not all(np.isfinite(unwrap(parameter)).all() for parameter in optimiser.parameters):
            raise FloatingPointError("the update made parameters infinite or NaN")
        return total / self.data.total_weight if end == done + self._updates else None

    def _is_over(self) -> bool:
        history = self.training.history
        is_stale = self.patience is not None and history.stale >= self.patience
        return self._is_stopped or len(history.epochs) >= self.epochs or is_stale

    def _factor(self, update: int) -> float:
        """The schedule's factor of the rate, checked."""
        try:
            factor = self.schedule(update)
            if isinstance(factor, Real) and 0 <= factor * self.training.rate < inf:
                return float(factor)
            found = f"gives {factor!r:.40}"
        except ArithmeticError as error:
            found = f"raises {type(error).__name__}"
        raise ValueError(
            f"the schedule {found} at update {update}: it must give a factor of at least 0 by which the rate "
            f"{self.training.rate:.6g} stays finite"
        )

    def _last_factor(self, epoch: int) -> float:
        """The factor of the learning rate at the last update of an epoch."""
        return self._factor(epoch * self._updates - 1)

    def _failure(self, error: Exception, epoch: int) -> FloatingPointError:
        """The error for a result that is infinite or NaN, with advice."""
        advice = "lower the rate, scale the inputs (nn.Scaler) or clip the gradients (clip=1.0)"
        for name in ("inputs", "targets"):
            if not np.isfinite(getattr(self._examples, name)).all():
                advice = f"the {name} there hold NaN or infinite numbers, so correct the data"
        best = self.training.history.best if self.training.best else None
        kept = best.epoch if best else epoch - 1
        state = f"its parameters of epoch {kept}" if kept else "the parameters it began with"
        return FloatingPointError(
            f"training failed in epoch {epoch}, {self._place}: {error}; {advice}; the model has {state}"
        )


def _words(history: History, epochs: int) -> str:
    """The text beside the progress bar during the next epoch."""
    words = [f"epoch {len(history.epochs) + 1}/{epochs}"]
    for last in history.epochs[-1:]:
        words += [f"loss {last.loss:.4g}"]
        words += [f"validation {name} {value:.4g}" for name, value in last.validation.items()]
    return "  ".join(words)
