"""The parts of a check: the student's process, exercises, shrinking, and what differs only in graphs."""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.viz.students import RIGHT, changed
from viz.checking import conventions, runner
from viz.checking.child import Limits
from viz.checking.exercises import Exercise, ExerciseStep, alone, growing
from viz.checking.runner import FORMS, Student
from viz.checking.shrinking import shrink
from viz.checking.student_check import check
from viz.checking.telling import measures
from viz.checking.verdict import Verdict

SHARED = Exercise((0.7, 1.3), (ExerciseStep("a.tanh()", (0,)), ExerciseStep("a * b", (2, 0))))


@pytest.fixture
def student(tmp_path):
    def load(text: str, place: str = "engine_in_a_test.py") -> Student:
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        before = set(sys.modules)
        try:
            return Student(path)
        finally:
            for name in set(sys.modules) - before:
                if str(tmp_path) in str(sys.modules[name]):
                    del sys.modules[name]

    return load


# ---- in the student's process


def request(exercise: Exercise, **more) -> dict:
    return {"leaves": exercise.leaves, "steps": exercise.steps(), **more}


def test_an_exercise_is_solved_and_solved_again(student):
    answer = student(RIGHT).solve(request(SHARED, again=True))
    assert answer["data"] == pytest.approx(SHARED.data)
    assert answer["grad"] == answer["again"] == pytest.approx(SHARED.gradient)


def test_a_function_backward_may_return_the_derivatives_or_set_them(student):
    text = RIGHT.replace("    def backward(self)", "    def sweep(self)")
    for body in ("return [v.grad for v in values]", "pass"):
        adapted = student(f"{text}\n\ndef backward(result, values):\n    result.sweep()\n    {body}\n")
        assert "missing" not in adapted.describe()
        assert adapted.solve(request(SHARED))["grad"] == pytest.approx(SHARED.gradient)


def test_a_file_is_described(student):
    assert student(RIGHT).describe() == {"methods": ["relu", "tanh", "exp"]}
    assert "no class Value" in student("x = 1").describe()["missing"]
    assert "no method backward()" in student("class Value: pass").describe()["missing"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("class Value", "class Scalar"), "no class Value; if Scalar is meant, add the line Value = Scalar"),
        (("data, children=()", "data, children"), "Value(2.5) makes no Value: Value.__init__() missing 1"),
        ((".data", ".number"), "no attribute data (it has number, grad): the check reads the number there"),
    ],
)
def test_what_a_file_lacks_is_told_with_what_it_has(student, change, said):
    assert said in student(RIGHT.replace(*change)).describe()["missing"]


def test_a_function_backward_may_take_the_result_alone(student):
    text = RIGHT.replace("    def backward(self)", "    def sweep(self)")
    adapted = student(f"{text}\n\ndef backward(result):\n    result.sweep()\n")
    answer = adapted.solve(request(SHARED, again=True))
    assert answer["grad"] == answer["again"] == pytest.approx(SHARED.gradient)


@pytest.mark.parametrize(
    ("place", "files", "start"),
    [
        ("hw/engine.py", {}, "from .ops import tanh"),
        ("hw/engine.py", {"hw/__init__.py": "from .engine import Value"}, "from .ops import tanh"),
        ("hw/engine.py", {"hw/__init__.py": "import nowhere_to_be_found"}, "from hw.ops import tanh"),
        ("hw/a b.2/my engine", {"hw/__init__.py": "", "hw/a b.2/__init__.py": ""}, "from ..ops import tanh"),
    ],
    ids=["folder", "package", "broken package", "package in a package"],
)
def test_a_file_is_loaded_as_a_part_of_its_package(student, tmp_path, monkeypatch, place, files, start):
    for name, text in {"hw/ops.py": "from math import tanh", **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    handed_in = student(f"{start}\n{RIGHT.replace('math.tanh', 'tanh')}", place)
    assert handed_in.solve(request(SHARED))["grad"] == pytest.approx(SHARED.gradient)


def test_an_exception_may_have_no_text(student):
    handed_in = student(
        RIGHT.replace("        order, seen", "        raise Silent\n        order, seen")
        + "\n\nclass Silent(Exception):\n    __repr__ = __str__ = lambda self: self.nothing\n"
    )
    with pytest.raises(Exception) as caught:  # noqa: PT011 (it has no text)
        handed_in.solve(request(SHARED))
    assert runner.failure(caught.value, handed_in.path)["message"] == ""
    assert runner.number(caught.value) == "Silent "


def test_depth_and_time_are_measured(student):
    assert student(RIGHT).deep({"depth": 10}) == {"grad": [11.0]}
    assert student(RIGHT).time(request(SHARED, times=2))["seconds"] > 0


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (2, 2.0),
        (True, 1.0),
        (math.inf, "inf"),
        (-(10**400), "-inf"),
        (None, "None"),
        ([1, 2], "list [1, 2]"),
        (np.array([[2.5]]), 2.5),
        (np.array([1 + 2j]), "complex (1+2j)"),
        ("x" * 100, f"str '{'x' * 39}"),
    ],
)
def test_numbers_are_numbers_and_all_else_is_text(x, shown):
    assert runner.number(x) == shown


