"""`primitive`: add your own operation to the table."""

from autograd.rules.primitive import TABLE, Primitive, Rule, row

__all__ = ["primitive"]


def primitive(name: str, forward: Rule, partials: Rule, *, symbol: str | None = None) -> Primitive:
    """Add an operation to the table and return it; ``apply(p, x)`` records it like any other.

    Args:
        name: a name that is not yet in the table.
        forward: ``forward(*inputs)``, in arithmetic that also runs on arrays and `Value`.
        partials: ``partials(output, *inputs)``, a sequence with one local derivative per input.
        symbol: what pictures show; the name if omitted.

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
    return row(name, forward, partials, symbol=symbol)
