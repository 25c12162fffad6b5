from math import inf, isfinite

import numpy as np
import pytest

from demos import tuning
from demos.page.data_sets import circles
from demos.page.parts import Picture, Table
from demos.tuning import _list, _unrest, answer, learning, over_decades, schedules, trained
from nn.data import split
from nn.schedules import constant

SMALL = {"epochs": 2, "repetitions": 1, "trials": 2, "k": 2}
TOO_LARGE = 1e308


@pytest.fixture(scope="module")
def found():
    return answer(rates=(0.01, 1.0), **SMALL)


@pytest.fixture
def undrawn(monkeypatch):
    """Pictures are laid out but not written, which takes most of the time."""
    monkeypatch.setattr(tuning, "to_svg", lambda figure, name: f"<svg id={name!r}>")


def test_there_is_a_loss_before_training_and_after_each_epoch():
    data = circles(40)
    losses = learning(data, "SGD", 1.0, 4, 0)
    assert len(losses) == 5
    assert learning(data, "SGD", 0.5, 4, 0)[0] == losses[0]
    assert learning(data, "SGD", 0.5, 4, 0, schedule=constant(2.0)) == losses


@pytest.mark.filterwarnings("ignore:overflow|invalid value")
def test_a_training_that_diverges_ends_at_infinity():
    data = circles(40)
    losses = learning(data, "SGD", TOO_LARGE, 4, 0)
    assert len(losses) == 5
    assert losses[-1] == inf
    assert trained(data, TOO_LARGE, 16, 4, 0) is None
    assert trained(data, 0.1, 16, 1, 0) is not None


def curves(sgd, adam):
    return {
        (name, rate): [[0.7, end]]
        for name, ends in (("SGD", sgd), ("Adam", adam))
        for rate, end in zip((0.1, 1.0, 10.0), ends, strict=True)
    }


def test_the_words_on_rates_follow_the_losses(undrawn):
    *_, sgd, adam = over_decades(curves((0.6, 0.1, 8.0), (0.05, 0.3, inf)), (0.1, 1.0, 10.0), 1)
    assert "SGD does best with a rate of 1: its loss falls from 0.70 to 0.100." in sgd
    assert "With 0.1 it goes the right way" in sgd
    assert "With 10 the loss ends higher" in sgd
    assert "best with 0.1, and ends at 0.050" in adam
    assert "1 took more than half of the loss away with SGD, and 2 with Adam" in adam


def test_nothing_is_said_of_slow_or_diverging_rates_where_there_are_none(undrawn):
    *_, sgd, _ = over_decades(curves((0.1, 0.2, 0.3), (0.1, 0.2, 0.3)), (0.1, 1.0, 10.0), 1)
    assert "right way" not in sgd
    assert "higher" not in sgd


def test_the_best_schedule_is_named_only_if_it_beats_a_constant_rate(undrawn, monkeypatch):
    ends = iter((0.3, 0.2, 0.1, 0.4))
    monkeypatch.setattr(tuning, "learning", lambda *a, **o: [1.0, end := next(ends), end])
    assert schedules(circles(40), 2, [0])[-1].startswith("The schedule “cosine” ends lowest, at 0.1;")
    ends = iter((0.1, 0.2, 0.3, inf))
    assert "constant rate ends lowest" in schedules(circles(40), 2, [0])[-1]


def test_unrest_is_the_factor_between_epochs():
    assert _unrest([9.0, 1.0, 1.0, 1.0]) == 1
    assert _unrest([5.0, 5.0, 5.0, 5.0, 2.0, 4.0]) == pytest.approx(2)
    assert _unrest([1.0, inf]) == inf


def test_settings_are_ranked_by_the_mean_over_the_folds(found):
    table = [part for part in found.parts if isinstance(part, Table)][-1]
    means = [row[3] for row in table.rows]
    assert means == sorted(means)
    assert len(means) == 6
    assert {row[0] for row in table.rows} <= {"grid", "random"}
    how, rate, batch, *_ = table.rows[0]
    assert f"one of the {how} search: rate {rate:.3g}, batches of {batch}." in found.parts[-1]


def test_close_scores_are_called_so_and_a_network_that_diverged_gets_no_example_right(undrawn, monkeypatch):
    data = circles(60)
    parts = split(data.inputs, data.targets)
    network = trained(data, 0.1, 16, 1, 0)
    monkeypatch.setattr(tuning, "trained", lambda *a, **o: network)
    assert "cannot say" in tuning.search(parts, 1, 1, 2, 0)[-1]
    monkeypatch.setattr(tuning, "trained", lambda d, *a, **o: None if len(d) == 48 else network)
    *_, words = tuning.search(parts, 1, 1, 2, 0)
    assert "0.0% of the 12 test examples" in words


def test_lists():
    assert _list([0.1]) == "0.1"
    assert _list([0.01, 0.1, 1.0]) == "0.01, 0.1 and 1"


def test_the_same_seed_gives_the_same_answer(undrawn):
    parts = split(*(getattr(circles(60), name) for name in ("inputs", "targets")))
    assert tuning.search(parts, 1, 1, 2, 0) == tuning.search(parts, 1, 1, 2, 0)


def test_there_are_three_pictures_for_wide_and_for_narrow_windows(found):
    pictures = [part for part in found.parts if isinstance(part, Picture)]
    svgs = {svg for picture in pictures for svg in (picture.svg, picture.narrow)}
    assert len(svgs) == 6
    assert all(svg.startswith("<svg") for svg in svgs)


def test_a_good_rate_learns_the_rings():
    data = circles(100, 1)
    ends = {rate: learning(data, "SGD", rate, 40, 0)[-1] for rate in (0.01, 1.0, 100.0)}
    assert all(isfinite(end) for end in ends.values())
    assert ends[1.0] < 0.35 < 0.5 < ends[0.01] < np.log(2) + 0.3 < ends[100.0]
