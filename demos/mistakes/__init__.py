"""Wrong backprops: common mistakes, each run beside the right algorithm, and the tests that catch them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from autograd import METHODS, Graph, Value
from autograd.differentiation.methods import Method
from demos.mistakes.descent import Descent, descend, error_on_matrices
from demos.page.lesson import Lesson
from demos.page.parts import Illustration, Part, Table, Verbatim
from demos.page.words import listed
from viz import LayoutError, Run, report, runs, side_by_side
from viz.mistakes import MISTAKES, Mistake, adjoints, chain, left_over, overwrite, wrong

__all__ = [
    "LESSON",
    "MISTAKES",
    "Descent",
    "WrongBackprops",
    "answer",
    "descend",
    "error_on_matrices",
    "left_over",
    "measure",
    "overwrite",
    "step_through",
    "tell",
]

BACKPROP = METHODS["backprop"]
WAYS: dict[str, Method] = {"backprop": BACKPROP} | {m.name: m.method for m in MISTAKES.values()}
# A relative error below this comes from a different order of summation.
ROUNDING = 1e-9

# ---- measurement ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Adjoint:
    """The derivative of the result by one value.

    Attributes:
        name: of the value.
        right: by backprop.
        found: by the mistake.
        differences: by central differences.
        mark: "right", "first wrong" or "wrong".
    """

    name: str
    right: Any
    found: Any
    differences: float
    mark: str


@dataclass(frozen=True, slots=True)
class MistakeOnGraph:
    """A mistake beside backprop on its small graph.

    Attributes:
        adjoints: of every value, from the result back to the leaf.
        svg: both runs on one layout; None if Graphviz cannot lay it out.
    """

    adjoints: list[Adjoint]
    svg: str | None

    @property
    def leaf(self) -> Adjoint:
        """The derivative by the graph's one leaf."""
        return self.adjoints[-1]


@dataclass(frozen=True, slots=True)
class ChainSlopes:
    """The slope of the chain at its leaf.

    Attributes:
        right: by backprop.
        found: by each mistake.
        first_call: by the adjoints left over, at the first call.
    """

    right: Any
    found: dict[str, Any]
    first_call: Any


@dataclass(frozen=True, slots=True)
class WrongBackprops:
    """Each mistake on its small graph, on a chain and in a training.

    Attributes:
        examples: points in the training set.
        steps: of gradient descent.
        rate: its learning rate.
        gallery: each mistake on its graph.
        chain: the slopes on a chain.
        descents: the training by backprop and by each mistake, recorded as scalars.
        matrix_errors: the error of the first gradient, as in `Descent`, where the network is recorded as
            matrices.
    """

    examples: int
    steps: int
    rate: float
    gallery: dict[str, MistakeOnGraph]
    chain: ChainSlopes
    descents: dict[str, Descent]
    matrix_errors: dict[str, float]


def measure(seed: int = 0, *, examples: int = 20, steps: int = 60, rate: float = 0.3) -> WrongBackprops:
    """Run every mistake on its graph, on a chain and in a training.

    Args:
        seed: of the points and of the weights.
        examples: points on two rings.
        steps: of gradient descent.
        rate: its learning rate.
    """
    return WrongBackprops(
        examples=examples,
        steps=steps,
        rate=rate,
        gallery={name: on_graph(mistake) for name, mistake in MISTAKES.items()},
        chain=ChainSlopes(
            right=_slope(BACKPROP, chain()),
            found={name: _slope(mistake.method, chain()) for name, mistake in MISTAKES.items()},
            first_call=_slope(partial(left_over, calls=1), chain()),
        ),
        descents={name: descend(method, examples, steps, rate, seed) for name, method in WAYS.items()},
        matrix_errors={name: error_on_matrices(method, examples, seed) for name, method in WAYS.items()},
    )


def on_graph(mistake: Mistake) -> MistakeOnGraph:
    """Run a mistake and backprop on the small graph of the mistake."""
    root = mistake.graph()
    right, found = (adjoints(method, root) for method in mistake.methods.values())
    differences = adjoints(METHODS["central_difference"], root)
    marks = {node: "wrong" if k else "first wrong" for k, node in enumerate(wrong(mistake.method, root))}
    pictures = runs(root, [Run(right), Run(found, marks)], wrt=Graph(root).leaves)
    try:
        svg = side_by_side(pictures, [[name] for name in mistake.methods])
    except LayoutError:
        svg = None
    return MistakeOnGraph(
        [
            Adjoint(str(node.name), right[node], found[node], differences[node], marks.get(node, "right"))
            for node in reversed(right)
        ],
        svg,
    )


def _slope(method: Method, root: Value) -> Any:
    (leaf,) = Graph(root).leaves
    return adjoints(method, root)[leaf]


def step_through(out: Path) -> list[Path]:
    """Write one page per mistake, on which its run and backprop's advance step by step."""
    paths = []
    for n, mistake in enumerate(MISTAKES.values(), 1):
        root = mistake.graph()
        page = out / f"mistake-{n}.html"
        paths.append(report(root, Graph(root).leaves, page, methods=mistake.methods))
    return paths


# ---- report ---------------------------------------------------------------------------------------

SLIP = (
    "A falling loss does not show that the gradient is right, only that the steps lead downhill. Check a "
    "gradient against finite differences, at one point, on a graph where values are used twice; and check a "
    "second call of backward against the first."
)


