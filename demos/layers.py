"""How the cost of a gradient grows with the number of layers, naively and with backprop.

A short run of the study that ``python -m demos.complexity`` does in full.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from demos.complexity.columns import count, times
from demos.complexity.findings import grown
from demos.complexity.growth import growth
from demos.complexity.law import law
from demos.complexity.plots import cost_plot, law_plot, ratio_plot
from demos.complexity.problems import Problem
from demos.complexity.study import METHODS, Row, by_method, study
from demos.page.lesson import alone
from demos.page.parts import Answer, Code, Part, Picture, Table
from demos.page.plotting import Plot
from viz import LayoutError, compare

__all__ = ["answer"]

# One of each kind: a chain per parameter costs what forward mode does, central differences twice
# what one-sided ones do.
NAMED = ("backprop", "layer", "forward", "tree", "paths", "finite_difference")


def answer(
    seed: int = 0, *, layers: int = 8, width: int = 4, batch: int = 8, budget: int = 150_000
) -> Answer:
    """Networks of 1 to so many layers, by every method that takes at most so many operations."""
    depths = range(1, layers + 1)
    scalars = [
        row
        for depth in depths
        for row in study(
            Problem.perceptron((4, *[width] * (depth - 1), 3), "ce", "scalar", seed), NAMED, budget
        )
    ]
    matrices = [
        row
        for depth in depths
        for row in study(
            Problem.matrices([width] * (depth + 1), "ce", batch, seed), ["backprop", "layer"], budget
        )
    ]
    chains = [
        row.cost.total
        for length in depths
        for row in study(Problem.recurrence("chain-params", length, seed), ["paths"], budget)
    ]
    kinds = {method: found.kind for method, found in grown(scalars).items()}
    deepest = max(scalars, key=lambda row: row.problem.layers).problem
    return Answer(
        name="layers",
        numbers="12",
        title="What a gradient costs as the network grows deeper",
        question="Compare the complexity, as a function of the number of layers, of the naive approach and "
        "of backprop.",
        parts=[
            _in_short(kinds),
            "“Naive” has to be named, because there are several naive ways, and they do not cost the same. "
            "Below, one recorded network is differentiated by all of them. The numbers count themselves "
            "while they are computed: multiplications, additions, local derivatives and the forward pass.",
            Code(
                "\n".join(f"{method.title:<26}{method.words}" for method in (METHODS[name] for name in NAMED))
            ),
            _table(scalars, width),
            _plot(
                scalars,
                cost_plot,
                "Operations of one gradient on a logarithmic scale, where a straight line is exponential. "
                "Hollow points on dashed lines were not run, since they take more than "
                f"{budget:,} operations: the closed form says what they would cost.",
                "Operations per gradient against the number of layers, a line for every method.",
            ),
            _plot(
                scalars,
                ratio_plot,
                "What one more layer multiplies the cost by. A polynomial sinks to 1; an exponential "
                "stays above it.",
                "The cost of each depth over that of one layer less, a line for every method.",
            ),
            f"With {deepest.layers} layers the network has {deepest.form.shape.parameters} parameters, and "
            f"{count(deepest.form.shape.paths)} paths lead from them to the loss: every further "
            f"layer multiplies them by about its width, {width}. But there are only "
            f"{count(deepest.form.shape.edges)} edges. Backprop walks every edge once, as it waits at each "
            "vertex until all that comes from above has been added up. That is dynamic programming, and it "
            "takes the exponential away. Forward mode has that too; going in reverse also serves all "
            "parameters in one sweep.",
            *_picture(seed),
            *_whole_matrices(matrices, batch),
            "All of it, with the cases where backprop does not win, other graphs and sizes, and the formulas "
            "held against every measurement:",
            Code("python -m demos.complexity\npython -m demos.complexity --granularity matrix"),
        ],
        slip="depth alone is not what makes the naive sum exponential: branching is. In a chain of "
        f"{layers} steps tanh(w·x), a weight each, every weight has one path, and the sum over paths is "
        f"{growth(chains).kind}. And a network is differentiated by all its parameters: whoever compares "
        "one sweep of forward mode with backprop has forgotten to multiply by their number.",
    )


def _in_short(kinds: dict[str, str]) -> str:
    """The answer in a sentence, in the words that the measured growth calls for."""
    if (kinds["backprop"], kinds["layer"], kinds.get("paths")) == ("linear", "quadratic", "exponential"):
        return (
            "In short: with L layers of one width, the sum over all paths, which is the chain rule taken "
            "literally, is exponential in L. The chain rule worked out afresh for each layer is quadratic. "
            "Backprop is linear."
        )
    found = (f"{METHODS[method].title}: {kind}" for method, kind in kinds.items())
    return f"In short, over the few depths measured here: {'; '.join(found)}."


def _table(rows: Sequence[Row], width: int) -> Table:
    series, growths = by_method(rows), grown(rows)
    body = []
    for method, found in growths.items():
        *_, last = (row for row in series[method] if row.measured)
        body.append(
            (
                METHODS[method].title,
                found.kind,
                found.evidence,
                last.problem.layers,
                count(last.cost.total),
                times(last),
            )
        )
    return Table(
        ["method", "growth", "last steps", "layers", "operations", "÷ backprop"],
        body,
        f"Networks with layers of {width} tanh neurons on an iris flower. The costs are exact, so the kind "
        "of growth is read off their differences, and no curve is fitted.",
    )


def _plot(rows: Sequence[Row], plot: Callable[[Sequence[Row]], Plot], caption: str, words: str) -> Picture:
    return plot(rows).picture(words=words, caption=caption)


def _picture(seed: int) -> list[Part]:
    """A small network naively and by backprop; nothing where Graphviz cannot lay it out."""
    root, parameters = Problem.perceptron((1, 2, 2, 2), "ce", "neuron", seed).record()
    try:
        found = compare(root, parameters)
        svg = found.svg
    except LayoutError:
        return []
    return [
        Picture(
            svg,
            "",
            f"A network 1-2-2-2, a vertex a neuron. Left, the sum over its {found.paths} paths: an edge is "
            f"as thick as the number of times it is walked, {found.walked} in all. Right, backprop: each of "
            f"the {found.edges} edges once.",
            scrolls=True,
        )
    ]


def _whole_matrices(rows: Sequence[Row], batch: int) -> list[Part]:
    found = law(rows)
    last = found[-1]
    agree = all(point.found == point.formula for point in found)
    return [
        f"In practice a layer is one matrix product, here on a batch of {batch} flowers. Then the graph is "
        "a chain, with one path from every W and b, and nothing is exponential any more: a product takes "
        "all the edges between two layers at once, and merges the paths along them. What is left is the "
        "quadratic law of starting again for each layer, against the linear one of backprop. In "
        "multiply-adds of products, the forward pass left out, to start again takes L(L+1)/2 "
        f"products, backprop 2L − 1: at {last.layers} layers {count(last.per_layer)} against "
        f"{count(last.backprop)}, {last.found:.3g} times as many. "
        + (
            "The formula is met exactly at every depth."
            if agree
            else "The formula is missed at some depths, so something else was counted."
        ),
        _plot(
            rows,
            law_plot,
            "The curve is L(L+1) / (2(2L−1)), the squares are what was counted. It comes near L/4: at the "
            "level of matrices, backprop saves a factor of the depth.",
            "The multiply-adds of the chain rule per layer over those of backprop, against the number of "
            "layers: the counted points lie along a rising curve.",
        ),
    ]


if __name__ == "__main__":
    sys.exit(alone(answer, "layers"))
