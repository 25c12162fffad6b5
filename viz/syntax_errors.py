"""`reason`: say why a typed expression is not in Python's notation."""

from __future__ import annotations

import re

from viz.function_names import functions
from viz.labels import shorten

__all__ = ["reason"]

# What a text has in place of Python's notation, and what to write.
_SIGNS = {
    "²": "x**2",
    "³": "x**3",
    "√": "sqrt(x)",
    "·": "*",
    "×": "*",
    "÷": "/",
    "−": "-",
    "^": "**",
    ":=": "=",
}
# A number or a name beside a name: what stands where a product lacks its sign.
_PRODUCT = r"(?<![\w.])((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?) *([A-Za-z_]\w*)|\b([A-Za-z_]\w*|\d+) +(\w+)"


def reason(source: str, error: SyntaxError) -> str:
    """Say what a text that is not Python's notation probably means, or Python's own reason."""
    if call := re.search(rf"\b({'|'.join(functions())}) +(\w+)", source):
        return f"write the input in parentheses, as in {call[1]}({shorten(call[2])})"
    if product := re.search(_PRODUCT, source):
        left, right = (text for text in product.groups() if text)
        return f"write a product with *, as in {shorten(left)}*{shorten(right)}"
    if "|" in source:
        return "write abs(x) for |x|"
    if sign := next((sign for sign in _SIGNS if sign in source), None):
        return f"write {_SIGNS[sign]} for {sign}"
    return _missing(source, error) if error.msg.startswith("invalid syntax") else error.msg.partition(". ")[0]


def _missing(source: str, error: SyntaxError) -> str:
    """Say what is missing beside the place where the text cannot be read, or what has no meaning there."""
    rest = source[(error.offset or 1) - 1 :]
    if not rest:
        last = re.search(r"(\*\*|//|[^\W\d]\w*|.)$", source)
        return f"an expression is missing after {shorten(last[0]) if last else 'it'}"
    found = re.match(r"\*\*|//|:=|->|[\w.]+|.", rest)
    sign = found[0] if found else rest
    if sign == "=":
        return "a name is missing before ="
    if sign in (*"+-*/%;,)", "**", "//"):
        return f"an expression is missing before {sign}"
    return f"{shorten(sign)} has no meaning there"
