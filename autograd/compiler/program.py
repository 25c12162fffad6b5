"""`Program`: a recorded graph as a list of instructions, with nothing in it that need not be done.

The graph is run once more on a number type of its own, `Variable`, whose operations are entered in a
list. What is known beforehand is computed there and then (constant folding), an operation on the same
inputs is entered once (common subexpressions: that is how backprop gets at the exponentials of a
softmax that the forward pass has computed), and what no result needs is dropped at the end (dead code).
See Aho, Lam, Sethi and Ullman, *Compilers*, 2nd ed., 2006, section 8.5, "Optimization of basic blocks".

The order is that of recording. Where rows of the table have no code of their own, they are entered as
what their rule is made of, by running it on variables: a fused row falls apart into its operations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self
from weakref import proxy

import numpy as np

from autograd.compiler.conditions import COMPARISONS, select
from autograd.numbers.number import Number, real_or_none
from autograd.recording.node import Node
from autograd.rules import scalars as p
from autograd.rules.arrays import broadcast_of, shape_of, swapped, transpose_of
from autograd.rules.linear_algebra import matmul_row
from autograd.rules.primitive import Primitive, apply

__all__ = ["Program", "Variable"]

INPUT = Primitive("input", "", lambda: None, lambda out: ())


class Variable(Number):
    """A number as a program computes it.

    Attributes:
        program: the one that it belongs to.
        primitive: the operation that computes it; `primitives.constant` or `INPUT` for none.
        inputs: what it is computed from.
        data: what it came to when the program was made; that of a constant holds for ever.
        label: what a comment calls it: the name of its node.
        adjoint_of: what it is the adjoint of, or None.
    """

    __slots__ = ("adjoint_of", "data", "inputs", "label", "primitive", "program")

    def __init__(
        self, program: Program, primitive: Primitive, inputs: tuple[Variable, ...], data: Any
    ) -> None:
        self.program = proxy(program)  # which is no reference cycle
        self.primitive = primitive
        self.inputs = inputs
        self.data = data
        self.label = ""
        self.adjoint_of: Variable | None = None

    @property
    def is_constant(self) -> bool:
        """Whether it is a number known beforehand."""
        return self.primitive is p.constant

    @property
    def shape(self) -> tuple[int, ...]:
        return shape_of(self.data)

    @property
    def dtype(self) -> Any:
        return self.data.dtype

    def is_all(self, number: float) -> bool:
        """Whether it is a constant, and every element of it this number."""
        return self.is_constant and bool(np.all(self.data == number))

    def is_like(self, other: Any) -> bool:
        """Whether it is of the other number's kind: its type, or shape and precision."""
        if hasattr(other, "dtype"):
            return self.shape == other.shape and bool(getattr(self.data, "dtype", None) == other.dtype)
        return type(self.data) is type(other)

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Any:
        program = next(x.program for x in inputs if isinstance(x, Variable))
        return program.apply(primitive, inputs)

    def _with(self, primitive: Primitive, other: Any, *, reflected: bool = False) -> Any:
        if not isinstance(other, (Variable, np.ndarray)) and real_or_none(other) is None:
            return NotImplemented
        return self._apply(primitive, (other, self) if reflected else (self, other))

    def __pow__(self, exponent: Any) -> Any:
        """A small whole power as products: it is faster so, and its derivative shares them."""
        if real_or_none(exponent) in (1, 2, 3, 4):
            square = self * self if exponent > 1 else self
            return square if exponent <= 2 else square * self if exponent == 3 else square * square
        return self._apply(p.power, (self, exponent))

    def __rpow__(self, base: Any) -> Any:
        return self._apply(p.power, (base, self))

    def _compare(self, comparison: Callable[[Any, Any], Any], other: Any) -> Any:
        return self._apply(COMPARISONS[comparison], (self, other))

    @staticmethod
    def _select(condition: Any, yes: Any, no: Any) -> Any:
        return apply(select, condition, yes, no)

    def __bool__(self) -> bool:
        raise TypeError("a variable is neither true nor false")

    def _is_array(self) -> bool:
        return isinstance(self.data, np.ndarray)

    def __repr__(self) -> str:
        return f"Variable({self.primitive.name}, {self.data})"


