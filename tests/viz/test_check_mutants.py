"""A slip of the pen anywhere in a right file is found, and what is shown of it is true."""

from __future__ import annotations

import pytest

from tests.viz.mutants import mutants
from viz.checking import conventions
from viz.checking.child import Limits
from viz.checking.student_check import check
from viz.checking.verdict import Graded

MUTANTS = mutants()
# Changes that change no number: x / -1 is x * -1; where relu is above 0 its input is.
HARMLESS = {"self * -1: Div in line 70", "self: out in line 55"}
# The second call of backward is a convention.
CONVENTIONS = {"1: 2 in line 101"}
WRONG = sorted(MUTANTS.keys() - HARMLESS - CONVENTIONS)


def test_there_are_many():
    assert len(WRONG) > 150
    assert MUTANTS.keys() > HARMLESS | CONVENTIONS


@pytest.mark.parametrize("what", WRONG[::11])
def test_a_slip_is_found(what, tmp_path, monkeypatch):
    monkeypatch.setattr(conventions, "DEPTHS", (100,))
    path = tmp_path / "engine.py"
    path.write_text(MUTANTS[what], encoding="utf-8")
    verdict = check(path, graphs=80, limits=Limits(seconds=2, memory=512))
    assert not verdict.right
    for finding in verdict.findings:
        if isinstance(finding.shown, Graded):
            right, found = finding.shown.pair
            places = {i for i, (x, y) in enumerate(zip(right, found, strict=True)) if x != pytest.approx(y)}
            assert places == set(finding.shown.wrong)


@pytest.mark.parametrize("what", sorted(HARMLESS | CONVENTIONS))
def test_a_change_that_changes_no_number_is_no_mistake(what, tmp_path, monkeypatch):
    monkeypatch.setattr(conventions, "DEPTHS", (100,))
    path = tmp_path / "engine.py"
    path.write_text(MUTANTS[what], encoding="utf-8")
    verdict = check(path, graphs=80)
    assert verdict.right
    assert bool(verdict.conventions) == (what in CONVENTIONS)
