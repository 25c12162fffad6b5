"""Questions 1 and 2: the parts, what their errors are worth, and how many examples are needed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from demos.page.data_sets import circles
from demos.page.parts import Illustration, Part, Table
from demos.splits import Splits, measure, tell
from demos.splits.amount import best_circle, learning_curve, measure_amount, tell_amount
from demos.splits.held_out import PARTS, REPORTS, ErrorReport, HeldOutCourse, _bias, _when_to_stop, report


@pytest.fixture(scope="module")
def found() -> Splits:
    return measure(
        3, epochs=30, choices=4, candidates=1, numbers=(10, 40, 200), repetitions=2, updates=50, fresh=500
    )


@pytest.fixture(scope="module")
def parts(found: Splits) -> list[Part]:
    return tell(found)


def test_every_part_gets_its_share_of_both_classes(parts: list[Part]) -> None:
    table = next(part for part in parts if isinstance(part, Table))
    assert [row[1] for row in table.rows] == [90, 30, 30]
    assert [row[2] for row in table.rows] == ["50%"] * 3


def test_the_error_that_chose_is_the_lowest(found: Splits, parts: list[Part]) -> None:
    reports = found.held_out.reports
    assert [(report.chosen_by, report.part) for report in reports] == [
        ("training", "training"),
        ("validation", "validation"),
        ("test", "test"),
        ("validation", "test"),
    ]
    # The lowest of a part's errors is not above the error of any other choice on the same part.
    assert reports[2].reported <= reports[3].reported
    # The same networks, whichever error of theirs is reported.
    assert reports[1].fresh == reports[3].fresh
    table = [part for part in parts if isinstance(part, Table)][1]
    assert [row[2:4] for row in table.rows] == [(f"{r.reported:.1%}", f"{r.fresh:.1%}") for r in reports]


def test_a_report_compares_the_chosen_networks_with_fresh_data() -> None:
    # Two repetitions of two networks: training, validation, test and fresh error of each.
    errors = np.array(
        [[[0.1, 0.4, 0.3, 0.5], [0.2, 0.3, 0.2, 0.4]], [[0.3, 0.2, 0.1, 0.6], [0.2, 0.5, 0.2, 0.3]]]
    )
    found = report(errors, "validation", "test")
    assert (found.chosen_by, found.part) == ("validation", "test")
    assert (found.reported, found.fresh, found.gap) == pytest.approx((0.15, 0.5, 0.35))
    assert found.margin == pytest.approx(2 * np.std([0.2, 0.5], ddof=1) / np.sqrt(2))


def test_more_examples_bring_the_errors_together(found: Splits, parts: list[Part]) -> None:
    table = [part for part in parts if isinstance(part, Table)][2]
    gap = found.amount.curve.gap
    assert [row[0] for row in table.rows] == ["10", "40", "200"]
    assert [row[3] for row in table.rows] == [f"{100 * g:.1f}" for g in gap]
    assert gap[0] > gap[-1]
    assert "gap shrinks" in str(parts[-1])


def test_a_gap_that_has_not_shrunk_is_described_as_such() -> None:
    """With the same number of examples at both ends and a single update, nothing changes."""
    fresh = circles(200, 9, noise=0.25)
    *_, text = tell_amount(measure_amount(fresh, numbers=(50, 50), repetitions=1, updates=1, seed=0))
    assert "has not shrunk" in str(text)
    assert "agree better" not in str(text)


def test_every_picture_has_words_and_a_narrow_form(parts: list[Part]) -> None:
    pictures = [part for part in parts if isinstance(part, Illustration)]
    assert len(pictures) == 3
    assert all(p.words and p.narrow and p.narrow.startswith("<svg") for p in pictures)


def test_the_same_seed_gives_the_same_curve() -> None:
    fresh = circles(100, 50, noise=0.2)
    first = learning_curve(fresh, (4, 12), 2, 5, seed=1)
    with ThreadPoolExecutor(2) as pool:
        again = learning_curve(fresh, (4, 12), 2, 5, seed=1, executor=pool)
    assert np.array_equal(first.train, again.train)
    assert np.array_equal(first.test, again.test)
    assert first.train.shape == first.test.shape == (2, 2)
    assert first.gap.shape == first.spread.shape == (2,)


def test_the_best_circle() -> None:
    assert best_circle(circles(200, 0, noise=0)) == 0
    assert 0.1 < best_circle(circles(2000, 0, noise=0.25)) < 0.25


def test_when_to_stop_follows_the_losses() -> None:
    down, up = np.array([3.0, 2.0, 1.0]), np.array([3.0, 1.0, 2.0])
    assert "keeps falling" in _when_to_stop(HeldOutCourse(down, up, up))
    assert "after 1 epochs" in _when_to_stop(HeldOutCourse(down, up, up))
    assert "keeps falling" not in _when_to_stop(HeldOutCourse(up, up, up))
    assert "no harm" in _when_to_stop(HeldOutCourse(down, up, down))


def test_the_bias_of_the_reports_follows_the_gaps() -> None:
    reports = [ErrorReport(chosen_by, part, 0.1, 0.2, 0.02, 0.03) for chosen_by, part in REPORTS]
    assert [report.part for report in reports[:3]] == list(PARTS)
    flattering = [replace(report, gap=0.1) for report in reports]
    text = _bias([*flattering[:2], reports[2], replace(reports[3], gap=0.01)])
    assert "training and validation." in text
    assert "true on average" in text
    text = _bias([*reports[:3], flattering[3]])
    assert "no clear difference" in text
    assert "shows a gap all the same" in text
