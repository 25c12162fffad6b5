"""`walk`: the run of a method, step by step.

A method is a function over numbers of any type. Here it runs on numbers that know the node they
stand at, over edges that know their ends. So the unchanged method records every edge it walks and every
merge, with the counts up to that step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple

from autograd.costs.cost import Cost
from autograd.costs.gradient import Gradient, measured
from autograd.costs.method_counts import walked
from autograd.costs.predict import predict
from autograd.costs.steps import KnownEdge, Notes, StandingNumber, Step, StepLimitError, without_place
from autograd.differentiation.graph import Graph, grouped
from autograd.differentiation.linearization import Linearization, directions, is_array
from autograd.differentiation.methods import METHODS, Method, with_options
from autograd.differentiation.recomputation import Recomputation, Working
from autograd.numbers.counted import Ledger
from autograd.recording.node import Node

__all__ = ["STEPS", "Walk", "title", "walk", "walks"]

# The most steps recorded of one run.
STEPS = 3_000


class Walk(NamedTuple):
    """The run of a method, from its first step to its last.

    Attributes:
        method: its name.
        steps: in order.
        gradient: the result of the run and its cost; None if it was cut off at the limit of steps.
        predicted: the cost of a run that was cut off, if it can be predicted: on Values, by a method of
            `METHODS`. Else None.
        error: the error that stopped it, as for a finite difference that steps outside the domain; or None.
    """

    method: str
    steps: list[Step]
    gradient: Gradient | None
    predicted: Cost | None = None
    error: Exception | None = None


def walk(
    root: Node,
    wrt: Sequence[Node | Sequence[Node]],
    method: str | Method = "backprop",
    *,
    steps: int = STEPS,
) -> Walk:
    """Run a method and record its steps.

    Args:
        root: the result.
        wrt: the values to differentiate by, in groups or not, as for `gradient`.
        method: a key of `METHODS`, or a function with the same signature, such as
            ``partial(METHODS["eliminate"], order=nodes)``.
        steps: the most steps to record; there the run is cut off.

    Raises:
        KeyError: there is no such method.
        TypeError: the root or something in ``wrt`` is not a `Value` or a `Tensor`.
        ValueError: the root is a tensor of more than one element, or ``steps`` is below 1.
        ArithmeticError, ValueError: a local derivative is infinite or undefined at this point.

    Examples:
        >>> from autograd import Value
        >>> x = Value(3.0)
        >>> [(step.kind, step.value) for step in walk(x * x, [x]).steps]
        [('start', 1.0), ('walk', 3.0), ('walk', 3.0), ('merge', 6.0)]
    """
    name = title(method)
    (run,) = walks(Graph(root), wrt, {name: method}, steps=steps)
    if run.error:
        raise run.error
    return run


def title(method: str | Method) -> str:
    """Return the name of a method; of a partial call, as ``partial(METHODS["eliminate"], order=nodes)``, its
    function's.
    """
    function = method.func if isinstance(method, partial) else method
    return method if isinstance(method, str) else getattr(function, "__name__", "a function")


def walks(
    graph: Graph,
    wrt: Sequence[Node | Sequence[Node]],
    methods: Mapping[str, str | Method],
    *,
    steps: int = STEPS,
) -> list[Walk]:
    """Record the runs of several methods, by any names, on one graph that is linearized once.

    A method that fails does not stop the others: its walk holds the error.
    """
    graph.root._seed(None)
    if not isinstance(steps, int) or steps < 1:
        raise ValueError(
            f"steps, the most to record, must be a whole number of at least 1, not {steps!r:.40}"
        )
    for method in methods.values():
        if not callable(method):
            with_options(method, {})
    noted = _Noted(graph, grouped(wrt), Ledger(), steps)
    return [noted.run(name, method) for name, method in methods.items()]


class _NotedRecomputation(Recomputation):
    """The recomputation of a recorded run: every value it evaluates is a step, until it is released."""

    def __init__(self, linearization: _Noted, notes: Notes) -> None:
        super().__init__(linearization)
        self._noted = linearization
        self._notes = notes
        self._step: dict[int, int] = {}  # by the identity of the number

    def evaluate(self, place: int, working: Working, residuals: dict[int, Any] | None = None) -> Any:
        output = super().evaluate(place, working, residuals)
        self._step[id(output)] = self._notes.note("evaluate", place, output)
        return output

    def edges(self, place: int, working: Working, residuals: dict[int, Any]) -> list[tuple[int, Any]]:
        return self._noted.known(place, super().edges(place, working, residuals))

    def release(self, working: Working, places: Iterable[int]) -> None:
        for place in places:  # a state may hold it longer, and release it again
            self._notes.until[self._step[id(working[place])]] = len(self._notes)
            del working[place]


class _Noted(Linearization):
    """A linearization whose edges know their ends, and whose numbers stand at nodes."""

    def __init__(self, graph: Graph, groups: Sequence[Sequence[Node]], ledger: Ledger, steps: int) -> None:
        self._notes = Notes(ledger, steps)
        super().__init__(graph, groups, ledger)
        self._counted = ledger
        self._held = ledger.alive
        self._pass: list[int] = []  # the steps of the latest forward pass

    def run(self, name: str, method: str | Method) -> Walk:
        ledger, notes = self._counted, self._notes
        notes.begin()
        self.__dict__.pop("point", None)  # each run holds numbers of its own
        ledger.reset(self._held)
        self._pass = []
        self._paid = False
        function = _method(method) if isinstance(method, str) else method
        # A user's method may fail in any way, which is shown; in this package that would be a defect.
        expected = (ArithmeticError, ValueError) if isinstance(method, str) else Exception
        try:
            found = function(self)
            if not isinstance(found, list) or len(found) != len(self.asked):
                raise TypeError(
                    f"a method returns a list with one derivative for each of the {len(self.asked)} values "
                    f"of wrt, but this one returned {found!r:.40}"
                )
        except StepLimitError:
            return Walk(name, notes.finished(cut=True), None, predicted=self._predicted(method))
        except expected as error:
            return Walk(name, notes.finished(cut=True), None, error=error)
        numbers = [without_place(x) for x in found]
        return Walk(name, notes.finished(cut=False), measured(numbers, ledger, name))

    def _predicted(self, method: str | Method) -> Cost | None:
        if not isinstance(method, str) or is_array(self._graph.root):
            return None
        if not self._paid:  # a method that does not evaluate all local derivatives
            return predict(self._graph.root, self._grouped, method)
        counts = self._counted.counts
        base, options = with_options(method, {})
        return Cost(*walked(self, base, **options), counts["partials"], counts["forward"])

    @property
    def edges(self) -> list[list[tuple[int, Any]]]:
        """The edges, evaluated once; every run that uses them is charged for it."""
        edges, price = self._evaluated
        if not self._paid:
            self._paid = True
            for phase, operations in price.items():
                self._counted.counts[phase] = self._counted.counts.get(phase, 0) + operations
            self._counted.mark()
        return edges

    @property
    def numbers(self) -> list[list[tuple[int, Any]]]:
        """The edges, their derivatives all counted; every run that uses them is charged for the edges."""
        self.edges  # noqa: B018 - charges for them
        found = self._numbers
        self._counted.mark()
        return found

    @cached_property
    def _numbers(self) -> list[list[tuple[int, Any]]]:
        return [
            [(u, KnownEdge(self._notes, x.ends, self.number(x.derivative), x.place)) for u, x in inputs]
            for inputs in self.edges
        ]

    @cached_property
    def _evaluated(self) -> tuple[list[list[tuple[int, Any]]], dict[str, int]]:
        before = dict(self._counted.counts)
        edges = [self.known(self._places[v], inputs) for v, inputs in enumerate(self._linearize())]
        after, self._counted.counts = self._counted.counts, before
        return edges, {phase: n - before.get(phase, 0) for phase, n in after.items()}

    def recomputation(self) -> Recomputation:
        return _NotedRecomputation(self, self._notes)

    def known(self, user: int, edges: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
        """Return the edges into the node at a place, which now know their ends."""
        if not edges:
            return []
        places = [k for k, source in enumerate(self._graph.inputs(user)) if source in self._vertices]
        return [
            (u, KnownEdge(self._notes, (self._places[u], user), derivative, (user, k)))
            for (u, derivative), k in zip(edges, places, strict=True)
        ]

    @property
    def seed(self) -> Any:
        return self._notes.put("start", self._places[self.root], self._one)

    @seed.setter
    def seed(self, one: Any) -> None:
        self._one = one

    def unit_tangents(self, vertex: int) -> Iterator[Any]:
        node = self.node(vertex)
        for direction in directions(node):
            if is_array(node):
                yield self.tangent(vertex, direction)
            else:
                yield self._notes.put("start", self._places[vertex], self._one)

    def tangent(self, vertex: int, direction: Any) -> Any:
        return self._notes.put("start", self._places[vertex], super().tangent(vertex, direction))

    def assemble(self, slopes: list[Any], node: Any) -> Any:
        derivative = super().assemble([without_place(x) for x in slopes], node)
        if node not in self._graph:
            return derivative
        return self._notes.put("answer", self._graph.index(node), derivative)

    def gather(self, derivatives: Mapping[int, Any]) -> list[Any]:
        """Return the derivatives; one that stands nowhere, as a tangent times a slope, is an answer."""
        answers = {
            v: x if isinstance(x, StandingNumber) else self._notes.put("answer", self._places[v], x)
            for v, x in derivatives.items()
            if v in self.targets
        }
        return super().gather(answers)

    def evaluate(self, moved: Mapping[Node, Any] | None = None) -> Any:
        self._notes.until.update(dict.fromkeys(self._pass, len(self._notes)))
        self._pass = [
            self._notes.note("start", self._graph.index(node), to)
            for node, to in (moved or {}).items()
            if node in self._graph
        ]
        return super().evaluate(moved)

    def _replay(self, moved: Mapping[Node, Any]) -> Any:
        result, numbers = None, self.given(moved)
        for i, result in enumerate(self._graph.replaying(numbers)):
            if self._graph.nodes[i] not in numbers:
                self._pass.append(self._notes.note("evaluate", i, result))
        return result


def _method(name: str) -> Method:
    base, options = with_options(name, {})
    return partial(METHODS[base], **options)
