"""The table of primitives: every operation once, with its local derivatives.

A row is a name, a symbol, the forward function and the function of its local derivatives
(partials). Both are plain arithmetic, so the same row runs on floats, fractions and NumPy
arrays, where it evaluates; on `Value`, where it records; on `Dual`, where it is forward-mode
differentiation; on `Counted`, where it counts; and on `Symbol`, where it writes itself down as a
formula. Nothing else in the package knows a derivative.

Where a function has a kink, the row says which subgradient it takes:
``relu'(0) = 0``, ``abs'(0) = 0``, and a tie of ``maximum`` or ``minimum`` is shared half and half.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any

import numpy as np

__all__ = ["TABLE", "Primitive", "apply", "primitive"]

Rule = Callable[..., Any]


class Primitive:
    """One operation: what it computes, and the derivative of its output by each of its inputs.

    Attributes:
        name: the function's name, as ``tanh``.
        symbol: how pictures and `Value.op` show it, as ``tanh`` or ``*``.
        forward: ``forward(*inputs)`` gives the output.
        partials: ``partials(output, *inputs)`` gives one local derivative per input.
        kind: what one of its operations counts as in a cost.
        elementwise: whether on arrays it is done element by element.
        code: how a compiled program writes it, as ``tanh({0})``: an expression that Python and C
            share. None for what is made of other operations, or is written by no one formula.
    """

    __slots__ = ("code", "elementwise", "forward", "kind", "name", "partials", "symbol")

    def __init__(
        self, name: str, symbol: str, forward: Rule, partials: Rule, kind: str = "multiplications"
    ) -> None:
        self.name = name
        self.symbol = symbol
        self.forward = forward
        self.partials = partials
        self.kind = kind
        self.elementwise = True
        self.code: str | None = None

    def evaluate(self, *inputs: Any) -> tuple[Any, Callable[[], Any] | None]:
        """The output; and a function that gives the local derivatives, if it knows more than `partials`."""
        return self.forward(*inputs), None

    def work(self, output: Any, *inputs: Any) -> int:
        """How many operations it takes: one for every element of the output."""
        return output.size if isinstance(output, np.ndarray) else 1

    def on_objects(self, *inputs: Any) -> Any:
        """Apply it to arrays of other numbers, as of Values."""
        if not self.elementwise:
            return self.forward(*inputs)
        return np.frompyfunc(partial(apply, self), len(inputs), 1)(*inputs)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __copy__(self) -> Primitive:
        return self  # a row of the table is told by identity

    def __deepcopy__(self, memo: object) -> Primitive:
        return self


class Fused(Primitive):
    """A primitive made of several elementary operations, whose derivatives reuse what they computed.

    Its rule takes the inputs and returns the output together with a function of no arguments that
    gives the local derivatives from the intermediate results (the *residuals*).
    """

    __slots__ = ("rule",)

    def __init__(self, name: str, symbol: str, rule: Rule) -> None:
        super().__init__(
            name,
            symbol,
            forward=lambda *inputs: rule(*inputs)[0],
            partials=lambda output, *inputs: rule(*inputs)[1](),
        )
        self.rule = rule
        self.elementwise = False

    def evaluate(self, *inputs: Any) -> tuple[Any, Callable[[], Any] | None]:
        output, partials = self.rule(*inputs)
        return output, partials


TABLE: dict[str, Primitive] = {}


def apply(primitive: Primitive, *inputs: Any) -> Any:
    """Apply a primitive to any numbers: plain ones give a plain one, the others one of their own kind."""
    objects = False
    for x in inputs:
        if isinstance(x, np.ndarray):
            objects = objects or x.dtype.hasobject
        elif (by_type := getattr(type(x), "_apply", None)) is not None:
            return by_type(primitive, inputs)
    return primitive.on_objects(*inputs) if objects else primitive.forward(*inputs)


def primitive(name: str, forward: Rule, partials: Rule, *, symbol: str | None = None) -> Primitive:
    """Add an operation to the table and return it; ``apply(p, x)`` records it like any other.

    Args:
        name: a new name, not yet in the table.
        forward: ``forward(*inputs)``, in arithmetic that also runs on arrays and `Value`.
        partials: ``partials(output, *inputs)``, a sequence with one local derivative per input.
        symbol: what pictures show; the name if left out.

    Raises:
        ValueError: the name is taken.

    Example:
        >>> from autograd import Value, apply, primitive
        >>> cube = primitive("cube_example", lambda a: a * a * a, lambda out, a: (3 * a * a,))
        >>> x = Value(2.0)
        >>> apply(cube, x).backward()
        >>> x.grad
        12.0
    """
    if name in TABLE:
        raise ValueError(f"the primitive {name!r} is already in the table; choose another name")
    return _row(name, forward, partials, symbol=symbol)


def _row(
    name: str, forward: Rule, partials: Rule, *, symbol: str | None = None, code: str | None = None
) -> Primitive:
    row = TABLE[name] = Primitive(name, symbol or name, forward, partials)
    row.code = code
    return row


def _elementary(name: str) -> Callable[[Any], Any]:
    """The function of that name on any number: Python's on floats, NumPy's on arrays, else a method."""
    on_float: Callable[[Any], Any] = getattr(math, name)
    on_array: Callable[[Any], Any] = getattr(np, name)

    def function(x: Any) -> Any:
        if x.__class__ is float:
            return on_float(x)
        if isinstance(x, (np.ndarray, np.generic)):
            return on_array(x)
        method = getattr(x, name, None)
        return on_float(x) if method is None else method()

    return function


_exp, _log, _sqrt, _sin, _cos, _tanh = map(_elementary, ("exp", "log", "sqrt", "sin", "cos", "tanh"))


def where(condition: Any, yes: Any, no: Any) -> Any:
    """One or the other, element by element where the condition is an array."""
    if condition is True or condition is False:
        return yes if condition else no
    if isinstance(condition, (np.ndarray, np.bool_)):
        return apply(where_of(condition), yes, no)
    if _records(condition):
        return apply(select, condition, yes, no)
    return yes if condition else no


def _records(x: Any) -> bool:
    """Whether operations on it are more than arithmetic on plain numbers."""
    return hasattr(type(x), "_apply")


def indicator(condition: Any, like: Any) -> Any:
    """1 where the condition holds and 0 elsewhere, in the other number's precision."""
    return condition.astype(like.dtype) if hasattr(like, "dtype") else condition * 1.0


