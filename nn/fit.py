"""Training: `fit` goes through the examples epoch by epoch, and the model follows the gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Integral
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from autograd import no_grad
from autograd.recording.node import Node
from nn.arrays import plain
from nn.data import Data, batches, check_data
from nn.evaluation import Loss, Metric, check_functions, evaluate, fraction_correct
from nn.history import Epoch, History
from nn.interrupts import deferred_interrupt
from nn.losses import cross_entropy
from nn.module import Module, in_mode
from nn.optimisers import Adam, Optimiser, clip_gradients
from nn.progress import progress_bar
from nn.resumption import Training, fingerprint, name_of
from nn.schedules import Schedule, constant
from nn.step import Step

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
    compiled: bool = True,
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
            descent, None for all (classic batch descent). The examples are shuffled anew for every
            epoch, unless each batch is all of them.
        validation: examples to try the model on after every epoch.
        schedule: what the optimiser's rate is multiplied by at each update, counted from 0.
        clip: the norm that longer gradients are shortened to, by `clip_gradients`.
        metrics: what is measured on the validation data beside the loss, by name: functions of
            outputs and targets, plain arrays. If left out, the accuracy where the targets are classes.
        patience: training stops after so many epochs in a row without a validation loss less than
            all before (early stopping: L. Prechelt, "Early stopping - but when?", 1998), and whether
            it comes to that or not, the model ends with the parameters of the best epoch.
        checkpoint: a file that everything is written to at the start and after each epoch, to resume
            from.
        resume: whether a training that the checkpoint holds goes on, so that it ends with the same
            numbers as if it had never been broken off. It may then be given more epochs, too. All
            settings are to be the same; of the schedule it is compared what it gave so far, and of the
            functions their names.
        seed: of the order of the examples.
        progress: whether to show a bar, where there is a terminal.
        after_epoch: is called with the record of every epoch, once the checkpoint is written.
        compiled: whether updates after the first few may be run as straight-line code, by
            `autograd.compile`; they come to the same but for rounding, and leave no gradients on the
            parameters. That is done if the parameters are Tensors of one precision, and model, loss and
            the optimiser's rule do the same with every batch and keep nothing: no random numbers, no
            counting, no decisions by the numbers. It is made sure of at the start, and after every call
            of ``after_epoch``, for which the loss is called some times more. What other code changes
            meanwhile, as the schedule, is not noticed: then give False.

    Raises:
        FloatingPointError: the loss, its gradient or a parameter is infinite or NaN. The model then has
            the parameters of the best epoch, if there is patience, or of the last one.
        ImportError: there is to be a checkpoint, and the package safetensors is missing.
        OSError: the checkpoint cannot be written, as its folder is missing; or not be read.
        TypeError: something is of the wrong kind.
        ValueError: a number is out of range, the examples do not fit the model or the loss, or the
            checkpoint is damaged, or that of another model or of other settings.
    """
    if not isinstance(model, Module):
        raise TypeError(f"fit trains a Module, as MLP([4, 8, 3]), not {type(model).__name__}")
    check_functions(loss, metrics)
    for name, function in {"schedule": schedule, "after_epoch": after_epoch}.items():
        if function is not None and not callable(function):
            raise TypeError(f"{name} is a function, not {function!r:.40}")
    _check_numbers(epochs, patience, clip, seed)
    if patience is not None and validation is None:
        raise ValueError("patience looks at the loss on validation data: give validation=, or no patience")
    optimiser = Adam(model.parameters()) if optimiser is None else optimiser
    _check_optimiser(optimiser, model)
    given = dict(model.named_parameters())
    classes = _try(model, data, loss, "the data")
    if validation is not None:
        _try(model, validation, loss, "the validation data")
    for name, parameter in model.named_parameters():
        if given.get(name) is not parameter:
            raise ValueError(
                f"forward stores the {type(parameter).__name__} {name!r} on the module, where it counts as a "
                "parameter: store its data"
            )
    batches(data, batch_size, shuffle=False)  # which checks the size
    if metrics is None:
        metrics = {"accuracy": fraction_correct} if classes else {}
    schedule = constant() if schedule is None else schedule

    training = Training(model, optimiser, seed, keep_best=patience is not None)
    updates = -(-len(data) // (batch_size or len(data)))
    update = Step(model, data, loss, optimiser, clip, compiled=compiled)
    rate, parameters = optimiser.rate, model.parameters()
    settings: dict[str, Any] = {}
    path = None if checkpoint is None else Path(checkpoint)
    if path is not None:  # only a file needs to know them, and the checksum of much data takes its time
        places = {id(parameter): place for place, parameter in enumerate(parameters)}
        settings = {
            "model": name_of(model),
            "data": fingerprint(data),
            "validation": fingerprint(validation),
            "loss": name_of(loss),
            "optimiser": [type(optimiser).__name__, rate, optimiser.settings],
            "choice of parameters": [places[id(parameter)] for parameter in optimiser.parameters],
            # NumPy's numbers are none to JSON.
            "batch_size": None if batch_size is None else int(batch_size),
            "clip": None if clip is None else float(clip),
            "compiled": bool(compiled),
            "metrics": sorted(metrics),
            "patience": None if patience is None else int(patience),
            "seed": int(seed),
        }
        if resume and path.exists():
            training.resume(path, settings, epochs, lambda epoch: rate * schedule(epoch * updates - 1))
    history = training.history

    def finished() -> bool:
        return len(history.epochs) >= epochs or (patience is not None and history.stale >= patience)

    if path is not None and not finished():
        training.save(path, settings)  # what cannot be written is told now, and not after an hour
    before = model.state_dict()
    try:
        with (
            in_mode(model, training=True),
            np.errstate(over="ignore", invalid="ignore", divide="ignore"),  # it is checked for instead
            deferred_interrupt() as interrupt,
            progress_bar(epochs * updates, wanted=progress) as show,
        ):
            while not finished() and not interrupt.pending:
                start, total, found = perf_counter(), 0.0, {}
                number, words = len(history.epochs) + 1, _words(history, epochs)
                done = (number - 1) * updates
                try:
                    for step, batch in enumerate(batches(data, batch_size, rng=training.rng), start=done):
                        part, where = batch, f"batch {step - done + 1}"
                        optimiser.rate = rate * schedule(step)
                        total += update(batch, step) * len(batch)
                        show(step + 1, words)
                        if interrupt.pending:
                            break
                    if not all(np.isfinite(plain(parameter)).all() for parameter in optimiser.parameters):
                        raise FloatingPointError("the update made parameters infinite or NaN")
                    if step + 1 < done + updates:
                        break
                    if validation is not None:
                        part, where = validation, "validation"
                        found = evaluate(model, validation, loss, metrics=metrics)
                except ArithmeticError as error:
                    model.load_state_dict(training.best or before)
                    raise _astray(error, number, where, part, training) from None
                before, seconds, mean = model.state_dict(), perf_counter() - start, total / len(data)
                training.add(Epoch(number, number * len(data), seconds, mean, optimiser.rate, found))
                if path is not None:
                    training.save(path, settings)
                if after_epoch is not None:
                    after_epoch(history.epochs[-1])
                    update.look_again()
    finally:
        optimiser.rate = rate
    history.interrupted = not finished()
    if training.best and not history.interrupted:
        model.load_state_dict(training.best)
    return history


def _astray(error: Exception, epoch: int, where: str, part: Data, training: Training) -> Exception:
    """The error for a loss that is no number, with what may be done about it."""
    advice = "lower the rate, scale the inputs (nn.Scaler) or clip the gradients (clip=1.0)"
    for name in ("inputs", "targets"):
        if not np.isfinite(getattr(part, name)).all():
            advice = f"the {name} there hold NaN or infinite numbers, so mend the data"
    best = training.history.best if training.best else None
    kept = best.epoch if best else epoch - 1
    state = f"its parameters of epoch {kept}" if kept else "the parameters it began with"
    return FloatingPointError(
        f"training failed in epoch {epoch}, {where}: {error}; {advice}; the model has {state}"
    )


def _words(history: History, epochs: int) -> str:
    """What stands beside the bar in the next epoch."""
    words = [f"epoch {len(history.epochs) + 1}/{epochs}"]
    for last in history.epochs[-1:]:
        words += [f"loss {last.loss:.4g}"]
        words += [f"validation {name} {value:.4g}" for name, value in last.validation.items()]
    return "  ".join(words)


def _check_numbers(epochs: int, patience: int | None, clip: float | None, seed: int) -> None:
    for name, number in {"epochs": epochs, "patience": 1 if patience is None else patience}.items():
        if not isinstance(number, Integral) or number < 1:
            raise ValueError(f"{name} is a number of epochs, whole and from 1 on, not {number!r}")
    if not isinstance(seed, Integral) or seed < 0:
        raise ValueError(f"the seed is a whole number from 0 on, not {seed!r:.40}")
    if clip is not None:
        clip_gradients([], clip)  # which checks the norm


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
    check_data(data, what)
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
    if not isinstance(result, Node) or np.shape(result.data):
        raise TypeError(
            "a loss is one Tensor or Value, the mean over a batch, computed from the model's outputs, "
            f"not {type(result).__name__} {result!r:.60}"
        )
    return labels and len(np.shape(outputs)) == 2
