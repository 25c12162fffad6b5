"""Questions 1 and 2: the parts, what their errors are worth, and how many examples it takes."""

import numpy as np
import pytest

from demos.learning_curve import best_circle, learning_curve
from demos.page.data_sets import circles
from demos.page.parts import Answer, Picture, Table
from demos.splits import Course, _flattered, _when_to_stop, answer


@pytest.fixture(scope="module")
def found() -> Answer:
    return answer(
        3, epochs=30, choices=4, candidates=1, numbers=(10, 40, 200), repetitions=2, updates=50, fresh=500
    )


def test_every_part_gets_its_share_of_both_classes(found: Answer) -> None:
    table = next(part for part in found.parts if isinstance(part, Table))
    assert [row[1] for row in table.rows] == [90, 30, 30]
    assert [row[2] for row in table.rows] == ["50%"] * 3


def test_what_was_chosen_by_an_error_is_flattered_by_it(found: Answer) -> None:
    table = [part for part in found.parts if isinstance(part, Table)][1]
    assert [(row[0], row[1]) for row in table.rows] == [
        ("training", "training"),
        ("validation", "validation"),
        ("test", "test"),
        ("validation", "test"),
    ]
    says = [float(row[2].rstrip("%")) for row in table.rows]
    # The least of a part's errors is not above that of any other choice, on the same part.
    assert says[2] <= says[3]
    # The same networks, whatever is reported of them.
    assert table.rows[1][3] == table.rows[3][3]


def test_more_examples_bring_the_errors_together(found: Answer) -> None:
    table = [part for part in found.parts if isinstance(part, Table)][2]
    gaps = [float(row[3]) for row in table.rows]
    assert [row[0] for row in table.rows] == ["10", "40", "200"]
    assert gaps[0] > gaps[-1]
    assert "has shrunk" in str(found.parts[-1])


def test_every_picture_has_words_and_a_narrow_form(found: Answer) -> None:
    pictures = [part for part in found.parts if isinstance(part, Picture)]
    assert len(pictures) == 3
    assert all(p.words and p.narrow and p.narrow.startswith("<svg") for p in pictures)


def test_the_same_seed_gives_the_same_curve() -> None:
    fresh = circles(100, 50, noise=0.2)
    first, again = (learning_curve(fresh, (4, 12), 2, 5, 0.2, seed=1) for _ in range(2))
    assert np.array_equal(first.test, again.test)
    assert first.train.shape == first.test.shape == (2, 2)


def test_the_best_circle() -> None:
    assert best_circle(circles(200, 0, noise=0)) == 0
    assert 0.1 < best_circle(circles(2000, 0, noise=0.25)) < 0.25


def test_conclusions_are_those_of_the_numbers() -> None:
    down, up = np.array([3.0, 2.0, 1.0]), np.array([3.0, 1.0, 2.0])
    assert "goes on falling" in _when_to_stop(Course(down, up, up), 1)
    assert "after 1 epochs" in _when_to_stop(Course(down, up, up), 1)
    assert "goes on falling" not in _when_to_stop(Course(up, up, up), 1)
    assert "no harm" in _when_to_stop(Course(down, up, down), 1)
    honest, flattering, unclear = (0.01, 0.03), (0.1, 0.03), (0.02, 0.03)
    reports = {("training",) * 2: flattering, ("validation",) * 2: flattering, ("test",) * 2: unclear}
    text = _flattered(reports | {("validation", "test"): honest})
    assert "training and validation." in text
    assert "true on average" in text
    text = _flattered(dict.fromkeys(reports, unclear) | {("validation", "test"): flattering})
    assert "no clear difference" in text
    assert "stands out" in text
