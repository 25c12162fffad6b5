"""How the cost of a gradient grows with the number of layers, naively and with backprop.

A short run of the study in ``python -m demos.complexity``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from demos.complexity.columns import count, times
from demos.complexity.findings import grown
from demos.complexity.growth import Growth, growth
from demos.complexity.law import Law, law
from demos.complexity.plots import cost_plot, law_plot, ratio_plot
from demos.complexity.problems import Problem
from demos.complexity.study import METHODS, Row, by_method, study
from demos.page.lesson import Lesson
from demos.page.parts import Illustration, Part, Table, Verbatim
from viz import LayoutError, compare

__all__ = ["LESSON", "DepthCosts", "answer", "measure", "tell"]

# One method of each kind: the chain rule per parameter costs the same as forward mode, and central
# differences cost twice as much as one-sided ones.
COMPARED = ("backprop", "layer", "forward", "tree", "paths", "finite_difference")


@dataclass(frozen=True, slots=True)
class MethodGrowth:
    """How the cost of one method grows with depth.

    Attributes:
        growth: the kind of growth, read from the measured costs at successive depths.
        deepest: the deepest network on which the method ran.
    """

    growth: Growth
    deepest: Row


@dataclass(frozen=True, slots=True)
class PathPicture:
    """The sum over paths beside backprop, drawn on one small network.

    Attributes:
        svg: both drawings in one SVG element.
        paths: number of paths from the parameters to the loss.
        walked: number of edges that the sum over paths walks, repeats included.
        edges: number of edges of the graph, each of which backprop walks once.
    """

    svg: str
    paths: int
    walked: int
    edges: int


@dataclass(frozen=True, slots=True)
class DepthCosts:
    """The cost of one gradient against the number of layers.

    Attributes:
        width: neurons in each hidden layer.
        batch: examples that a matrix product takes at once.
        budget: the most operations for which a method is run; above it the closed form predicts the cost.
        scalars: one row per depth and method of `COMPARED`, for networks recorded as scalars.
        growths: the growth of each method over the measured rows among ``scalars``.
        deepest: the deepest of the networks recorded as scalars.
        matrices: one row per depth for backprop and for the chain rule per layer, for networks recorded
            as matrices; costs are in multiply-adds.
        laws: for each depth, the measured ratio of these two and the formula for it.
        chain: how the sum over paths grows along a chain of steps ``tanh(w·x)``, one weight per step.
        picture: the two methods on a small network; None if Graphviz cannot lay it out.
    """

    width: int
    batch: int
    budget: int
    scalars: list[Row]
    growths: dict[str, MethodGrowth]
    deepest: Problem
    matrices: list[Row]
    laws: list[Law]
    chain: Growth
    picture: PathPicture | None


# ---- measurement ----------------------------------------------------------------------------------


def measure(
    seed: int = 0, *, layers: int = 8, width: int = 4, batch: int = 8, budget: int = 150_000
) -> DepthCosts:
    """Count the operations of one gradient for networks of 1 to ``layers`` layers.

    Args:
        seed: of the weights and of the flowers.
        layers: depth of the deepest network.
        width: neurons in each hidden layer.
        batch: examples in the networks recorded as matrices.
        budget: the most operations for which a method is run.
    """
    depths = range(1, layers + 1)
    scalars = [
        row
        for depth in depths
        for row in study(
            Problem.perceptron((4, *[width] * (depth - 1), 3), "ce", "scalar", seed), COMPARED, budget
        )
    ]
    matrices = [
        row
        for depth in depths
        for row in study(
            Problem.matrices([width] * (depth + 1), "ce", batch, seed), ["backprop", "layer"], budget
        )
    ]
    chain = [
        row.cost.total
        for length in depths
        for row in study(Problem.recurrence("chain-params", length, seed), ["paths"], budget)
    ]
    return DepthCosts(
        width=width,
        batch=batch,
        budget=budget,
        scalars=scalars,
        growths=growth_by_method(scalars),
        deepest=max(scalars, key=lambda row: row.problem.layers).problem,
        matrices=matrices,
        laws=law(matrices),
        chain=growth(chain),
        picture=path_picture(seed),
    )


def growth_by_method(rows: Sequence[Row]) -> dict[str, MethodGrowth]:
    """The growth of each method that was measured at two depths or more."""
    measured = by_method(row for row in rows if row.measured)
    return {method: MethodGrowth(found, measured[method][-1]) for method, found in grown(rows).items()}


def path_picture(seed: int) -> PathPicture | None:
    """Draw a small network by both methods, or return None if Graphviz cannot lay it out."""
    root, parameters = Problem.perceptron((1, 2, 2, 2), "ce", "neuron", seed).record()
    try:
        found = compare(root, parameters)
        return PathPicture(found.svg, found.paths, found.walked, found.edges)
    except LayoutError:
        return None


# ---- report ---------------------------------------------------------------------------------------


def tell(found: DepthCosts) -> list[Part]:
    """Compare how the methods grow, then explain the growth by paths, edges and products."""
    return [
        _summary(found),
        "There are several naive methods, and their costs differ. Below, each of them differentiates the "
        "same recorded network. The numbers count their own arithmetic: multiplications, additions, local "
        "derivatives and the forward pass.",
        Verbatim(
            "\n".join(f"{method.title:<26}{method.words}" for method in (METHODS[name] for name in COMPARED))
        ),
        _growth_table(found),
        cost_plot(found.scalars).illustration(
            words="Operations per gradient against the number of layers, one line per method.",
            caption="Operations of one gradient, on a logarithmic scale: a straight line is exponential "
            "growth. Hollow markers on dashed lines were not run, because they need more than "
            f"{found.budget:,} operations; the closed form predicts their cost.",
        ),
        ratio_plot(found.scalars).illustration(
            words="The cost at each depth divided by the cost with one layer less, one line per method.",
            caption="The factor by which one more layer multiplies the cost. For a polynomial it falls to 1; "
            "for an exponential it stays above 1.",
        ),
        _explanation(found),
        *_path_picture(found.picture),
        *_matrices(found),
        "The full study adds the cases in which backprop does not win, other graphs and sizes, and a check "
        "of every measurement against its closed form:",
        Verbatim("python -m demos.complexity\npython -m demos.complexity --granularity matrix"),
    ]


def slip(found: DepthCosts) -> str:
    """Correct two claims: that depth alone is exponential, and that one sweep of forward mode is enough."""
    return (
        "Depth alone does not make the naive sum exponential; branching does. In a chain of "
        f"{len(found.chain.costs)} steps tanh(w·x) with one weight each, one path leads from every weight "
        f"to the result, and the cost of the sum over paths is {found.chain.kind}. Also, the gradient is by "
        "all parameters: forward mode needs one sweep for each of them, so compare all of its sweeps with "
        "backprop, not one."
    )


def _summary(found: DepthCosts) -> str:
    """The answer in a sentence, which depends on the growth that was measured."""
    kinds = {method: one.growth.kind for method, one in found.growths.items()}
    if (kinds["backprop"], kinds["layer"], kinds.get("paths")) == ("linear", "quadratic", "exponential"):
        return (
            "In short: for L layers of equal width, the sum over all paths, which is the chain rule taken "
            "literally, is exponential in L. Applying the chain rule from the loss again for each layer is "
            "quadratic. Backprop is linear."
        )
    growths = (f"{METHODS[method].title}: {kind}" for method, kind in kinds.items())
    return f"In short, over the few depths measured here: {'; '.join(growths)}."


def _growth_table(found: DepthCosts) -> Table:
    rows = [
        (
            METHODS[method].title,
            one.growth.kind,
            one.growth.evidence,
            one.deepest.problem.layers,
            count(one.deepest.cost.total),
            times(one.deepest),
        )
        for method, one in found.growths.items()
    ]
    return Table(
        ["method", "growth", "last steps", "layers", "operations", "÷ backprop"],
        rows,
        f"Networks with layers of {found.width} tanh neurons, applied to an iris flower. The costs are "
        "exact, so the kind of growth follows from their differences; no curve is fitted.",
    )


def _explanation(found: DepthCosts) -> str:
    shape = found.deepest.form.shape
    return (
        f"With {found.deepest.layers} layers the network has {shape.parameters} parameters, and "
        f"{count(shape.paths)} paths lead from them to the loss: each further layer multiplies their number "
        f"by about its width, {found.width}. The graph has only {count(shape.edges)} edges. Backprop walks "
        "every edge once, because it leaves a vertex only when all contributions from above have been "
        "added. This is dynamic programming, and it removes the exponential. Forward mode removes it too; "
        "the reverse direction also serves all parameters in one sweep."
    )


def _path_picture(picture: PathPicture | None) -> list[Part]:
    if picture is None:
        return []
    return [
        Illustration(
            picture.svg,
            "",
            f"A network 1-2-2-2, with one vertex per neuron. Left, the sum over its {picture.paths} paths: "
            f"the thickness of an edge is the number of times it is walked, {picture.walked} in all. Right, "
            f"backprop: each of the {picture.edges} edges is walked once.",
            scrolls=True,
        )
    ]


def _matrices(found: DepthCosts) -> list[Part]:
    deepest = found.laws[-1]
    agreement = (
        "The formula is met exactly at every depth."
        if all(point.found == point.formula for point in found.laws)
        else "At some depths the count differs from the formula, so something else was counted as well."
    )
    return [
        f"In practice a layer is one matrix product, here on a batch of {found.batch} flowers. The graph is "
        "then a chain: one path leads from every W and b to the loss, and nothing is exponential. A product "
        "takes all edges between two layers at once, and so merges the paths along them. What remains is "
        "the difference between quadratic and linear: the chain rule per layer needs L(L+1)/2 products, "
        "backprop 2L − 1. Counted in multiply-adds of products, without the forward pass, that is "
        f"{count(deepest.per_layer)} against {count(deepest.backprop)} at {deepest.layers} layers, or "
        f"{deepest.found:.3g} times as many. {agreement}",
        law_plot(found.matrices).illustration(
            words="Multiply-adds of the chain rule per layer divided by the number for backprop, against the "
            "number of layers: the counted points lie on a rising curve.",
            caption="The curve is L(L+1) / (2(2L−1)); the squares are counts. For large L it approaches L/4: "
            "at the level of matrices, backprop saves a factor proportional to the depth.",
        ),
    ]


LESSON = Lesson(
    name="layers",
    numbers="12",
    title="How the cost of a gradient grows with depth",
    question="How does the complexity depend on the number of layers, for the naive approach and for "
    "backprop?",
    measure=measure,
    tell=tell,
    slip=slip,
)
answer = LESSON.answer

if __name__ == "__main__":
    sys.exit(LESSON.main())
