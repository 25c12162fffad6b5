"""Files that students hand in: a right one in micrograd's style, and changes that make it wrong."""

from __future__ import annotations

RIGHT = """\
import math


class Value:
    def __init__(self, data, children=()):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = children

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def __pow__(self, n):
        out = Value(self.data**n, (self,))

        def _backward():
            self.grad += n * self.data ** (n - 1) * out.grad

        out._backward = _backward
        return out

    def tanh(self):
        out = Value(math.tanh(self.data), (self,))

        def _backward():
            self.grad += (1 - out.data**2) * out.grad

        out._backward = _backward
        return out

    def relu(self):
        out = Value(self.data if self.data > 0 else 0.0, (self,))

        def _backward():
            self.grad += (self.data > 0) * out.grad

        out._backward = _backward
        return out

    def exp(self):
        out = Value(math.exp(self.data), (self,))

        def _backward():
            self.grad += out.data * out.grad

        out._backward = _backward
        return out

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return (-self) + other

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return self**-1 * other

    def backward(self):
        order, seen = [], set()

        def visit(v):
            if v not in seen:
                seen.add(v)
                for child in v._prev:
                    visit(child)
                order.append(v)

        visit(self)
        for v in order[:-1]:
            if v._prev:
                v.grad = 0.0
        self.grad = 1.0
        for v in reversed(order):
            v._backward()
"""

SWEEP = RIGHT[RIGHT.index("        order, seen = [], set()") :]


def changed(*changes: tuple[str, str]) -> str:
    """The right file with some texts replaced, each of which it has."""
    text = RIGHT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def swept(body: str) -> str:
    """The right file with another body of backward."""
    return RIGHT.replace(SWEEP, "".join(f"        {line}\n" for line in body.strip().splitlines()))


# A mistake of the whole sweep: its name, and the file that makes it.
SWEEPS = {
    "= for +=": changed(("grad += ", "grad = ")),
    "= for += in tanh": changed(("self.grad += (1 - out", "self.grad = (1 - out")),
    "= for += in +": changed(
        ("self.grad += out.grad\n", "self.grad = out.grad\n"),
        ("other.grad += out.grad", "other.grad = out.grad"),
    ),
    "= for += in **": changed(("self.grad += n *", "self.grad = n *")),
    "= for += in +, second input": changed(("other.grad += out.grad", "other.grad = out.grad")),
    "chain rule missing in *, first input": changed(("+= other.data * out.grad", "+= other.data")),
    "parents in a set": changed(
        (
            "self.grad += other.data * out.grad\n            other.grad += self.data * out.grad",
            "for v, d in {self: other.data, other: self.data}.items():\n"
            "                v.grad += d * out.grad",
        ),
        (
            "self.grad += out.grad\n            other.grad += out.grad",
            "for v in {self, other}:\n                v.grad += out.grad",
        ),
    ),
    "order not reversed": changed(("in reversed(order)", "in order")),
    "no topological order": swept(
        "self.grad = 1.0\nwaiting, seen = [self], {self}\nfor v in waiting:\n    v._backward()\n"
        "    for u in v._prev:\n        if u not in seen:\n"
        "            seen.add(u)\n            waiting.append(u)"
    ),
    "passed on again": swept(
        "self.grad = 1.0\ndef visit(v):\n    v._backward()\n"
        "    for u in v._prev:\n        visit(u)\nvisit(self)"
    ),
    "passed on twice": changed(
        ("            v._backward()", "            v._backward()\n            v._backward()")
    ),
    "equal values taken for one": RIGHT
    + "\n    def __eq__(self, other):\n        return self.data == other.data\n"
    + "\n    def __hash__(self):\n        return hash(self.data)\n",
    "seed set at every value": swept(
        "self.grad = 1.0\nself._backward()\nfor u in self._prev:\n    u.backward()"
    ),
    "no seed": changed(("        self.grad = 1.0\n", "")),
    "seed is the data": changed(("self.grad = 1.0", "self.grad = self.data")),
    "chain rule missing": changed((" * out.grad", ""), ("+= out.grad", "+= 1.0")),
    "chain rule missing in tanh": changed(("(1 - out.data**2) * out.grad", "1 - out.data**2")),
}
# A wrong operation: the operator, the name of the mistake, and the file.
OPERATIONS = {
    "derivative of a.tanh() by a: 1 - out": changed(("1 - out.data**2", "1 - out.data")),
    "derivative of a.tanh() by a: 1 - a**2": changed(("1 - out.data**2", "1 - self.data**2")),
    "derivative of a.exp() by a: a": changed(("+= out.data * out", "+= self.data * out")),
    "derivative of a.relu() by a: 1": changed(("(self.data > 0) * out", "1.0 * out")),
    "derivative of a ** c by a: c * a**c": changed(("self.data ** (n - 1)", "self.data**n")),
    "derivative of a * b by a: a": changed(
        ("self.grad += other.data", "self.grad += self.data"),
        ("other.grad += self.data", "other.grad += other.data"),
    ),
    "derivative of a.tanh() by a: 2 times 1 - out**2": changed(
        ("(1 - out.data**2)", "2 * (1 - out.data**2)")
    ),
    "value of c - a: a - c": changed(("return (-self) + other", "return self - other")),
    "value of c / a: a / c": changed(("return self**-1 * other", "return self / other")),
    "value of a.relu(): a": changed(("self.data if self.data > 0 else 0.0", "self.data")),
}