class Program:
    """Instructions, each after those it needs.

    Attributes:
        inputs: the numbers it is given, in order.
        read: leaves that the function got at by itself, whose numbers are read at every run.
        instructions: what is computed, in order.
        backward: how many of these come before the first adjoint; all of them if there is none.
        outputs: the results: of these instructions, or inputs or constants.
    """

    def __init__(self, *, simplify: bool = True) -> None:
        self.inputs: list[Variable] = []
        self.read: dict[Variable, Node] = {}
        self.instructions: list[Variable] = []
        self.backward = 0
        self.outputs: list[Variable] = []
        self._simplify = simplify
        self._shared: dict[tuple[Primitive, Any], Variable] = {}
        self._whole: set[Primitive] = set()  # rows whose rule does not run on variables

    @classmethod
    def of(
        cls,
        nodes: Sequence[Node],
        inputs: Sequence[Node],
        outputs: Sequence[Any],
        is_read: Callable[[Node], bool],
        adjoints: Mapping[Node, Node],
        *,
        simplify: bool = True,
    ) -> Self:
        """The program of a graph.

        Args:
            nodes: what the outputs depend on, in the order of recording.
            inputs: leaves whose numbers are given at every run.
            outputs: nodes, or plain numbers.
            is_read: whether a leaf that is no input is to be read at every run; else it is a constant.
            adjoints: which of the nodes are adjoints, and of what.
            simplify: whether to do nothing twice, and nothing in vain.
        """
        program = cls(simplify=simplify)
        variables: dict[Node, Variable] = {}
        for v in inputs:
            variables[v] = Variable(program, INPUT, (), v._data)
            program.inputs.append(variables[v])
        started, late = False, set[int]()
        with np.errstate(all="ignore"):  # it was heard when the function ran
            for v in nodes:
                if v in variables:
                    variables[v].label = v.name or ""
                    continue
                entered = len(program.instructions)
                if v in adjoints and not started:
                    started, program.backward = True, entered
                variable = variables[v] = program._entered(v, variables, is_read)
                variable.label = variable.label or v.name or ""
                if started:
                    late.update(map(id, program.instructions[entered:]))
                if v in adjoints and id(variable) in late and variable.adjoint_of is None:
                    variable.adjoint_of = variables.get(adjoints[v])
        program.outputs = [variables[y] if isinstance(y, Node) else program.constant(y) for y in outputs]
        program._drop_dead_code(started)
        return program

    def _entered(
        self, v: Node, variables: Mapping[Node, Variable], is_read: Callable[[Node], bool]
    ) -> Variable:
        if v.primitive is not None and not v.is_constant:
            result: Variable = apply(v.primitive, *[variables[i] for i in v.inputs])
            return result
        if v.is_constant or not is_read(v):
            return self.constant(v._data)
        variable = Variable(self, INPUT, (), v._data)
        self.read[variable] = v
        return variable

    @property
    def has_arrays(self) -> bool:
        """Whether it is of arrays, and not of plain numbers alone."""
        return any(hasattr(x.data, "dtype") for x in (*self.inputs, *self.instructions, *self.outputs))

    def constant(self, data: Any) -> Variable:
        return Variable(self, p.constant, (), data)

    def apply(self, primitive: Primitive, inputs: Sequence[Any]) -> Variable:
        """Enter an operation, unless it is known, was done before, or comes to something simpler."""
        variables = [x if isinstance(x, Variable) else self.constant(x) for x in inputs]
        data = primitive.forward(*[x.data for x in variables])
        if all(x.is_constant for x in variables):
            return self.constant(data)
        simpler = self._simpler(primitive, variables, data) if self._simplify else None
        if simpler is None and primitive.code is None:
            simpler = self._taken_apart(primitive, variables, data)
        if simpler is not None:
            return simpler
        if primitive.elementwise and isinstance(data, np.ndarray):
            for i in range(len(variables)):
                variables[i] = _unstretched(i, variables, data.shape)
        # A constant is told by its number, everything else by its place.
        told = [_told(x) if x.is_constant else id(x) for x in variables]
        key = (primitive, frozenset(told) if primitive in (p.add, p.mul) else tuple(told))
        if key not in self._shared or not self._simplify:
            self._shared[key] = Variable(self, primitive, tuple(variables), data)
            self.instructions.append(self._shared[key])
        return self._shared[key]

    def _simpler(self, primitive: Primitive, variables: list[Variable], data: Any) -> Variable | None:
        """What an operation comes to without being done: another variable, or simpler operations."""
        if primitive in _ARITHMETIC:
            found = _identity(primitive, *variables)
            if found is not None and found.is_like(data):
                return found
            if primitive is p.add and variables[0] is variables[1]:
                return self.apply(p.mul, [2, variables[0]])
            found = self._without_signs(primitive, *variables)
            return self._product(variables, data) if found is None and primitive is p.mul else found
        if primitive is p.neg and variables[0].primitive is p.neg:
            return variables[0].inputs[0]
        if primitive is transpose_of((1, 0)):
            (a,) = variables
            if a.primitive is primitive:
                return a.inputs[0]
            if a.primitive is matmul_row:  # (A B)ᵀ = Bᵀ Aᵀ, which lies in memory as it is read
                left, right = a.inputs
                return self.apply(matmul_row, [swapped(right), swapped(left)])
        return None

    def _without_signs(self, primitive: Primitive, a: Variable, b: Variable) -> Variable | None:
        """An operation on a number with its sign turned, as one on the number: signs wander to the end."""
        turned = [x.primitive is p.neg for x in (a, b)]
        if not any(turned):
            return None
        x, y = (v.inputs[0] if flip else v for v, flip in zip((a, b), turned, strict=True))
        if primitive is p.add:
            return self.apply(p.sub, [a, y] if turned[1] else [b, x])
        if primitive is p.sub:
            return self.apply(p.add, [a, y]) if turned[1] else -self.apply(p.add, [x, b])
        result = self.apply(primitive, [x, y])
        return result if all(turned) else -result

    def _product(self, factors: Sequence[Variable], data: Any) -> Variable | None:
        """A product with a constant, which stands first."""
        a, b = factors
        if b.is_constant:
            return self.apply(p.mul, [b, a])
        if b.primitive is p.mul:  # as in a chain rule of which a part has been multiplied out
            for x, y in (b.inputs, b.inputs[::-1]):
                if (known := self._shared.get((p.mul, frozenset((id(a), id(x)))))) is not None:
                    return self.apply(p.mul, [known, y])
        if not a.is_constant:
            return None
        if a.is_all(-1) and b.is_like(data):
            return -b
        if a.is_all(1) and not b.primitive.differentiable and data.__class__ is float:
            return self.apply(select, [b, 1.0, 0.0])  # a truth value as a number
        if b.primitive is p.mul and b.inputs[0].is_constant:
            return self.apply(p.mul, [b.inputs[0] * a, b.inputs[1]])
        return None

    def _taken_apart(self, primitive: Primitive, variables: list[Variable], data: Any) -> Variable | None:
        """The operations that a row is made of, if its rule runs on variables."""
        if primitive in self._whole:
            return None
        entered = len(self.instructions)
        try:
            result = primitive.forward(*variables)
        except Exception:
            result = None
        if isinstance(result, Variable) and result.is_like(data):
            return result
        self._whole.add(primitive)
        if len(self.instructions) > entered:  # half a rule is none
            del self.instructions[entered:]
            left = set(map(id, self.instructions))
            self._shared = {key: variable for key, variable in self._shared.items() if id(variable) in left}
        return None

    def _drop_dead_code(self, has_adjoints: bool) -> None:
        needed = set(map(id, self.outputs))
        kept = []
        for place in reversed(range(len(self.instructions))):
            variable = self.instructions[place]
            if id(variable) in needed:
                needed.update(map(id, variable.inputs))
                kept.append((place, variable))
        kept.reverse()
        self.backward = sum(place < self.backward for place, _ in kept) if has_adjoints else len(kept)
        self.instructions = [variable for _, variable in kept]
        self.read = {variable: leaf for variable, leaf in self.read.items() if id(variable) in needed}


