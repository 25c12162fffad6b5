"""Trainings in any order of saves, crashes, kills, interrupts, resumes, copies and mutations.

Whatever happened before, a checkpoint holds a whole epoch of the training that was never disturbed, bit for
bit, and a resumed training goes on with the same numbers.
"""

from __future__ import annotations

import copy
import os
import shutil
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import nn
from nn.checkpoints import load
from nn.history import Epoch, History
from nn.losses import cross_entropy
from nn.module import Module
from nn.optimisers import SGD, AdamW
from nn.schedules import cosine
from nn.training import fit
from tests.nn.examples import clouds, dropping, numbers

DATA = clouds(12)
EPOCHS = 6
PACKAGE = str(Path(nn.__file__).parent)

CASES: dict[str, Callable[[Module], dict[str, Any]]] = {
    "momentum": lambda model: {"optimiser": SGD(model.parameters(), 0.1, momentum=0.9)},
    "schedule": lambda model: {"optimiser": AdamW(model.parameters(), 0.05), "schedule": cosine(20)},
    "patience": lambda model: {"validation": clouds(6, seed=1), "patience": 3},
}


class Broken(BaseException):
    """An interruption at some line, which nothing catches as an error."""


def trained(case: str, model: Module, epochs: int, **options: Any) -> History:
    return fit(
        model,
        DATA,
        epochs=epochs,
        batch_size=6,
        progress=False,
        compiled=False,
        **CASES[case](model),
        **options,
    )


@cache
def undisturbed(case: str) -> list[bytes]:
    """The bits of the parameters before the first and after each epoch."""
    model = dropping()
    found = [numbers(model)]
    trained(case, model, EPOCHS, after_epoch=lambda epoch: found.append(numbers(model)))
    return found


@cache
def finished(case: str, epochs: int) -> bytes:
    """The bits at the end of a training of some epochs, or of the best epoch with patience."""
    model = dropping()
    trained(case, model, epochs)
    return numbers(model)


