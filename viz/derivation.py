"""`derivation`: the gradient of a small graph line by line, as one would write it down by hand.

The formulas are the rules of the table, run on symbols; the numbers are the engine's. There is no other
source for either.
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
from viz.asked import Wrt, grouped
from viz.labels import number
from viz.notation import LATEX, TEXT, Name, Notation, write

__all__ = ["VALUE_BUDGET", "Line", "derivation", "latex"]

VALUE_BUDGET = 200


@dataclass(frozen=True)
class Line:
    """One line of a derivation: what it is of, the sum that it is equal to, and the number.

    ``str(line)`` is the line in plain text.

    Attributes:
        name: what the line gives; with a bar it is an adjoint.
        by: None, or the name of what it is the derivative by; then it is one of those asked for.
        node: the value that it is of; None for an intermediate result of a fused operation.
        terms: the formulas that add up to it, one for every edge of an adjoint; none for what is given.
        number: the number it comes to.
        names: what the symbols in the terms are called.
    """

    name: Name
    by: Name | None
    node: Node | None
    terms: tuple[Symbol, ...]
    number: Any
    names: Mapping[Symbol, Name]

    def left(self, notation: Notation) -> str:
        """What stands left of the first sign of equality."""
        return notation.name(self.name) if self.by is None else notation.derivative(self.name, self.by)

    def formula(self, notation: Notation) -> str:
        """The sum of the terms; empty for what is given."""
        texts = [write(term, notation, self.names).text for term in self.terms]
        first, *others = texts or [""]
        return first + "".join(f" - {text[1:]}" if text.startswith("-") else f" + {text}" for text in others)

    def right(self, notation: Notation) -> str:
        """The sum and the number, each with its sign of equality; the number is rounded to four digits."""
        formula, text = self.formula(notation), number(self.number)
        equal = "=" if _is_exact(text, self.number) else notation.about
        return f"= {formula} " * bool(formula) + f"{equal} {notation.number(text).text}"

    def __str__(self) -> str:
        return f"{self.left(TEXT)} {self.right(TEXT)}"


def _is_exact(text: str, x: Any) -> bool:
    try:
        return bool(float(text) == x if isinstance(x, float) else Fraction(text) == x)
    except ValueError:  # too great for a float
        return False


def latex(root: Node, wrt: Wrt, *, budget: int | None = VALUE_BUDGET) -> str:
    r"""The derivation of a gradient as LaTeX: an ``align*`` that stands alone.

    It is the same lines as those of `derivation`. LaTeX needs the package amsmath, and a Unicode engine
    for names beyond ASCII; ``\allowdisplaybreaks`` lets a long one go over several pages. KaTeX (in display
    mode) and MathJax take it as it is. In a page of HTML it is text, to be escaped like any other.

    Args:
        root: the result.
        wrt: the values to differentiate by.
        budget: the most values that may be written down; None: any number.

    Raises:
        BudgetError, CycleError, GraphError, TypeError, ArithmeticError, ValueError: as `derivation`.
    """
    rows = [f"{line.left(LATEX)} &{line.right(LATEX)}" for line in derivation(root, wrt, budget=budget)]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}\n"


def derivation(root: Node, wrt: Wrt, *, budget: int | None = VALUE_BUDGET) -> list[Line]:
    """The gradient of a small graph of Values, line by line.

    First what is given and what was computed from it, inputs first; then the adjoints in the order in
    which backprop completes them, each a sum with one term for every edge to a user; last the derivatives
    asked for. What depends on none of them is given, by its number. An operation made of several, as
    softmax cross-entropy, is spelt out, and what its rule uses more than once has a line of its own.

    Values without a name are v₁, v₂ … in topological order, and the intermediate results r₁, r₂ …

    Args:
        root: the result.
        wrt: the values to differentiate by.
        budget: the most values that may be written down; None: any number.

    Raises:
        BudgetError: there are more, namely `predicted`; nothing was derived.
        CycleError: a value depends on itself.
        MutatedError: the data of a leaf was replaced after it was used.
        GraphError: something is a `Tensor`.
        TypeError: the root or something in ``wrt`` is not a `Value`, or a rule of one's own is not plain
            arithmetic.
        ArithmeticError, ValueError: a local derivative is infinite or undefined at this point.
    """
    graph = Graph(root)
    groups = grouped(wrt)
    asked = [v for group in groups for v in group]
    if any(isinstance(v, Tensor) for v in (root, *asked)):
        raise GraphError(
            "a derivation is written of Values, and this is of Tensors: run the program on arrays of "
            "Values, as autograd.values makes them"
        )
    vertices = graph.active(asked)
    derived = {i: graph.inputs(i) for i in vertices if not vertices.keys().isdisjoint(graph.inputs(i))}
    written = sorted(vertices.keys() | {j for inputs in derived.values() for j in inputs})
    if budget is not None and len(written) > budget:
        raise BudgetError(
            f"this derivation would write down {readable(len(written))} values, over the budget of "
            f"{budget:,}: take a smaller graph, ask for fewer values, or raise the budget",
            predicted=len(written),
            budget=budget,
        )
    linearization = Linearization(graph, groups, recorded=False)
    adjoints = sweep(linearization.edges, range(len(vertices)), {linearization.root: linearization.seed})

    called = [graph.nodes[i] for i in written if i in vertices or not graph.nodes[i].is_constant]
    own = _names([*called, *(v for v in asked if v not in graph)])
    symbols = {i: Symbol(graph.nodes[i].data) for i in written}
    names = {symbols[graph.index(v)]: own[v] for v in called}
    residuals = _fresh("r", own.values())
    lines: list[Line] = []
    terms: dict[int, list[Symbol]] = {i: [] for i in vertices}
    local: dict[int, list[tuple[int, Symbol]]] = {}

    for i in written:
        node = graph.nodes[i]
        if i not in derived:
            if node in own:
                lines.append(Line(own[node], None, node, (), node.data, names))
            continue
        primitive: Any = node.primitive
        formula, partials = expressions(primitive, symbols[i], [symbols[j] for j in derived[i]])
        local[i] = [(j, d) for j, d in zip(derived[i], partials, strict=True) if j in vertices]
        for s in _set_apart(formula, [d for _, d in local[i]]):
            if s is formula:
                lines.append(Line(own[node], None, node, (formula,), node.data, names))
                if formula.inputs:  # a fused rule's derivatives use it again: they say the name
                    names[formula] = own[node]
            else:
                names[s] = next(residuals)
                lines.append(Line(names[s], None, None, (s,), s.data, names))

    bars = {i: Symbol(adjoints[v]) for i, v in vertices.items()}
    for i in reversed(vertices):
        node, bar = graph.nodes[i], bars[i]
        names[bar] = replace(own[node], bar=True)
        lines.append(Line(names[bar], None, node, tuple(terms[i]), bar.data, names))
        for j, derivative in local.get(i, ()):
            terms[j].append(_term(bar, derivative))

    for v, derivative in zip(asked, linearization.gather(adjoints), strict=True):
        term = (bars[graph.index(v)],) if v in graph else ()
        lines.append(Line(own[root], own[v], v, term, derivative, names))
    return lines


def _set_apart(formula: Symbol, derivatives: Sequence[Symbol]) -> list[Any]:
    """What has a line of its own, inputs first: the formula, and all operations that are used again."""
    roots = [formula, *derivatives]
    order = topological(*roots)
    uses = Counter([*roots, *(operand for s in order for operand in s.inputs)])
    return [s for s in order if s is formula or (s.inputs and uses[s] > 1)]


def _term(adjoint: Symbol, derivative: Symbol) -> Symbol:
    """What an edge passes back. A factor of 0 stays: it says why nothing arrives."""
    if derivative.is_constant and derivative.data == 0:
        return Symbol.operation(p.mul, (adjoint, derivative))
    return adjoint * derivative


def _names(nodes: Sequence[Node]) -> dict[Node, Name]:
    """For each its own name, numbered where another has it already, or else a free one."""
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
    """The letter with 1, 2 … below, where that is no name yet."""
    used = set(taken)
    return (name for k in count(1) if (name := Name(letter, str(k))) not in used)
