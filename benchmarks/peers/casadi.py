"""CasADi: a function of its scalars (SX), called directly, through buffers, and as C by its own JIT."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import casadi as ca
import numpy as np

from benchmarks.workloads import PENALTY, Formula, Job, Moons, Ways

NAME, PACKAGE = "CasADi", "casadi"

IN_C = {"jit": True, "compiler": "shell", "jit_options": {"flags": ["-O3", "-march=native"]}}


def relu(x):
    return ca.fmax(x, 0)


def gradient_of(problem: Formula, options):
    a, b = ca.SX.sym("a"), ca.SX.sym("b")
    value = problem.function(a, b, relu)
    return ca.Function("f", [a, b], [value, ca.gradient(value, a), ca.gradient(value, b)], options)


class Buffered:
    """A function that reads and writes fixed memory. Keep the object alive as long as the function is called.

    Attributes:
        given: the arguments.
        results: what `run` writes.
    """

    def __init__(self, function, *arguments):
        self.buffer, self.run = function.buffer()
        self.given = [np.array(x, np.float64).ravel("F") for x in arguments]
        self.results = [np.zeros(function.nnz_out(i)) for i in range(function.n_out())]
        for i, x in enumerate(self.given):
            self.buffer.set_arg(i, x.data)
        for i, x in enumerate(self.results):
            self.buffer.set_res(i, x.data)

    def step(self):
        """Run on the numbers in the buffers; nothing is copied in or out."""
        self.run()
        return self.read

    def read(self):
        return self.results


def formula(problem: Formula) -> Job:
    return partial(gradient_of(problem, {}), *problem.point)


def formula_buffered(problem: Formula, options=None) -> Job:
    return Buffered(gradient_of(problem, options or {}), *problem.point).step


def formula_in_c(problem: Formula) -> Job:
    return formula_buffered(problem, IN_C)


def formula_in_and_out(problem: Formula) -> Job:
    """Copy numbers in and out at every call, as an ordinary function does."""
    bound = Buffered(gradient_of(problem, IN_C), *problem.point)
    (x, y), (value, by_a, by_b) = bound.given, bound.results
    a, b = problem.point

    def step():
        x[0], y[0] = a, b
        bound.run()
        return value[0], (by_a[0], by_b[0])

    return step


def moons(problem: Moons, options=None) -> Job:
    """The gradient for one point, mapped over all points and summed."""
    layers = [(ca.SX.sym("w", *w.shape), ca.SX.sym("b", *b.shape)) for w, b in problem.layers]
    point, side = ca.SX.sym("x", 2), ca.SX.sym("side")
    h = point
    for w, b in layers[:-1]:
        h = relu(w @ h + b)
    w, b = layers[-1]
    parameters = [p for layer in layers for p in layer]
    n, shared = len(problem.points), len(parameters)
    loss = relu(1 - side * (w @ h + b)) / n
    slopes = [ca.gradient(loss, p) for p in parameters]
    one = ca.Function("one", [*parameters, point, side], [loss, *slopes])
    mapped = one.map("all", "serial", n, list(range(shared)), list(range(1 + shared)), {})
    inputs = [ca.MX.sym(f"x{i}", *mapped.size_in(i)) for i in range(mapped.n_in())]
    value, *slopes = mapped(*inputs)
    penalty = PENALTY * sum(ca.sumsqr(p) for p in inputs[:shared])
    slopes = [slope + ca.gradient(penalty, p) for slope, p in zip(slopes, inputs[:shared], strict=True)]
    whole = ca.Function("whole", inputs, [value + penalty, *slopes], options or {})
    numbers = [p for layer in problem.layers for p in layer]
    bound = Buffered(whole, *numbers, problem.points.T, problem.sides)

    def step():
        bound.run()
        return read

    def read():
        value, *slopes = bound.results
        return value, [x.reshape(p.shape, order="F") for x, p in zip(slopes, numbers, strict=True)]

    return step


def moons_in_c(problem: Moons) -> Job:
    return moons(problem, IN_C)


_FORMULA: dict[str, Callable[[Any], Job]] = {
    "call": formula,
    "buffer": formula_buffered,
    "buffer, C": formula_in_c,
    "buffer, C, in and out": formula_in_and_out,
}
WAYS: Ways = {
    "tiny": _FORMULA,
    "small": _FORMULA,
    "moons": {"map": moons, "map, C": moons_in_c},
}
