"""A notebook shows pictures of values and graphs, tables of costs, and never a traceback."""

import subprocess
import sys
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter, PlainTextFormatter

import viz
import viz.dot
from autograd import Graph, Tensor, Value, gradient, predict
from tests.viz.pictures import SVG, chain, ladder, parsed
from tests.viz.test_labels import HOSTILE
from viz import LayoutError, compare, draw, notebook, unfold


@pytest.fixture
def shown(monkeypatch):
    """The representations of an object in IPython, by MIME type."""
    formatter = DisplayFormatter()
    shell = SimpleNamespace(display_formatter=formatter)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    notebook.register()
    return lambda thing: formatter.format(thing)[0]


@pytest.fixture
def no_graphviz(monkeypatch):
    def fail(*_, **__):
        raise LayoutError("no Graphviz here")

    monkeypatch.setattr(viz.dot, "layout", fail)


def test_values_tensors_and_graphs_show_as_their_picture(shown):
    y, _ = ladder(2)
    total = (Tensor([1.0, 2.0], name="t") * 2.0).sum()
    for root in (y, total, Value(1.0)):
        for thing in (root, Graph(root)):
            assert shown(thing) == {"image/svg+xml": draw(root).svg(), "text/plain": repr(thing)}


def test_pictures_show_themselves(shown):
    y, x = ladder(2)
    for picture in (draw(y), unfold(y, [x])):
        assert shown(picture) == {"image/svg+xml": picture.svg(), "text/plain": repr(picture)}
    comparison = compare(y, [x])
    assert shown(comparison)["image/svg+xml"] == comparison.svg
    assert repr(draw(y)) == "<Picture: graph of 3 values>"
    assert "0x" not in repr(comparison), "a stored notebook must not change when it is run again"


def test_a_big_graph_is_folded(shown):
    assert "folded into" in shown(chain(1000))["image/svg+xml"]


def test_without_graphviz_the_text_is_shown(shown, no_graphviz, capsys):
    y, x = ladder(2)
    for thing in (y, Graph(y), compare(y, [x])):
        assert shown(thing) == {"text/plain": PlainTextFormatter()(thing)}
    assert shown(draw(y)) == {"text/plain": "<Picture: graph of 3 values>\nno Graphviz here"}
    assert capsys.readouterr() == ("", "")


def test_an_outdated_graph_is_shown_as_text(shown, capsys):
    y, x = ladder(2)
    x.data = 5.0
    assert shown(y) == {"text/plain": repr(y)}
    assert capsys.readouterr() == ("", "")


def test_a_graph_of_several_results_is_shown_as_text(shown):
    x = Value(2.0, name="x")
    graph = Graph(x * x, x + 1.0)
    assert shown(graph) == {"text/plain": repr(graph)}
    y = x * x
    assert "image/svg+xml" in shown(Graph(y, x))


def test_costs_and_gradients_show_as_tables(shown):
    x, y = Value(2.0, name="x"), Value(3.0)
    found = gradient(x * y + x, [x, y])
    assert shown(found)["text/plain"] == PlainTextFormatter()(found)
    table = parsed(f"<div>{shown(found)['text/html']}</div>")
    captions = [caption.text for caption in table.iter("caption")]
    assert captions == ["gradient by backprop", "cost of one gradient"]
    rows = [[cell.text for cell in row] for row in table.iter("tr")]
    assert rows[:3] == [["value asked for", "derivative"], ["0", "4"], ["1", "2"]]
    counts = dict(rows[4:])
    assert counts["total"] == str(found.cost.total)
    assert counts["multiplications"] == str(found.cost.multiplications)
    assert counts["numbers stored at once"] == str(found.cost.stored)
    assert shown(found.cost)["text/html"] in shown(found)["text/html"]
    assert "stored" not in shown(predict(x * y, [x]))["text/html"]


def test_only_the_first_of_many_derivatives_are_shown(shown):
    w = [Value(float(i)) for i in range(25)]
    found = gradient(sum(w, start=Value(0.0)), w)
    assert '<th scope="row">9</th>' in shown(found)["text/html"]
    assert '<th scope="row">10</th>' not in shown(found)["text/html"]
    assert "15 more" in shown(found)["text/html"]


def test_derivatives_of_any_kind_are_brief(shown):
    small, big = Tensor([[0.123456]]), Tensor(np.ones((3, 4)))
    rows = shown(gradient((small * big).sum(), [small, big]))["text/html"]
    assert ">[[12.]]<" in rows
    assert "array of shape (3, 4)" in rows
    third = Value(Fraction(1, 3))
    assert ">2/3<" in shown(gradient(third * third, [third]))["text/html"]
    x = Value(2.0, name="<script>")
    again = gradient(x * x, [x], create_graph=True)
    assert "<script" not in shown(again)["text/html"]
    assert "Value(" in shown(again)["text/html"]


@pytest.mark.parametrize("name", [*HOSTILE, "</svg><script>alert(1)</script>"])
def test_a_hostile_name_stays_text(shown, name):
    x = Value(2.0, name=name)
    found = shown(x * x)["image/svg+xml"]
    assert "<script" not in found
    assert parsed(found).tag == f"{SVG}svg"


def test_outside_ipython_nothing_is_imported_and_nothing_happens(monkeypatch):
    program = "import sys, viz; sys.exit('IPython' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    notebook.register()


def test_importing_viz_is_enough(monkeypatch, tmp_path):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    program = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
result = shell.run_cell("import viz; from autograd import Value; x = Value(1.0, name='x'); x")
print(sorted(shell.display_formatter.format(result.result)[0]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "['image/svg+xml', 'text/plain']"
