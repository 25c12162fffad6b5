"""Question 11: the learning rate, its schedules, and the search for it."""

from math import inf, isfinite
from typing import Any

import numpy as np
import pytest

from demos.page import plotting
from demos.page.data_sets import circles
from demos.page.parts import Illustration, Part, Table
from demos.tuning import Tuning, measure, schedules, search, tell
from demos.tuning.rates import RateLosses, learning, tell_rates
from demos.tuning.schedules import fluctuation_of, measure_schedules, tell_schedules
from demos.tuning.search import measure_search, tell_search, trained
from nn.data import Split, split
from nn.schedules import constant

TOO_LARGE = 1e308


@pytest.fixture(scope="module")
def found() -> Tuning:
    return measure(rates=(0.01, 1.0), epochs=2, repetitions=1, trials=2, k=2)


@pytest.fixture(scope="module")
def parts(found: Tuning) -> list[Part]:
    return tell(found)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are laid out but not written, which takes most of the time."""
    monkeypatch.setattr(plotting, "to_svg", lambda figure, name: f"<svg id={name!r}>")


def rings(n: int) -> Split:
    data = circles(n)
    return split(data.inputs, data.targets)


def test_there_is_a_loss_before_training_and_after_each_epoch() -> None:
    data = circles(40)
    losses = learning(data, "SGD", 1.0, 4, 0)
    assert len(losses) == 5
    assert learning(data, "SGD", 0.5, 4, 0)[0] == losses[0]
    assert learning(data, "SGD", 0.5, 4, 0, schedule=constant(2.0)) == losses


@pytest.mark.filterwarnings("ignore:overflow|invalid value")
def test_a_training_that_diverges_ends_at_infinity() -> None:
    data = circles(40)
    losses = learning(data, "SGD", TOO_LARGE, 4, 0)
    assert len(losses) == 5
    assert losses[-1] == inf
    assert trained(data, TOO_LARGE, 16, 4, 0) is None
    assert trained(data, 0.1, 16, 1, 0) is not None


def test_every_rate_is_measured_with_both_optimisers(found: Tuning) -> None:
    assert [(run.optimiser, run.rate) for run in found.rates] == [
        ("SGD", 0.01),
        ("SGD", 1.0),
        ("Adam", 0.01),
        ("Adam", 1.0),
    ]
    assert all(run.losses.shape == (1, 3) for run in found.rates)
    assert all(run.end == run.losses[0, -1] for run in found.rates)


def runs(sgd: tuple[float, ...], adam: tuple[float, ...]) -> list[RateLosses]:
    """Trainings with three rates that go from 0.7 to the given losses."""
    return [
        RateLosses(name, rate, np.array([[0.7, end]]))
        for name, ends in (("SGD", sgd), ("Adam", adam))
        for rate, end in zip((0.1, 1.0, 10.0), ends, strict=True)
    ]


def test_the_words_on_rates_follow_the_losses(undrawn: None) -> None:
    *_, sgd, adam = map(str, tell_rates(runs((0.6, 0.1, 8.0), (0.05, 0.3, inf))))
    assert "SGD does best with a rate of 1: its loss falls from 0.70 to 0.100." in sgd
    assert "With 0.1 it moves in the right direction" in sgd
    assert "after 1 epochs" in sgd
    assert "With 10 the loss ends higher" in sgd
    assert "best with 0.1, and ends at 0.050" in adam
    assert "1 removed more than half of the loss with SGD, and 2 with Adam" in adam


def test_slow_and_diverging_rates_are_only_named_where_there_are_any(undrawn: None) -> None:
    *_, sgd, _ = map(str, tell_rates(runs((0.1, 0.2, 0.3), (0.1, 0.2, 0.3))))
    assert "right direction" not in sgd
    assert "higher" not in sgd


def test_the_best_schedule_is_named_only_if_it_beats_a_constant_rate(
    undrawn: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def words(*ends: float) -> str:
        each = iter(ends)
        monkeypatch.setattr(schedules, "learning", lambda *a, **o: [1.0, end := next(each), end])
        return str(tell_schedules(measure_schedules(circles(40), 2, [0]))[-1])

    assert words(0.3, 0.2, 0.1, 0.4).startswith("The schedule “cosine” ends lowest, at 0.1;")
    assert "constant rate ends lowest" in words(0.1, 0.2, 0.3, inf)


def test_a_schedule_has_a_factor_for_every_update(found: Tuning) -> None:
    # 144 examples in batches of 8, for half as many epochs again as the 2 of each rate.
    assert {len(run.factors) for run in found.schedules} == {3 * 18}
    assert set(found.schedules[0].factors) == {1.0}
    assert {run.losses.shape for run in found.schedules} == {(1, 4)}


def test_the_fluctuation_is_the_factor_between_epochs() -> None:
    assert fluctuation_of([9.0, 1.0, 1.0, 1.0]) == 1
    assert fluctuation_of([5.0, 5.0, 5.0, 5.0, 2.0, 4.0]) == pytest.approx(2)
    assert fluctuation_of([1.0, inf]) == inf


def test_settings_are_ranked_by_the_mean_over_the_folds(found: Tuning, parts: list[Part]) -> None:
    means = [setting.score.mean for setting in found.search.settings]
    assert means == sorted(means)
    assert len(means) == 6 + 2
    assert [setting.how for setting in found.search.settings].count("grid") == 6
    table = [part for part in parts if isinstance(part, Table)][-1]
    assert [row[3] for row in table.rows] == means[:6]
    best = found.search.settings[0]
    assert table.rows[0][:3] == (best.how, best.rate, best.batch)
    words = f"from the {best.how} search: rate {best.rate:.3g}, batches of {best.batch}."
    assert words in str(parts[-1])


def test_close_scores_are_described_as_such(undrawn: None, monkeypatch: pytest.MonkeyPatch) -> None:
    rings_of_60 = rings(60)
    network = trained(rings_of_60.train, 0.1, 16, 1, 0)
    monkeypatch.setattr(search, "trained", lambda *a, **o: network)
    assert "cannot tell" in str(tell_search(measure_search(rings_of_60, 1, 1, 2, 0))[-1])


def test_a_network_that_diverged_gets_no_example_right(
    undrawn: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rings_of_60 = rings(60)
    network = trained(rings_of_60.train, 0.1, 16, 1, 0)

    def diverges_on_all(data: Any, *a: Any, **o: Any) -> Any:
        return None if len(data) == 48 else network

    monkeypatch.setattr(search, "trained", diverges_on_all)
    *_, words = tell_search(measure_search(rings_of_60, 1, 1, 2, 0))
    assert "0.0% of the 12 test examples" in str(words)


def test_the_same_seed_gives_the_same_search(undrawn: None) -> None:
    first, again = (measure_search(rings(60), 1, 1, 2, 0) for _ in range(2))
    assert first == again
    assert tell_search(first) == tell_search(again)


def test_there_are_three_pictures_for_wide_and_for_narrow_windows(parts: list[Part]) -> None:
    pictures = [part for part in parts if isinstance(part, Illustration)]
    svgs = {svg for picture in pictures for svg in (picture.svg, picture.narrow)}
    assert len(svgs) == 6
    assert all(str(svg).startswith("<svg") for svg in svgs)


def test_a_good_rate_learns_the_rings() -> None:
    data = circles(100, 1)
    ends = {rate: learning(data, "SGD", rate, 40, 0)[-1] for rate in (0.01, 1.0, 100.0)}
    assert all(isfinite(end) for end in ends.values())
    assert ends[1.0] < 0.35 < 0.5 < ends[0.01] < np.log(2) + 0.3 < ends[100.0]
