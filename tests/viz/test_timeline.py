"""Every earlier update can be gone back to, in bounded memory."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from viz.timeline import CHANGES, POINTS, STATES, Timeline


class Adding:
    """A training whose state is a number: each update doubles it and adds its step."""

    def __init__(self):
        self.updates, self.total, self.add = 0, 1, 1
        self.tally = Counter()

    def step(self, examples=None):
        before = self.total
        self.total = (2 * self.total + self.add + sum(examples or ())) % 1_000_003
        self.updates += 1
        return float(before)

    def follow(self, updates, examples):
        self.updates = updates

    def snapshot(self):
        return self.updates, self.total, self.add

    def restore(self, state):
        self.updates, self.total, self.add = state


def added(number):
    def change(trainer):
        trainer.add = number

    return change


def test_every_update_can_be_gone_back_to_with_the_changes_made_there():
    trainer = Adding()
    timeline = Timeline(trainer)
    states = []
    for update in range(1000):
        if update % 97 == 5:
            timeline.change(added(update))
        states.append(trainer.snapshot())
        timeline.step([update] if update % 31 == 0 else None)
    states.append(trainer.snapshot())
    assert len(timeline._states) <= STATES
    assert len(timeline.curve) <= POINTS
    for update in (1000, 0, 5, 6, 999, 501, 102, 31, 32):
        timeline.go(update)
        assert trainer.snapshot() == states[update]
    assert (timeline.first, timeline.last) == (0, 1000)


def test_a_step_at_an_earlier_update_discards_what_came_after():
    trainer = Adding()
    timeline = Timeline(trainer)
    for _ in range(50):
        timeline.step()
    timeline.change(added(9))
    timeline.go(20)
    timeline.step()
    assert timeline.last == 21
    there = trainer.snapshot()
    timeline.go(3)
    timeline.go(99)
    assert trainer.snapshot() == there
    assert all(update < 21 for update, _ in timeline.curve)


def test_the_updates_of_another_training_are_not_repeated():
    trainer = Adding()
    timeline = Timeline(trainer)
    for update in range(1, 400):
        trainer.total = -update
        timeline.follow(update, 8, 1.0)
    kept = [state.updates for state in timeline._states]
    assert len(kept) <= STATES
    assert max(b - a for a, b in pairwise(kept)) <= 4
    timeline.go(201)
    assert trainer.updates in kept
    assert 196 < trainer.updates <= 201
    assert trainer.total == -trainer.updates
    timeline.follow(1, 8, 1.0)
    assert (timeline.first, timeline.last) == (0, 1)


def test_the_changes_kept_are_bounded():
    timeline = Timeline(Adding())
    timeline.step()
    for number in range(CHANGES + 1):
        timeline.change(added(number))
    assert timeline.first == 1
    assert not timeline._changes


def test_a_change_that_fails_is_not_kept():
    def fail(trainer):
        raise ValueError("no")

    timeline = Timeline(Adding())
    with pytest.raises(ValueError, match="no"):
        timeline.change(fail)
    timeline.step()
    timeline.go(0)