def _sigmoid(x: Any) -> Any:
    # Two forms, each used where its exponential cannot overflow.
    e = _exp(-abs(x))
    return where(x > 0, 1 / (1 + e), e / (1 + e))


def _softplus(x: Any) -> Any:
    if isinstance(x, (np.ndarray, np.generic)):
        return np.logaddexp(x, 0)
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _power(base: Any, exponent: Any) -> Any:
    result = base**exponent
    if isinstance(result, complex):
        raise ValueError("a negative base has no real power with a fractional exponent")
    return result


def _power_by_base(base: Any, exponent: Any) -> Any:
    # a**0 is 1 whatever a, so its slope is 0 and not 0 times infinity.
    return exponent * _power(base, exponent - 1 if exponent != 0 else 0)


def _slope_by_base(base: Any, exponent: Any) -> Any:
    # The same with an exponent that is differentiated too, and so must not be cut out where it is 0.
    return exponent * _power(where(base == 0, where(exponent == 0, 1.0, base), base), exponent - 1)


def _log_of_base(base: Any) -> Any:
    # 0**b stays 0 as b moves; a negative base has no derivative by its exponent.
    return where(base > 0, _log(where(base > 0, base, 1.0)), where(base == 0, 0.0, math.nan))


def _greater(a: Any, b: Any) -> Any:
    """1 where a > b, 0 where a < b, and a half at a tie."""
    return 0.5 * (1 + indicator(a > b, a) - indicator(b > a, a))


