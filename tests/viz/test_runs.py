import re

import numpy as np
import pytest

from autograd import BudgetError, Graph, Tensor, Value, gradient
from tests.viz.pictures import SVG, chain, drawn, edges, group, node_texts, parsed, perceptron
from viz import Run, compare, draw, runs, side_by_side
from viz.dot import MARK


def cube():
    x = Value(3, name="x")
    h = x * x
    h.name = "h"
    return h * x, x


def right(root):
    nodes = Graph(root).nodes
    return dict(zip(nodes, gradient(root, nodes).values, strict=True))


def two_runs():
    """The adjoints of x³ at 3, and wrong ones in which h counts twice."""
    y, x = cube()
    h = y.inputs[0]
    return runs(y, [Run(right(y)), Run({x: 45, h: 6, y: 1}, {h: "first wrong", x: "wrong"})], wrt=[x])


def test_a_box_has_the_operation_the_name_and_the_adjoint():
    picture, _ = two_runs()
    svg = drawn(picture)
    assert node_texts(svg, "n0") == ["x", "27"]
    assert node_texts(svg, "n1") == ["*", "h", "3"]
    assert node_texts(svg, "n2") == ["*", "1"]


def test_a_mark_is_a_text_and_a_thick_border():
    clean, marked = two_runs()
    svg = drawn(marked)
    assert node_texts(svg, "n0") == ["x", "45", "wrong"]
    assert node_texts(svg, "n1") == ["*", "h", "6", "first wrong"]
    assert marked.source.count('BORDER="4"') == marked.source.count(MARK) == 2
    assert 'BORDER="4"' not in clean.source
    assert clean.source.count('BORDER="0" CELLPADDING="4"') == 3


def test_all_runs_have_the_same_layout():
    y, x = cube()
    wide = dict.fromkeys(Graph(y).nodes, -123456789.125)
    pictures = runs(y, [Run({}), Run(right(y)), Run(wide, {x: "wrong by very much", y: "?"})])
    places = []
    for picture in pictures:
        svg = drawn(picture)
        assert edges(picture) == [("n0", "n1"), ("n0", "n1"), ("n1", "n2"), ("n0", "n2")]
        places.append(
            (svg.get("viewBox"), [group(svg, f"n{i}").findall(f".//{SVG}text")[0].attrib for i in range(3)])
        )
    assert places[0] == places[1] == places[2]


def test_edges_carry_local_derivatives_as_when_drawn():
    y, _ = cube()
    picture, _ = two_runs()
    pattern = r'^\t\w+ -> \w+ \[label=<.*?BGCOLOR="#FFFFFF">(.*?)</TD>'
    assert re.findall(pattern, picture.source, re.M) == re.findall(pattern, draw(y).source, re.M)


def test_constants_show_their_number_and_no_adjoint():
    x = Value(2.0, name="x")
    (picture,) = runs(x * 5.0, [Run({x: 5.0})], wrt=[x])
    svg = drawn(picture)
    assert [node_texts(svg, f"n{i}") for i in range(3)] == [["x", "5"], ["5"], ["*"]]


def test_tensors_have_their_adjoints_by_shape():
    loss, parameters = perceptron()
    (picture,) = runs(loss, [Run(right(loss))], wrt=parameters)
    assert "(4, 2)" in picture.source
    assert "⊙: elementwise product" in picture.source


def test_names_and_marks_are_text():
    x = Value(1.0, name="<b>\\N&")
    (picture,) = runs(x.tanh(), [Run({}, {x: "</TABLE>\\G" + "!" * 100})])
    svg = drawn(picture)
    name, mark = node_texts(svg, "n0")
    assert name == "<b>\\N&"
    assert mark.startswith("</TABLE>\\G!")
    assert mark.endswith("…")


def test_a_graph_too_big_to_be_drawn_value_by_value_is_refused():
    y = chain(10)
    with pytest.raises(BudgetError, match="the graph has 21, over the budget of 20"):
        runs(y, [Run({})], budget=20)
    assert len(runs(y, [Run({})], budget=None)) == len(runs(y, [Run({})], budget=21)) == 1


def test_the_ids_of_a_run_depend_on_the_runs_beside_it():
    y, x = cube()
    right_run = Run(right(y))
    first, again = (runs(y, [right_run, Run(found)])[0] for found in ({x: 45}, {x: 46}))
    assert first.body[:-1] == again.body[:-1]
    ids = [element.get("id") for picture in (first, again) for element in drawn(picture).iter()]
    found = [i for i in ids if i]
    assert len(found) == len(set(found))


def test_no_runs_are_no_pictures():
    assert runs(Value(1.0), []) == []


def test_pictures_are_side_by_side_under_their_captions():
    clean, marked = two_runs()
    captions = [["right"], ["<wrong>", "at the second call"], ["drawn"]]
    svg = parsed(side_by_side([clean, marked, draw(Value(1.0))], captions))
    assert [t.text for t in svg.findall(f"{SVG}text")] == ["right", "<wrong>", "at the second call", "drawn"]
    panels = svg.findall(f"{SVG}svg")
    places = [float(panel.get("x")) for panel in panels]
    assert places == sorted(places)
    for panel, following in zip(panels, places[1:], strict=False):
        assert float(panel.get("x")) + float(panel.get("width")) < following
    ids = [element.get("id") for element in svg.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert svg.findtext(f"{SVG}title") == "right beside <wrong> beside drawn"


@pytest.mark.parametrize("captions", [[], [["a"]], [["a"], ["b"], ["c"]]])
def test_each_picture_has_a_caption(captions):
    with pytest.raises(ValueError, match="at least one picture, and one caption for each: not 2 pictures"):
        side_by_side(two_runs(), captions)
    with pytest.raises(ValueError, match=r"at least one picture, .* not 0 pictures and 0 captions"):
        side_by_side([], [])


def test_a_comparison_is_composed_by_the_same_function():
    y, x = cube()
    comparison = compare(y, [x])
    assert comparison.svg == side_by_side((comparison.left, comparison.right), comparison.captions())


def test_undefined_derivatives_are_nan_as_when_drawn():
    x = Value(0.0, name="x")
    (picture,) = runs(x.sqrt(), [Run({x: np.nan})])
    assert picture.source.count(">nan<") == 2
    t = Tensor(np.zeros(2), name="t")
    assert "inf" in runs(np.sqrt(t).sum(), [Run({})])[0].source
