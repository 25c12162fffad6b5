"""The gallery of wrong backprops: each is wrong where it is said to be, and only there."""

import inspect
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import demos.mistakes
from autograd import METHODS, Graph, Value, gradient
from autograd.differentiation.methods import Method, accuracy
from demos.mistakes import LESSON, Descent, answer, descend, error_on_matrices, measure
from demos.page.parts import Illustration, Table, Verbatim
from demos.page.publish import page
from viz import LayoutError
from viz.mistakes import MISTAKES, Mistake, adjoints, chain, diamond, left_over, wrong

BACKPROP = METHODS["backprop"]
EXACT = [method for name, method in METHODS.items() if accuracy(name) == "exact"]
each_mistake = pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)


def named(method: Method, root: Value) -> dict[str | None, object]:
    return {node.name: adjoint for node, adjoint in adjoints(method, root).items()}


def test_adjoints_are_the_gradient_by_every_value_but_constants() -> None:
    x = Value(3, name="x")
    y = x * x + 2
    found = adjoints(BACKPROP, y)
    assert list(found) == [node for node in Graph(y).nodes if not node.is_constant]
    assert list(found.values()) == gradient(y, list(found)).values == [6, 1, 1]


@each_mistake
def test_each_mistake_shows_on_its_graph_and_differences_say_so(mistake: Mistake) -> None:
    root = mistake.graph()
    right, found = (adjoints(method, root) for method in mistake.methods.values())
    differences = adjoints(METHODS["central_difference"], root)
    assert list(right.values()) == pytest.approx(list(differences.values()), rel=1e-8)
    (leaf,) = Graph(root).leaves
    assert found[leaf] != pytest.approx(differences[leaf], rel=0.05)


@each_mistake
@pytest.mark.parametrize("method", EXACT)
def test_no_exact_method_is_wrong_there(mistake: Mistake, method: Method) -> None:
    assert wrong(method, mistake.graph()) == []


def test_the_adjoints_of_every_mistake() -> None:
    of_the_diamond = {"y": 1, "s": 1, "h": 7, "x": 28}
    assert named(BACKPROP, diamond()) == of_the_diamond
    expected: dict[str, dict[str, int]] = {
        "no topological order": of_the_diamond | {"x": -4},
        "= for +=": of_the_diamond | {"h": 8, "x": 32},
        "parents in a set": {"y": 1, "x": 3},
        "left over": {"y": 1, "h": 6, "x": 45},
        "passed on again": of_the_diamond | {"x": 24},
    }
    assert {name: named(mistake.method, mistake.graph()) for name, mistake in MISTAKES.items()} == expected


def test_the_first_wrong_value_is_the_first_that_backprop_completes() -> None:
    first = {name: wrong(mistake.method, mistake.graph())[0].name for name, mistake in MISTAKES.items()}
    assert first == {
        "no topological order": "x",
        "= for +=": "h",
        "parents in a set": "x",
        "left over": "h",
        "passed on again": "x",
    }
    assert [node.name for node in wrong(MISTAKES["= for +="].method, diamond())] == ["h", "x"]


def test_on_a_chain_only_what_is_left_over_is_wrong_and_only_at_the_second_call() -> None:
    assert [name for name, mistake in MISTAKES.items() if wrong(mistake.method, chain())] == ["left over"]
    assert wrong(partial(left_over, calls=1), chain()) == []
    assert wrong(left_over, Value(3, name="x").square()) == []  # nothing stands between


def test_micrograd_keeps_what_is_left_over() -> None:
    x = pytest.importorskip("micrograd.engine").Value(3)
    y = x * x * x
    slopes = []
    for _ in range(2):
        x.grad = 0
        y.backward()
        slopes.append(x.grad)
    cube = MISTAKES["left over"].graph()
    assert slopes == [named(partial(left_over, calls=n), cube)["x"] for n in (1, 2)] == [27, 45]


def test_what_the_words_on_catching_say() -> None:
    x = Value(3)
    overwrite, in_a_set = (MISTAKES[name].method for name in ("= for +=", "parents in a set"))
    assert wrong(overwrite, x + x) == [x]
    assert wrong(in_a_set, diamond()) == []
    for name in ("no topological order", "passed on again"):
        assert wrong(MISTAKES[name].method, x.square() + x.square()) == []  # nothing lies below x


def test_descent_by_backprop_is_descent() -> None:
    found = descend(BACKPROP, 8, 5, 0.3, 0)
    assert (found.error, found.length, found.cosine) == (0, 1, pytest.approx(1))
    assert len(found.losses) == 6
    assert found.losses == sorted(found.losses, reverse=True)
    assert error_on_matrices(BACKPROP, 8, 0) == 0


def test_descent_follows_the_method_and_measures_it() -> None:
    def against(linearization: object) -> list[object]:
        return [-2 * slope for slope in BACKPROP(linearization)]

    found = descend(against, 8, 5, 0.3, 0)
    assert (found.error, found.length, found.cosine) == tuple(map(pytest.approx, (3, 2, -1)))
    assert found.losses == sorted(found.losses)
    assert error_on_matrices(against, 8, 0) == pytest.approx(3)


