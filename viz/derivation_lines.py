"""`derivation`: the gradient of a small graph line by line, as written by hand.

The formulas are the rules of the table, evaluated on symbols, and the numbers are the engine's; nothing is
derived a second time here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count
from typing import Any

from autograd import BudgetError, Graph, GraphError, Linearization, Node, Tensor
from autograd.costs.cost import readable
from autograd.differentiation.sweep import sweep
from autograd.recording.order import topological
from autograd.recording.symbol import Symbol, expressions
from autograd.rules import scalars as p
from viz.labels import number
from viz.notation import LATEX, TEXT, Name, Notation, write
from viz.wrt import Wrt, grouped

__all__ = ["VALUE_BUDGET", "Line", "derivation", "latex"]

VALUE_BUDGET = 200


@dataclass(frozen=True)
class Line:
    """One line of a derivation: a name, the sum that it equals, and the number.

    ``str(line)`` is the line in plain text.

    Attributes:
        name: the name left of the equals sign; an adjoint has a bar.
        by: None; or on the last lines, which give the derivatives by ``wrt``, the name of the value
            differentiated by.
        node: the value that the line is about; None for an intermediate result of a fused operation.
        terms: the formulas of the sum, for an adjoint one for every edge to a user; empty for a given number.
        number: the number that the sum evaluates to.
        names: the names of the symbols in the terms.
    """

    name: Name
    by: Name | None
    node: Node | None
    terms: tuple[Symbol, ...]
    number: Any
    names: Mapping[Symbol, Name]

    def left(self, notation: Notation) -> str:
        """The left-hand side: a name or a derivative."""
        return notation.name(self.name) if self.by is None else notation.derivative(self.name, self.by)

    def formula(self, notation: Notation) -> str:
        """The sum of the terms; empty for a given number."""
        texts = [write(term, notation, self.names).text for term in self.terms]
        first, *others = texts or [""]
        return first + "".join(f" - {text[1:]}" if text.startswith("-") else f" + {text}" for text in others)

    def right(self, notation: Notation) -> str:
        """The sum and the number, each after its equals sign; the number has four significant digits."""
        formula, text = self.formula(notation), number(self.number)
        equal = "=" if _is_exact(text, self.number) else notation.about
        return f"= {formula} " * bool(formula) + f"{equal} {notation.number(text).text}"

    def __str__(self) -> str:
        return f"{self.left(TEXT)} {self.right(TEXT)}"


def _is_exact(text: str, x: Any) -> bool:
    try:
        return bool(float(text) == x if isinstance(x, float) else Fraction(text) == x)
    except ValueError:  # a number too great for its text
        return False


def latex(root: Node, wrt: Wrt, *, budget: int | None = VALUE_BUDGET) -> str:
    r"""Derive a gradient in LaTeX: the lines of `derivation` as a complete ``align*`` environment.

    LaTeX needs the package amsmath, and a Unicode engine for names beyond ASCII;
    ``\allowdisplaybreaks`` lets a long derivation break across pages. KaTeX, in display mode, and MathJax
    render it unchanged. In HTML, escape it like any other text.

    Args:
        root: the result.
        wrt: the values to differentiate by.
        budget: the most values in the derivation; None: no limit.

    Raises:
        BudgetError, CycleError, MutatedError, GraphError, TypeError, ArithmeticError, ValueError: as
            `derivation`.
    """
    rows = [f"{line.left(LATEX)} &{line.right(LATEX)}" for line in derivation(root, wrt, budget=budget)]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}\n"


def derivation(root: Node, wrt: Wrt, *, budget: int | None = VALUE_BUDGET) -> list[Line]:
    """Derive the gradient of a small graph of Values, line by line.

    First come the given numbers and what is computed from them, inputs first; then the adjoints in the
    order in which backprop completes them, each a sum with one term for every edge to a user; last the
    derivatives by ``wrt``. A value that depends on nothing in ``wrt`` is given by its number. An operation
    made of several, such as softmax cross-entropy, is written in full, and an intermediate result that its
    rule uses more than once has a line of its own.

    Values without a name are called v₁, v₂, … in topological order, intermediate results r₁, r₂, …

    Args:
        root: the result.
        wrt: the values to differentiate by.
        budget: the most values in the derivation; None: no limit.

    Raises:
        BudgetError: there are more values, `predicted`; nothing was derived.
        CycleError: a value depends on itself.
        MutatedError: the data of a leaf was replaced after use.
        GraphError: the graph or ``wrt`` has a `Tensor`.
        TypeError: the root or something in ``wrt`` is not a `Value`, or the rule of a user's primitive
            is not plain arithmetic.
        ArithmeticError, ValueError: a local derivative is infinite or undefined at this point.
    """
    graph = Graph(root)
    groups = grouped(wrt)
    targets = [v for group in groups for v in group]
    if any(isinstance(v, Tensor) for v in (root, *targets)):
        raise GraphError(
            "a derivation is written for Values, and this graph has Tensors: run the program on arrays of "
            "Values, as made by autograd.values"
        )
    page = _Derivation(graph, targets, budget)
    linearization = Linearization(graph, groups, recorded=False)
    adjoints = sweep(linearization.edges, range(len(page.vertices)), {linearization.root: linearization.seed})
    page.write_forward()
    page.write_adjoints(adjoints)
    page.write_derivatives(targets, linearization.gather(adjoints))
    return page.lines


class _Derivation:
    """The lines written so far, and the names and symbols in them.

    Attributes:
        lines: the lines.
        vertices: the nodes that depend on ``wrt``, each with its vertex in the linearization.
    """

    def __init__(self, graph: Graph, targets: Sequence[Node], budget: int | None) -> None:
        self.lines: list[Line] = []
        self.vertices = graph.active(targets)
        self._graph = graph
        # The inputs of the operations that are written as formulas; other values are given by number.
        self._inputs = {
            i: graph.inputs(i) for i in self.vertices if not self.vertices.keys().isdisjoint(graph.inputs(i))
        }
        self._written = sorted(self.vertices.keys() | {j for inputs in self._inputs.values() for j in inputs})
        if budget is not None and len(self._written) > budget:
            raise BudgetError(
                f"this derivation has {readable(len(self._written))} values, over the budget of {budget:,}: "
                "take a smaller graph, differentiate by fewer values, or raise the budget",
                predicted=len(self._written),
                budget=budget,
            )
        nodes = graph.nodes
        named = [nodes[i] for i in self._written if i in self.vertices or not nodes[i].is_constant]
        self._node_names = _names([*named, *(v for v in targets if v not in graph)])
        self._symbols = {i: Symbol(nodes[i].data) for i in self._written}
        self._names = {self._symbols[graph.index(v)]: self._node_names[v] for v in named}
        self._fresh_residuals = _fresh("r", self._node_names.values())
        self._partials: dict[int, list[tuple[int, Symbol]]] = {}
        self._bars: dict[int, Symbol] = {}

    def write_forward(self) -> None:
        """Write the given numbers and the operations on them, inputs first."""
        for i in self._written:
            node = self._graph.nodes[i]
            if i in self._inputs:
                self._write_operation(i)
            elif node in self._node_names:
                self._write(self._node_names[node], node, (), node.data)

    def _write_operation(self, i: int) -> None:
        """Write the formula of an operation, after the results that it shares with its derivatives."""
        node = self._graph.nodes[i]
        name = self._node_names[node]
        primitive: Any = node.primitive
        inputs = self._inputs[i]
        formula, partials = expressions(primitive, self._symbols[i], [self._symbols[j] for j in inputs])
        pairs = [(j, d) for j, d in zip(inputs, partials, strict=True) if j in self.vertices]
        for s in _shared(formula, [d for _, d in pairs]):
            if s is formula:
                self._write(name, node, (formula,), node.data)
                if formula.inputs:  # the derivatives of a fused rule use the formula again, by this name
                    self._names[formula] = name
            else:
                self._names[s] = next(self._fresh_residuals)
                self._write(self._names[s], None, (s,), s.data)
        self._partials[i] = pairs

    def write_adjoints(self, adjoints: Mapping[int, Any]) -> None:
        """Write the adjoints, by vertex, in the order in which backprop completes them."""
        terms: dict[int, list[Symbol]] = {i: [] for i in self.vertices}
        for i in reversed(self.vertices):
            node, bar = self._graph.nodes[i], Symbol(adjoints[self.vertices[i]])
            self._bars[i] = bar
            self._names[bar] = replace(self._node_names[node], bar=True)
            self._write(self._names[bar], node, terms[i], bar.data)
            for j, derivative in self._partials.get(i, ()):
                terms[j].append(_term(bar, derivative))

    def write_derivatives(self, targets: Sequence[Node], derivatives: Sequence[Any]) -> None:
        """Write the derivatives of the result by the targets."""
        name = self._node_names[self._graph.root]
        for v, derivative in zip(targets, derivatives, strict=True):
            terms = (self._bars[self._graph.index(v)],) if v in self._graph else ()
            self._write(name, v, terms, derivative, by=self._node_names[v])

    def _write(
        self, name: Name, node: Node | None, terms: Iterable[Symbol], number: Any, by: Name | None = None
    ) -> None:
        self.lines.append(Line(name, by, node, tuple(terms), number, self._names))


def _shared(formula: Symbol, derivatives: Sequence[Symbol]) -> list[Any]:
    """The formula and the operations used more than once, inputs first: each has a line of its own."""
    roots = [formula, *derivatives]
    order = topological(*roots)
    uses = Counter([*roots, *(operand for s in order for operand in s.inputs)])
    return [s for s in order if s is formula or (s.inputs and uses[s] > 1)]


def _term(adjoint: Symbol, derivative: Symbol) -> Symbol:
    """The contribution of an edge to an adjoint. A factor of 0 is kept: it explains the zero."""
    if derivative.is_constant and derivative.data == 0:
        return Symbol.operation(p.mul, (adjoint, derivative))
    return adjoint * derivative


def _names(nodes: Sequence[Node]) -> dict[Node, Name]:
    """Each node's own name, numbered if it is taken, or else a fresh one."""
    names: dict[Node, Name] = {}
    taken = set()
    for v in nodes:
        if v.name and v not in names:
            name = Name.of(v.name)
            while name in taken:
                name = replace(name, copy=name.copy + 1)
            taken.add(name)
            names[v] = name
    fresh = _fresh("v", taken)
    return names | {v: next(fresh) for v in dict.fromkeys(nodes) if not v.name}


def _fresh(letter: str, taken: Iterable[Name]) -> Iterator[Name]:
    """The letter with subscripts 1, 2, …, without the names that are taken."""
    used = set(taken)
    return (name for k in count(1) if (name := Name(letter, str(k))) not in used)
