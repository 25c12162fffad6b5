"""What a `nn.Course` hands out: its state, the kind of an update, the recorded loss of an example."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from numpy.typing import NDArray

from nn.data import Data
from nn.optimisers import Optimiser

__all__ = ["CourseState", "Recording", "UpdateKind"]


class CourseState(NamedTuple):
    """The state of a course between two updates. It shares no array with the course.

    Attributes:
        updates: the number of updates made.
        place: how many examples of the current pass have been used.
        order: (examples,), the order of the current pass.
        model: the model's parameters, by name.
        extra: its random generators, by name.
        optimiser: the optimiser, as it was made.
        memory: its memories, by name.
        rng: the state of the generator that draws the orders.
        data: the examples.
        settings: every setting, by name.
        tally: the number of updates of each kind.
    """

    updates: int
    place: int
    order: NDArray[Any]
    model: dict[str, NDArray[Any]]
    extra: dict[str, Any]
    optimiser: Optimiser
    memory: dict[str, NDArray[Any]]
    rng: dict[str, Any]
    data: Data
    settings: dict[str, Any]
    tally: Counter[UpdateKind]


class UpdateKind(NamedTuple):
    """What decides which operations an update of a network takes.

    Attributes:
        examples: in the batch.
        loss: its name.
        activation: its name; empty if the model has none.
    """

    examples: int
    loss: str
    activation: str


class Recording(NamedTuple):
    """The loss of one example, recorded.

    Attributes:
        loss: the result.
        parameters: by name, as `Tensor` or arrays of `Value`.
        columns: the inputs and the outputs of each layer with weights, as `Tensor` or arrays of `Value`, of
            the shape (1, n); empty if the model is not a chain of such layers.
        chain: between each column and the next, the names of the weights, (n next, n), and of the biases,
            (n next,), or None for no biases.
    """

    loss: Any
    parameters: Mapping[str, Any]
    columns: Sequence[Any]
    chain: Sequence[tuple[str, str | None]]
