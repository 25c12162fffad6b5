"""PyTorch: its own modules, losses and optimisers, eager and with `torch.compile`."""

from __future__ import annotations

from itertools import count

import torch
from torch.nn import Linear, ReLU, Sequential, Tanh
from torch.nn.functional import cross_entropy

from benchmarks.workloads import (
    DESCENTS,
    FORMULAS,
    PENALTY,
    RATE,
    Classifier,
    Digits,
    Formula,
    Job,
    Moons,
    Ways,
)

NAME, PACKAGE = "PyTorch", "torch"

torch.set_num_threads(1)


def formula(problem: Formula) -> Job:
    def step():
        a, b = (torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in problem.point)
        value = problem.function(a, b, torch.relu)
        value.backward()
        return value.item(), (a.grad.item(), b.grad.item())

    return step


def moons_loss(layers, points, sides):
    *hidden, (w, b) = layers
    h = points
    for weights, biases in hidden:
        h = torch.relu(h @ weights.T + biases)
    margin = 1 - sides * (h @ w.T + b)[:, 0]
    return torch.relu(margin).mean() + PENALTY * sum((p**2).sum() for layer in layers for p in layer)


def moons(problem: Moons) -> Job:
    points, sides = torch.from_numpy(problem.points), torch.from_numpy(problem.sides)
    layers = [[torch.from_numpy(p).requires_grad_() for p in layer] for layer in problem.layers]

    def step():
        for layer in layers:
            for p in layer:
                p.grad = None
        loss = moons_loss(layers, points, sides)
        loss.backward()
        return lambda: (loss.detach(), [[p.grad for p in layer] for layer in layers])

    return step


def moons_compiled(problem: Moons) -> Job:
    function = torch.compile(torch.func.grad_and_value(moons_loss), fullgraph=True)
    layers = [tuple(map(torch.from_numpy, layer)) for layer in problem.layers]
    points, sides = torch.from_numpy(problem.points), torch.from_numpy(problem.sides)

    def step():
        slopes, value = function(layers, points, sides)
        return value, slopes

    return step


def classifier(problem: Classifier) -> Job:
    w1, b1, w2, b2 = map(torch.from_numpy, problem.weights)
    model = Sequential(Linear(*w1.T.shape), Tanh(), Linear(*w2.T.shape)).to(w1.dtype)
    for parameter, numbers in zip(model.parameters(), (w1, b1, w2, b2), strict=True):
        parameter.data = numbers.clone()
    inputs, labels = torch.from_numpy(problem.inputs), torch.from_numpy(problem.labels)
    optimiser = torch.optim.SGD(model.parameters(), lr=RATE)

    def step():
        optimiser.zero_grad()
        loss = cross_entropy(model(inputs), labels)
        loss.backward()
        optimiser.step()
        return lambda: (loss.detach(), [p.detach() for p in model.parameters()])

    return step


def digits(problem: Digits) -> Job:
    seeds = count()
    inputs, test_inputs = (torch.from_numpy(x) for x in (problem.inputs, problem.test_inputs))
    labels, test_labels = (torch.from_numpy(y) for y in (problem.labels, problem.test_labels))

    def accuracies():
        torch.manual_seed(next(seeds))
        n, width, classes = problem.sizes
        model = Sequential(Linear(n, width), ReLU(), Linear(width, classes)).double()
        for layer in (model[0], model[2]):
            torch.nn.init.xavier_uniform_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
        optimiser = torch.optim.Adam(model.parameters(), lr=problem.rate)
        while True:
            for batch in torch.randperm(len(inputs)).split(problem.batch):
                optimiser.zero_grad()
                cross_entropy(model(inputs[batch]), labels[batch]).backward()
                optimiser.step()
            with torch.no_grad():
                yield (model(test_inputs).argmax(1) == test_labels).double().mean().item()

    return lambda: problem.run(accuracies())


WAYS: Ways = {
    **{workload: {"eager": formula} for workload in FORMULAS},
    "moons": {"eager on matrices": moons, "compiled on matrices": moons_compiled},
    **{workload: {"eager": classifier} for workload in DESCENTS},
    "digits": {"eager": digits},
}
