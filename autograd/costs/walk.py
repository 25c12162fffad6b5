"""`walk`: the run of a method, step by step.

A method is a function over numbers of any type. Here it runs on numbers that know the node they
stand at, over edges that know their ends. So the unchanged method records every edge it walks and every
merge, with the counts up to that step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple

from autograd.costs.cost import Cost
from autograd.costs.gradient import Gradient, measured
from autograd.costs.method_counts import walked
from autograd.costs.predict import predict
from autograd.differentiation.graph import Graph, grouped
from autograd.differentiation.linearization import Linearization, directions, is_array
from autograd.differentiation.methods import METHODS, Method, with_options
from autograd.differentiation.recomputation import Recomputation, Working
from autograd.numbers.counted import Ledger
from autograd.numbers.number import unwrap
from autograd.recording.node import Node

__all__ = ["STEPS", "Step", "Walk", "walk", "walks"]

# The most steps recorded of one run.
STEPS = 3_000


class Step(NamedTuple):
    """One step of a run.

    Attributes:
        kind: ``"start"``, a number is placed at a node; ``"walk"``, an edge is walked and multiplied by;
            ``"merge"``, two numbers at one node are added; ``"bypass"``, two edges are multiplied to an edge
            past the node between them, which is dropped; ``"join"``, two parallel edges are added;
            ``"evaluate"``, a forward pass repeats an operation; ``"answer"``, a derivative with respect to a
            value of ``wrt`` is assembled.
        node: the place in the graph of the node where the number now stands; of an edge, for ``"bypass"``
            the node between, for ``"join"`` its user.
        edge: for a walk of an edge of the graph, the place of its user and the index of its input; else None.
        value: the number.
        cost: the counts up to this step.
        partial: whether something is added to the number later.
        whole: whether the number holds everything that the run ever brings to the node.
        until: the step before which the method releases the number; the number of steps if never.
        ends: the places of the source and the user of the edge that was walked or made.
    """

    kind: str
    node: int
    edge: tuple[int, int] | None
    value: Any
    cost: Cost
    partial: bool
    whole: bool
    until: int
    ends: tuple[int, int] | None = None


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
        method: a key of `METHODS`, or a function with the same signature.
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
    name = method if isinstance(method, str) else getattr(method, "__name__", "a function")
    (run,) = walks(Graph(root), wrt, {name: method}, steps=steps)
    if run.error:
        raise run.error
    return run


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


class _FullError(Exception):
    """The limit of steps is reached."""


class _Notes:
    """What is recorded while a method runs."""

    def __init__(self, ledger: Ledger, most: int) -> None:
        self._ledger = ledger
        self._most = most
        self.begin()

    def begin(self) -> None:
        self.partial: set[int] = set()
        self.used: set[int] = set()
        self.until: dict[int, int] = {}  # by step
        self._steps: list[Step] = []
        self._arrivals: Counter[int] = Counter()
        self._merged: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._steps)

    def note(
        self,
        kind: str,
        node: int,
        number: Any,
        edge: tuple[int, int] | None = None,
        ends: tuple[int, int] | None = None,
    ) -> int:
        if len(self) == self._most:
            raise _FullError
        cost = Cost(**self._ledger.counts)
        self._steps.append(
            Step(kind, node, edge, unwrap(number), cost, partial=False, whole=False, until=0, ends=ends)
        )
        return len(self) - 1

    def put(
        self, kind: str, node: int, number: Any, edge: _Edge | None = None, arrivals: int = 0
    ) -> _Standing:
        """Record that a number now stands at a node, as the sum of ``arrivals`` contributions."""
        step = self.note(kind, node, number, *((edge.place, edge.ends) if edge else ()))
        if not arrivals:
            self._arrivals[node] += 1
        self._merged[step] = arrivals or 1
        return _Standing(self, step, node, number, arrivals or 1)

    def finished(self, *, cut: bool) -> list[Step]:
        """Return the steps, completed by what is known only at the end of the run.

        If the run was cut off, a number that was not yet used could still have received contributions.
        """
        end = len(self)
        done = []
        for i, step in enumerate(self._steps):
            until = self.until.get(i, end)
            unsure = cut and until == end and i not in self.used
            whole = self._merged.get(i, 0) >= self._arrivals[step.node] or step.kind == "answer"
            done.append(step._replace(until=until, whole=whole, partial=i in self.partial or unsure))
        return done


class _Standing:
    """A number that stands at a node until nothing refers to it."""

    __slots__ = ("_arrivals", "_node", "_notes", "_step", "number")

    def __init__(self, notes: _Notes, step: int, node: int, number: Any, arrivals: int) -> None:
        self._notes = notes
        self._step = step
        self._node = node
        self._arrivals = arrivals
        self.number = number

    def __mul__(self, edge: Any) -> Any:
        if isinstance(edge, _Standing):  # a tangent times a slope: the product stands nowhere
            self._notes.used.update((self._step, edge._step))
            return self.number * edge.number
        if not isinstance(edge, _Edge):
            raise TypeError(f"{_ONLY}, but this one multiplies a number by {edge!r:.40}")
        self._notes.used.add(self._step)
        return self._notes.put("walk", edge.ends[0], self.number * edge.derivative, edge)

    def __add__(self, other: Any) -> _Standing:
        if isinstance(other, (int, float)) and other == 0:
            return self  # the start value of sum()
        if not isinstance(other, _Standing):
            raise TypeError(f"{_ONLY}, but this one adds a number and {other!r:.40}")
        self._notes.partial.update((self._step, other._step))
        total, arrivals = self.number + other.number, self._arrivals + other._arrivals
        return self._notes.put("merge", self._node, total, arrivals=arrivals)

    __radd__ = __add__

    def __del__(self) -> None:
        self._notes.until[self._step] = len(self._notes)


class _Edge:
    """An edge that knows its ends: ``x * edge`` carries a number backward over it, ``edge * x`` forward.

    Edges that follow each other multiply to an edge past the node between them; parallel ones add.
    """

    __slots__ = ("_notes", "_step", "derivative", "ends", "place")

    def __init__(
        self,
        notes: _Notes,
        ends: tuple[int, int],
        derivative: Any,
        place: tuple[int, int] | None = None,
        step: int | None = None,
    ) -> None:
        self._notes = notes
        self._step = step
        self.ends = ends
        self.place = place
        self.derivative = derivative

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, _Edge) and self.ends[0] == other.ends[1]:
            ends, product = (other.ends[0], self.ends[1]), self.derivative * other.derivative
            return self._new("bypass", self.ends[0], ends, product)
        if not isinstance(other, _Standing):
            raise TypeError(f"{_ONLY}, but this one multiplies an edge by {other!r:.40}")
        self._notes.used.add(other._step)
        return self._notes.put("walk", self.ends[1], self.derivative * other.number, self)

    __rmul__ = __mul__  # a left operand that is not a number of this run

    def __add__(self, other: Any) -> _Edge:
        if not isinstance(other, _Edge) or other.ends != self.ends:
            raise TypeError(f"{_ONLY}, but this one adds an edge and {other!r:.40}")
        return self._new("join", self.ends[1], self.ends, self.derivative + other.derivative)

    def _new(self, kind: str, node: int, ends: tuple[int, int], derivative: Any) -> _Edge:
        step = self._notes.note(kind, node, derivative, ends=ends)
        return _Edge(self._notes, ends, derivative, step=step)

    def __del__(self) -> None:
        if self._step is not None:
            self._notes.until[self._step] = len(self._notes)


_ONLY = "a recorded run may only multiply a number or an edge by an edge, and add two numbers or two edges"


class _NotedRecomputation(Recomputation):
    """The recomputation of a recorded run: every value it evaluates is a step, until it is released."""

    def __init__(self, linearization: _Noted, notes: _Notes) -> None:
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
        self._notes = _Notes(ledger, steps)
        super().__init__(graph, groups, ledger)
        self._counted = ledger
        self._held = ledger.alive
        self._pass: list[int] = []  # the steps of the latest forward pass

    def run(self, name: str, method: str | Method) -> Walk:
        ledger, notes = self._counted, self._notes
        notes.begin()
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
        except _FullError:
            return Walk(name, notes.finished(cut=True), None, predicted=self._predicted(method))
        except expected as error:
            return Walk(name, notes.finished(cut=True), None, error=error)
        numbers = [_bare(x) for x in found]
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
        """The edges, their derivatives all counted."""
        found = self._numbers
        self._counted.mark()
        return found

    @cached_property
    def _numbers(self) -> list[list[tuple[int, Any]]]:
        return [
            [(u, _Edge(self._notes, x.ends, self.number(x.derivative), x.place)) for u, x in inputs]
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
            (u, _Edge(self._notes, (self._places[u], user), derivative, (user, k)))
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
        derivative = super().assemble([_bare(x) for x in slopes], node)
        if node not in self._graph:
            return derivative
        return self._notes.put("answer", self._graph.index(node), derivative)

    def gather(self, derivatives: Mapping[int, Any]) -> list[Any]:
        """Return the derivatives; one that stands nowhere, as a tangent times a slope, is an answer."""
        answers = {
            v: x if isinstance(x, _Standing) else self._notes.put("answer", self._places[v], x)
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


def _bare(number: Any) -> Any:
    """Return a number without the place where it stands."""
    return number.number if isinstance(number, _Standing) else number


def _method(name: str) -> Method:
    base, options = with_options(name, {})
    return partial(METHODS[base], **options)