def tell(found: WrongBackprops) -> list[Part]:
    """Show every mistake, why it goes unnoticed, and what it does to a training."""
    gallery = [part for name, mistake in MISTAKES.items() for part in _mistake(mistake, found.gallery[name])]
    return [
        f"This page shows {len(MISTAKES)} common mistakes. Each is a function that runs like any other "
        "method, on a small graph of integers that reveals it. Backprop completes one adjoint after another, "
        "from the result back. Everything before the first wrong adjoint is right, so the bug is there; "
        "later adjoints are wrong because of it.",
        "When this lesson runs alone, it also writes one page per mistake, mistake-1.html and so on, which "
        "steps through the wrong run and the right one side by side.",
        *gallery,
        *_on_a_chain(found),
        "What happens when a network is trained with such a gradient? A 2-4-2 tanh network, recorded as "
        f"scalars, minimises the mean cross-entropy of {found.examples} points on two rings, with "
        f"{found.steps} steps at the learning rate {found.rate:g}, from the same weights with each gradient:",
        _network_table(found),
        _network_words(found.descents),
        _matrix_words(found.matrix_errors),
    ]


def _mistake(mistake: Mistake, found: MistakeOnGraph) -> list[Part]:
    """One mistake: its code, its adjoints beside the right ones, and how a test catches it."""
    rows = [(one.name, one.right, one.found, f"{one.differences:.6f}", one.mark) for one in found.adjoints]
    parts: list[Part] = [
        f"The mistake “{mistake.name}”:",
        Verbatim(inspect.getsource(mistake.method).rstrip()),
        Table(
            ["adjoint of", "backprop", mistake.name, "by differences", ""],
            rows,
            f"{inspect.getdoc(mistake.graph)} From the result back, in the order in which backprop completes "
            "them.",
        ),
    ]
    if found.svg is not None:
        errors = ", ".join(
            f"{one.name} {one.found} instead of {one.right} ({one.mark})"
            for one in found.adjoints
            if one.mark != "right"
        )
        parts.append(
            Illustration(
                found.svg,
                f"The same graph twice, with the adjoints of backprop and of the mistake: {errors}.",
                f"Left backprop, right the mistake: {errors}.",
                scrolls=True,
            )
        )
    return [*parts, f"A test catches it {mistake.catch}"]


def _on_a_chain(found: WrongBackprops) -> list[Part]:
    slopes = found.chain
    rows = [
        (name, slopes.right, slopes.found[name], shown.leaf.right, shown.leaf.found)
        for name, shown in found.gallery.items()
    ]
    unnoticed = sum(slope == slopes.right for slope in slopes.found.values())
    return [
        "Why do these mistakes go unnoticed? Because the first thing one tries is a chain, here (−x²)² at 2:",
        Table(
            ["slope at x", "chain, right", "chain, found", "above, right", "above, found"],
            rows,
            "The slope at x on the chain, and on the graphs above.",
        ),
        f"On the chain {unnoticed} of {len(slopes.found)} give the right number. Left-over adjoints show "
        f"there too, but only at the second call: the first gives {slopes.first_call}"
        + (", which is right." if slopes.first_call == slopes.right else "."),
    ]


def _network_table(found: WrongBackprops) -> Table:
    rows = [
        (name, d.error, d.length, d.cosine, d.losses[0], d.losses[-1], found.matrix_errors[name])
        for name, d in found.descents.items()
    ]
    return Table(
        ["", "error", "length", "cosine", "first loss", "last loss", "error, matrices"],
        rows,
        "The first gradient: its distance from the right one and its length, both divided by the length of "
        "the right one, and the cosine of the angle between them. Then the losses, and the error where the "
        "network is recorded as matrices. “Left over” calls backward twice per step, like a program that "
        "looks at the gradient before it uses it.",
    )


def _network_words(descents: dict[str, Descent]) -> str:
    off = {name: descent for name, descent in descents.items() if descent.error > ROUNDING}
    down = {name: descent for name, descent in off.items() if descent.losses[-1] < descent.losses[0]}
    lower = [name for name, descent in down.items() if descent.losses[-1] < descents["backprop"].losses[-1]]
    harmless = [name for name in MISTAKES if name not in off]
    words = [f"{len(off)} of the {len(MISTAKES)} gradients are wrong here."]
    if down:
        words.append(f"The loss still falls with {_quoted(down)}.")
    if lower:
        longer = all(off[name].length > 1 for name in lower)
        reason = (
            ": such a gradient is also longer, which acts like a higher learning rate." if longer else "."
        )
        words.append(f"With {_quoted(lower)} it even ends lower than with the right gradient{reason}")
    if harmless:
        words.append(
            f"No harm is done by {_quoted(harmless)}, because no operation here takes a value twice."
        )
    return " ".join(words)


def _matrix_words(errors: dict[str, float]) -> str:
    vanished = [name for name in MISTAKES if errors[name] < ROUNDING]
    return (
        f"On matrices {len(vanished)} of the {len(MISTAKES)} mistakes vanish. One path leads from each "
        "parameter to the loss, so no paths meet: the sums over users happen inside the products. The "
        "mistakes return with the first weight that is used twice, and with the first connection that skips "
        "a layer."
    )


def _quoted(names: Iterable[str]) -> str:
    return listed(f"“{name}”" for name in names)


LESSON = Lesson(
    name="mistakes",
    numbers="15–17",
    title="Wrong backprops that look right",
    question="Which mistakes are common when writing backprop, why do they go unnoticed, and which test "
    "finds them?",
    measure=measure,
    tell=tell,
    slip=SLIP,
    beside=step_through,
)
answer = LESSON.answer
