"""The engine itself: eager, compiled to Python or NumPy, and compiled to C."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from autograd import (
    METHODS,
    Graph,
    Tensor,
    Value,
    compile,  # noqa: A004
    gradient,
    neuron,
    relu,
    softmax_cross_entropy,
    value_and_grad,
)
from autograd.differentiation.methods import accuracy
from benchmarks.gpt import ScalarGPT
from benchmarks.moons import ScalarMoons
from benchmarks.workloads import PENALTY, RATE, Classifier, Digits, Formula, Job, Language, Moons, Ways
from demos.complexity.options import complexity_parser, read
from demos.complexity.study import study
from nn import MLP, SGD, Adam, Data, Epoch, fit
from viz import draw

NAME, PACKAGE = "whygrad", "whygrad"


def native(f: Callable[..., Any], *args: Any, **batch: Any) -> Callable[..., Any]:
    """Compile a function to C; an error if that is not possible."""
    compiled = compile(f, backend="native", **batch)
    with warnings.catch_warnings(action="error"):
        compiled(*args)
    return compiled


def _formula(problem: Formula) -> Callable[..., Any]:
    return value_and_grad(lambda a, b: problem.function(a, b, relu), (0, 1))


def formula_eager(problem: Formula) -> Job:
    def step() -> Any:
        a, b = map(Value, problem.point)
        value = problem.function(a, b, relu)
        value.backward()
        return value.data, (a.grad, b.grad)

    return step


def formula_function(problem: Formula) -> Job:
    return partial(_formula(problem), *problem.point)


def formula_compiled(problem: Formula) -> Job:
    return partial(compile(_formula(problem)), *problem.point)


def formula_native(problem: Formula) -> Job:
    return partial(native(_formula(problem), *problem.point), *problem.point)


def moons_eager(problem: Moons) -> Job:
    return ScalarMoons(Value, problem).step


def moons_neurons(problem: Moons) -> Job:
    return ScalarMoons(Value, problem, lambda w, b, x, last: neuron(b, w, x, None if last else "relu")).step


def gpt_eager(problem: Language) -> Job:
    return ScalarGPT(Value, problem).step


def hinge(layers: Any, x: Any, side: Any) -> Any:
    """The loss of one point, in scalars."""
    for i, (weights, biases) in enumerate(layers, start=1):
        activation = None if i == len(layers) else "relu"
        x = [neuron(b, w, x, activation) for w, b in zip(weights, biases, strict=True)]
    penalty = sum(np.sum(w * w) + np.sum(b * b) for w, b in layers)
    return relu(1 - side * x[0]) + PENALTY * penalty


OVER_POINTS: Any = {"batch": (1, 2), "reduce": "mean"}


def moons_compiled(problem: Moons) -> Job:
    return partial(compile(value_and_grad(hinge), **OVER_POINTS), *problem)


def moons_native(problem: Moons) -> Job:
    return partial(native(value_and_grad(hinge), *problem, **OVER_POINTS), *problem)


def cross_entropy(weights: Any, x: Any, targets: Any) -> Any:
    w1, b1, w2, b2 = weights
    return softmax_cross_entropy(np.tanh(x @ w1.T + b1) @ w2.T + b2, targets)


def one_cross_entropy(weights: Any, x: Any, target: Any) -> Any:
    """The cross-entropy of one example in scalars, with a one-hot target."""
    w1, b1, w2, b2 = weights
    z = np.tanh(x @ w1.T + b1) @ w2.T + b2
    return np.log(np.exp(z).sum()) - (target * z).sum()


def descent(gradient: Callable[..., Any]) -> Callable[..., Any]:
    """A descent step, from a function that returns the loss and its gradient."""

    def step(weights: Any, x: Any, targets: Any) -> Any:
        value, slopes = gradient(weights, x, targets)
        return value, [w - RATE * slope for w, slope in zip(weights, slopes, strict=True)]

    return step


def classifier_eager(problem: Classifier) -> Job:
    weights = [Tensor(w) for w in problem.weights]
    inputs = Tensor(problem.inputs).detach()  # once, as in training
    optimiser = SGD(weights, RATE)

    def step() -> Any:
        optimiser.zero_grad()
        loss = cross_entropy(weights, inputs, problem.labels)
        loss.backward(retain_graph=False)
        optimiser.step()
        return lambda: (loss.data, [w.data for w in weights])

    return step


def classifier_function(problem: Classifier) -> Job:
    return problem.descend(descent(value_and_grad(cross_entropy)))


def classifier_compiled(problem: Classifier) -> Job:
    return problem.descend(compile(descent(value_and_grad(cross_entropy))))


def classifier_native(problem: Classifier) -> Job:
    step = descent(value_and_grad(cross_entropy))
    return problem.descend(native(step, *problem))


def classifier_of_one(problem: Classifier) -> Job:
    """The gradient of one example in scalars, compiled over the batch."""
    targets = np.eye(len(problem.weights[-1]))[problem.labels]
    example = problem.weights, problem.inputs, targets
    gradient = native(value_and_grad(one_cross_entropy), *example, **OVER_POINTS)
    return problem._replace(labels=targets).descend(descent(gradient))


def counted(method: str, length: int) -> Job:
    """The gradient of a chain by a method, with its measured cost."""
    x = y = Value(0.5)
    for _ in range(length):
        y = y.tanh()
    return lambda: gradient(y, [x], method).values


def complexity(arguments: tuple[str, ...]) -> Job:
    """The study of ``python -m demos.complexity`` without its page: the operations of every row."""
    options = read(complexity_parser(), list(arguments))
    return lambda: [
        row.cost.total
        for problem in options.problems
        for row in study(problem, options.methods, options.budget)
    ]


def picture(problem: Moons) -> Job:
    """Sort, fold and draw a recorded graph, as DOT."""
    loss = ScalarMoons(Value, problem).loss()

    def run() -> Any:
        source = draw(loss).source
        return lambda: [len(Graph(loss)), len(source)]

    return run


def digits(problem: Digits) -> Job:
    seeds = count()
    train = Data(problem.inputs, problem.labels)
    test = Data(problem.test_inputs, problem.test_labels)

    def run() -> Any:
        seed = next(seeds)
        model = MLP(problem.sizes, activation="relu", seed=seed)

        def stop(epoch: Epoch) -> None:
            if epoch.validation["accuracy"] >= problem.goal:
                raise StopIteration

        history = fit(
            model,
            train,
            epochs=problem.limit,
            optimiser=Adam(model.parameters(), rate=problem.rate),
            batch_size=problem.batch,
            validation=test,
            seed=seed,
            progress=False,
            after_epoch=stop,
        )
        return problem.run(epoch.validation["accuracy"] for epoch in history.epochs)

    return run


def digits_by_estimator(problem: Digits) -> Job:
    # Defers the load of scikit-learn to the workload that needs it.
    from nn.sklearn import NetworkClassifier

    seeds = count()
    classes = np.unique(problem.labels)

    def accuracies() -> Iterator[float]:
        model = NetworkClassifier(
            problem.sizes[1:-1],
            batch_size=problem.batch,
            learning_rate_init=problem.rate,
            random_state=next(seeds),
        )
        while True:
            model.partial_fit(problem.inputs, problem.labels, classes=classes)
            yield model.score(problem.test_inputs, problem.test_labels)

    return lambda: problem.run(accuracies())


_SCALARS: dict[str, Callable[[Any], Job]] = {
    "eager": formula_eager,
    "value_and_grad": formula_function,
    "compiled": formula_compiled,
    "compiled to C": formula_native,
}
_MATRICES: dict[str, Callable[[Any], Job]] = {
    "eager": classifier_eager,
    "value_and_grad": classifier_function,
    "compiled": classifier_compiled,
}
_BATCH = {**_MATRICES, "compiled to C": classifier_native, "scalars, compiled to C": classifier_of_one}
WAYS: Ways = {
    "tiny": _SCALARS,
    "small": _SCALARS,
    "moons": {
        "eager scalars": moons_eager,
        "eager neurons": moons_neurons,
        "scalars, compiled": moons_compiled,
        "scalars, compiled to C": moons_native,
    },
    "gpt": {"eager": gpt_eager},
    **{f"practical-{n}": _BATCH for n in (1, 10, 1000)},
    "wide": _MATRICES,
    "counted": {method: partial(counted, method) for method in METHODS if accuracy(method) != "estimate"},
    "complexity": {"eager": complexity},
    "picture": {"eager": picture},
    "digits": {"fit": digits, "NetworkClassifier": digits_by_estimator},
}
