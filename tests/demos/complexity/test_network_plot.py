"""The picture of all networks: its costs are the study's, and it is drawn for both windows."""

from xml.etree import ElementTree

from autograd.costs.perceptrons import mlp
from demos.complexity.network_plot import kinds, networks_plot
from demos.complexity.networks import NETWORKS
from demos.complexity.problems import Problem
from demos.page.plotting import NARROW, WIDE


def test_every_network_is_drawn_with_the_costs_of_the_study() -> None:
    found = kinds(range(1, 3), seed=0)
    names = list(dict.fromkeys(name for name, _ in NETWORKS))
    assert len(found) == 1 + len(names)
    costs = mlp([4, 4, 3]).costs
    assert (found[0].backprop[1], found[0].paths[1]) == (costs["backprop"].total, costs["paths"].total)
    for kind, name in zip(found[1:], names, strict=True):
        family = next(family for (each, _), family in NETWORKS.items() if each == name)
        assert kind.steps == f"{family.step}s"
        assert all(a < b for a, b in zip(kind.backprop, kind.paths, strict=True))
    rnn = Problem.network(NETWORKS["rnn", "length"], 2, seed=0).form.costs
    assert (found[1].backprop[1], found[1].paths[1]) == (rnn["backprop"].total, rnn["paths"].total)
    plot = networks_plot(found)
    for layout in (WIDE, NARROW):
        ElementTree.fromstring(plot.svg(layout))  # noqa: S314 - made a moment ago, here
        assert len(plot.draw(layout).axes) == len(found)
