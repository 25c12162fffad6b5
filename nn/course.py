"""`Course`: a training that goes update by update, forwards and back, and can be changed on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import gradient
from nn.checks import check_model, check_optimiser
from nn.conversion import unwrap
from nn.course_state import CourseState, Recording, UpdateKind
from nn.data import Data, Examples, data_of, one_hot
from nn.eager_step import EagerStep
from nn.evaluation import Loss, evaluate, predict
from nn.losses import cross_entropy, max_margin, mse
from nn.module import Module
from nn.optimisers import SGD, Adam, AdamW, Optimiser
from nn.path_step import PathStep
from nn.scalar_copy import root_of, scalar_loss
from nn.training_mode import in_mode

__all__ = ["Course"]

# The most operations and products of a batch whose gradient's operations are counted.
MOST_PRODUCTS = 50_000
# The most weights and biases of a network whose products are steps of their own.
FEW_WEIGHTS = 60

# Activations of a network that has one setting for them.
ACTIVATIONS = ("tanh", "relu", "sigmoid", "softplus", "identity")
# The ways to compute the gradient of an update.
METHODS = ("backprop", "paths")
OPTIMISERS: Mapping[str, Callable[..., Optimiser]] = {
    "SGD": SGD,
    "SGD with momentum": partial(SGD, momentum=0.9),
    "Adam": Adam,
    "AdamW": AdamW,
}


def _one_hot_error(outputs: Any, targets: Any, **options: Any) -> Any:
    return mse(outputs, one_hot(targets, outputs.shape[-1]).astype(float), **options)


OF_CLASSES: Mapping[str, Loss] = {
    "cross-entropy": cross_entropy,
    "hinge": max_margin,
    "squared error": _one_hot_error,
}
OF_NUMBERS: Mapping[str, Loss] = {"squared error": mse}


class Course:
    """A training that runs update by update. Between updates it can be read, changed and taken back.

    `nn.fit` runs a training to its end; a course waits for each `step`. `viz.live` steers a course.
    The same seed and the same calls give the same numbers, so a course that is restored to a `CourseState`
    repeats what it did from there.

    Args:
        model: the model, which is trained in place.
        data: the examples. Targets of whole numbers are classes.
        loss: a function of outputs and targets, to the mean over a batch. None: the cross-entropy for
            classes, else the mean squared error.
        optimiser: of parameters of the model. None: ``Adam(model.parameters(), 0.02)``.
        batch_size: the number of examples per update; None for all.
        seed: of the order of the examples.

    Attributes:
        model: the network. Another number of layers makes a new one.
        data: the examples.
        updates: the number of updates made.
        tally: the number of updates of each kind; the kind of the latest update comes last.

    Raises:
        TypeError, ValueError: an argument is of the wrong type, or the model, the data and the loss do not
            fit each other.

    Example:
        >>> from nn import MLP
        >>> course = Course(MLP([2, 4, 2]), Data([[0.0, 1.0], [1.0, 0.0]], [0, 1]))
        >>> first = course.step()
        >>> before = course.snapshot()
        >>> second = course.step()
        >>> course.restore(before)
        >>> course.step() == second < first
        True
    """

    def __init__(
        self,
        model: Module,
        data: Examples,
        *,
        loss: Loss | None = None,
        optimiser: Optimiser | None = None,
        batch_size: int | None = 32,
        seed: int = 0,
    ) -> None:
        check_model(model)
        examples = data_of(data, "the data")
        self.model: Any = model
        self.data, self.updates = examples, 0
        self.tally: Counter[UpdateKind] = Counter()
        self._optimiser = Adam(model.parameters(), 0.02) if optimiser is None else optimiser
        check_optimiser(self._optimiser, model)
        self._losses = dict(self._losses_of(examples))
        name = next(iter(self._losses))
        if loss is not None:
            known = [key for key, other in self._losses.items() if other is loss]
            name = known[0] if known else getattr(loss, "__name__", "yours")
            self._losses[name] = loss
        self._optimisers = dict(OPTIMISERS)
        given = self._optimiser
        kind = type(given).__name__ + (" with momentum" if getattr(given, "momentum", 0) else "")
        self._optimisers.setdefault(kind, type(given))
        self._settings: dict[str, Any] = {
            "loss": name,
            "optimiser": kind,
            "batch size": min(batch_size or len(examples), len(examples)),
            "method": "backprop",
        }
        self._rng = np.random.default_rng(seed)
        self._seed = seed
        self._order, self._place = np.arange(len(examples)), len(examples)
        evaluate(model, examples.take(slice(0, 1)), self._loss, metrics={})  # raises if they do not fit

    # ---- what is shown

    @property
    def inputs(self) -> NDArray[Any]:
        """(examples, features)"""
        return self.data.inputs

    @property
    def targets(self) -> NDArray[Any]:
        """(examples,) or (examples, outputs)"""
        return self.data.targets

    @property
    def settings(self) -> dict[str, tuple[Any, Sequence[str]]]:
        """The settings by name: the value, and the choices; no choices for a number or a text."""
        chosen = self._settings
        found: dict[str, tuple[Any, Sequence[str]]] = {
            "rate": (self._optimiser.rate, ()),
            "optimiser": (chosen["optimiser"], list(self._optimisers)),
            "loss": (chosen["loss"], list(self._losses)),
            "batch size": (chosen["batch size"], ()),
        }
        if hasattr(self.model, "activation"):
            found["activation"] = (self.model.activation, ACTIVATIONS)
        if hasattr(self.model, "resized"):
            found["layers"] = (" ".join(map(str, self.model.sizes[1:-1])), ())
        return found | {"method": (chosen["method"], METHODS)}

    @property
    def kind(self) -> UpdateKind:
        """The kind of an update by a whole batch."""
        chosen = self._settings
        return UpdateKind(chosen["batch size"], chosen["loss"], self._activation().get("activation", ""))

    def record(self, example: int) -> Recording:
        """Record the loss of one example."""
        with in_mode(self.model, training=False):
            batch = self.data.take([example])
            columns, chain = self._chain(batch.inputs)
            outputs = columns[-1] if columns else self.model(batch.inputs)
            loss = self._loss(outputs, batch.targets)
        return Recording(root_of(loss), dict(self.model.named_parameters()), columns, chain)

    def record_scalars(self, kind: UpdateKind) -> tuple[Any, Sequence[Any]] | None:
        """Record the mean loss of a batch with each product and sum as a node of its own.

        Args:
            kind: of the update, such as a key of `tally`.

        Returns:
            As `nn.scalar_copy.scalar_loss`; None for a batch of over 50,000 operations and products.
        """
        cost = gradient(self.record(0).loss, self.model.parameters()).cost
        if kind.examples * (cost.forward + cost.forward_multiply_adds) > MOST_PRODUCTS:
            return None
        batch = self.data.take(np.arange(kind.examples) % len(self.data))
        return scalar_loss(self.model, batch, self._losses[kind.loss], kind.activation)

    def record_steps(self, example: int) -> tuple[Any, Sequence[Any]]:
        """Record the loss of one example as a graph to step through.

        Returns:
            The loss, and the parameters in it: of an MLP by layer, with a node for each product and sum in a
            network of up to 60 weights and biases, else one for each neuron.
        """
        if not hasattr(self.model, "at"):
            found = self.record(example)
            return found.loss, self.model.parameters()
        twin = self.model.at("scalar" if _size(self.model) <= FEW_WEIGHTS else "neuron")
        loss = root_of(self._loss(twin(self.data.inputs[example]), self.data.targets[example]))
        loss.name = "loss"
        return loss, [layer.parameters() for layer in twin.layers]

    def predict(self, inputs: Any) -> NDArray[Any]:
        """The outputs of the model, as plain numbers: (examples, outputs)."""
        arrays = getattr(self.model, "granularity", "matrix") == "matrix"
        return predict(self.model if arrays else self.model.at("matrix"), inputs)

    def mean_loss(self) -> float:
        """The mean loss over all examples, at the present parameters."""
        loss = self._loss(self.predict(self.data.inputs), self.data.targets)
        return float(unwrap(loss))

    # ---- going on and back

    def step(self, examples: Sequence[int] | None = None) -> float:
        """Make one update.

        Args:
            examples: those to learn from; None: the next batch of the pass.

        Returns:
            The loss before the update.

        Raises:
            ArithmeticError: the loss or its gradient is infinite or NaN; nothing was updated.
        """
        batch = self._next() if examples is None else self.data.take(list(examples))
        step = PathStep if self._settings["method"] == "paths" else EagerStep
        with in_mode(self.model, training=True), np.errstate(all="ignore"):
            loss = step(self.model, self._loss, self._optimiser, None)(batch, self.updates)
        self.follow(self.updates + 1, len(batch))
        return loss

    def follow(self, updates: int, examples: int) -> None:
        """Take note of an update that was made, such as one by `nn.fit`.

        Args:
            updates: made so far, this one included.
            examples: in its batch.
        """
        self.updates = updates
        kind = self.kind._replace(examples=examples)
        self.tally[kind] = self.tally.pop(kind, 0) + 1

    def snapshot(self) -> CourseState:
        """The state now."""
        return CourseState(
            self.updates,
            self._place,
            self._order,
            self.model.state_dict(),
            self.model.extra_state(),
            self._optimiser,
            self._optimiser.state_dict(),
            dict(self._rng.bit_generator.state),
            self.data,
            self._settings | self._activation() | {"rate": self._optimiser.rate},
            self.tally.copy(),
        )

    def restore(self, moment: CourseState) -> None:
        """Go to a state that `snapshot` gave, of the same network."""
        self.model.load_state_dict(moment.model)
        self.model.load_extra_state(moment.extra)
        self._optimiser = moment.optimiser
        self._optimiser.load_state_dict(moment.memory)
        self._rng.bit_generator.state = moment.rng
        self._order, self._place, self.updates = moment.order, moment.place, moment.updates
        self.data, self.tally = moment.data, moment.tally.copy()
        settings = dict(moment.settings)
        self._optimiser.rate = settings.pop("rate")
        if "activation" in settings:
            self.model.activation = settings.pop("activation")
        self._settings = settings

    # ---- changes

    def set_parameter(self, name: str, place: Sequence[int], number: float) -> None:
        """Set one element of a parameter, by its name in ``model.state_dict()``.

        Raises:
            KeyError, IndexError: there is no such parameter or element.
            ValueError: the number is not finite.
        """
        state = self.model.state_dict()
        state[name][tuple(place)] = _finite(number)
        self.model.load_state_dict(state)

    def set_data(self, inputs: Any, targets: Any) -> None:
        """Learn from other examples from now on; a new pass begins.

        Raises:
            TypeError, ValueError: they do not fit the model or the loss.
        """
        data = Data(inputs, targets)
        evaluate(self.model, data, self._loss, metrics={})
        self.data = data
        self._order, self._place = np.arange(len(data)), len(data)
        self._settings["batch size"] = min(self._settings["batch size"], len(data))

    def change(self, name: str, value: Any) -> None:
        """Change a setting, a key of `settings`. Other ``layers`` begin a new network at update 0.

        Raises:
            KeyError: there is no such setting.
            ValueError: the value is not possible.
        """
        choices = self.settings[name][1]
        if choices and value not in choices:
            raise ValueError(f"there is no {name} {value!r:.40}; there are {', '.join(choices)}")
        if name == "rate":
            self._optimiser.rate = _finite(value)
        elif name == "batch size":
            self._settings[name] = _whole(value, "the batch size", len(self.data))
        elif name == "activation":
            self.model.activation = value
        elif name == "layers":
            self._resize(value)
        else:
            self._settings[name] = value
            if name == "optimiser":
                self._remake_optimiser()

    def _resize(self, text: str) -> None:
        words = str(text).replace(",", " ").split()
        hidden = [_whole(word, "the width of a layer", 64) for word in words]
        if len(hidden) > 8:
            raise ValueError(f"a course takes up to 8 hidden layers, not {len(hidden)}")
        first, *_, last = self.model.sizes
        self.model = self.model.resized([first, *hidden, last], seed=self._seed)
        self.updates, self.tally = 0, Counter()
        self._rng = np.random.default_rng(self._seed)
        self._order, self._place = np.arange(len(self.data)), len(self.data)
        self._remake_optimiser()

    def _remake_optimiser(self) -> None:
        make = self._optimisers[self._settings["optimiser"]]
        self._optimiser = make(self.model.parameters(), self._optimiser.rate)

    # ---- parts

    @property
    def _loss(self) -> Loss:
        return self._losses[self._settings["loss"]]

    @staticmethod
    def _losses_of(data: Data) -> Mapping[str, Loss]:
        return OF_CLASSES if data.targets.ndim == 1 and data.targets.dtype.kind in "biu" else OF_NUMBERS

    def _activation(self) -> dict[str, str]:
        return {"activation": self.model.activation} if hasattr(self.model, "activation") else {}

    def _next(self) -> Data:
        """The next batch; a new pass begins with a new order."""
        size = self._settings["batch size"]
        if self._place >= len(self.data):
            whole = size >= len(self.data)
            self._order = np.arange(len(self.data)) if whole else self._rng.permutation(len(self.data))
            self._place = 0
        batch = self.data.take(self._order[self._place : self._place + size])
        self._place += size
        return batch

    def _chain(self, inputs: Any) -> tuple[list[Any], list[tuple[str, str | None]]]:
        """The columns of neurons, and the weights and biases between them; empty for other models."""
        columns: list[Any] = [inputs]
        chain: list[tuple[str, str | None]] = []
        if inputs.ndim != 2 or not hasattr(self.model, "outputs"):
            return [], []
        names = {id(parameter): name for name, parameter in self.model.named_parameters()}
        for layer, output in zip(self.model.layers, self.model.outputs(inputs), strict=True):
            weight, bias = getattr(layer, "weight", None), getattr(layer, "bias", None)
            if weight is not None and np.ndim(weight) == 2:
                chain.append((names[id(weight)], None if bias is None else names[id(bias)]))
                columns.append(output)
            elif chain and np.shape(output) == np.shape(columns[-1]):
                columns[-1] = output  # of an activation
            else:
                return [], []
        return columns, chain


def _size(model: Module) -> int:
    """The number of parameters, each element counted."""
    return sum(np.size(unwrap(parameter)) for _, parameter in model.named_parameters())


def _finite(number: Any) -> float:
    if not isinstance(number, Real) or not isfinite(number):
        raise ValueError(f"give a finite number, not {number!r:.40}")
    return float(number)


def _whole(number: Any, what: str, most: int) -> int:
    try:
        found = int(number)
    except (TypeError, ValueError):
        found = 0
    if not 1 <= found <= most:
        raise ValueError(f"{what} is a whole number from 1 to {most}, not {number!r:.40}")
    return found
