"""One step of a training: eagerly, or as compiled code where that is the same thing.

The loss of a batch, its gradient by backprop and the optimiser's rule are one function of the batch, the
parameters and the optimiser's memories: `autograd.compile` makes straight-line code of it, in which
nothing is recorded and the arrays in between are used again and again.

It is the same thing only if the model, the loss and the rule do at every step what they did at the first.
So copies of them are run as to be compiled, twice. If both runs recorded the same operations with the same
constants, and left all that the copies hold or name as it was, nothing was drawn at random, counted or kept.
"""

from __future__ import annotations

import sys
from collections import deque
from copy import deepcopy
from functools import partial
from math import isfinite
from types import FunctionType
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from autograd import Tensor, compile, no_grad  # noqa: A004
from autograd.compiler.compiled import Compiled, dry_run
from autograd.differentiation.graph import Graph
from autograd.differentiation.linearization import Linearization
from autograd.differentiation.methods.backprop import backprop
from autograd.recording.node import Node
from autograd.recording.order import topological
from autograd.rules.primitive import Primitive
from nn.data import Data, batches
from nn.evaluation import Loss
from nn.module import Module
from nn.optimisers import Optimiser, clip_gradients, length_of

__all__ = ["Step"]

# Code takes as long to make as some tens of eager steps. So a training begins with a few of these (the
# same few, however often it is broken off and resumed), and gives up where code never stays valid.
WARM_UP, PROGRAMS = 10, 10


class Step:
    """A step down the gradient of a batch, as often as it is called.

    Args:
        model: in the mode for training.
        data: the examples that all batches are of.
        loss: of the model's outputs and the targets.
        optimiser: of some of its parameters.
        clip: the norm that longer gradients are shortened to, or None.
        compiled: whether to run compiled code where that is the same thing.
    """

    def __init__(
        self,
        model: Module,
        data: Data,
        loss: Loss,
        optimiser: Optimiser,
        clip: float | None,
        *,
        compiled: bool,
    ) -> None:
        self._model = model
        self._data = data
        self._loss = loss
        self._optimiser = optimiser
        self._clip = clip
        self._parameters = model.parameters()
        precisions = {p.dtype if isinstance(p, Tensor) else None for p in self._parameters}
        possible = len(precisions) == 1 and None not in precisions
        possible = possible and getattr(optimiser.step, "__func__", None) is Optimiser.step
        self._left = PROGRAMS if compiled and possible else 0
        self._programs: dict[int, _Program | None] = {}
        self._sure: set[int] = set()

    def __call__(self, batch: Data, number: int) -> float:
        """Make a step, of that number in the whole training, from 0 on; gives the loss before it.

        Raises:
            ArithmeticError: the loss or its gradient is no finite number; nothing was updated.
        """
        loss = self._run(batch) if self._left and number >= WARM_UP else None
        return self._eager(batch) if loss is None else loss

    def look_again(self) -> None:
        """Make sure that what was compiled is still the same thing: the model or the loss may be changed."""
        self._sure = {size for size, program in self._programs.items() if program is None}

    # ---- eagerly

    def _eager(self, batch: Data) -> float:
        value = self._differentiate(batch)
        if self._clip is not None:
            clip_gradients(self._optimiser.parameters, self._clip)
        self._optimiser.step()
        return value

    def _differentiate(self, batch: Data) -> float:
        for parameter in self._parameters:
            parameter.grad = None
        result = self._loss(self._model(batch.inputs), batch.targets)
        value = float(result.data)
        if not isfinite(value):
            raise FloatingPointError(f"the loss is {value}")
        result.backward(retain_graph=False)
        for parameter in self._optimiser.parameters:
            if parameter.grad is not None and not np.isfinite(parameter.grad).all():
                raise FloatingPointError(f"the loss is {value:.4g}, but its gradient not finite")
        return value

    # ---- compiled

    def _run(self, batch: Data) -> float | None:
        """The same by compiled code; None if nothing was done, as it might not be the same."""
        size, precision = len(batch), self._parameters[0].dtype
        inputs, targets = batch.inputs.astype(precision, copy=False), batch.targets
        if targets.dtype.kind == "f":
            targets = targets.astype(precision, copy=False)
        if size not in self._sure:
            self._sure.add(size)
            self._programs[size] = self._program(batch, inputs, targets)
        program = self._programs[size]
        found = self._found(program, inputs, targets) if program else None
        if program is None or found is None or not isfinite(found.loss + found.slope):
            return None
        for index, data, memory in zip(program.form.moved, found.data, found.memories, strict=True):
            self._optimiser.move(index, data, memory)
        return found.loss

    def _found(self, program: _Program, inputs: Any, targets: Any) -> _Found | None:
        rates = self._optimiser.rates(program.form.moved)
        if rates is None:
            return None
        try:
            memories = [self._optimiser.memory(index) for index in program.form.moved]
            found: _Found = program.code(rates, memories, inputs, targets)
        except Exception:  # the eager step knows what to say
            return None
        return found

    def _program(self, batch: Data, inputs: Any, targets: Any) -> _Program | None:
        """The code for batches of this size: the old, if it still holds, or new; None if there is none."""
        generators = self._model.extra_state()
        try:
            shared = {id(p): p for p in self._model.parameters()}
            parts = *_, optimiser = deepcopy((self._model, self._loss, self._optimiser), shared)
            optimiser.load_state_dict({})  # what it remembers is given at every step, and need not be kept
            look = partial(dry_run, partial(_form, *parts), inputs, targets)
            old = self._programs.get(len(batch))
            if old and look() == old.form:
                return old
            before, form = _told(parts), look()
            rule = partial(_rule, optimiser, form.moved)
            alike = look() == form and rule() == rule() and _told(parts) == before
            if not alike or not form.moved:
                return None
            if self._left == PROGRAMS:
                self._try_targets(form.shape)
            self._left -= 1
            step = partial(_moving, *parts, form.moved, self._clip)
            program = _Program(form, compile(step))
            found = self._found(program, inputs, targets)
            return program if found and self._agrees(found, batch) else None
        except Exception:  # whatever it is, the eager step will meet it, or can do without
            return None
        finally:
            self._model.load_extra_state(generators)

    def _try_targets(self, shape: tuple[int, ...]) -> None:
        """Have the loss look at all targets, which it cannot do when it is compiled, beside any outputs."""
        with no_grad():
            for part in batches(self._data, 1000, shuffle=False):
                zeros = np.zeros((len(part), *shape), self._parameters[0].dtype)
                self._loss(Tensor(zeros), part.targets)

    def _agrees(self, found: _Found, batch: Data) -> bool:
        """Whether code finds the loss and the slope that the eager step does, but for rounding.

        It does not where the loss asks of what kind its targets are, which are numbers that record here.
        """
        value = self._differentiate(batch)
        gradients = [p.grad for p in self._optimiser.parameters if p.grad is not None]
        self._model.zero_grad()
        slope, size = (sum(float(f(g).sum()) for g in gradients) for f in (np.asarray, np.abs))
        near = float(np.finfo(self._parameters[0].dtype).eps) ** 0.25
        pairs = [(found.loss, value, abs(value)), (found.slope, slope, size)]
        return all(abs(one - other) <= near * (scale + near) for one, other, scale in pairs)


