"""Questions 4 to 7: sizes, targets and outputs, softmax, and the forward pass."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from autograd import softmax
from demos.circles import answer
from demos.circles.forward import examples, step_by_step
from demos.circles.sizes import Width, _why_not, _why_three
from demos.page.data_sets import circles
from demos.page.parts import Answer, Illustration, Table, Verbatim
from demos.page.regions import LINE, plane
from nn import MLP, Linear, Sequential
from nn.evaluation import predict


@pytest.fixture(scope="module")
def found() -> Answer:
    return answer(0, epochs=(0, 10, 120), widths=(1, 4), repetitions=1)


def tables(found: Answer) -> list[Table]:
    return [part for part in found.parts if isinstance(part, Table)]


def test_the_parameters_of_a_2_4_2_network(found: Answer) -> None:
    assert [tuple(row) for row in tables(found)[0].rows] == [
        ("W_h", "4 × 2", 8),
        ("b_h", "4", 4),
        ("W_y", "2 × 4", 8),
        ("b_y", "2", 2),
        ("all", "", 22),
    ]


def test_the_width_is_chosen_by_the_validation_part(found: Answer) -> None:
    one, four = tables(found)[1].rows
    assert (one[1], four[1]) == (7, 22)
    assert float(four[3].rstrip("%")) > 90 > 75 > float(one[3].rstrip("%"))
    assert any(
        "is n_h = 4. " in part and "three can" in part for part in found.parts if isinstance(part, str)
    )


def test_only_softmax_has_every_property(found: Answer) -> None:
    *others, last = tables(found)[3].rows
    assert last[0] == "softmax"
    assert set(last[2:]) == {"yes"}
    assert all("no" in row[2:] for row in others)


def test_targets_are_one_hot_and_outputs_distributions(found: Answer) -> None:
    for row in tables(found)[2].rows:
        assert row[2] in ("(1, 0)", "(0, 1)")
        assert float(row[4]) >= 0
    (error,) = re.findall(r"is 1 up to (\S+)\.", tables(found)[2].caption) or ["0"]
    assert float(error) < 1e-12


def test_the_equations_give_the_outputs_of_the_network() -> None:
    network, x = MLP([2, 4, 2], seed=5), circles(9, 5).inputs
    network.biases[0].data = np.arange(4.0)
    result = step_by_step(network, x)
    assert result.h == pytest.approx(np.tanh(result.h_tilde))
    assert result.y_tilde == pytest.approx(predict(network, x))
    assert result.y_hat == pytest.approx(softmax(predict(network, x)))
    assert set(result.row(3)) == {"x", "h_tilde", "h", "y_tilde", "y_hat"}
    assert result.row(3)["x"] == pytest.approx(x[3])


def test_the_printed_numbers_fit_each_other(found: Answer) -> None:
    printed = [part.text for part in found.parts if isinstance(part, Verbatim)][1]
    blocks = printed.split("\n\n")
    assert len(blocks) == 3
    for block in blocks:
        rows = {
            line.split()[0]: np.array(re.findall(r"-?\d+\.\d+", line), float)
            for line in block.split("\n")[1:]
        }
        assert [len(row) for row in rows.values()] == [2, 4, 4, 2, 2, 2]
        assert rows["h"] == pytest.approx(np.tanh(rows["h̃"]), abs=2e-3)
        assert rows["ŷ"] == pytest.approx(softmax(rows["ỹ"]), abs=2e-3)


def test_the_examples_are_one_of_each_class_and_the_least_sure() -> None:
    data, network = circles(30, 2), MLP([2, 4, 2], seed=2)
    shown = dict(examples(network, data))
    certainty = np.abs(softmax(predict(network, data.inputs))[:, 1] - 0.5)
    assert certainty[shown["least certain"]] == certainty.min()
    assert data.targets[[shown["on the inner ring"], shown["on the outer ring"]]].tolist() == [0, 1]


def test_the_pictures(found: Answer) -> None:
    network, moments = (part for part in found.parts if isinstance(part, Illustration))
    for picture in (network, moments):
        for svg in (picture.svg, picture.narrow):
            assert svg is not None
            ElementTree.fromstring(svg)  # noqa: S314
    assert "0, 10 and 120 epochs" in moments.words
    assert "ŷ = (" in network.words


def test_a_plane_depends_on_one_coordinate_if_the_network_does() -> None:
    layer = Linear(2, 2, seed=0)
    layer.weight.data = np.array([[0.0, 0.0], [3.0, 0.0]])
    probability = plane(Sequential(layer))
    assert probability.shape == (len(LINE), len(LINE))
    assert (np.diff(probability, axis=1) > 0).all()
    assert np.ptp(probability, axis=0) == pytest.approx(0)


def widths(**accuracies: float) -> list[Width]:
    return [Width(int(name[1:]), 0, [0.0], [accuracy]) for name, accuracy in accuracies.items()]


def test_a_width_has_the_mean_of_its_trainings() -> None:
    assert Width(4, 22, [0.1, 0.3], [0.8, 0.9]).accuracy == pytest.approx(0.85)


def test_conclusions_follow_the_numbers() -> None:
    assert "triangle" in _why_three(widths(n1=0.6, n2=0.8, n3=0.98))
    assert not _why_three(widths(n1=0.6, n2=0.99, n3=0.98))
    assert not _why_three(widths(n3=0.98))
    assert not _why_not(4, 4)
    assert "safe" in _why_not(3, 4)
    assert "small enough" in _why_not(8, 4)
