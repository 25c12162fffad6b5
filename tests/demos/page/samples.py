"""A lesson with hostile text in every place."""

from collections.abc import Callable
from typing import Any

from matplotlib.figure import Figure

from demos.page.lesson import Lesson
from demos.page.parts import Answer, Illustration, Table, Verbatim
from demos.page.plotting import COLORS, Layout, Plot

HOSTILE = "<script>alert('x')</script> & \"quotes\""


def drawing() -> str:
    def draw(layout: Layout) -> Figure:
        figure, axes = layout.subplots()
        axes.plot([0, 1], [0, 1], color=COLORS[0])
        return figure

    return Plot("one", draw).svg()


def sample(seed: int = 0) -> Answer:
    """A sample."""
    return Answer(
        name="sample",
        numbers="1, 2",
        title=f"A title {HOSTILE}",
        question=f"Why {HOSTILE}?",
        parts=[
            f"Words of seed {seed} {HOSTILE}",
            Table(
                ["name", "n", "x", "yes"], [[HOSTILE, 12345, 0.123456, True]], caption=f"caption {HOSTILE}"
            ),
            Illustration(drawing(), words=f"words {HOSTILE}", caption="look", narrow=drawing()),
            Illustration("<svg/>", words="", caption="wide", scrolls=True),
            Verbatim(f"h̃ = x Wᵀ {HOSTILE}"),
        ],
        slip=f"not so {HOSTILE}",
    )


def lesson(answer: Callable[[int], Answer], **more: Any) -> Lesson[Answer]:
    """A lesson whose answer is this one."""
    return Lesson(
        name="sample",
        numbers="1, 2",
        title=f"A title {HOSTILE}",
        question="Why?",
        measure=answer,
        tell=lambda found: found.parts,
        slip=lambda found: found.slip,
        **more,
    )
