"""`Timeline`: back to any earlier update of a training, in bounded memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from viz.trainer import Trainer

__all__ = ["Timeline"]

# The most states kept, points of the loss curve, and changes that can be taken back.
STATES, POINTS, CHANGES = 128, 400, 1_000


class _State(NamedTuple):
    """A state that is kept.

    Attributes:
        updates: made before it.
        state: a snapshot, taken before the changes at this update.
        followed: whether someone else made the updates after it, so that they cannot be repeated.
    """

    updates: int
    state: Any
    followed: bool


class Timeline:
    """The updates of a training, of which some states are kept and the others repeated.

    Up to 128 states are kept. When they are full, every other one is dropped, and from then on half as many
    are taken. To go to an update, the state before it is restored and the updates since are repeated, with
    the changes that were made between them. An update or a change at an earlier update discards what came
    after it. Updates that someone else made cannot be repeated: going to one of them restores the state
    kept before it.

    Attributes:
        first: the earliest update one can go back to.
        last: the latest.
        curve: the loss before some updates, up to 400 of them, as (update, loss).
    """

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self.restart()

    def restart(self) -> None:
        """Forget everything; the present update is the first."""
        now = self._trainer.updates
        self.first = self.last = now
        self._states = [_State(now, self._trainer.snapshot(), followed=False)]
        self._stride = self._point_stride = 1
        self._changes: list[tuple[int, Callable[[Trainer], object]]] = []
        self._batches: dict[int, Sequence[int]] = {}
        self.curve: list[tuple[int, float]] = []

    def step(self, examples: Sequence[int] | None = None) -> float:
        """Make an update, by these examples or by the next ones; return the loss before it."""
        self._discard()
        before = self._trainer.updates
        loss = self._trainer.step(examples)
        if examples is not None:
            self._batches[before] = examples
        self._advance(before, loss, followed=False)
        return loss

    def follow(self, updates: int, examples: int, loss: float) -> None:
        """Take note of an update that someone else made.

        Args:
            updates: made so far, this one included.
            examples: in its batch.
            loss: before it.
        """
        if updates <= self.last:  # another training of the same model
            self._trainer.updates = updates - 1
            self.restart()
        self._trainer.follow(updates, examples)
        self._advance(updates - 1, loss, followed=True)

    def change(self, change: Callable[[Trainer], object]) -> None:
        """Change the training between two updates; an error leaves it unchanged."""
        self._discard()
        change(self._trainer)
        self._changes.append((self._trainer.updates, change))
        if len(self._changes) > CHANGES:
            self.first = self._trainer.updates
            self._states = [_State(self.first, self._trainer.snapshot(), followed=False)]
            self._changes.clear()

    def go(self, update: int) -> None:
        """Go to an update between the first and the last, with the changes made there."""
        update = min(max(update, self.first), self.last)
        at = bisect_right(self._states, update, key=lambda kept: kept.updates) - 1
        kept = self._states[at]
        self._trainer.restore(kept.state)
        while True:
            now = self._trainer.updates
            for when, change in self._changes:
                if when == now:
                    change(self._trainer)
            if now >= update or kept.followed:
                return
            self._trainer.step(self._batches.get(now))

    def _advance(self, before: int, loss: float, *, followed: bool) -> None:
        """Keep what is wanted of the update that was just made."""
        self.last = before + 1
        if before % self._point_stride == 0:
            self.curve.append((before, loss))
            if len(self.curve) > POINTS:
                self._point_stride *= 2
                self.curve = [point for point in self.curve if point[0] % self._point_stride == 0]
        if self.last % self._stride == 0:
            self._states.append(_State(self.last, self._trainer.snapshot(), followed))
            if len(self._states) > STATES:
                self._stride *= 2
                first, *others = self._states
                self._states = [first, *(kept for kept in others if kept.updates % self._stride == 0)]

    def _discard(self) -> None:
        """Forget what came after the present update."""
        now = self._trainer.updates
        if now == self.last:
            return
        self.last = now
        self._states = [kept for kept in self._states if kept.updates <= now]
        self._changes = [change for change in self._changes if change[0] <= now]
        self._batches = {update: batch for update, batch in self._batches.items() if update < now}
        self.curve = [point for point in self.curve if point[0] < now]