def test_a_failure_has_the_students_line_and_no_address(student):
    loaded = student(RIGHT.replace("math.tanh(self.data)", "math.tanh(object() + {}[0])"))
    with pytest.raises(KeyError) as caught:
        loaded.solve(request(SHARED))
    told = runner.failure(caught.value, loaded.path)
    assert (told["error"], told["code"]) == ("KeyError", "out = Value(math.tanh(object() + {}[0]), (self,))")
    assert "0x" not in runner.failure(TypeError(f"no {object()}"), loaded.path)["message"]


def test_a_depth_of_0_is_no_chain() -> None:
    verdict = Verdict("engine.py", 0, 0, (), deepest="at 100, it fails")
    assert measures(verdict) == ["Depth: no chain works; at 100, it fails."]


# ---- exercises


def test_exercises_use_every_form_and_are_tame():
    exercises = list(growing(list(FORMS), 60, random.Random(0)))
    assert {step.form for e in exercises for step in e.operations} == set(FORMS)
    for e in exercises:
        assert all(math.isfinite(x) for x in (*e.data, *e.gradient))
        assert len(set(e.names)) == len(e.data)
        used = {i for step in e.operations for i in step.inputs}
        assert used == set(range(len(e.data) - 1))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_tried_alone_at_small_and_great_numbers(form):
    points = [exercise.leaves[0] for exercise in alone(form, random.Random(0))]
    assert len(points) == 6
    assert min(map(abs, points)) < 0.8 < max(map(abs, points))
    assert (min(points) < 0) == (form != "a.log()")


def test_a_graph_is_shrunk_to_a_smallest_one():
    def differs(e: Exercise) -> bool:
        return (
            any(s.form == "a * b" and s.inputs[0] == s.inputs[1] for s in e.operations)
            and max(e.leaves) > 2.5
        )

    found = [e for e in growing(list(FORMS), 400, random.Random(1)) if len(e) > 6]
    bigger = [Exercise((*e.leaves[:-1], 2.9), e.operations) for e in found]
    wrong = [e for e in bigger if differs(e)]
    assert wrong
    for e in wrong:
        smallest = shrink(e, differs)
        assert smallest == Exercise((3.0,), (ExerciseStep("a * b", (0, 0)),))


# ---- what differs only in graphs


@pytest.fixture
def found(tmp_path, monkeypatch):
    monkeypatch.setattr(conventions, "DEPTHS", (100,))

    def run(text: str):
        path = tmp_path / "engine.py"
        path.write_text(text, encoding="utf-8")
        (finding,) = check(path, graphs=60, limits=Limits(seconds=2)).findings
        return finding

    return run


def test_a_value_that_is_wrong_only_in_a_graph(found):
    finding = found(changed(("math.exp(self.data)", "math.exp(self.data) + bool(self._prev)")))
    assert (finding.kind, finding.subject, finding.shown.of_values) == ("value", "backward", True)
    assert finding.says == "The values of this graph are wrong, though each of its operations is right alone."
    assert len(finding.shown.exercise) == 2


def test_an_exception_that_comes_only_in_a_graph(found):
    finding = found(
        changed(("        self.grad = 1.0\n", "        self.grad = 1.0\n        assert len(order) < 6\n"))
    )
    assert (finding.kind, finding.subject) == ("error", "backward")
    assert "fails: AssertionError in line" in finding.says
    assert finding.says.endswith(": assert len(order) < 6.")
    assert 2 <= len(finding.shown) <= 5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("if self.data > 0 else 0.0", "if self.data > 0 else 0.0 / self.data"),
            "relu at 0 fails: ZeroDivisionError",
        ),
        (
            ("        self.grad = 1.0\n", "        assert not self.grad\n        self.grad = 1.0\n"),
            "A second call",
        ),
    ],
)
def test_a_convention_that_fails_is_told(tmp_path, monkeypatch, change, said):
    monkeypatch.setattr(conventions, "DEPTHS", (100,))
    path = tmp_path / "engine.py"
    path.write_text(changed(change), encoding="utf-8")
    verdict = check(path, graphs=10)
    assert verdict.right
    assert verdict.conventions[0].startswith(said)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_ctrl_c_ends_the_students_process_too(tmp_path):
    path, mark = tmp_path / "engine.py", tmp_path / "pid"
    loop = f"import os, pathlib\npathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\nwhile True: pass\n"
    path.write_text(loop, encoding="utf-8")
    command = [sys.executable, "-m", "viz", "check", str(path), "--seconds", "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        while not (mark.exists() and mark.read_text()) and running.poll() is None:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out, err) == (130, "", "interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_memory_is_limited_only_where_the_platform_can(monkeypatch):
    monkeypatch.setitem(sys.modules, "resource", None)
    assert runner.limited(1 << 20) is False
