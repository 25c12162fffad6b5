"""Where a gradient vanishes or explodes."""

import pytest

from demos.page.parts import Illustration, Table
from demos.page.publish import page
from demos.small_gradients import DEPTHS, LESSON, RECIPES, measure
from tests.demos.pages import check_page
from viz import LayoutError


@pytest.fixture(scope="module")
def found():
    return measure(0, hidden=6, epochs=2)


def test_depth_multiplies(found) -> None:
    ratios = {recipe.title: values for recipe, values in found.ratios.items()}
    assert ratios["sigmoid, Xavier"][-1] < 1e-12
    assert ratios["tanh, twice Xavier"][-1] > 10
    assert 0.01 < ratios["tanh, Xavier"][-1] < 10
    assert ratios["ReLU, Kaiming"][-1] > 100 * ratios["ReLU, Xavier"][-1]
    assert all(0.01 < ratios[name][-1] < 10 for name in ("sigmoid, residual", "sigmoid, normalised"))
    assert all(len(values) == len(DEPTHS) for values in ratios.values())


def test_the_parts_of_a_small_derivative(found) -> None:
    for each in found.explained.values():
        assert each.left * each.effective * each.typical == pytest.approx(abs(each.derivative))
    sigmoid, tanh = found.explained["sigmoid"], found.explained["tanh"]
    assert sigmoid.paths == tanh.paths
    assert sigmoid.factors[0].op == "σ"
    assert sigmoid.factors[0].factor <= 0.25**6


def test_the_page(found) -> None:
    told = LESSON.tell(found)
    first, second = (part for part in told if isinstance(part, Table))
    assert [row[0] for row in first.rows] == ["sigmoid", "tanh"]
    assert [row[0] for row in second.rows] == [recipe.title for recipe in RECIPES]
    assert [len(training.gradients) for training in found.trainings] == [3] * len(RECIPES)
    assert len([part for part in told if isinstance(part, Illustration)]) == 4


def test_the_lesson(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise LayoutError("no Graphviz here")

    monkeypatch.setattr("viz.dot.Picture.svg", fail)
    found = LESSON.answer(1, hidden=2, epochs=1)
    assert len([part for part in found.parts if isinstance(part, Illustration)]) == 2
    check_page(page([found], command="x"))
