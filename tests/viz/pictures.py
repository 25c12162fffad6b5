"""Read pictures back; and graphs to draw."""

import random
import re
from xml.etree import ElementTree

import numpy as np

from autograd import Tensor, Value, softmax_cross_entropy
from viz.layout import layout
from viz.markup import attributes
from viz.style import KINDS

SVG = "{http://www.w3.org/2000/svg}"
# The look of each kind, as attributes in DOT.
STYLES = {name: attributes(kind.attributes).strip() for name, kind in KINDS.items()}


def drawn(picture):
    """The laid out picture as an XML tree."""
    return parsed(layout(picture.source))


def parsed(svg):
    """Parse an SVG; a syntax error fails the test."""
    return ElementTree.fromstring(svg)  # noqa: S314 (it is our own)


def group(svg, title):
    """The group of one node or edge."""
    (found,) = [g for g in svg.iter(f"{SVG}g") if g.findtext(f"{SVG}title") == title]
    return found


def texts(svg, title):
    """Every text of one node or edge, cell after cell."""
    return [t.text for t in group(svg, title).iter(f"{SVG}text")]


def node_texts(svg, node):
    """The text of each line of one node, its cells joined."""
    lines = []
    for text in sorted(group(svg, node).iter(f"{SVG}text"), key=lambda text: float(text.get("y"))):
        x, y = float(text.get("x")), float(text.get("y"))
        # Baselines in one line differ a little with the font.
        if not lines or y - lines[-1][0] > 8:
            lines.append((y, []))
        lines[-1][1].append((x, text.text or ""))
    return ["".join(piece for _, piece in sorted(line)).replace("\xa0", " ") for _, line in lines]


def edges(picture):
    """The edges of a picture, in order and with repeats."""
    return re.findall(r"^\t(\w+) -> (\w+)", picture.source, re.MULTILINE)


def random_graph(seed, steps=8):
    """A small graph with shared values, repeated inputs and constants; its result and its leaves."""
    rng = random.Random(seed)
    leaves = [Value(rng.uniform(0.5, 1.5), name=f"x{i}") for i in range(3)]
    values = list(leaves)
    for _ in range(steps):
        a, b = rng.choice(values), rng.choice(values)
        values.append(rng.choice([lambda a, b: a * b, lambda a, b: a + b, lambda a, _: a * 2.0])(a, b))
    return sum(values[3:], start=values[-1]), leaves


def ladder(length):
    """Square x repeatedly; the result and x."""
    x = y = Value(1.01, name="x")
    for _ in range(length):
        y = y * y
    return y, x


def chain(length):
    """A deep graph without branches."""
    y = Value(1.0, name="x")
    for _ in range(length):
        y = y + 1.0
    return y


def perceptron(dtype=None):
    """Two layers on five examples, in tensors; the loss and the parameters."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(5, 2)).astype(dtype)
    W1, W2 = (
        Tensor(rng.normal(size=shape), name=name, dtype=dtype)
        for name, shape in (("W1", (4, 2)), ("W2", (2, 4)))
    )
    b1, b2 = (Tensor(np.zeros(n), name=name, dtype=dtype) for name, n in (("b1", 4), ("b2", 2)))
    hidden = np.tanh(inputs @ W1.T + b1)
    loss = softmax_cross_entropy(hidden @ W2.T + b2, np.array([0, 1, 0, 1, 1]))
    loss.name = "loss"
    return loss, [W1, b1, W2, b2]