@contextmanager
def broken_at(line: int) -> Iterator[None]:
    """Raise `Broken` at a line of nn, counting the lines that run."""
    count = 0

    def local(frame: Any, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        if event == "line" and count == line:
            raise Broken
        return local

    def traced(frame: Any, event: str, argument: Any) -> Any:
        return local if frame.f_code.co_filename.startswith(PACKAGE) else None

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        yield
    finally:
        sys.settrace(before)


class Trainings(RuleBasedStateMachine):
    """One training and its checkpoint."""

    @initialize(case=st.sampled_from(list(CASES)))
    def start(self, case: str) -> None:
        self.case = case
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "a.safetensors"
        self.model = dropping()

    def teardown(self) -> None:
        shutil.rmtree(getattr(self, "folder", ""), ignore_errors=True)

    def fit(self, epochs: int, **options: Any) -> History:
        self.model = dropping()
        return trained(self.case, self.model, epochs, checkpoint=self.path, **options)

    def done(self) -> int:
        return len(load(self.path)[1]["epochs"]) if self.path.exists() else 0

    # ---- what may happen

    @rule(more=st.integers(0, 3))
    def train(self, more: int) -> None:
        epochs = min(self.done() + more, EPOCHS)
        if epochs:
            self.fit(epochs)
            assert numbers(self.model) == finished(self.case, epochs)

    @rule(line=st.integers(1, 4000), last=st.integers(1, EPOCHS))
    def crash_at_a_line(self, line: int, last: int) -> None:
        before = self.done()
        with suppress(Broken), broken_at(line):
            self.fit(max(last, before))
        assert self.done() >= before

    @rule(call=st.integers(1, 12))
    def crash_in_the_loss(self, call: int) -> None:
        def loss(outputs: Any, targets: Any) -> Any:
            nonlocal call
            call -= 1
            if not call:
                raise Broken
            return cross_entropy(outputs, targets)

        loss.__module__, loss.__qualname__ = cross_entropy.__module__, cross_entropy.__qualname__
        with suppress(Broken):
            self.fit(EPOCHS, loss=loss)

    @rule(at=st.integers(1, 3), name=st.sampled_from(["replace", "fsync"]))
    def crash_in_a_save(self, at: int, name: str) -> None:
        calls, original = 0, getattr(os, name)

        def failing(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == at:
                raise OSError(28, "no space left on device")
            return original(*arguments, **options)

        with pytest.MonkeyPatch.context() as patch, suppress(OSError):
            patch.setattr(os, name, failing)
            self.fit(EPOCHS)

    @precondition(lambda self: hasattr(os, "fork"))
    @rule(at=st.integers(1, 3), name=st.sampled_from(["replace", "fsync"]))
    def kill_in_a_save(self, at: int, name: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of threads, which the child does not use
            child = os.fork()
        if not child:
            calls, original = 0, getattr(os, name)

            def deadly(*arguments: Any, **options: Any) -> Any:
                nonlocal calls
                calls += 1
                if calls == at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return original(*arguments, **options)

            setattr(os, name, deadly)
            try:
                self.fit(EPOCHS)
            finally:
                os._exit(0)
        os.waitpid(child, 0)

    @rule(epoch=st.integers(1, EPOCHS))
    def interrupt(self, epoch: int) -> None:
        def ctrl_c(done: Epoch) -> None:
            if done.epoch == epoch:
                os.kill(os.getpid(), signal.SIGINT)

        handler = signal.signal(signal.SIGINT, signal.default_int_handler)
        before = self.done()
        try:
            history = self.fit(EPOCHS, after_epoch=ctrl_c)
        finally:
            signal.signal(signal.SIGINT, handler)
        if before < epoch < len(undisturbed(self.case)) - 1:
            assert history.interrupted
            assert self.done() == epoch
            assert numbers(self.model) == undisturbed(self.case)[epoch]

    @rule(number=st.floats(-1, 1))
    def change_the_model(self, number: float) -> None:
        for parameter in self.model.parameters():
            parameter.data = np.full(parameter.shape, number)

    @rule()
    def change_a_copy(self) -> None:
        before = numbers(self.model)
        copied = copy.deepcopy(self.model)
        assert numbers(copied) == before
        for parameter in copied.parameters():
            parameter.data = parameter.data + 1
        trained(self.case, copied, 1)
        assert numbers(self.model) == before

    @precondition(lambda self: self.path.exists())
    @rule()
    def go_on_in_a_copied_file(self) -> None:
        self.path = Path(
            shutil.copy(self.path, self.folder / f"{len(list(self.folder.iterdir()))}.safetensors")
        )

    @precondition(lambda self: self.path.exists())
    @rule(fraction=st.floats(0, 0.999), data=st.data())
    def resume_a_damaged_file(self, fraction: float, data: st.DataObject) -> None:
        whole = self.path.read_bytes()
        length = int(fraction * len(whole))
        damaged = self.folder / "damaged"
        damaged.write_bytes(whole[:length])
        model = dropping()
        before = numbers(model), model.extra_state()
        with pytest.raises(ValueError, match="damaged"):
            trained(self.case, model, EPOCHS, checkpoint=damaged)
        assert (numbers(model), model.extra_state()) == before
        damaged.unlink()

    @precondition(lambda self: self.path.exists())
    @rule()
    def resume_with_other_settings(self) -> None:
        model = dropping()
        before = numbers(model)
        with pytest.raises(ValueError, match="another seed"):
            trained(self.case, model, EPOCHS, checkpoint=self.path, seed=1)
        assert numbers(model) == before

    # ---- what is always so

    @invariant()
    def the_checkpoint_is_an_epoch_of_the_undisturbed_training(self) -> None:
        if getattr(self, "path", None) and self.path.exists():
            arrays, metadata = load(self.path)
            model = dropping()
            model.load_state_dict(
                {k.removeprefix("model."): a for k, a in arrays.items() if k.startswith("model.")}
            )
            assert numbers(model) == undisturbed(self.case)[len(metadata["epochs"])]


TestTrainings = Trainings.TestCase
TestTrainings.settings = settings(
    max_examples=50, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
