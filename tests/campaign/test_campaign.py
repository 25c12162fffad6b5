"""The campaign finds what is wrong, shrinks it, and prints a program that shows it."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd.rules.primitive import TABLE
from tests.campaign import run
from tests.campaign.__main__ import main
from tests.campaign.checks import Case, differ
from tests.campaign.run import Campaign
from tests.campaign.shrink import shrunk
from tests.programs import FAMILIES, Program, draw

pytestmark = pytest.mark.filterwarnings("ignore")


def family(name: str) -> Any:
    return next(family for family in FAMILIES if family.name == name)


@pytest.fixture
def without_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyTorch and JAX, which take seconds to load."""
    monkeypatch.setattr(run, "find_spec", lambda name: None)


@pytest.mark.usefixtures("without_peers")
def test_some_hundred_programs_agree_in_every_way() -> None:
    campaign = Campaign(1)
    campaign.run(programs=400)
    assert not campaign.failures, str(campaign.failures[0])
    assert campaign.programs.total() == 400
    assert set(campaign.programs) == {family.name for family in FAMILIES}


@pytest.mark.usefixtures("without_peers")
@pytest.mark.parametrize("name", ["scalars", "tensors"])
def test_a_wrong_rule_is_found_and_shrunk(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # A row whose derivative native code takes from Python's.
    row, right = TABLE["hypot"], TABLE["hypot"].partials
    monkeypatch.setattr(row, "partials", lambda out, a, b: [1.1 * d for d in right(out, a, b)])
    campaign = Campaign(5, (family(name),))
    campaign.run(programs=2000, most=1)
    (failure,) = campaign.failures
    program = failure.case.program
    assert [text for text, _ in program.steps] in (["np.hypot(a, b)"], ["np.hypot(a, b)", "np.sum(a)"])
    assert failure.check.__name__ == "differences"
    shown = subprocess.run(
        [sys.executable, "-c", f"{program.code()}\nprint(y.data)"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    data = program.run(program.leaves)[-1]
    assert shown.stdout.strip() == str(data)


def test_an_unexpected_error_is_a_failure_and_an_undefined_derivative_is_none() -> None:
    def broken(case: Case) -> str | None:
        raise TypeError("no")

    def undefined(case: Case) -> str | None:
        raise ZeroDivisionError

    case = Case(FAMILIES[0], Program((0.5,), (("np.sqrt(a)", (0,)),)), 0)
    at_zero = replace(case, program=Program((0.0,), case.program.steps))
    assert run.outcome(case, broken) == "raises TypeError: no"
    assert run.outcome(case, undefined) == "raises ZeroDivisionError: "
    assert run.outcome(at_zero, undefined) is None


def test_a_program_is_shrunk_to_what_makes_it_fail() -> None:
    steps = (("a + b", (0, 1)), ("np.sin(a)", (2,)), ("np.exp(a)", (3,)), ("a * b", (4, 2)), ("-a", (5,)))
    case = Case(FAMILIES[0], Program((0.123, 1.7), steps), 0)
    small = shrunk(case, lambda other: any("exp" in text for text, _ in other.program.steps))
    assert small.program == Program((0.0,), (("np.exp(a)", (0,)),))


def test_a_program_of_arrays_is_shrunk_to_few_elements() -> None:
    case = Case(family("tensors"), Program((np.full((3, 2), 0.123),), (("np.sin(a)", (0,)),)), 0)
    small = shrunk(case, lambda other: len(other.program.leaves[0]) > 0)
    assert small.program.leaves[0].tolist() == [[0.0]]
    assert small.program.steps == ()


def test_programs_of_a_seed_are_the_same_each_time() -> None:
    for some in FAMILIES:
        codes = [[draw(rng, some).code() for _ in range(20)] for rng in (random.Random(7), random.Random(7))]
        assert codes[0] == codes[1]
        assert len(set(codes[0])) > 10


def test_numbers_differ_by_shape_value_and_exactness() -> None:
    assert differ([1.0, np.nan, np.inf], [1.0 + 1e-12, np.nan, np.inf], 1e-9) is None
    assert differ([1.0], [np.nan], 1e-9) == "0: 1.0 instead of nan"
    assert "shape" in (differ([np.zeros(2)], [np.zeros((2, 1))], 1) or "")
    assert differ([Fraction(1, 3)], [Fraction(1, 3) + Fraction(1, 10**30)], 1) is not None
    assert differ([1.0], [], 1) == "1 results instead of 0"


@pytest.mark.usefixtures("without_peers")
def test_the_command_reports_and_ends_with_a_status(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["--programs", "20", "--seed", "3"]) == 0
    assert "20 programs in" in capsys.readouterr().out
    monkeypatch.setattr(run, "outcome", lambda case, check: "it is wrong")
    assert main(["--only", "4", "--seed", "3"]) == 1
    assert "---- program 4, " in capsys.readouterr().out