@pytest.mark.parametrize("seed", [0, 1])
def test_which_gradients_of_the_network_are_wrong(seed: int) -> None:
    off = {name: descend(mistake.method, 6, 0, 0.3, seed).error for name, mistake in MISTAKES.items()}
    assert off.pop("parents in a set") == pytest.approx(0, abs=1e-12)
    assert min(off.values()) > 0.1
    on_matrices = {name: error_on_matrices(m.method, 6, seed) for name, m in MISTAKES.items()}
    assert on_matrices.pop("left over") > 1
    assert list(on_matrices.values()) == pytest.approx([0] * 4, abs=1e-12)


def test_the_answer() -> None:
    found = answer(0, examples=6, steps=3)
    tables = [part for part in found.parts if isinstance(part, Table)]
    for mistake, table, code, picture in zip(
        MISTAKES.values(),
        tables,
        (part for part in found.parts if isinstance(part, Verbatim)),
        (part for part in found.parts if isinstance(part, Illustration)),
        strict=False,
    ):
        assert code.text.startswith(f"def {mistake.method.__name__}(")  # type: ignore[attr-defined]
        assert inspect.getsource(mistake.method).count("\n") == code.text.count("\n") + 1
        verdicts = [row[-1] for row in table.rows]
        assert verdicts == sorted(verdicts, key=["right", "first wrong", "wrong"].index)
        assert verdicts.count("first wrong") == 1
        assert picture.scrolls
        texts = [text.text for text in ElementTree.fromstring(picture.svg).iter() if text.text]  # noqa: S314
        assert texts.count("first wrong") == 1
        assert {"backprop", mistake.name, *(str(row[2]) for row in table.rows)} <= set(texts)
    assert len(tables) == len(MISTAKES) + 2
    assert [row[0] for row in tables[-1].rows] == ["backprop", *MISTAKES]
    words = [part for part in found.parts if isinstance(part, str)]
    assert sum(part.startswith("A test catches it") for part in words) == len(MISTAKES)
    assert any("4 of 5 give the right number" in part for part in words)
    assert any("the first gives 32, which is right" in part for part in words)
    assert any("On matrices 4 of the 5 mistakes vanish" in part for part in words)
    text = page([found], command="x")
    assert "= for +=" in text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def told(losses: dict[str, tuple[float, ...]], length: float = 2.0, error: float = 1.0) -> str:
    """What is said of descents with these losses; backprop's is from 1 to 0.5."""
    right = {"backprop": Descent(0, 1, 1, [1, 0.5])}
    return demos.mistakes._network_words(
        right | {name: Descent(error, length, 0, list(of)) for name, of in losses.items()}
    )


def test_words_follow_what_was_measured() -> None:
    down, lower, up = (1, 0.7), (1, 0.3), (1, 1.2)
    assert "still falls with “left over”." in told({"left over": down, "= for +=": up})
    assert "ends lower" not in told({"left over": down})
    assert "still falls" not in told({"left over": up})
    assert "also longer" in told({"left over": lower})
    assert "also longer" not in told({"left over": lower}, length=0.9)
    assert "No harm" not in told(dict.fromkeys(MISTAKES, down))
    assert "No harm is done by “parents in a set”," in told(
        {name: down for name in MISTAKES if name != "parents in a set"}
    )
    assert told(dict.fromkeys(MISTAKES, down), error=np.finfo(float).eps).startswith("0 of the 5")


def test_each_mistake_can_be_stepped_through_on_a_page_beside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = replace(LESSON, measure=partial(measure, examples=2, steps=1))
    assert short.main(["--out", str(tmp_path)]) == 0
    names = [f"mistake-{n}.html" for n in range(1, 6)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [*names, "mistakes.html"]
    told = capsys.readouterr().err
    for name, mistake in zip(names, MISTAKES, strict=True):
        assert name in told
        assert mistake in (tmp_path / name).read_text(encoding="utf-8")


def test_without_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LayoutError("no Graphviz here")

    monkeypatch.setattr(demos.mistakes, "side_by_side", fail)
    assert not any(isinstance(part, Illustration) for part in answer(0, examples=2, steps=1).parts)


def test_what_is_measured() -> None:
    found = measure(0, examples=2, steps=1)
    assert list(found.gallery) == list(found.chain.found) == list(MISTAKES)
    assert list(found.descents) == list(found.matrix_errors) == ["backprop", *MISTAKES]
    assert {name: (shown.leaf.right, shown.leaf.found) for name, shown in found.gallery.items()} == {
        "no topological order": (28, -4),
        "= for +=": (28, 32),
        "parents in a set": (6, 3),
        "left over": (27, 45),
        "passed on again": (28, 24),
    }
    assert (found.chain.right, found.chain.found["left over"], found.chain.first_call) == (32, 96, 32)
