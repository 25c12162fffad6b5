"""`Program`: a recorded graph as a list of instructions, without needless ones.

The graph is run again on a number type of its own, `Variable`, whose operations enter the list. Each goes
through the `passes`: an operation on constants is computed now, some are simplified, and a row without code
of its own is expanded into the operations of its rule. Equal operations on the same inputs share one
instruction; so the backward pass of a softmax finds the exponentials of its forward pass. Instructions that
no result needs are dropped at the end.

The order is the order of recording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from autograd.compiler.passes import Application, expand, fold_constants, mask, simplify, unbroadcast
from autograd.compiler.variable import INPUT, Variable
from autograd.recording.node import Node
from autograd.rules import scalars
from autograd.rules.primitive import Primitive
from autograd.rules.scalars import add, mul

__all__ = ["Program"]

_COMMUTATIVE = (add, mul)


class Program:
    """Instructions, each after the ones that it needs.

    Attributes:
        inputs: the numbers that every run is given, in order.
        read: leaves that the function reached on its own; every run reads their numbers.
        instructions: the operations, in order.
        backward: how many instructions precede the first adjoint; all if there is none.
        outputs: the results: instructions, inputs or constants.
        is_simplified: whether operations are simplified, and equal ones shared.
    """

    def __init__(self, *, simplify: bool = True) -> None:
        self.inputs: list[Variable] = []
        self.read: dict[Variable, Node] = {}
        self.instructions: list[Variable] = []
        self.backward = 0
        self.outputs: list[Variable] = []
        self.is_simplified = simplify
        self._shared: dict[tuple[Any, ...], Variable] = {}
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
        """Build the program of a graph.

        Args:
            nodes: what the outputs depend on, in the order of recording.
            inputs: leaves whose numbers every run is given.
            outputs: nodes, or plain numbers.
            is_read: whether every run reads the number of a leaf that is not an input; else it is a constant.
            adjoints: for nodes that are adjoints, the node that they are the adjoint of.
            simplify: whether to simplify operations, and share equal ones.
        """
        program = cls(simplify=simplify)
        variables = program._enter_inputs(inputs)
        backward: int | None = None
        with np.errstate(all="ignore"):  # tracing has warned already
            for v in nodes:
                if (variable := variables.get(v)) is None:
                    if backward is None and v in adjoints:
                        backward = len(program.instructions)
                    variable = variables[v] = program._enter(v, variables, is_read)
                if v.name and not variable.label:
                    variable.label = v.name
        if backward is not None:
            pairs = ((variables[v], variables.get(adjoints[v])) for v in nodes if v in adjoints)
            program._note_adjoints(backward, pairs)
        program.outputs = [variables[y] if isinstance(y, Node) else program.constant(y) for y in outputs]
        program._drop_dead_code(backward)
        return program

    @property
    def has_arrays(self) -> bool:
        """Whether any of its numbers is an array, or one of NumPy's scalars."""
        return any(hasattr(x.data, "dtype") for x in (*self.inputs, *self.instructions, *self.outputs))

    def constant(self, data: Any) -> Variable:
        """A variable that is this number at every run."""
        return Variable(self, scalars.constant, (), data)

    def apply(self, primitive: Primitive, inputs: Sequence[Any]) -> Variable:
        """Enter an operation, and give the variable that holds its result."""
        return self._enter_operation(
            primitive, tuple([x if isinstance(x, Variable) else self.constant(x) for x in inputs])
        )

    def _enter_operation(self, primitive: Primitive, inputs: tuple[Variable, ...]) -> Variable:
        data = primitive.forward(*[x.data for x in inputs])
        operation = Application(primitive, inputs, data, True in [x.is_constant for x in inputs])
        found = None
        if operation.has_constants:
            found = fold_constants(operation)
            found = mask(operation) if found is None else found
        if found is None and self.is_simplified:
            found = simplify(operation)
        if found is None and not primitive.code:
            found = self._expanded(operation)
        if found is not None:
            return found
        return self._instruction(operation if data.__class__ is float else unbroadcast(operation))

    def known(self, primitive: Primitive, *inputs: Variable) -> Variable | None:
        """The instruction that computes this operation on other instructions or inputs, or None."""
        return None if True in [x.is_constant for x in inputs] else self._shared.get(_key(primitive, inputs))

    def _instruction(self, operation: Application) -> Variable:
        """Enter an instruction, or give an equal one."""
        key = _key(operation.primitive, operation.inputs)
        found = self._shared.get(key) if self.is_simplified else None
        if found is None:
            found = Variable(self, operation.primitive, operation.inputs, operation.data)
            self._shared[key] = found
            self.instructions.append(found)
        return found

    def _expanded(self, operation: Application) -> Variable | None:
        """Expand a row into the operations of its rule, if the rule runs on variables."""
        if operation.primitive in self._whole:
            return None
        entered = len(self.instructions)
        result = expand(operation)
        if result is None:
            self._whole.add(operation.primitive)
            self._withdraw(entered)
        return result

    def _withdraw(self, start: int) -> None:
        """Remove the instructions from a place on."""
        removed = set(map(id, self.instructions[start:]))
        if removed:
            del self.instructions[start:]
            self._shared = {key: x for key, x in self._shared.items() if id(x) not in removed}

    def _enter_inputs(self, inputs: Iterable[Node]) -> dict[Node, Variable]:
        variables = {v: Variable(self, INPUT, (), v._data) for v in inputs}
        self.inputs += variables.values()
        return variables

    def _enter(
        self, v: Node, variables: Mapping[Node, Variable], is_read: Callable[[Node], bool]
    ) -> Variable:
        primitive = v.primitive
        if primitive is not None and primitive is not scalars.constant:
            return self._enter_operation(primitive, tuple([variables[i] for i in v.inputs]))
        if primitive is not None or not is_read(v):
            return self.constant(v._data)
        variable = Variable(self, INPUT, (), v._data)
        self.read[variable] = v
        return variable

    def _note_adjoints(self, backward: int, pairs: Iterable[tuple[Variable, Variable | None]]) -> None:
        """Note of instructions from a place on which variable they are the adjoint of."""
        late = set(self.instructions[backward:])
        for variable, primal in pairs:
            if variable in late and variable.adjoint_of is None:
                variable.adjoint_of = primal

    def _drop_dead_code(self, backward: int | None) -> None:
        needed = set(self.outputs)
        kept = []
        for variable in reversed(self.instructions):
            if variable in needed:
                needed.update(variable.inputs)
                kept.append(variable)
        kept.reverse()
        early = self.instructions if backward is None else self.instructions[:backward]
        self.backward = sum(variable in needed for variable in early)
        self.instructions = kept
        self.read = {variable: leaf for variable, leaf in self.read.items() if variable in needed}


def _key(primitive: Primitive, inputs: Sequence[Variable]) -> tuple[Any, ...]:
    """Equal for equal operations: constants are compared by value, variables by identity."""
    operands = [_value(x) if x.is_constant else id(x) for x in inputs]
    if primitive in _COMMUTATIVE:
        a, b = operands
        if b.__class__ is not int or (a.__class__ is int and b < a):
            return primitive, b, a
    return primitive, *operands


def _value(constant: Variable) -> Any:
    data = constant.data
    if isinstance(data, np.ndarray):
        return data.shape, data.dtype, data.tobytes()
    return type(data), repr(data)  # unlike ==, repr tells 0.0 from -0.0