def _form(model: Module, loss: Loss, optimiser: Optimiser, x: Tensor, y: Tensor) -> _Form:
    """What is recorded of the loss of a batch."""
    start, outputs = Tensor(0.0), model(x)
    result = loss(outputs, y)
    reached = {result}
    for v in reversed(topological(result)):
        if v in reached and (v.primitive is None or v.primitive.differentiable):
            reached.update(v.inputs)
    moved = [i for i, p in enumerate(optimiser.parameters) if p in reached]
    settings = [_told(optimiser.settings), *map(_Same, optimiser.parameters)]
    return _Form(_recorded([result], [x, y], start), outputs.shape[1:], moved, settings)


def _rule(optimiser: Optimiser, moved: list[int]) -> list[Any]:
    """What is recorded of the rule, of any numbers."""
    parameters = [optimiser.parameters[i] for i in moved]
    gradients = [np.zeros(p.shape, p.dtype) for p in parameters]
    memories = [optimiser.memory(i) for i in moved]

    def run(rates: Any, gradients: Any, memories: Any) -> list[Any]:
        start, given = Tensor(0.0), [*rates, *gradients, *(v for m in memories for v in m.values())]
        data = [optimiser.moved(*each, rates) for each in zip(parameters, gradients, memories, strict=True)]
        return _recorded([*data, *(v for m in memories for v in m.values())], given, start)

    operations: list[Any] = dry_run(run, optimiser.rates([0]), gradients, memories)
    return operations


