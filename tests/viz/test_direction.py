"""The direction in which pictures are laid out, and the methods of the graphviz package without `dot`."""

import graphviz
import pytest

import viz
from autograd import Value, gradient
from viz.run_pictures import Run

PICTURES = [
    lambda y, x, **options: viz.draw(y, **options),
    lambda y, x, **options: viz.unfold(y, [x], **options),
    lambda y, x, **options: viz.compare(y, [x], **options).left,
    lambda y, x, **options: viz.compare(y, [x], **options).right,
    lambda y, x, **options: viz.runs(y, [Run({})], **options)[0],
]


@pytest.fixture
def graph():
    x = Value(2.0, name="x")
    return x * x + 3, x


@pytest.mark.parametrize("picture", PICTURES)
def test_pictures_have_a_direction(picture, graph):
    assert "rankdir=LR" in picture(*graph).source
    for direction in ("TB", "BT", "RL", "LR"):
        assert f"rankdir={direction}" in picture(*graph, direction=direction).source
    for wrong in ("tb", "down", "TB; x=1", None, 3):
        with pytest.raises(ValueError, match="the direction is one of LR, TB, RL, BT, not"):
            picture(*graph, direction=wrong)


def test_a_picture_that_goes_down_is_rendered(graph, tmp_path):
    assert viz.render(viz.draw(graph[0], direction="TB"), tmp_path / "down.svg").read_text().startswith("<")


def test_methods_of_graphviz_without_dot_say_what_to_write(graph, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    picture = viz.draw(graph[0])
    for call in (
        lambda: picture.pipe(format="svg"),
        lambda: picture.render(tmp_path / "graph"),
        lambda: picture.view(directory=tmp_path),
    ):
        with pytest.raises(viz.BackendMissingError, match=r"viz\.render\(picture, 'picture\.svg'\)"):
            call()
    assert isinstance(picture, graphviz.Digraph)


def test_a_missing_wrt_is_refused(graph):
    for call in (viz.compare, viz.latex, viz.unfold, gradient):
        with pytest.raises(TypeError, match="wrt is a sequence of Values or Tensors, not "):
            call(graph[0], None)