# NaN is neither greater nor smaller than anything, so it is passed on by asking for the contrary.
def _maximum(a: Any, b: Any) -> Any:
    if a.__class__ is b.__class__ is float:
        return a if a >= b or a != a else b
    if isinstance(a, np.ndarray):
        return np.maximum(a, b)
    if _records(a):
        return apply(maximum, a, b)
    return where((a >= b) | (a != a), a, b)


def _minimum(a: Any, b: Any) -> Any:
    if a.__class__ is b.__class__ is float:
        return a if a <= b or a != a else b
    if isinstance(a, np.ndarray):
        return np.minimum(a, b)
    return where((a <= b) | (a != a), a, b)


add = _row("add", operator.add, lambda out, a, b: (1, 1), symbol="+", code="{0} + {1}")
sub = _row("sub", operator.sub, lambda out, a, b: (1, -1), symbol="-", code="{0} - {1}")
mul = _row("mul", operator.mul, lambda out, a, b: (b, a), symbol="*", code="{0} * {1}")
div = _row("div", operator.truediv, lambda out, a, b: (1 / b, -out / b), symbol="/", code="{0} / {1}")
identity = _row("identity", lambda a: a, lambda out, a: (1,), symbol="=")
neg = _row("neg", operator.neg, lambda out, a: (-1,), symbol="-", code="-{0}")
square = _row("square", lambda a: a * a, lambda out, a: (2 * a,), symbol="²")
sqrt = _row("sqrt", _sqrt, lambda out, a: (0.5 / out,), symbol="√", code="sqrt({0})")
exp = _row("exp", _exp, lambda out, a: (out,), code="exp({0})")
log = _row("log", _log, lambda out, a: (1 / a,), code="log({0})")
sin = _row("sin", _sin, lambda out, a: (_cos(a),), code="sin({0})")
cos = _row("cos", _cos, lambda out, a: (-_sin(a),), code="cos({0})")
tanh = _row("tanh", _tanh, lambda out, a: (1 - out * out,), code="tanh({0})")
sigmoid = _row("sigmoid", _sigmoid, lambda out, a: (out * (1 - out),), symbol="σ")
relu = _row("relu", lambda a: _maximum(a, 0.0), lambda out, a: (indicator(a > 0, a),))
softplus = _row("softplus", _softplus, lambda out, a: (apply(sigmoid, a),), code="softplus({0})")
absolute = _row(
    "abs",
    abs,
    lambda out, a: (indicator(a > 0, a) - indicator(a < 0, a),),
    symbol="|·|",
    code="abs({0})",
)
maximum = _row(
    "maximum",
    _maximum,
    lambda out, a, b: (_greater(a, b), _greater(b, a)),
    symbol="max",
    code="maximum({0}, {1})",
)
minimum = _row(
    "minimum",
    _minimum,
    lambda out, a, b: (_greater(b, a), _greater(a, b)),
    symbol="min",
    code="minimum({0}, {1})",
)
power = _row(
    "power",
    _power,
    lambda out, a, b: (_slope_by_base(a, b), out * _log_of_base(a)),
    symbol="**",
    code="power({0}, {1})",
)
add.kind = sub.kind = "additions"
constant = Primitive("constant", "", lambda: None, lambda out: ())


# What follows is recorded only while a function is compiled: else a comparison is true or false there
# and then. The result of one is 0 or 1, and does not move with the numbers compared.
def _comparison(name: str, symbol: str, forward: Rule) -> Primitive:
    row = Primitive(name, symbol, forward, lambda out, a, b: (0, 0))
    row.code = f"{{0}} {symbol} {{1}}"
    return row


COMPARISONS: dict[Rule, Primitive] = {
    operator.eq: _comparison("equal", "==", operator.eq),
    operator.ne: _comparison("not equal", "!=", operator.ne),
    operator.lt: _comparison("less", "<", operator.lt),
    operator.le: _comparison("less or equal", "<=", operator.le),
    operator.gt: _comparison("greater", ">", operator.gt),
    operator.ge: _comparison("greater or equal", ">=", operator.ge),
}

detached = Primitive("detach", "detach", lambda a: a, lambda out, a: (0,))
FLAT = frozenset({*COMPARISONS.values(), detached})