def _recorded(roots: list[Any], given: list[Any], start: Tensor) -> list[Any]:
    """The operations, each with the places of its inputs; what is given, and leaves, are told apart."""
    nodes = topological(*roots)
    places = {v: i for i, v in enumerate(nodes)}
    inputs: dict[Node, int] = {v: i for i, v in enumerate(given)}
    operations: list[Any] = []
    for v in nodes:
        if v.inputs:
            operations.append((_told(v.primitive), [places[source] for source in v.inputs]))
        elif v in inputs:
            operations.append(inputs[v])
        else:  # a leaf from before is read at every run, and the rest the same for ever
            is_read = v.older_than(start) and not v.is_constant
            operations.append(_Same(v) if is_read else _told(v.data))
    return operations


def _moving(
    model: Module,
    loss: Loss,
    optimiser: Optimiser,
    moved: list[int],
    clip: float | None,
    rates: Any,
    memories: Any,
    x: Tensor,
    y: Tensor,
) -> _Found:
    """The step as it is compiled: a function of its last four arguments, and of the parameters."""
    parameters = [optimiser.parameters[i] for i in moved]
    result = loss(model(x), y)
    gradients = backprop(Linearization(Graph(result), [parameters]))
    slope = sum(np.sum(g) for g in gradients)
    if clip is not None:
        unit, length = length_of(gradients)
        scale = np.where(unit * length > clip, clip / length, unit)
        gradients = [g / unit * scale for g in gradients]
    steps = zip(parameters, gradients, memories, strict=True)
    data = [optimiser.moved(p, g, memory, rates) for p, g, memory in steps]
    return _Found(result, slope, data, memories)


class _Form(NamedTuple):
    """All that code depends on.

    Attributes:
        operations: what was recorded, each operation with the places of its inputs.
        shape: that of an example's outputs.
        moved: the indices of the optimiser's parameters that the loss moves with.
        settings: of the optimiser, and its parameters.
    """

    operations: list[Any]
    shape: tuple[int, ...]
    moved: list[int]
    settings: list[Any]


class _Program(NamedTuple):
    form: _Form
    code: Compiled


class _Found(NamedTuple):
    """What a step comes to.

    Attributes:
        loss: before it.
        slope: the sum of all elements of the gradient: no finite number if one of them is none.
        data, memories: for each parameter that is moved.
    """

    loss: float
    slope: float
    data: list[Any]
    memories: list[dict[str, Any]]


# ---- what can be compared


class _Same:
    """A thing that is like nothing but itself."""

    def __init__(self, thing: Any) -> None:
        self._thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._thing is other._thing

    __hash__ = object.__hash__


# What these keep, another run of a model does not notice.
_LIBRARIES = {"autograd", "nn", "numpy", *sys.stdlib_module_names}


def _told(x: Any, met: dict[int, Any] | None = None) -> Any:
    """What tells a thing from others, as it is now, with all that is in it, and that its code names.

    It is only to be compared. What has no parts is told by itself, and so are nodes, whose numbers change.

    Raises:
        ValueError: there is too much in it.
    """
    if isinstance(x, (bool, int, float, str, bytes, type(None))):
        return x
    met = {} if met is None else met
    if id(x) in met:
        return "again", met[id(x)][0]
    if len(met) > 10_000:
        raise ValueError("there is too much to be told")
    met[id(x)] = len(met), x  # which keeps it, so that no other gets its id
    tell = partial(_told, met=met)
    if isinstance(x, Node):
        return _Same(x)
    if isinstance(x, Primitive):
        return x.name, tell(x.forward)
    if isinstance(x, np.ndarray) and x.dtype != object:
        return x.shape, x.dtype, crc32(np.ascontiguousarray(x).data)
    if isinstance(x, dict):
        return [(key, tell(item)) for key, item in x.items()]
    if isinstance(x, (list, tuple, deque)):
        return [type(x), *map(tell, x)]
    if isinstance(x, FunctionType):  # rows are made anew, as that for an index: by the same code
        told = x.__code__, [tell(cell.cell_contents) for cell in x.__closure__ or ()]
        if not _is_own(x):
            return told
        named = [x.__globals__.get(name) for name in x.__code__.co_names]
        return *told, tell([x.__defaults__, x.__kwdefaults__, vars(x), named])
    if isinstance(x, type):
        return _Same(x), tell([x.__bases__, dict(vars(x))]) if _is_own(x) else None
    try:
        return tell(x.__func__ if isinstance(x, (staticmethod, classmethod)) else x.__reduce_ex__(4))
    except TypeError:  # there is nothing that a copy could be made from
        return _Same(x)


def _is_own(x: Any) -> bool:
    """Whether a function or class is the user's."""
    return str(x.__module__).partition(".")[0] not in _LIBRARIES
