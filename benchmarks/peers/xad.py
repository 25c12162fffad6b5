"""XAD: its adjoint number, recorded on a tape, with the methods and attributes that the programs use."""

from __future__ import annotations

from functools import partial

import xad.math
from xad.adj_1st import Real, Tape

from benchmarks.gpt import ScalarGPT
from benchmarks.moons import ScalarMoons
from benchmarks.workloads import FORMULAS, Formula, Job, Language, Moons, Ways

NAME, PACKAGE = "XAD", "xad"


def relu(x):
    return xad.math.max(x, 0.0)


def exp(x):
    return xad.math.exp(x)


def log(x):
    return xad.math.log(x)


Real.exp, Real.log, Real.relu = exp, log, relu
Real.data, Real.grad = property(Real.getValue), property(Real.getDerivative)


def taped(parameters, loss, gradient) -> Job:
    """Record the loss, and run the tape back to the parameters.

    Args:
        parameters: the numbers to differentiate by.
        loss: computes the loss.
        gradient: returns the derivatives, once they are on the parameters.
    """
    tape = Tape()

    def fetch(value):
        with tape:
            return value, gradient()

    def step():
        with tape:
            tape.newRecording()
            output = loss()
            tape.registerOutput(output)
            output.derivative = 1.0
            tape.computeAdjoints()
            return partial(fetch, output.value)

    with tape:
        tape.registerInputs(parameters)
    return step


def formula(problem: Formula) -> Job:
    a, b = map(Real, problem.point)
    return taped([a, b], lambda: problem.function(a, b, relu), lambda: (a.grad, b.grad))


def moons(problem: Moons) -> Job:
    program = ScalarMoons(Real, problem)
    return taped(
        program.parameters, program.loss, lambda: [program.slopes(layer) for layer in program.layers]
    )


def gpt(problem: Language) -> Job:
    program = ScalarGPT(Real, problem)
    return taped(
        program.parameters, lambda: program.loss(program.tokens), lambda: [p.grad for p in program.parameters]
    )


WAYS: Ways = {**{workload: {"": formula} for workload in FORMULAS}, "moons": {"": moons}, "gpt": {"": gpt}}
