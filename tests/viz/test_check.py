"""`check`: right files pass, and each common mistake is found and named."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from tests.viz.students import OPERATIONS, RIGHT, SWEEPS, changed
from viz.checking import conventions
from viz.checking.child import Failure, Limits
from viz.checking.student_check import check
from viz.checking.telling import as_data, as_text
from viz.checking.verdict import Graded, Verdict

QUICK = Limits(seconds=2, memory=512)
PAGE = Path(__file__).parents[2] / "docs" / "engine_on_one_page.py"


@pytest.fixture
def handed_in(tmp_path, monkeypatch):
    """Check the text of a file; chains are as deep as is worth while in a test."""

    def run(text: str, depths=(100, 200, 2_000), **options) -> Verdict:
        monkeypatch.setattr(conventions, "DEPTHS", depths)
        path = tmp_path / "engine.py"
        path.write_text(text, encoding="utf-8")
        return check(path, **{"graphs": 60, "limits": QUICK, **options})

    return run


# ---- right files


def test_a_right_file_passes(handed_in):
    verdict = handed_in(RIGHT)
    assert verdict.right
    assert not verdict.findings
    assert not verdict.conventions
    assert verdict.depth == 200
    assert "recurses deeper than Python allows in line" in verdict.deepest
    assert verdict.speed > 0
    assert list(verdict.untried) == ["log"]


def test_micrograds_own_passes_but_for_the_second_call(handed_in):
    engine = pytest.importorskip("micrograd.engine")
    text = inspect.getsource(engine)
    verdict = handed_in(text)
    assert verdict.right
    (said,) = verdict.conventions
    assert "gives 45 instead of 27 for x1 in x1 = Value(3.0); y1 = x1 * x1; y2 = y1 * x1" in said
    assert "“left over”" in said
    assert not handed_in(text, strict=True).right


def test_ours_passes(handed_in):
    verdict = handed_in("from autograd import Value", depths=conventions.DEPTHS)
    assert verdict.right
    assert not verdict.conventions
    assert (verdict.depth, verdict.deepest) == (100_000, "")
    assert not verdict.untried


def test_an_engine_with_a_function_backward_passes(handed_in):
    adapter = "\n\ndef backward(result, values):\n    return gradient(result, values)[0]\n"
    text = PAGE.read_text(encoding="utf-8") + adapter
    assert handed_in(text, operators=["+", "-", "*", "exp", "tanh"]).right


def test_an_engine_that_drops_the_gradients_of_inner_values_passes(handed_in):
    dropping = changed(
        (
            "        for v in reversed(order):\n            v._backward()\n",
            "        for v in reversed(order):\n"
            "            v._backward()\n            v.grad = None if v._prev and v is not self else v.grad\n",
        ),
    )
    assert handed_in(dropping).right


# ---- mistakes


@pytest.mark.parametrize("name", SWEEPS)
def test_a_wrong_sweep_is_named(handed_in, name):
    verdict = handed_in(SWEEPS[name], limits=Limits(seconds=1))
    (finding,) = verdict.findings
    assert (finding.kind, finding.subject, finding.mistake) == ("gradient", "backward", name)
    assert finding.advice


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_wrong_operation_is_named_before_those_made_of_it(handed_in, name):
    verdict = handed_in(OPERATIONS[name], graphs=10)
    first, *others = verdict.findings
    assert first.mistake == name
    assert first.kind == ("value" if name.startswith("value") else "slope")
    assert all(first.subject in other.advice for other in others)


@pytest.mark.parametrize("operator", ["add", "mul", "sub", "truediv"])
def test_a_missing_reflected_operator_is_named(handed_in, operator):
    verdict = handed_in(changed((f"__r{operator}__", "__other__")), graphs=10)
    assert "missing reflected operator" in [finding.mistake for finding in verdict.findings]
    assert any(f"Value has no __r{operator}__, which" in finding.says for finding in verdict.findings)


def test_a_missing_return_and_a_plain_number_are_told(handed_in):
    start = "        out = Value(self.data * other.data"
    text = changed(
        ("return self + (-other)", "self + (-other)"),
        (f"        other = other if isinstance(other, Value) else Value(other)\n{start}", start),
    )
    text = text.replace("return self * -1", "return self * Value(-1)")
    number, returned = handed_in(text, graphs=10, operators=["*", "-"]).findings
    assert returned.says == "x1 - x2 fails: it returns None, not a Value."
    assert number.mistake == "plain number taken for a Value"
    assert "isinstance(other, Value)" in number.advice


def test_a_missing_method_is_wrong_only_if_it_is_asked_for(handed_in):
    text = RIGHT.replace("def tanh", "def tangent")
    assert handed_in(text, graphs=10).right
    (finding,) = handed_in(text, graphs=10, operators=["+", "tanh"]).findings
    assert (finding.kind, finding.says) == ("missing", "Value has no method tanh().")


def test_several_mistakes_are_all_found(handed_in):
    verdict = handed_in(
        changed(
            ("1 - out.data**2", "1 - out.data"),
            ("return (-self) + other", "return self - other"),
            ("in reversed(order)", "in order"),
            ("def __rmul__", "def __rmull__"),
        )
    )
    assert [finding.mistake for finding in verdict.findings] == [
        "missing reflected operator",
        "value of c - a: a - c",
        "derivative of a.tanh() by a: 1 - out",
        "order not reversed",
    ]


def test_the_smallest_graph_and_its_first_wrong_value_are_shown(handed_in):
    (finding,) = handed_in(SWEEPS["no topological order"]).findings
    graded = finding.shown
    assert isinstance(graded, Graded)
    assert len(graded.exercise) <= 3
    nodes, right = graded.exercise.nodes, graded.exercise.gradient
    first = graded.wrong[0]
    users = [node for node in nodes if nodes[first] in node.inputs]
    assert users
    for user in users:
        assert graded.gradient[nodes.index(user)] == pytest.approx(right[nodes.index(user)])
    assert graded.gradient[first] != pytest.approx(right[first])


def test_an_unknown_mistake_is_shown_without_a_name(handed_in):
    text = changed(("self.grad += other.data * out.grad", "self.grad += other.data * out.grad**3"))
    verdict = handed_in(text)
    (finding,) = verdict.findings
    assert (finding.kind, finding.mistake) == ("gradient", "")
    assert "None of the known mistakes gives these numbers on all graphs." in as_text(verdict)


def test_a_leaf_that_changes_its_number_is_told_once(handed_in):
    (finding,) = handed_in(RIGHT.replace("self.data = data", "self.data = int(data)")).findings
    assert (finding.kind, finding.says) == ("value", "The data of Value(2.5) is not 2.5.")


def test_a_right_engine_that_walks_every_path_is_slow_and_right(handed_in):
    text = """