_ARITHMETIC = frozenset({p.add, p.sub, p.mul, p.div})


def _identity(primitive: Primitive, a: Variable, b: Variable) -> Variable | None:
    """The operand that an operation gives back: x + 0, x · 1 and the like."""
    if primitive is p.add:
        return a if b.is_all(0) else b if a.is_all(0) else None
    if primitive is p.mul:
        return a if b.is_all(1) else b if a.is_all(1) else None
    if (primitive is p.sub and b.is_all(0)) or (primitive is p.div and b.is_all(1)):
        return a
    return None


def _unstretched(place: int, variables: list[Variable], shape: tuple[int, ...]) -> Variable:
    """An operand as it was before it was copied to fit: element by element, NumPy does so by itself."""
    variable = variables[place]
    others = [x.shape for i, x in enumerate(variables) if i != place]
    source = variable
    if variable.primitive is broadcast_of(variable.shape):
        source = variable.inputs[0]
    elif variable.is_constant and np.size(variable.data) > 1 and variable.is_all(variable.data.flat[0]):
        source = variable.program.constant(variable.data.flat[0])
    return (
        source if source is not variable and np.broadcast_shapes(source.shape, *others) == shape else variable
    )


def _told(constant: Variable) -> Any:
    data = constant.data
    if isinstance(data, np.ndarray):
        return data.shape, data.dtype, data.tobytes()
    return type(data), repr(data)  # which tells 0.0 from -0.0
