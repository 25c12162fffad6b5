"""The step on JAX: the program of a `CompiledStep`, with every batch divided over JAX's devices.

This is data parallelism. Each device has all parameters and a share of the examples; XLA adds up the shares
of the loss and the gradient, and every device makes the same update. Parameters and the optimiser's memories
stay on the devices from the first update of an epoch to the last.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from numbers import Integral
from typing import Any

import numpy as np

from autograd.compiler.jax_function import JaxProgram, jax_program, require_jax
from autograd.recording.node import Node
from autograd.transforms.containers import flatten
from nn.compiled_step import CompiledStep
from nn.data import Data
from nn.eager_step import EagerStep
from nn.evaluation import Loss
from nn.module import Module
from nn.optimisers import Optimiser
from nn.traced_step import StepResult

__all__ = ["JaxStep"]


class JaxStep(CompiledStep):
    """A `CompiledStep` that runs on JAX's devices, from the first update on.

    Args:
        model, loss, optimiser, clip, data, promised: as for `CompiledStep`.
        devices: how many devices to use; None for all.
        size: the number of examples of a batch, the last perhaps excepted.

    Raises:
        ImportError: JAX is missing.
        ValueError: there are not so many devices, or they do not divide a batch.
    """

    def __init__(
        self,
        model: Module,
        loss: Loss,
        optimiser: Optimiser,
        clip: float | None,
        data: Data,
        *,
        promised: bool,
        devices: int | None,
        size: int,
    ) -> None:
        self._layout = _Layout(devices, size)
        self._numbers: dict[Node, Any] = {}
        self._memories: dict[int, dict[str, Any]] = {}
        super().__init__(model, loss, optimiser, clip, data, promised=promised)

    def __call__(self, batch: Data, number: int) -> float:
        if len(batch) not in self._programs or len(batch) in self._unchecked:
            self.finish()  # a program is made and checked beside the eager step
        program = self._program(batch)
        result = self._run(program, batch) if program else None
        if program is None or result is None or not isfinite(float(result.loss) + float(result.slope)):
            self.finish()
            return EagerStep.__call__(self, batch, number)
        for index, data, memory in zip(program.moved, result.data, result.memories, strict=True):
            self._numbers[self._optimiser.parameters[index]] = data
            self._memories[index] = memory
        self._optimiser.count(program.moved)
        return float(result.loss)

    def finish(self) -> None:
        """Copy parameters and memories from the devices to the model and the optimiser."""
        for index, memory in self._memories.items():
            data = self._numbers[self._optimiser.parameters[index]]
            arrays = {name: np.array(array) for name, array in memory.items()}
            self._optimiser.put(index, np.array(data), arrays)
        self._numbers.clear()
        self._memories.clear()

    def _coded(self, step: Callable[..., StepResult]) -> Callable[..., StepResult]:
        program: JaxProgram | None = None

        def run(rates: Any, memories: Any, *batch: Any) -> StepResult:
            nonlocal program
            with self._layout.jax.enable_x64(True):
                if program is None:
                    program = jax_program(step, (rates, memories, *batch))
                    program = program._replace(run=self._layout.compiled(program.run))
                numbers = [*rates, *map(self._layout.everywhere, flatten(memories)[0])]
                numbers += [self._layout.divided(x) for x in batch]
                for leaf in program.read:
                    if leaf not in self._numbers:
                        self._numbers[leaf] = self._layout.everywhere(leaf._data)
                outputs = program.run(numbers, [self._numbers[leaf] for leaf in program.read])
            result: StepResult = program.structure.unflatten(outputs)
            return result._replace(gradients=[np.asarray(gradient) for gradient in result.gradients])

        return run

    def _memory(self, index: int) -> dict[str, Any]:
        kept = self._memories.get(index)
        return self._optimiser.memory(index) if kept is None else kept


class _Layout:
    """How arrays lie on the devices: all of one on each, or a share of the examples.

    Attributes:
        jax: the package.
    """

    def __init__(self, devices: Any, size: int) -> None:
        self.jax = require_jax()
        found = self.jax.devices()
        if devices is not None and (not isinstance(devices, Integral) or devices < 1):
            raise ValueError(f"devices must be a whole number of at least 1, not {devices!r:.40}")
        if devices is not None and int(devices) > len(found):
            raise ValueError(
                f"devices={devices}, but JAX has {len(found)}: give fewer, or on a CPU set the environment "
                f"variable XLA_FLAGS=--xla_force_host_platform_device_count={devices} before starting Python"
            )
        self._count = len(found) if devices is None else int(devices)
        if size % self._count:
            raise ValueError(
                f"the {self._count} devices do not divide a batch of {size} examples: give a batch_size that "
                f"is a multiple of {self._count}, or fewer devices"
            )
        sharding = self.jax.sharding
        mesh = sharding.Mesh(np.array(found[: self._count]), ("examples",))
        self._whole = sharding.NamedSharding(mesh, sharding.PartitionSpec())
        self._shares = sharding.NamedSharding(mesh, sharding.PartitionSpec("examples"))

    def everywhere(self, array: Any) -> Any:
        return self.jax.device_put(array, self._whole)

    def divided(self, array: Any) -> Any:
        """Give each device its share of the examples, or all of them if the shares would be unequal."""
        return self.jax.device_put(array, self._whole if len(array) % self._count else self._shares)

    def compiled(self, run: Callable[..., Any]) -> Any:
        return self.jax.jit(run, out_shardings=self._whole)
