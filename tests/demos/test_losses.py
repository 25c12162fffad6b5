import numpy as np
import pytest

from autograd import softmax
from demos import losses
from demos.losses import (
    BEHIND_SOFTMAX,
    CLASSIFIERS,
    MISTAKEN,
    OF_TRUE_CLASS,
    REGRESSIONS,
    answer,
    exchanged,
    fit_line,
    loss_between,
    slice_between_minima,
    values_and_slopes,
)
from demos.page.data_sets import circles
from demos.page.parts import Picture, Table
from nn.data import Data
from nn.evaluation import predict
from nn.mlp import MLP


@pytest.fixture(scope="module")
def found():
    return answer(epochs=12, rates=(1.0,), steps=60)


@pytest.fixture
def undrawn(monkeypatch):
    """Pictures are laid out but not written, which takes most of the time."""
    monkeypatch.setattr(losses, "to_svg", lambda figure, name: f"<svg id={name!r}>")


def tables(found):
    return [part for part in found.parts if isinstance(part, Table)]


def test_slopes_by_the_output_are_those_of_the_formulas():
    p = np.array([1e-6, 0.2, 0.5, 1.0])
    values, slopes = values_and_slopes(OF_TRUE_CLASS["cross-entropy"], p)
    np.testing.assert_allclose(values, -np.log(p))
    np.testing.assert_allclose(slopes, -1 / p)
    values, slopes = values_and_slopes(OF_TRUE_CLASS["squared error"], p)
    np.testing.assert_allclose(values, (1 - p) ** 2)
    np.testing.assert_allclose(slopes, 2 * (p - 1))


def test_slopes_behind_a_softmax_are_those_of_the_formulas():
    z = np.linspace(-12, 8, 9)
    p = 1 / (1 + np.exp(-z))
    np.testing.assert_allclose(values_and_slopes(BEHIND_SOFTMAX["cross-entropy"], z)[1], p - 1)
    slopes = values_and_slopes(BEHIND_SOFTMAX["squared error"], z)[1]
    np.testing.assert_allclose(slopes, -4 * p * (1 - p) ** 2)


def test_every_slope_in_the_first_table_is_right(found):
    columns = np.array([row[1:] for row in tables(found)[0].rows]).T
    y, p, ce, se, ce_by_logit, se_by_logit = columns
    np.testing.assert_allclose(ce, -y / p)
    np.testing.assert_allclose(se, 2 * (p - y))
    np.testing.assert_allclose(ce_by_logit, p - y)
    np.testing.assert_allclose(se_by_logit, p * (se - (se * p).sum()))
    # As the text says of the third class.
    assert y[2] == 0
    assert se_by_logit[2] < 0


def test_cross_entropy_recovers_from_a_confident_mistake_and_squared_error_does_not(found):
    ends = {row[0]: float(row[2].rstrip("%")) for row in tables(found)[2].rows}
    assert ends[f"cross-entropy, {MISTAKEN}"] > ends[f"squared error, {MISTAKEN}"] + 20
    assert any(str(part).startswith("From the mistake, cross-entropy ends at") for part in found.parts)


def test_a_run_in_which_squared_error_keeps_up_is_not_told_otherwise(undrawn, monkeypatch):
    twice = dict.fromkeys(CLASSIFIERS, CLASSIFIERS["cross-entropy"])
    monkeypatch.setattr(losses, "CLASSIFIERS", twice)
    words = [part for part in answer(epochs=1, rates=(1.0,), steps=1).parts if isinstance(part, str)]
    assert any("squared error keeps up" in text for text in words)
    # One step of Adam moves every line as far: the outliers have had no effect.
    assert any("no more harm" in text for text in words)


def test_a_line_is_found_and_outliers_move_it_less_under_absolute_error():
    x = np.linspace(-2, 2, 21)[:, np.newaxis]
    clean = Data(x, 2 * x + 1)
    spoilt = Data(x, np.where(x > 1.7, -8.0, 2 * x + 1))
    slopes = {}
    for name, loss in REGRESSIONS.items():
        assert fit_line(clean, loss, 200) == pytest.approx((2, 1), abs=0.02)
        slopes[name] = fit_line(spoilt, loss, 200)[0]
    design = np.stack([x[:, 0], np.ones(21)], axis=1)
    least_squares = np.linalg.lstsq(design, spoilt.targets[:, 0], rcond=None)[0]
    assert slopes["squared error"] == pytest.approx(least_squares[0], abs=0.02)
    assert abs(slopes["absolute error"] - 2) < 0.1 < abs(slopes["squared error"] - 2)


def test_exchanged_neurons_compute_the_same_with_other_parameters():
    network, data = MLP([2, 4, 2], seed=3), circles(20)
    here = network.state_dict()
    there = exchanged(here, (2, 0, 3, 1))
    before = predict(network, data.inputs)
    network.load_state_dict(there)
    np.testing.assert_allclose(predict(network, data.inputs), before)
    assert not np.allclose(there["layers.0.weight"], here["layers.0.weight"])


def test_the_losses_between_two_networks_are_those_of_the_parameters_between():
    network, data = MLP([2, 4, 2], seed=3), circles(20)
    here, there = network.state_dict(), MLP([2, 4, 2], seed=4).state_dict()
    ends = loss_between(network, here, there, data, np.array([0.0, 1.0]))
    for state, end in zip((here, there), ends, strict=True):
        network.load_state_dict(state)
        p = softmax(predict(network, data.inputs))
        assert end == pytest.approx(((p - np.eye(2)[data.targets]) ** 2).sum(axis=1).mean())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_between_a_network_and_its_twin_is_a_hill(undrawn, seed):
    words, picture = slice_between_minima(circles(100, seed), 150, seed)
    assert "is not convex" in words
    assert "two valleys" in picture.words


def test_without_a_hill_none_is_claimed(undrawn, monkeypatch):
    monkeypatch.setattr(losses, "exchanged", lambda state, order: state)
    words, _ = slice_between_minima(circles(20), 1, 0)
    assert "not convex" not in words
    assert "there is no hill" in words


def test_the_same_seed_gives_the_same_answer_and_every_picture_has_its_own_name(undrawn, found):
    assert slice_between_minima(circles(20), 3, 5) == slice_between_minima(circles(20), 3, 5)
    svgs = [
        svg
        for part in found.parts
        if isinstance(part, Picture)
        for svg in (part.svg, part.narrow)
        if svg is not None
    ]
    ids = [svg.split(' id="', 2)[1].split('"')[0] for svg in svgs]
    assert len(set(ids)) == len(svgs) == 10
