"""`primitive`: add your own operation to the table."""

from collections.abc import Sequence
from functools import wraps
from typing import Any

from autograd.rules import special  # noqa: F401 (its names are taken too)
from autograd.rules.primitive import TABLE, Primitive, Rule, row

__all__ = ["primitive"]


def primitive(name: str, forward: Rule, partials: Rule, *, symbol: str | None = None) -> Primitive:
    """Add an operation to the table and return it; ``apply(p, x)`` records it like any other.

    Args:
        name: a name that is not yet in the table.
        forward: ``forward(*inputs)``, in arithmetic that also runs on arrays and `Value`.
        partials: ``partials(output, *inputs)``, a sequence with one local derivative per input; None stands
            for 0.
        symbol: what pictures show; the name if omitted.

    Raises:
        ValueError: the name is taken.

    Raises (when the operation is differentiated):
        TypeError: the rule gives no sequence, or not one derivative per input.

    Examples:
        >>> from autograd import Value, apply, primitive
        >>> cube = primitive("cube_example", lambda a: a * a * a, lambda out, a: (3 * a * a,))
        >>> x = Value(2.0)
        >>> apply(cube, x).backward()
        >>> x.grad
        12.0
    """
    if name in TABLE:
        raise ValueError(f"the primitive {name!r} is already in the table; choose another name")

    @wraps(partials)
    def checked(output: Any, *inputs: Any) -> Sequence[Any]:
        found = partials(output, *inputs)
        if not isinstance(found, (tuple, list)):
            raise TypeError(
                f"the partials of {name!r:.60} give {type(found).__name__}, not a sequence of one derivative "
                f"per input: write a tuple, ({', '.join(['…'] * len(inputs))},)"
            )
        if len(found) != len(inputs):
            raise TypeError(
                f"the partials of {name!r:.60} give {len(found)} derivatives for {len(inputs)} inputs: give "
                "one for each, 0 where there is none"
            )
        return [0 if derivative is None else derivative for derivative in found]

    return row(name, forward, checked, symbol=symbol)
