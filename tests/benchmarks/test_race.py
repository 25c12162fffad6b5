"""Failures of rivals never end the race, and systems with wrong numbers are not timed."""

from __future__ import annotations

from contextlib import closing
from types import SimpleNamespace

import pytest

from benchmarks.race import PeerError, System, race


@pytest.fixture(scope="module")
def rival():
    with closing(SimpleNamespace(close=lambda: system.stop())):
        system = System("tests.benchmarks.rivals")
        yield system


def by_name(board):
    return {lane.name: lane for lane in board.lanes}


def test_what_works_is_timed_and_what_does_not_is_told(rival):
    *_, board = race("tiny", [rival], 3)
    lanes = by_name(board)
    assert [lane.name for lane in board.finished] == ["fake, right"]
    assert len(lanes["fake, right"].times) == 3
    assert all(0 < seconds < 1 for seconds in lanes["fake, right"].times)
    assert lanes["fake, wrong"].reason == "its numbers differ from ours by 9.5e-04"
    assert "differ" in lanes["fake, short"].reason
    assert lanes["fake, failing"].reason == "ValueError: not today"
    assert not any(lane.ours for lane in board.lanes)


def test_there_is_a_board_after_every_round(rival):
    found = [len(board.lanes[0].times) for board in race("tiny", [rival], 2)]
    assert found == [0, 1, 2]


def test_a_crash_ends_one_system_and_not_the_race(rival):
    crashing = System("tests.benchmarks.crashing")
    *_, board = race("tiny", [rival, crashing], 2)
    crashing.stop()
    lanes = by_name(board)
    assert lanes["fake, later"].reason == "its process ended, with status 3"
    assert not lanes["fake, later"].times
    assert len(lanes["fake, right"].times) == 2


def test_a_crash_while_getting_ready():
    system = System("tests.benchmarks.rivals")
    *_, board = race("small", [system], 1)
    system.stop()
    assert [lane.reason for lane in board.lanes] == ["its process ended, with status 3"] * 2


def test_a_rival_that_is_not_there():
    with pytest.raises(PeerError, match=r"ModuleNotFoundError: No module named 'benchmarks.peers.nobody'"):
        System("benchmarks.peers.nobody")


def test_ratios_are_those_of_the_same_round(rival):
    *_, board = race("tiny", [rival], 1)
    mine, other = board.lanes[0], board.lanes[1]
    mine.times, other.times = [1.0, 20.0, 3.0], [2.0, 10.0, 1.0, 5.0]
    assert mine.ratio(other) == 2.0
