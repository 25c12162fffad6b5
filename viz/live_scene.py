"""What the view of a training shows: the network, its numbers, the plane of its inputs, the counts."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from math import comb, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import METHODS, Graph, Linearization, Tensor, predict
from autograd.costs.cost import Cost, readable
from viz.labels import data_of, printable, shorten
from viz.report_data import adjoints, columns_of
from viz.trainer import Recorded, Trainer

__all__ = ["BACKPROP", "NAIVE", "UpdateLedger", "network", "numbers", "plane", "points", "scene"]

NAIVE, BACKPROP = "paths", "backprop"
# Cells along a side of the plane of inputs.
SIDE = 32
# The most examples shown as points, and the most values of a graph drawn one by one.
MOST_POINTS, MOST_VALUES = 2_000, 300


def scene(recorded: Recorded) -> dict[str, Any]:
    """The parts of the drawing that do not change from update to update."""
    if recorded.columns:
        return network(recorded)
    graph = Graph(recorded.loss)
    if len(graph) > MOST_VALUES:
        return {"kind": "large", "size": len(graph), "parameters": _shapes(recorded)}
    wrt = [node for parameter in recorded.parameters.values() for node in _nodes(parameter)]
    name = shorten(printable(getattr(recorded.loss, "name", None) or "the loss"))
    return {"kind": "graph", "graph": _columns(graph, wrt, name), "parameters": _shapes(recorded)}


def network(recorded: Recorded) -> dict[str, Any]:
    """The columns of neurons by name, and the weights and biases between them."""
    sizes = [np.shape(column)[-1] for column in recorded.columns]
    letters = ["x", *["h"] * (len(sizes) - 2), "o"]
    names = [
        [f"{letter}{number if letter == 'h' and len(sizes) > 3 else ''}[{i}]" for i in range(size)]
        for number, (letter, size) in enumerate(zip(letters, sizes, strict=True))
    ]
    return {
        "kind": "network",
        "columns": names,
        "chain": [list(pair) for pair in recorded.chain],
        "parameters": _shapes(recorded),
    }


def numbers(recorded: Recorded) -> dict[str, Any]:
    """The numbers of a scene: data and derivatives of the loss.

    Raises:
        ArithmeticError, ValueError: a local derivative is infinite or undefined at this point.
    """
    parameters, columns = recorded.parameters, recorded.columns[1:]
    nodes = [_nodes(x) for x in (*parameters.values(), *columns)]
    graph = Graph(recorded.loss)
    flat = [node for group in nodes for node in group]
    found = iter(METHODS["backprop"](Linearization(graph, [flat], recorded=False)))
    slopes = [np.ravel([next(found) for _ in group]).tolist() for group in nodes]
    shown = {
        "loss": float(data_of(recorded.loss)),
        "parameters": {name: _numbers(x) for name, x in parameters.items()},
        "gradients": dict(zip(parameters, slopes, strict=False)),
        "columns": [_numbers(column) for column in recorded.columns],
        "adjoints": slopes[len(parameters) :],
    }
    if not recorded.columns and len(graph) <= MOST_VALUES:
        columns_now = _columns(graph, flat, "")
        shown["graph"] = {key: columns_now[key] for key in ("data", "adjoints", "edges")}
    return shown


def _columns(graph: Graph, wrt: Sequence[Any], name: str) -> dict[str, Any]:
    return columns_of(name, graph, wrt, adjoints(graph, [wrt]), listed=False)


def _nodes(x: Any) -> list[Any]:
    """A parameter or column as nodes."""
    return list(x.flat) if isinstance(x, np.ndarray) else [x]


def _numbers(x: Any) -> list[float]:
    """The numbers of a parameter or column, flat."""
    if isinstance(x, np.ndarray) and x.dtype == object:
        return [float(data_of(node)) for node in x.flat]
    data = data_of(x) if isinstance(x, Tensor) or not isinstance(x, np.ndarray) else x
    return np.ravel(data).astype(float).tolist()


def _shapes(recorded: Recorded) -> list[Any]:
    """Every parameter: its name, its name as shown, and its shape."""
    titles = {name: _title(name, x) for name, x in recorded.parameters.items()}
    times = Counter(titles.values())
    return [
        [
            name,
            shorten(printable(titles[name] if times[titles[name]] == 1 else name)),
            list(np.shape(data_of(x) if not hasattr(x, "shape") else x)),
        ]
        for name, x in recorded.parameters.items()
    ]


def _title(name: str, parameter: Any) -> str:
    """The name in pictures if the parameter has one, else the name among the parameters."""
    node = _nodes(parameter)[0]
    return (node.name or name).partition("[")[0]


# ---- the plane of the inputs ------------------------------------------------------------------------


def points(trainer: Trainer) -> dict[str, Any]:
    """The examples, as far as they are shown: the first two features, and the targets; else their number."""
    inputs, targets = trainer.inputs, trainer.targets
    if inputs is None or inputs.ndim != 2:
        return {} if inputs is None else {"count": len(inputs)}
    shown = slice(0, MOST_POINTS)
    of_classes = targets.ndim == 1 and targets.dtype.kind in "biu"
    return {
        "inputs": inputs[shown, :2].astype(float).tolist(),
        "targets": (targets if targets.ndim == 1 else targets[:, 0])[shown].astype(float).tolist(),
        "features": inputs.shape[1],
        "count": len(inputs),
        "classes": _classes(trainer) if of_classes else 0,
        "bounds": _bounds(inputs),
    }


def _classes(trainer: Trainer) -> int:
    return max(2, int(trainer.predict(trainer.inputs[:1]).shape[-1]))


def _bounds(inputs: NDArray[Any]) -> list[list[float]]:
    """The least and the greatest number on each axis shown, with a margin."""
    found = []
    for axis in range(min(2, inputs.shape[1])):
        low, high = float(inputs[:, axis].min()), float(inputs[:, axis].max())
        margin = 0.12 * (high - low) or 1.0
        found.append([low - margin, high + margin])
    return found


def plane(trainer: Trainer) -> dict[str, Any]:
    """What the model answers over the plane of the first two inputs, the others at their means.

    Returns:
        ``cells``: for classes, the class of each cell, from the lower left on, row by row; for numbers, the
        output as 0 to 255 between ``low`` and ``high``; in base64. ``sure``: the probability of the class,
        as 0 to 255. ``line``: the outputs along one input, for numbers.
    """
    inputs, targets = trainer.inputs, trainer.targets
    if inputs is None or inputs.ndim != 2:
        return {}
    bounds = _bounds(inputs)
    axes = [np.linspace(low, high, SIDE) for low, high in bounds]
    if len(axes) == 1:
        grid = np.linspace(bounds[0][0], bounds[0][1], 4 * SIDE)[:, None]
    else:
        grid = np.tile(inputs.mean(axis=0), (SIDE * SIDE, 1))
        grid[:, 0], grid[:, 1] = np.tile(axes[0], SIDE), np.repeat(axes[1], SIDE)
    try:
        with np.errstate(all="ignore"):
            outputs = trainer.predict(grid)
    except (IndexError, TypeError, ValueError):
        return {}  # the inputs are whole numbers, such as tokens: there is nothing between them
    outputs = outputs.reshape(len(grid), -1)
    if targets.ndim == 1 and targets.dtype.kind in "biu":
        return _regions(outputs)
    if len(axes) == 1:
        return {"line": [[float(x), float(y)] for x, y in zip(grid[:, 0], outputs[:, 0], strict=True)]}
    low, high = float(outputs[:, 0].min()), float(outputs[:, 0].max())
    shade = (outputs[:, 0] - low) / ((high - low) or 1) * 255
    return {"side": SIDE, "cells": _packed(shade), "low": low, "high": high}


def _regions(outputs: NDArray[Any]) -> dict[str, Any]:
    """The class of each cell, and how sure the model is of it."""
    if outputs.shape[1] == 1:  # the logit of class 1
        outputs = np.concatenate([np.zeros_like(outputs), outputs], axis=1)
    shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    sure = 1 / shifted.sum(axis=1)
    side = SIDE if len(outputs) == SIDE * SIDE else len(outputs)
    return {"side": side, "cells": _packed(outputs.argmax(axis=1)), "sure": _packed(sure * 255)}


def _packed(numbers: NDArray[Any]) -> str:
    """Numbers from 0 to 255 as base64."""
    return base64.b64encode(np.nan_to_num(numbers).astype(np.uint8).tobytes()).decode()


# ---- what it costs ------------------------------------------------------------------------------------


class UpdateLedger:
    """The operations of the updates made, if each had been differentiated naively and by backprop.

    The counts are exact. `autograd.predict` counts the recorded loss of one update of each kind, or of 1,
    2, 3 and 4 of its examples. The loss of a batch is a sum from left to right. So each further example
    takes the same operations, and makes the paths of all earlier examples one edge longer: the count is a
    polynomial of degree 2. The whole batch is recorded if a third difference is not 0, or if the inputs are
    whole numbers: examples may then share rows of a table.
    """

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._costs: dict[Hashable, Mapping[str, Cost] | None] = {}

    def cost(self, kind: Hashable) -> Mapping[str, Cost] | None:
        """The cost of an update of a kind by method; None if it cannot be counted."""
        if kind not in self._costs:
            self._costs[kind] = self._continued(kind) or self._predicted(kind)
        return self._costs[kind]

    def _predicted(self, kind: Hashable) -> dict[str, Cost] | None:
        recorded = self._trainer.record_scalars(kind)
        if recorded is None:
            return None
        loss, wrt = recorded
        return {method: predict(loss, wrt, method) for method in (NAIVE, BACKPROP)}

    def _continued(self, kind: Any) -> dict[str, Cost] | None:
        """The cost of a batch, from the costs of its first examples; None if they do not determine it."""
        size = getattr(kind, "examples", 0)
        if size <= 4 or not np.any(np.mod(self._trainer.inputs, 1)):
            return None
        few: list[dict[str, Cost]] = []
        for n in (4, 3, 2, 1):
            cost = self._predicted(kind._replace(examples=n))
            if cost is None:
                return None
            few.append(cost)
        continued = {}
        for method in (NAIVE, BACKPROP):
            cost_at = _at(size, *(cost[method] for cost in few))
            if cost_at is None:
                return None
            continued[method] = cost_at
        return continued

    def shown(self) -> dict[str, Any]:
        """The operations by method, of the latest update and of all; as text, they may be huge."""
        tally = self._trainer.tally
        costs = [(times, self.cost(kind)) for kind, times in tally.items()]
        counted = [(times, cost) for times, cost in costs if cost is not None]
        if not counted or len(counted) < len(costs):
            return {}
        every = {method: sum(n * cost[method].total for n, cost in counted) for method in (NAIVE, BACKPROP)}
        _, last = counted[-1]
        return {
            "all": {method: readable(n) for method, n in every.items()},
            "each": {method: readable(cost.total) for method, cost in last.items()},
            "logs": {method: log10(n) for method, n in every.items()},
            "times": f"{every[NAIVE] / every[BACKPROP]:,.1f}",
        }


def _at(size: int, fourth: Cost, third: Cost, second: Cost, first: Cost) -> Cost | None:
    """The cost for more examples, by Newton's forward differences; None if it is of no degree up to 2."""
    counts = {}
    for name in ("multiplications", "additions", "partials", "forward"):
        d, c, b, a = (getattr(cost, name) for cost in (fourth, third, second, first))
        if d - 3 * c + 3 * b - a:
            return None
        counts[name] = a + (size - 1) * (b - a) + comb(size - 1, 2) * (c - 2 * b + a)
    return Cost(**counts)
