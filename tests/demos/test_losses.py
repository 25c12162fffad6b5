"""Questions 8 and 9: slopes of the losses, training under them, and the hill between two minima."""

from dataclasses import replace

import numpy as np
import pytest

from autograd import softmax
from demos.losses import Losses, measure, minima, slip, tell, training
from demos.losses.minima import loss_between, reordered, slice_between_minima
from demos.losses.slopes import BEHIND_SOFTMAX, CE, OF_TRUE_CLASS, SE, values_and_slopes
from demos.losses.training import (
    ABSOLUTE,
    CLASSIFIERS,
    MISTAKEN,
    ORDINARY,
    REGRESSIONS,
    fit_line,
    fit_lines,
    measure_trainings,
    tell_fits,
    tell_trainings,
)
from demos.page import plotting
from demos.page.data_sets import circles
from demos.page.parts import Illustration, Part, Table
from nn.data import Data, split
from nn.evaluation import predict
from nn.mlp import MLP


@pytest.fixture(scope="module")
def found() -> Losses:
    return measure(epochs=12, rates=(1.0,), steps=60)


@pytest.fixture(scope="module")
def parts(found: Losses) -> list[Part]:
    return tell(found)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are laid out but not written, which takes most of the time."""
    monkeypatch.setattr(plotting, "to_svg", lambda figure, name: f"<svg id={name!r}>")


def tables(parts: list[Part]) -> list[Table]:
    return [part for part in parts if isinstance(part, Table)]


def test_slopes_by_the_output_follow_the_formulas() -> None:
    p = np.array([1e-6, 0.2, 0.5, 1.0])
    values, slopes = values_and_slopes(OF_TRUE_CLASS[CE], p)
    np.testing.assert_allclose(values, -np.log(p))
    np.testing.assert_allclose(slopes, -1 / p)
    values, slopes = values_and_slopes(OF_TRUE_CLASS[SE], p)
    np.testing.assert_allclose(values, (1 - p) ** 2)
    np.testing.assert_allclose(slopes, 2 * (p - 1))


def test_slopes_behind_a_softmax_follow_the_formulas() -> None:
    z = np.linspace(-12, 8, 9)
    p = 1 / (1 + np.exp(-z))
    np.testing.assert_allclose(values_and_slopes(BEHIND_SOFTMAX[CE], z)[1], p - 1)
    np.testing.assert_allclose(values_and_slopes(BEHIND_SOFTMAX[SE], z)[1], -4 * p * (1 - p) ** 2)


def test_every_slope_in_the_first_table_is_right(parts: list[Part]) -> None:
    columns = np.array([row[1:] for row in tables(parts)[0].rows]).T
    y, p, ce, se, ce_by_logit, se_by_logit = columns
    np.testing.assert_allclose(ce, -y / p)
    np.testing.assert_allclose(se, 2 * (p - y))
    np.testing.assert_allclose(ce_by_logit, p - y)
    np.testing.assert_allclose(se_by_logit, p * (se - (se * p).sum()))
    # As the text says of the third class.
    assert y[2] == 0
    assert se_by_logit[2] < 0


def test_cross_entropy_recovers_from_a_confident_mistake_and_squared_error_does_not(
    found: Losses, parts: list[Part]
) -> None:
    ends = {(t.loss, t.start): t.accuracies[-1] for t in found.trainings.best}
    assert ends[CE, MISTAKEN] > ends[SE, MISTAKEN] + 0.2
    shown = {row[0]: row[2] for row in tables(parts)[2].rows}
    assert shown == {f"{loss}, {start}": f"{end:.1%}" for (loss, start), end in ends.items()}
    assert any(str(part).startswith("From the mistake, cross-entropy ends at") for part in parts)


def test_the_training_with_the_highest_mean_accuracy_is_kept() -> None:
    data = circles(60)
    parts = split(data.inputs, data.targets)
    slow, fast = (measure_trainings(parts, 3, (rate,), 0).best for rate in (0.001, 1.0))
    both = measure_trainings(parts, 3, (0.001, 1.0), 0).best
    assert len(both) == len(CLASSIFIERS) * 2
    for one, other, kept in zip(slow, fast, both, strict=True):
        assert kept == max(one, other, key=lambda t: sum(t.accuracies))


def test_the_goal_is_reached_at_the_first_epoch_that_has_it(found: Losses) -> None:
    training = replace(found.trainings.best[0], accuracies=[0.5, 0.89, 0.9, 0.8, 0.95])
    assert training.reached == 2
    assert replace(training, accuracies=[0.5, 0.6]).reached is None


def test_a_run_in_which_squared_error_keeps_up_is_described_as_such(
    undrawn: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "CLASSIFIERS", dict.fromkeys(CLASSIFIERS, CLASSIFIERS[CE]))
    data = circles(60)
    trainings = measure_trainings(split(data.inputs, data.targets), 1, (1.0,), 0)
    assert {t.start for t in trainings.best} == {ORDINARY, MISTAKEN}
    assert "squared error keeps up" in str(tell_trainings(trainings)[-1])


def test_outliers_without_effect_are_described_as_such(undrawn: None) -> None:
    # One step of Adam moves every line by the same distance.
    assert "no more harm" in str(tell_fits(fit_lines(1, 0))[-1])


def test_a_line_is_found_and_outliers_move_it_less_under_absolute_error() -> None:
    x = np.linspace(-2, 2, 21)[:, np.newaxis]
    clean = Data(x, 2 * x + 1)
    spoilt = Data(x, np.where(x > 1.7, -8.0, 2 * x + 1))
    slopes = {}
    for name, loss in REGRESSIONS.items():
        assert fit_line(clean, loss, 200) == pytest.approx((2, 1), abs=0.02)
        slopes[name] = fit_line(spoilt, loss, 200)[0]
    design = np.stack([x[:, 0], np.ones(21)], axis=1)
    least_squares = np.linalg.lstsq(design, spoilt.targets[:, 0], rcond=None)[0]
    assert slopes[SE] == pytest.approx(least_squares[0], abs=0.02)
    assert abs(slopes[ABSOLUTE] - 2) < 0.1 < abs(slopes[SE] - 2)


def test_reordered_neurons_compute_the_same_with_other_parameters() -> None:
    network, data = MLP([2, 4, 2], seed=3), circles(20)
    here = network.state_dict()
    there = reordered(here, (2, 0, 3, 1))
    before = predict(network, data.inputs)
    network.load_state_dict(there)
    np.testing.assert_allclose(predict(network, data.inputs), before)
    assert not np.allclose(there["layers.0.weight"], here["layers.0.weight"])


def test_the_losses_between_two_networks_belong_to_the_parameters_between() -> None:
    network, data = MLP([2, 4, 2], seed=3), circles(20)
    here, there = network.state_dict(), MLP([2, 4, 2], seed=4).state_dict()
    ends = loss_between(network, here, there, data, np.array([0.0, 1.0]))
    for state, end in zip((here, there), ends, strict=True):
        network.load_state_dict(state)
        p = softmax(predict(network, data.inputs))
        assert end == pytest.approx(((p - np.eye(2)[data.targets]) ** 2).sum(axis=1).mean())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_between_a_network_and_its_twin_is_a_hill(found: Losses, seed: int) -> None:
    between = slice_between_minima(circles(100, seed), 150, seed)
    assert "is not convex" in slip(replace(found, between=between))


def test_the_picture_of_the_slice_has_words(parts: list[Part]) -> None:
    picture = parts[-1]
    assert isinstance(picture, Illustration)
    assert "two valleys" in picture.words


def test_without_a_hill_none_is_claimed(found: Losses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minima, "reordered", lambda state, order: state)
    words = slip(replace(found, between=slice_between_minima(circles(20), 1, 0)))
    assert "not convex" not in words
    assert "there is no hill" in words


def test_the_same_seed_gives_the_same_slice() -> None:
    first, again = (slice_between_minima(circles(20), 3, 5) for _ in range(2))
    assert np.array_equal(first.losses, again.losses)
    assert (first.start, first.middle, first.end) == (again.start, again.middle, again.end)


def test_every_picture_has_its_own_name(parts: list[Part]) -> None:
    pictures = [part for part in parts if isinstance(part, Illustration)]
    svgs = [svg for picture in pictures for svg in (picture.svg, picture.narrow) if svg is not None]
    ids = [svg.split(' id="', 2)[1].split('"')[0] for svg in svgs]
    assert len(set(ids)) == len(svgs) == 10
