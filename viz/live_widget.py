"""`Live`: the widget of `viz.live`. It answers what the page asks for, and sends numbers; the page draws."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import isfinite, nan
from time import perf_counter, thread_time
from typing import Any

import numpy as np
import traitlets

from viz.csv_text import examples_of
from viz.live_scene import BACKPROP, NAIVE, UpdateLedger, numbers, plane, points, scene
from viz.notebook import svg
from viz.notebook_widget import NotebookWidget, after_cell
from viz.page_scripts import LIVE
from viz.report_page import page_of
from viz.still import still
from viz.timeline import Timeline
from viz.trainer import Trainer

__all__ = ["Live"]

# Seconds: of training between two frames asked for; the least between two frames of another training.
SLICE, APART = 0.06, 0.06
# Seconds between two pictures for readers without a kernel.
STILL = 2.0
# The part of the time of another training's thread that frames may take.
SHARE = 0.09
# The most operations of an update that is differentiated naively: a few seconds.
MOST_NAIVE = 3_000_000
# The most steps of a run in the page.
MOST_STEPS = 1_500
_MISTAKES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Live(NotebookWidget):
    """A training on show; made by `viz.live`.

    Attributes:
        trainer: the training, such as an `nn.Course`.
        timeline: its updates.
        frame: the numbers sent last.
        example: the number of the example whose activations and gradients are shown.
        frames: how many were sent.
        spent: the seconds of the thread's time that making and sending them took.
    """

    _esm = LIVE
    scene = traitlets.Dict().tag(sync=True)
    points = traitlets.Dict().tag(sync=True)
    # As text: ipywidgets looks for bytes in everything else, which takes longer than to make a frame.
    sent = traitlets.Unicode("{}").tag(sync=True)
    page = traitlets.Dict().tag(sync=True)

    def __init__(self, trainer: Trainer, **options: Any) -> None:
        super().__init__(**options)
        self.frame: dict[str, Any] = {}
        self.trainer, self.timeline = trainer, Timeline(trainer)
        self.example, self.frames, self.spent = 0, 0, 0.0
        self._ledger = UpdateLedger(trainer)
        self._loss: float | None = None
        # When the next frame and the next picture are due, and the time of the thread that allows a frame.
        self._due = self._still_due = self._earned = 0.0
        self._late = False  # whether the last state is still to be shown
        self._acts: Mapping[str, Callable[[Any], object]] = {
            "advance": self._advance,
            "change": self._change,
            "example": self._learn_example,
            "go": lambda message: self._go(int(message["update"])),
            "rest": lambda message: None,
            "parameter": self._set_parameter,
            "points": self._set_points,
            "show": self._show,
            "table": self._read_table,
            "walk": self._walk,
        }
        self.on_msg(lambda widget, message, buffers: self.receive(message))
        self.redraw()

    # ---- another training

    def update(self, record: Any) -> None:
        """Show the model while another training changes it: ``fit(..., after_update=view.update)``.

        Frames are sent as often as they take less than a tenth of the time of the training.

        Args:
            record: an update, with its ``number`` from 1, its number of ``examples`` and its ``loss``.
        """
        self.timeline.follow(record.number, record.examples, record.loss)
        self._loss = record.loss
        if not self._late:
            self._late = True
            after_cell(self._catch_up)
        if perf_counter() < self._due or thread_time() < self._earned:
            return
        start = thread_time()
        self.send_frame()
        if perf_counter() > self._still_due:
            self.keep_still()
            self._still_due = perf_counter() + STILL
        self._due = perf_counter() + APART
        self._earned = thread_time() + (thread_time() - start) / SHARE

    def _catch_up(self) -> None:
        """Show the last update of a training that has ended, which may have come too soon after another."""
        self._late = False
        self.send_frame()
        self.keep_still()

    def still(self) -> str | None:
        return still(self.scene, self.points, self.frame) or svg(self.trainer.record(self.example).loss)

    # ---- what is sent

    def redraw(self, reply: int = 0, message: str = "") -> None:
        """Send everything: the drawing, the examples and a frame."""
        with self.hold_sync():
            self.scene = scene(self.trainer.record(self.example))
            self.points = points(self.trainer)
            self.send_frame(reply, message)

    def send_frame(self, reply: int = 0, message: str = "") -> None:
        """Send the numbers as they are now.

        Args:
            reply: the number of the request that this answers.
            message: a sentence to show.
        """
        start = thread_time()
        trainer, timeline = self.trainer, self.timeline
        try:
            with np.errstate(all="ignore"):  # what is not finite is shown
                shown = numbers(trainer.record(self.example))
                shown["plane"] = plane(trainer)
                shown["mean"] = trainer.mean_loss()
                shown["ledger"] = self._ledger.shown()
        except _MISTAKES as error:
            shown, message = {}, message or f"The numbers cannot be shown: {error}"
        self.frame = {
            "ledger": {},
            **shown,
            "update": trainer.updates,
            "first": timeline.first,
            "last": timeline.last,
            "example": self.example,
            "batch": self._loss,
            "curve": [x for point in timeline.curve for x in point],
            "settings": {name: [value, list(choices)] for name, (value, choices) in trainer.settings.items()},
            "message": message,
            "reply": reply,
        }
        self.sent = _json(self.frame)
        self.frames += 1
        self.spent += thread_time() - start

    # ---- what is asked for

    def receive(self, message: Mapping[str, Any]) -> None:
        """Do what the page asks for, and answer with a frame; a mistake is answered with a sentence.

        Args:
            message: ``do``, the name of an act; its arguments; and ``ask``, the number of the request.
        """
        reply, note = message.get("ask", 0), ""
        try:
            act = self._acts.get(message["do"])
            if act is None:
                raise ValueError(f"there is no act {message['do']!r:.40}")
            redrawn = act(message)
            note = redrawn if isinstance(redrawn, str) else ""
        except _MISTAKES as error:
            redrawn, note = False, _sentence(error)
        (self.redraw if redrawn else self.send_frame)(reply, note)
        if note or message.get("do") != "advance":
            self.keep_still()

    def _advance(self, message: Mapping[str, Any]) -> None:
        """Make so many updates, or as many as fit between two frames."""
        self._check_method()
        wanted, end = message.get("updates") or 10**9, perf_counter() + SLICE
        for _ in range(wanted):
            self._loss = self.timeline.step()
            if perf_counter() > end:
                return

    def _learn_example(self, message: Mapping[str, Any]) -> None:
        self._check_method()
        self._loss = self.timeline.step([self.example])

    def _go(self, update: int) -> bool:
        self.timeline.go(update)
        self._loss = None
        self._keep_example()
        return True

    def _show(self, message: Mapping[str, Any]) -> None:
        self.example = int(message["example"])
        self._keep_example()

    def _change(self, message: Mapping[str, Any]) -> bool:
        name, value = str(message["name"]), message["value"]
        if name not in self.trainer.settings:
            raise ValueError(f"there is no setting {name!r:.40}")
        if (name, value) == ("method", NAIVE):
            self._check_naive()
        if name == "layers":
            self.trainer.change(name, value)
            self.timeline.restart()
            self._ledger = UpdateLedger(self.trainer)
            self._loss = None
            return True
        self.timeline.change(lambda trainer: trainer.change(name, value))
        return False

    def _check_method(self) -> None:
        """Refuse an update that would take too long by the method that is chosen."""
        if self.trainer.settings.get("method", (BACKPROP,))[0] == NAIVE:
            self._check_naive()

    def _check_naive(self) -> None:
        """Refuse to differentiate naively what would take too long."""
        cost = self._ledger.cost(self.trainer.kind)
        if cost is None or cost[NAIVE].total > MOST_NAIVE:
            many = "too many operations to count" if cost is None else f"{cost[NAIVE].total:,} operations"
            raise ValueError(
                f"naively an update would take {many}, over the limit of {MOST_NAIVE:,}: choose smaller "
                "layers, a smaller batch or backprop"
            )

    def _set_parameter(self, message: Mapping[str, Any]) -> None:
        name, place = str(message["name"]), tuple(int(i) for i in message["place"])
        number = _number(message["value"], "a weight")
        shape = next((shape for known, _, shape in self.scene["parameters"] if known == name), None)
        if (
            shape is None
            or len(shape) != len(place)
            or not all(0 <= i < n for i, n in zip(place, shape, strict=True))
        ):
            raise ValueError(f"there is no weight {name!s:.40}{list(place)}")
        self.timeline.change(lambda trainer: trainer.set_parameter(name, place, number))

    def _set_points(self, message: Mapping[str, Any]) -> bool:
        """Change, add or remove one example, by the number of its row."""
        inputs, targets = np.array(self.trainer.inputs, dtype=float), np.array(self.trainer.targets)
        row = int(message["row"])
        if message.get("remove"):
            keep = np.arange(len(inputs)) != row
            inputs, targets = inputs[keep], targets[keep]
        else:
            given = inputs[row].copy() if row < len(inputs) else inputs.mean(axis=0)
            given[: len(message["inputs"])] = [_number(x, "an input") for x in message["inputs"]]
            target = self._target(message["target"])
            if row == len(inputs):
                inputs, targets = (
                    np.append(inputs, given[None], axis=0),
                    np.append(targets, targets[:1], axis=0),
                )
            inputs[row], targets[row] = given, target
        self._set_data(inputs, targets)
        self._show({"example": row})
        return True

    def _target(self, given: Any) -> float:
        """A target of an example, checked."""
        target, classes = _number(given, "a target"), self._classes()
        if classes and target not in range(classes):
            raise ValueError(f"the target is a class, a whole number from 0 to {classes - 1}, not {target:g}")
        return target

    def _read_table(self, message: Mapping[str, Any]) -> bool | str:
        classes = self._classes()
        inputs, targets = examples_of(str(message["text"]), self.trainer.inputs.shape[1], classes=classes)
        self._set_data(inputs, targets)
        if classes and len(set(targets.tolist())) == 1:
            return f"All {len(targets):,} examples are of class {targets[0]}: there is no border to learn."
        return True

    def _classes(self) -> int:
        if "classes" not in self.points:
            raise ValueError("examples are changed where they are rows of numbers, (examples, features)")
        return int(self.points["classes"])

    def _set_data(self, inputs: Any, targets: Any) -> bool:
        self.timeline.change(lambda trainer: trainer.set_data(inputs, targets))
        self._keep_example()
        return True

    def _walk(self, message: Mapping[str, Any]) -> None:
        loss, wrt = self.trainer.record_steps(self.example)
        page = page_of(loss, wrt, methods=[NAIVE, BACKPROP], steps=MOST_STEPS)
        self.page = {**page, "frame": self.frames}  # a change, even where nothing else is one

    def _keep_example(self) -> None:
        """Show an example that there is."""
        count = 1 if self.trainer.inputs is None else len(self.trainer.inputs)
        self.example = min(max(self.example, 0), count - 1)


def _number(given: Any, what: str) -> float:
    try:
        number = float(given)
    except (TypeError, ValueError):
        number = nan
    if not isfinite(number):
        raise ValueError(f"{what} is a finite number, not {given!r:.40}")
    return number


def _sentence(error: Exception) -> str:
    text = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _json(frame: dict[str, Any]) -> str:
    """A frame as JSON; numbers that are not finite become text."""
    try:
        return json.dumps(frame, allow_nan=False, separators=(",", ":"))
    except ValueError:
        return json.dumps(_finite(frame), separators=(",", ":"))


def _finite(x: Any) -> Any:
    if isinstance(x, float):
        return x if isfinite(x) else str(x)
    if isinstance(x, dict):
        return {key: _finite(value) for key, value in x.items()}
    return [_finite(value) for value in x] if isinstance(x, list | tuple) else x
