"""Optimisers: rules that update parameters by their gradients, the same as PyTorch's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from math import inf, isfinite
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Value
from autograd.recording.node import Node
from autograd.rules.scalars import sqrt
from nn.conversion import array_of
from nn.module import NodeList
from nn.purity import pure

__all__ = ["SGD", "Adam", "AdamW", "Optimiser"]


class Optimiser:
    """The base of optimisers: the parameters, the rate, and a memory for each parameter.

    A subclass defines the rule, `moved`. Its arithmetic runs on arrays, on single numbers and on
    numbers that record, so that one optimiser serves Tensors and Values, and its rule can be compiled.
    A parameter whose ``grad`` is None is left unchanged, and so is its memory.

    Args:
        parameters: the leaves to update, usually ``model.parameters()``.
        rate: the learning rate.
        weight_decay: the factor by which parameters are drawn to zero.

    Attributes:
        remembers: of the class: what a parameter's memory may hold, under the names in `state_dict`.

    Raises:
        TypeError: a parameter is neither a Tensor nor a Value.
        ValueError: there are no parameters, one is given twice or is not a leaf, or the rate or the
            decay is out of range.
    """

    remembers: tuple[str, ...] = ()

    def __init__(self, parameters: Iterable[Any], rate: float, weight_decay: float = 0) -> None:
        self.parameters = NodeList(_leaves(parameters))
        self.rate = rate
        if not self.rate:
            raise ValueError("the learning rate must be greater than 0: at 0 nothing is learnt")
        self.weight_decay = _number("the weight decay", weight_decay, 0, inf)
        self._memories: list[dict[str, Any]] = [{} for _ in self.parameters]
        self._steps = [0 for _ in self.parameters]

    @property
    def rate(self) -> float:
        """The learning rate. It may be changed at any time, also to 0, at which nothing moves.

        Raises:
            ValueError: it is set to anything but a finite number of at least 0.
        """
        return self._rate

    @rate.setter
    def rate(self, rate: float) -> None:
        self._rate = _number("the learning rate", rate, 0, inf)

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that updates depend on except parameters and rate, by name."""
        return {"weight_decay": self.weight_decay}

    def step(self) -> None:
        """Update every parameter once, by its gradient."""
        rates = {steps: self._rates(steps + 1) for steps in set(self._steps)}
        for index, (parameter, memory) in enumerate(zip(self.parameters, self._memories, strict=True)):
            if parameter.has_grad:
                now = rates[self._steps[index]]
                parameter.update(partial(self.moved, gradient=parameter.grad, memory=memory, rates=now))
                self._steps[index] += 1

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        # Updates write to the memories, and joblib gives arrays that share a read-only file.
        self._memories = [
            {name: np.array(x) if isinstance(x, np.ndarray) else x for name, x in memory.items()}
            for memory in self._memories
        ]

    def zero_grad(self) -> None:
        """Clear the gradients, which otherwise accumulate from one backward to the next."""
        for parameter in self.parameters:
            parameter.grad = None

    def __repr__(self) -> str:
        settings = "".join(f", {name}={value!r}" for name, value in self.settings.items())
        return f"{type(self).__name__}({len(self.parameters)} parameters, rate={self.rate!r}{settings})"

    def _rates(self, step: int) -> tuple[float, ...]:
        """The numbers in the rule that may differ from step to step; the first step is number 1."""
        return (self.rate,)

    def moved(self, data: Any, gradient: Any, memory: dict[str, Any], rates: Sequence[Any]) -> Any:
        """The rule: a parameter's data after one step. Declare it by `nn.pure` to have it compiled.

        Args:
            data: of the parameter, before the step.
            gradient: of the same shape.
            memory: of the parameter, by the names in `remembers`, empty before the first step. The
                rule puts into it what the next step needs.
            rates: as `_rates` gives them for this step.
        """
        raise NotImplementedError

    # The next five are for code that applies the rule to Tensors itself.

    def rates(self, indices: Iterable[int]) -> tuple[float, ...] | None:
        """The rates of the next step; None if they differ among these parameters."""
        steps = {self._steps[index] for index in indices}
        found = {self._rates(step + 1) for step in steps}
        return found.pop() if len(found) == 1 else None

    def memory(self, index: int) -> dict[str, Any]:
        """The memory of a parameter, as arrays: zeros before its first step."""
        parameter, memory = self.parameters[index], self._memories[index]
        if not memory:
            zeros = np.zeros(parameter.shape, parameter.dtype)
            return {name: zeros for name in self.remembers if name != "steps"}
        return {name: np.asarray(array) for name, array in memory.items()}

    def move(self, index: int, data: Any, memory: dict[str, Any]) -> None:
        """Complete a step of a parameter: set the data and the memory that the rule gave."""
        self.put(index, data, memory)
        self.count([index])

    def put(self, index: int, data: Any, memory: dict[str, Any]) -> None:
        """Set the data and the memory of a parameter."""
        self.parameters[index].update(lambda old: data)
        self._memories[index] = memory

    def count(self, indices: Iterable[int]) -> None:
        """Count a step of each of these parameters."""
        for index in indices:
            self._steps[index] += 1

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Copies of the memories: ``"3.momentum"`` is the momentum of the parameter with index 3."""
        return {
            f"{index}.{name}": np.array(steps if name == "steps" else memory[name], order="C")
            for index, (steps, memory) in enumerate(zip(self._steps, self._memories, strict=True))
            for name in self.remembers
            if memory
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set the memories that `state_dict` gave; an error leaves the optimiser unchanged.

        Raises:
            TypeError: the state is not a dict of arrays of real numbers.
            ValueError: the state is of other parameters or of another kind of optimiser.
        """
        if not isinstance(state, Mapping):
            raise TypeError(
                f"the state of an optimiser must be a dict, as state_dict() gives it, not {state!r:.60}"
            )
        memories: list[dict[str, Any]] = [{} for _ in self.parameters]
        for key, value in state.items():
            number, _, name = str(key).partition(".")
            if not number.isdecimal() or int(number) >= len(memories) or name not in self.remembers:
                raise ValueError(
                    f"{key!r} is not part of the state of {type(self).__name__} with {len(memories)} "
                    "parameters: load the state of the same kind of optimiser, for the same network"
                )
            parameter, array = self.parameters[int(number)], array_of(value, f"the numbers of {key!r}")
            expected = () if name == "steps" else np.shape(parameter.data)
            if array.shape != expected:
                raise ValueError(
                    f"{key!r} must have the shape {expected} of its parameter, not {array.shape}"
                )
            if name == "steps":
                if array.dtype.kind not in "iu" or array < 1:
                    raise ValueError(
                        f"{key!r} must be a whole number of steps, at least 1, not {value!r:.40}"
                    )
                memories[int(number)][name] = int(array)
            elif isinstance(parameter, Value):
                memories[int(number)][name] = float(array)
            else:
                memories[int(number)][name] = array.astype(parameter.dtype, order="C")
        for index, memory in enumerate(memories):
            if memory and len(memory) != len(self.remembers):
                missing = next(name for name in self.remembers if name not in memory)
                raise ValueError(f"'{index}.{missing}' is missing from the state of the optimiser")
        self._steps = [memory.pop("steps", 0) for memory in memories]
        self._memories = memories