class Value:
    def __init__(self, data, edges=()):
        self.data, self.grad, self.edges = data, 0.0, edges

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def backward(self, adjoint=1.0):
        self.grad += adjoint
        for value, derivative in self.edges:
            value.backward(adjoint * derivative)

    __radd__, __rmul__ = __add__, __mul__
"""
    verdict = handed_in(text, operators=["+", "*"], limits=Limits(seconds=1))
    assert verdict.right
    assert verdict.speed is None
    assert verdict.slow == "backward does not end within 1 s"


def test_the_slope_of_relu_at_0_is_a_convention(handed_in):
    text = changed(("(self.data > 0) * out", "(self.data >= 0) * out"))
    verdict = handed_in(text, graphs=10)
    assert verdict.right
    (said,) = verdict.conventions
    assert said.startswith("At its kink, 0, relu has the slope 1, a subgradient")
    assert not handed_in(text, graphs=10, strict=True).right


def test_values_that_cannot_be_in_a_set_are_told(handed_in):
    text = f"{RIGHT}\n    def __eq__(self, other):\n        return self.data == other.data\n"
    (finding,) = handed_in(text).findings
    assert "unhashable type: 'Value'" in finding.says
    assert "remove __eq__, or write @dataclass(eq=False)" in finding.advice


def test_numbers_that_change_are_told_once_and_no_mistake_is_named(handed_in):
    text = changed(
        ("self.grad = 0.0", "self.grad = memory[0]"), ("self.grad = 1.0", "self.grad = 1.0 + self.spoil()")
    )
    text += "\n    def spoil(self):\n        memory[0] += 1.0\n        return 0.0\n\n\nmemory = [0.0]\n"
    (finding,) = handed_in(text, graphs=10).findings
    assert (finding.kind, finding.mistake) == ("random", "")
    assert finding.advice.startswith("Does the code draw random numbers, or keep something")


def test_a_gradient_that_is_no_number_is_told_once(handed_in):
    (finding,) = handed_in(
        RIGHT.replace(".grad", "._grad") + "\n    def grad(self):\n        return self._grad\n"
    ).findings
    assert finding.says == "After Value(2.5).backward(), grad is not a finite number. It must be 1."


def test_a_check_is_the_same_again_with_its_seed(handed_in):
    def data(seed):
        found = as_data(handed_in(SWEEPS["= for += in tanh"], seed=seed))
        found.pop("speed")
        return found

    assert data(3) == data(3)
    assert data(3) != data(4)


# ---- code that does not answer


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("while True: pass", "the code did not answer within 1 s: is there an endless loop?"),
        ("x = []\n        while True: x.append(bytearray(10**7))", "more memory than the limit in line"),
        ("raise SystemExit", "the code ends the program in line 6 of engine.py: raise SystemExit"),
        ("import os; os._exit(3)", "the code ended its process before it answered"),
        ("self.dta", "AttributeError ('Value' object has no attribute 'dta'"),
        ("return 1 / 0", "ZeroDivisionError (division by zero) in line 6 of engine.py: return 1 / 0"),
    ],
    ids=["loop", "memory", "SystemExit", "exit", "attribute", "exception"],
)
@pytest.mark.parametrize("where", ["tanh", "backward"])
def test_code_that_fails_is_one_sentence(handed_in, body, said, where):
    text = "import math\n\n\nclass Fails:\n    def fail(self):\n        " + body + "\n\n\n"
    text += RIGHT.replace("class Value:", "class Value(Fails):").replace(
        f"def {where}(self):\n", f"def {where}(self):\n        self.fail()\n"
    )
    verdict = handed_in(text, graphs=10, limits=Limits(seconds=1, memory=256), operators=["+", "tanh"])
    finding = verdict.findings[0]
    assert finding.kind == "error"
    assert said in finding.says
    assert "\n" not in finding.says


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "engine.py cannot be checked: it defines no class Value"),
        ("class Value: pass", "its Value has no method backward()"),
        (
            "import nowhere_to_be_found",
            "ModuleNotFoundError (No module named 'nowhere_to_be_found') in line 1",
        ),
        ("class Value\n", "SyntaxError (expected ':') in line 1 of engine.py: class Value"),
        ("exit()", "the code ends the program in line 1 of engine.py: exit()"),
        ("while True: pass", "did not answer within 1 s"),
        ("import os; os.kill(os.getpid(), 9)", "the code ended its process (signal 9) before it answered"),
        ("x = [0] * 10**10", "the code needs more memory than the limit in line 1"),
        (
            "import time; time.sleep(9)",
            'was loaded; put what is not part of the engine below if __name__ == "__m',
        ),
        (
            "n = input()",
            "the code asks for input, and there is none in line 1 of engine.py: n = input(); put",
        ),
    ],
)
def test_a_file_that_cannot_be_loaded_is_one_sentence(handed_in, text, said):
    with pytest.raises(Failure) as caught:
        handed_in(text, limits=Limits(seconds=1, memory=256))
    assert said in caught.value.sentence("engine.py")


def test_what_the_code_prints_and_reads_does_no_harm(handed_in):
    noise = "import sys\nprint('{}')\nsys.stderr.write('x' * 10**6)\nassert sys.stdin.read() == ''\n"
    assert handed_in(
        noise + RIGHT.replace("def backward(self):", "def backward(self):\n        print(self)")
    ).right


def test_modules_beside_the_file_are_found(handed_in, tmp_path):
    (tmp_path / "beside.py").write_text(RIGHT, encoding="utf-8")
    assert handed_in("from beside import Value", graphs=10).right
