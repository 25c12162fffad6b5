"""The pages of the lab: a network to play with, and the seventeen questions."""

from __future__ import annotations

from collections.abc import Sequence

import viz
from lab.examples import SHAPES, shaped
from lab.page_parts import Control, LabPage, LabPart, Widget
from lab.questions import data, descent, gradients, network
from nn import MLP

__all__ = ["PAGES"]


def play(shape: str, examples: int, noise: float, seed: int) -> Sequence[LabPart]:
    chosen = shaped(shape, examples, noise, seed)
    outputs = int(chosen.targets.max()) + 1
    return [Widget(viz.live(MLP([2, 4, outputs], seed=seed), chosen, batch_size=16, seed=seed))]


_PLAY = LabPage(
    "live",
    "A network while it learns",
    "What happens in a network while it learns? Train it, stop it, change its weights and its examples.",
    (
        Control("shape", "examples", "rings", choices=tuple(SHAPES)),
        Control("examples", "number", 120, 20, 400, 20),
        Control("noise", "noise", 0.1, 0, 0.4, 0.05),
        Control("seed", "seed", 0, 0, 20),
    ),
    play,
)
PAGES = {
    page.heading: page for page in (_PLAY, *data.PAGES, *network.PAGES, *descent.PAGES, *gradients.PAGES)
}