class SGD(Optimiser):
    """Gradient descent, stochastic if the gradient is of a batch: ``p -= rate · g``.

    With momentum (B. T. Polyak, "Some methods of speeding up the convergence of iteration methods",
    1964) the step is along a velocity ``v = momentum · v + g``; with Nesterov's, along
    ``g + momentum · v`` (I. Sutskever et al., "On the importance of initialization and momentum in
    deep learning", ICML 2013, section 2). Weight decay adds ``weight_decay · p`` to the gradient.

    Raises:
        TypeError: a parameter is neither a Tensor nor a Value.
        ValueError: there are no parameters, one is given twice or is not a leaf, a number is out of
            range, or ``nesterov`` is set and the momentum is 0.
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        rate: float,
        *,
        momentum: float = 0,
        nesterov: bool = False,
        weight_decay: float = 0,
    ) -> None:
        super().__init__(parameters, rate, weight_decay)
        self.momentum = _number("the momentum", momentum, 0, 1)
        if nesterov and not momentum:
            raise ValueError("Nesterov's momentum needs a momentum greater than 0, such as momentum=0.9")
        self.nesterov = bool(nesterov)
        self.remembers = ("momentum",) if self.momentum else ()

    @property
    def settings(self) -> dict[str, Any]:
        return {"momentum": self.momentum, "nesterov": self.nesterov, **super().settings}

    @pure
    def moved(self, data: Any, gradient: Any, memory: dict[str, Any], rates: Sequence[Any]) -> Any:
        (rate,) = rates
        if self.weight_decay:
            gradient = gradient + self.weight_decay * data
        if self.momentum:
            velocity = memory.get("momentum", 0.0) * self.momentum + gradient
            memory["momentum"] = velocity
            gradient = gradient + self.momentum * velocity if self.nesterov else velocity
        return data - rate * gradient


class Adam(Optimiser):
    """Steps of similar length for every parameter, however large its gradients are.

    ``p -= rate · m / (√v + epsilon)``, where m and v are running means of the gradient and of its
    square, each divided by ``1 - beta^t``, since they start at 0. D. P. Kingma and J. Ba, "Adam: a
    method for stochastic optimization", ICLR 2015, algorithm 1. Weight decay adds
    ``weight_decay · p`` to the gradient.

    Raises:
        TypeError: a parameter is neither a Tensor nor a Value.
        ValueError: there are no parameters, one is given twice or is not a leaf, or a number is out of range.
    """

    remembers = ("steps", "first_moment", "second_moment")

    def __init__(
        self,
        parameters: Iterable[Any],
        rate: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0,
    ) -> None:
        super().__init__(parameters, rate, weight_decay)
        if not isinstance(betas, Sequence) or len(betas) != 2:
            raise ValueError(f"betas must be two numbers, such as (0.9, 0.999), not {betas!r}")
        self.betas = (_number("the first beta", betas[0], 0, 1), _number("the second beta", betas[1], 0, 1))
        self.epsilon = _number("epsilon", epsilon, 0, inf)

    @property
    def settings(self) -> dict[str, Any]:
        return {"betas": list(self.betas), "epsilon": self.epsilon, **super().settings}

    def _rates(self, step: int) -> tuple[float, ...]:
        # Numerator and denominator are both multiplied by √(1 - beta2^t), which saves dividing v
        # (section 2).
        beta1, beta2 = self.betas
        scale = (1 - beta2**step) ** 0.5
        return self.rate * scale / (1 - beta1**step), self.epsilon * scale

    @pure
    def moved(self, data: Any, gradient: Any, memory: dict[str, Any], rates: Sequence[Any]) -> Any:
        if self.weight_decay:
            gradient = gradient + self.weight_decay * data
        return data - self._move(gradient, memory, rates)

    def _move(self, gradient: Any, memory: dict[str, Any], rates: Sequence[Any]) -> Any:
        (beta1, beta2), (rate, epsilon) = self.betas, rates
        m, v = [memory[name] if memory else 0.0 * gradient for name in ("first_moment", "second_moment")]
        # In place where they are arrays, for speed.
        m *= beta1
        m += (1 - beta1) * gradient
        v *= beta2
        v += (1 - beta2) * (gradient * gradient)
        memory.update(first_moment=m, second_moment=v)
        denominator = sqrt.forward(v)
        denominator += epsilon
        move = m / denominator
        move *= rate
        return move


class AdamW(Adam):
    """`Adam` with decay apart from the gradient: each step first subtracts ``rate · weight_decay · p``.

    So all parameters decay alike; in Adam those with large gradients decay less. I. Loshchilov and
    F. Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2.

    Raises:
        TypeError: a parameter is neither a Tensor nor a Value.
        ValueError: there are no parameters, one is given twice or is not a leaf, or a number is out of range.
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        rate: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, rate, betas=betas, epsilon=epsilon, weight_decay=weight_decay)

    def _rates(self, step: int) -> tuple[float, ...]:
        return *super()._rates(step), 1 - self.rate * self.weight_decay

    @pure
    def moved(self, data: Any, gradient: Any, memory: dict[str, Any], rates: Sequence[Any]) -> Any:
        *adaptive, kept = rates
        return data * kept - self._move(gradient, memory, adaptive)


def _leaves(parameters: Iterable[Any]) -> list[Any]:
    leaves = list(parameters) if isinstance(parameters, Iterable) else [parameters]
    if not leaves:
        raise ValueError("an optimiser needs at least one parameter, and there are none")
    for leaf in leaves:
        if not isinstance(leaf, Node):
            raise TypeError(
                "an optimiser needs a list of Tensors or Values, such as model.parameters(), "
                f"not of {type(leaf).__name__} {leaf!r:.40}"
            )
        if leaf.primitive is not None:
            raise ValueError(
                f"an optimiser updates leaves, and {leaf!r:.60} is a result: give the leaves it depends on"
            )
    if len({id(leaf) for leaf in leaves}) < len(leaves):
        raise ValueError("a parameter is given to the optimiser twice, and each step would update it twice")
    return leaves


def _number(what: str, number: float, least: float, below: float) -> float:
    if not isinstance(number, Real) or not isfinite(number) or not least <= number < below:
        bounds = f"from {least} to below {below}" if isfinite(below) else f"of at least {least}"
        raise ValueError(f"{what} must be a finite number {bounds}, not {number!r}")
    return float(number)
