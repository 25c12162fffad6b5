"""The methods and attributes that `viz.live` needs of a training, as `nn.Course` has them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol

__all__ = ["Recorded", "Trainer"]


class Recorded(Protocol):
    """The loss of one example, recorded.

    Attributes:
        loss: the result, a node.
        parameters: by name, as `Tensor` or arrays of `Value`.
        columns: the inputs and the outputs of each layer; empty if the model is not a chain of layers.
        chain: between each column and the next, the names of the weights, (n next, n), and of the biases.
    """

    @property
    def loss(self) -> Any: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...
    @property
    def columns(self) -> Sequence[Any]: ...
    @property
    def chain(self) -> Sequence[tuple[str, str | None]]: ...


class Trainer(Protocol):
    """A training that goes update by update.

    The same calls from the same snapshot give the same numbers.

    Attributes:
        updates: the number of updates made.
        inputs: of the examples, (examples, ...); None if there are no examples.
        targets: (examples,) or (examples, outputs); None if there are no examples.
        settings: by name: the value, and the choices, or no choices for a number or a text.
        kind: of an update by a whole batch. Updates of a kind take the same operations. A kind with a number
            of ``examples`` is a named tuple.
        tally: the number of updates of each kind; the kind of the latest update comes last.
    """

    updates: int

    @property
    def inputs(self) -> Any: ...
    @property
    def targets(self) -> Any: ...
    @property
    def settings(self) -> Mapping[str, tuple[Any, Sequence[str]]]: ...
    @property
    def kind(self) -> Hashable: ...
    @property
    def tally(self) -> Mapping[Any, int]: ...

    def step(self, examples: Sequence[int] | None = None) -> float:
        """Make an update on some examples, or on the next ones; return the loss before it."""

    def follow(self, updates: int, examples: int) -> None:
        """Take note that someone else made an update of the model."""

    def snapshot(self) -> Any:
        """The state now."""

    def restore(self, state: Any) -> None:
        """Go back to a state that `snapshot` gave."""

    def record(self, example: int) -> Recorded:
        """Record the loss of an example."""

    def record_scalars(self, kind: Hashable) -> tuple[Any, Sequence[Any]] | None:
        """Record the loss of an update of a kind, each product and sum as a node, with its parameters.

        None if they are too many to be counted.
        """

    def record_steps(self, example: int) -> tuple[Any, Sequence[Any]]:
        """Record the loss of an example as a graph to step through, with its parameters."""

    def predict(self, inputs: Any) -> Any:
        """The outputs for inputs, as plain numbers."""

    def mean_loss(self) -> float:
        """The mean loss over all examples."""

    def change(self, name: str, value: Any) -> None:
        """Change a setting."""

    def set_parameter(self, name: str, place: Sequence[int], number: float) -> None:
        """Set one element of a parameter."""

    def set_data(self, inputs: Any, targets: Any) -> None:
        """Learn from other examples from now on."""