select = Primitive(
    "select",
    "?",
    lambda condition, yes, no: where(condition, yes, no),
    lambda out, condition, yes, no: (0, indicator(condition, yes), 1 - indicator(condition, yes)),
)
select.code = "select({0}, {1}, {2})"


def where_of(condition: Any) -> Primitive:
    """One of two numbers, element by element, as a fixed array of truth values says."""

    def partials(out: Any, yes: Any, no: Any) -> tuple[Any, Any]:
        return indicator(condition, out), indicator(~condition, out)

    def forward(yes: Any, no: Any) -> Any:
        if _records(yes) or _records(no):  # a program being written, which has code for `select`
            return apply(select, condition, yes, no)
        return np.where(condition, yes, no)

    row = Primitive("where", "where", forward, partials)
    row.elementwise = False  # the condition has a shape of its own
    return row


@lru_cache(maxsize=1024, typed=True)
def power_of(exponent: Any) -> Primitive:
    """``a ** exponent`` for a fixed exponent: one input, so a negative base is fine."""
    return Primitive(
        f"power {exponent}",
        f"**{exponent}",
        lambda a: _power(a, exponent),
        lambda out, a: (_power_by_base(a, exponent),),
    )


@lru_cache(maxsize=1024, typed=True)
def exponential_of(base: Any) -> Primitive:
    """``base ** a`` for a fixed base."""
    return Primitive(
        f"exponential {base}",
        f"{base}**",
        lambda a: _power(base, a),
        lambda out, a: (out * _log_of_base(base),),
    )


@lru_cache(maxsize=1024)
def softmax_cross_entropy_of(target: int) -> Primitive:
    """``-log softmax(z)[target]`` of n logits, by log-sum-exp, as one operation.

    Subtracting the greatest logit keeps it finite where the logits' differences are. The local
    derivatives are ``softmax(z) - onehot(target)`` (Bishop, *PRML*, 2006, section 4.3.4).
    """

    def rule(*logits: Any) -> tuple[Any, Callable[[], list[Any]]]:
        greatest = logits[0]
        for logit in logits[1:]:
            greatest = apply(maximum, greatest, logit)
        exponentials = [_exp(logit - greatest) for logit in logits]
        total = sum(exponentials[1:], start=exponentials[0])

        def partials() -> list[Any]:
            probabilities = [exponential / total for exponential in exponentials]
            probabilities[target] = probabilities[target] - 1
            return probabilities

        return (_log(total) + greatest) - logits[target], partials

    return Fused(f"softmax cross-entropy {target}", "softmax CE", rule)


@lru_cache(maxsize=64)
def activation_named(name: str) -> Primitive:
    """The primitive of that name, if it can follow a neuron's sum.

    Raises:
        ValueError: there is none, or it takes more than one input.
    """
    if name not in TABLE:
        raise ValueError(f"there is no activation {name!r}; the primitives are {', '.join(TABLE)}")
    try:
        with suppress(ArithmeticError, ValueError):
            TABLE[name].forward(0.5)
    except TypeError:
        raise ValueError(f"the activation {name!r} does not take one input") from None
    return TABLE[name]


@lru_cache(maxsize=64)
def neuron_of(activation: Primitive | None) -> Primitive:
    """``activation(b + w_1 x_1 + … + w_n x_n)`` as one operation of ``b, w_1 … w_n, x_1 … x_n``."""

    def rule(bias: Any, *weights_and_inputs: Any) -> tuple[Any, Callable[[], list[Any]]]:
        half = len(weights_and_inputs) // 2
        weights, inputs = weights_and_inputs[:half], weights_and_inputs[half:]
        total = sum(map(operator.mul, weights, inputs), start=bias)
        if activation is None:
            return total, lambda: [1, *inputs, *weights]
        output = apply(activation, total)

        def partials() -> list[Any]:
            (slope,) = activation.partials(output, total)
            return [slope, *[slope * x for x in inputs], *[slope * w for w in weights]]

        return output, partials

    name = "neuron" if activation is None else f"{activation.name} neuron"
    return Fused(name, name, rule)
