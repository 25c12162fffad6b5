"""The compiled step: loss, gradient and the optimiser's rule of a batch as one straight-line program.

`autograd.compile` traces them as a function of the batch, the optimiser's memories and rates, and the
parameters. A step of pure functions does the same at every call, so its program can take its place.
Purity is declared (see `nn.purity`); where it is only promised, by ``compiled=True``, each program is
checked against an eager step.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from math import isfinite
from typing import Any, NamedTuple

from autograd import compile, no_grad  # noqa: A004
from nn.data import Data, batches
from nn.eager_step import EagerStep
from nn.evaluation import Loss
from nn.module import PLAIN, Module, attributes
from nn.optimisers import Optimiser
from nn.purity import is_pure
from nn.step_check import difference
from nn.traced_step import StepResult, traced_step

__all__ = ["CompiledStep"]

# A program takes as long to make as some tens of eager steps. So each training begins with a few of
# these, the same ones when it is resumed, and stays eager once many programs have become invalid.
WARM_UP, PROGRAMS = 10, 10


class CompiledStep(EagerStep):
    """An `EagerStep` whose updates after the first few run as compiled code, one program per batch size.

    An update stays eager where the loss refuses one of the targets (the eager step raises the error in
    the target's batch), where a result is not finite (likewise), and where some parameters have made
    more steps than others.

    Args:
        model, loss, optimiser, clip: as for `EagerStep`; the parameters are Tensors of one precision.
        data: the examples of all batches.
        promised: whether to compile also what is not declared pure. Such a program is checked against
            an eager step when it is made, and again after every `refresh`.

    Attributes:
        is_declared: whether model, loss and rule are declared pure.
    """

    is_compiled = True

    def __init__(
        self,
        model: Module,
        loss: Loss,
        optimiser: Optimiser,
        clip: float | None,
        data: Data,
        *,
        promised: bool,
    ) -> None:
        super().__init__(model, loss, optimiser, clip)
        self._data = data
        self._promised = promised
        self._precision = self._parameters[0].dtype
        self._programs: dict[int, _Program | None] = {}  # None: this size stays eager
        self._left = PROGRAMS
        self._unchecked: set[int] = set()
        self._constants: list[Any] = []
        self._held: list[Any] = []
        self.refresh()

    def __call__(self, batch: Data, number: int) -> float:
        program = self._program(batch) if number >= WARM_UP else None
        result = self._run(program, batch) if program else None
        if program is None or result is None or not isfinite(result.loss + result.slope):
            return super().__call__(batch, number)
        for index, data, memory in zip(program.moved, result.data, result.memories, strict=True):
            self._optimiser.move(index, data, memory)
        return result.loss

    def refresh(self) -> None:
        self.is_declared = self._model.is_pure and is_pure(self._loss) and is_pure(self._optimiser.moved)
        held = [item for module in self._model.modules() for item in attributes(module)]
        constants: list[Any] = [self._optimiser.settings]
        for name, x in held:
            if not name.startswith("_"):  # see `Module`
                constants.append((name, x if isinstance(x, PLAIN) else id(x)))
        if constants != self._constants:
            self._constants = constants
            self._held = held  # so that no other object gets one of these identities
            self._programs.clear()
            self._unchecked.clear()
        elif not self.is_declared:
            self._unchecked.update(self._programs)

    def _program(self, batch: Data) -> _Program | None:
        """The program for batches of this size, checked if need be; None if there is none."""
        size = len(batch)
        if size in self._unchecked:
            self._unchecked.discard(size)
            program = self._programs[size]
            if program and self._difference(program, batch, *self._eager_gradients(batch)):
                del self._programs[size]
        if size not in self._programs:
            self._programs[size] = self._compile(batch)
        return self._programs[size]

    def _compile(self, batch: Data) -> _Program | None:
        allowed = self.is_declared or self._promised
        if not allowed or not self._left or not self._takes_all_targets:
            return None
        self._left -= 1
        loss, gradients = self._eager_gradients(batch)
        moved = list(gradients)
        if not moved or self._optimiser.rates(moved) is None:
            return None
        parts = self._model, self._loss, self._optimiser, moved, self._clip, not self.is_declared
        program = _Program(moved, self._coded(partial(traced_step, *parts)))
        try:
            self._run(program, batch)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise ValueError(
                f"the step cannot be compiled: {error}; give fit compiled=False to train eagerly"
            ) from error
        found = None if self.is_declared else self._difference(program, batch, loss, gradients)
        if found:
            raise ValueError(
                f"compiled=True, but the compiled step and an eager step differ in {found}: model, loss "
                "or optimiser draw random numbers, count, keep arrays or treat Tensors and arrays "
                "differently; leave out compiled=True to train eagerly"
            )
        return program

    def _coded(self, step: Callable[..., StepResult]) -> Callable[..., StepResult]:
        return compile(step)

    def _memory(self, index: int) -> dict[str, Any]:
        return self._optimiser.memory(index)

    def _run(self, program: _Program, batch: Data) -> StepResult | None:
        """What a program computes, without updating anything; None if its rates differ by parameter."""
        rates = self._optimiser.rates(program.moved)
        if rates is None:
            return None
        memories = [self._memory(index) for index in program.moved]
        inputs, targets = batch.inputs.astype(self._precision, copy=False), batch.targets
        if targets.dtype.kind == "f":
            targets = targets.astype(self._precision, copy=False)
        weights = [] if batch.weights is None else [batch.weights.astype(self._precision, copy=False)]
        result: StepResult = program.code(rates, memories, inputs, targets, *weights)
        return result

    @cached_property
    def _takes_all_targets(self) -> bool:
        """Whether the loss refuses no target. Programs do not look at targets, so it is tried once."""
        try:
            with no_grad():
                for part in batches(self._data, 1000, shuffle=False):
                    part.loss_of(self._loss, self._model(part.inputs))
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return False
        return True

    def _eager_gradients(self, batch: Data) -> tuple[float, dict[int, Any]]:
        """The loss, and the clipped gradient of each parameter that has one, by the optimiser's index."""
        loss = self._differentiate(batch)
        gradients = {i: p.grad for i, p in enumerate(self._optimiser.parameters) if p.has_grad}
        self._model.zero_grad()
        return loss, gradients

    def _difference(
        self, program: _Program, batch: Data, loss: float, gradients: dict[int, Any]
    ) -> str | None:
        """Where a program and the eager step of this loss and gradients differ, in words; or None."""
        result = self._run(program, batch) if program.moved == list(gradients) else None
        if result is None:
            return "the parameters that move"
        return difference(result, loss, gradients, self._optimiser)


class _Program(NamedTuple):
    """Compiled code, and the indices of the optimiser's parameters that it moves."""

    moved: list[int]
    code: Callable[..., StepResult]
