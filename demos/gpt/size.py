"""The size of one step of the GPT, in scalars and in whole arrays: nodes, edges, paths, and costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import viz
from autograd import Cost, Graph, Node, Value, predict
from demos.complexity.predictions import GraphForm
from demos.complexity.problems import Layers
from demos.complexity.study import METHODS
from demos.gpt.text import encoded
from demos.scalar_gpt import BLOCK, GPT, named
from demos.tensor_gpt import TensorGPT, weights_of
from viz import LayoutError

__all__ = ["StepSize", "step_sizes"]

# The operations a second for which times are shown.
SPEED = 1e9


@dataclass(frozen=True, slots=True)
class StepSize:
    """One step on one name.

    Attributes:
        title: ``"scalars"`` or ``"whole arrays"``.
        nodes, edges: of the graph, constants included.
        paths: from all parameters to the loss.
        costs: all operations of the gradient, by method; methods that take only numbers are left out.
        picture: the graph folded by block, as SVG; None if Graphviz cannot lay it out.
    """

    title: str
    nodes: int
    edges: int
    paths: int
    costs: dict[str, int]
    picture: str | None


def step_sizes(model: TensorGPT, name: str, methods: list[str]) -> list[StepSize]:
    """The step in scalars, then in whole arrays."""
    tokens = encoded(name)
    scalar = GPT(Value, weights_of(model), model.layers[0].attention.heads, len(model.layers))
    return [
        _sized("scalars", scalar.loss(tokens), _of_scalars(scalar), methods),
        _sized("whole arrays", model.loss(tokens), _of_arrays(model), methods),
    ]


def _sized(title: str, loss: Node, layers: dict[str, list[Any]], methods: list[str]) -> StepSize:
    graph = Graph(loss)
    leaves = [p for layer in layers.values() for p in layer if p in graph]
    paths = sum(graph.paths_from([graph.index(p) for p in leaves]).values())
    groups = list(layers.values())
    form = GraphForm(lambda: (loss, groups), paths)
    try:
        picture = viz.draw(loss, wrt=layers, budget=len(layers)).svg()
    except LayoutError:
        picture = None
    costs = {
        name: (form.costs[name] if name in form.costs else _predicted(loss, groups, name)).total
        for name in methods
        if name in form.costs or isinstance(loss, Value)
    }
    return StepSize(title, len(graph), sum(1 for _ in graph.edges), paths, costs, picture)


def _predicted(loss: Node, layers: Layers, name: str) -> Cost:
    return predict(loss, METHODS[name].wrt(layers), METHODS[name].engine)


def _of_scalars(model: GPT) -> dict[str, list[Any]]:
    """The parameters by the part of the network that they belong to."""

    def flat(*names: str) -> list[Any]:
        return [p for name in names for row in model.weights[name] for p in row]

    parts = {"embeddings": flat("token", "position")}
    for block in range(model.blocks):
        attention, perceptron = BLOCK[:4], BLOCK[4:]
        parts[f"attention {block + 1}"] = flat(*(named(block, name) for name in attention))
        parts[f"perceptron {block + 1}"] = flat(*(named(block, name) for name in perceptron))
    return {**parts, "head": flat("head")}


def _of_arrays(model: TensorGPT) -> dict[str, list[Any]]:
    parts = {"embeddings": [model.token.weight, model.position.weight]}
    for number, block in enumerate(model.layers, start=1):
        parts[f"attention {number}"] = block.attention.parameters()
        parts[f"perceptron {number}"] = [block.up.weight, block.down.weight]
    return {**parts, "head": [model.head.weight]}
