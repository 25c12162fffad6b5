"""The rules of the house hold, and each of them can fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import house
from tests.house import House

ROOT = Path(__file__).parent.parent
HOUSE = house.read(ROOT)
TESTS = house.read(ROOT, ["tests"])
METHOD_FILES = [m.rpartition(".")[2] for m in HOUSE if m.startswith("autograd.differentiation.methods.")]

# Class names that stand for two classes, and why.
TWO_CLASSES: dict[str, str] = {}

Make = Callable[[dict[str, str]], House]


@pytest.fixture
def made(tmp_path: Path) -> Make:
    """A small made-up house: the path and the text of each file."""

    def make(files: dict[str, str]) -> House:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, encoding="utf-8")
        return house.read(tmp_path, sorted({path.partition("/")[0] for path in files}))

    return make


def check(complaints: list[str]) -> None:
    """Fail with all complaints at once, each on a line of its own."""
    assert not complaints, "\n" + "\n".join(complaints)


def test_the_house_is_read() -> None:
    assert {file.package for file in HOUSE.values()} == set(house.PACKAGES)
    assert {file.room for file in HOUSE.values() if file.package == "autograd"} == {"", *house.ROOMS}
    assert len(HOUSE) > 100
    assert "tests.test_house" in TESTS


# ---- arrows


def test_packages_import_only_what_they_stand_on() -> None:
    check(house.arrows_between_packages(HOUSE))


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("autograd/errors.py", "import nn.layers"),
        ("autograd/errors.py", "from nn import layers"),
        ("nn/fit.py", "from viz.layout import layout"),
        ("viz/report.py", "import nn"),
        ("viz/report.py", "def report():\n    from demos import page"),
        ("demos/page.py", "from benchmarks import race"),
        ("benchmarks/race.py", "from docs import pictures"),
    ],
)
def test_an_arrow_between_packages_is_found(made: Make, path: str, statement: str) -> None:
    empty = ["autograd/__init__.py", "nn/__init__.py", "nn/layers.py", "viz/layout.py", "demos/page.py"]
    empty += ["benchmarks/race.py", "docs/pictures.py"]
    (complaint,) = house.arrows_between_packages(made({**dict.fromkeys(empty, ""), path: statement}))
    assert complaint.startswith(f"{path}:{statement.count(chr(10)) + 1}: {path.partition('/')[0]} imports ")
    assert "it may import" in complaint
    assert "move the code to" in complaint


def test_arrows_down_are_none_to_complain_of(made: Make) -> None:
    files = {
        "autograd/__init__.py": "from autograd.rules.scalars import exp",
        "autograd/rules/scalars.py": "import numpy as np\nfrom autograd import numpy",
        "nn/layers.py": "from autograd import Value",
        "viz/layout.py": "import autograd",
        "demos/page.py": "from nn import layers\nfrom viz.layout import layout",
    }
    assert house.arrows_between_packages(made(files)) == []


def test_rooms_import_only_the_rooms_before_them() -> None:
    check(house.arrows_between_rooms(HOUSE))


@pytest.mark.parametrize(
    ("path", "statement", "line"),
    [
        ("autograd/rules/scalars.py", "from autograd.recording import node", 1),
        ("autograd/rules/scalars.py", "from autograd.recording.node import Node", 1),
        ("autograd/rules/scalars.py", "from ..recording import node", 1),
        ("autograd/rules/scalars.py", "import math\nimport autograd.recording.node", 2),
        ("autograd/errors.py", "from autograd.rules.scalars import exp", 1),
        ("autograd/errors.py", "from .rules import scalars", 1),
        ("autograd/rules/scalars.py", "if TYPE_CHECKING:\n    from autograd.recording.node import Node", 2),
        ("autograd/recording/node.py", "def f():\n    from autograd.compiler import program", 2),
    ],
)
def test_an_arrow_between_rooms_is_found(made: Make, path: str, statement: str, line: int) -> None:
    empty = ["__init__.py", "rules/scalars.py", "recording/node.py", "compiler/program.py"]
    found = made({**{f"autograd/{name}": "" for name in empty}, path: statement})
    (complaint,) = house.arrows_between_rooms(found)
    assert complaint.startswith(f"{path}:{line}: ")
    assert "comes after it in errors < files < rules < numbers < functions < recording" in complaint
    assert "Move the shared part" in complaint


def test_the_face_is_not_imported_and_every_file_has_a_room(made: Make) -> None:
    files = {
        "autograd/__init__.py": "from autograd.compiler.program import Program",
        "autograd/compiler/program.py": "from autograd import Value",
        "autograd/tools.py": "",
    }
    first, second = house.arrows_between_rooms(made(files))
    assert first.startswith("autograd/compiler/program.py:1: imports from autograd/__init__.py")
    assert second.startswith("autograd/tools.py:1: is in no room: move it to one of errors")


# ---- circles and imports in functions


def test_no_two_files_import_each_other() -> None:
    check(house.circles(HOUSE))


def test_a_circle_is_found(made: Make) -> None:
    files = {
        "autograd/__init__.py": "",
        "autograd/rules/a.py": "import math\nfrom autograd.rules import b",
        "autograd/rules/b.py": "from autograd.rules.c import x",
        "autograd/rules/c.py": "if True:\n    import autograd.rules.a",
        "autograd/rules/d.py": "from autograd.rules import a",
    }
    complaints = house.circles(made(files))
    assert [complaint.partition(" ")[0] for complaint in complaints] == [
        "autograd/rules/a.py:2:",
        "autograd/rules/b.py:1:",
        "autograd/rules/c.py:2:",
    ]
    assert "a.py → autograd/rules/b.py → autograd/rules/c.py → autograd/rules/a.py" in complaints[0]
    assert "move what both need to a third file" in complaints[0]


def test_a_deferred_import_closes_a_circle_and_a_type_does_not(made: Make) -> None:
    files = {
        "nn/a.py": "from nn import b",
        "nn/b.py": "if TYPE_CHECKING:\n    from nn import a",
        "viz/a.py": "from viz import b",
        "viz/b.py": "def f():\n    from viz import a",
    }
    complaints = house.circles(made(files))
    assert [complaint.partition(" ")[0] for complaint in complaints] == ["viz/a.py:1:", "viz/b.py:2:"]


def test_an_import_in_a_function_says_which_load_it_defers() -> None:
    check(house.imports_in_functions(HOUSE))


@pytest.mark.parametrize(
    "body",
    [
        "    import sklearn",
        "    import sklearn  # noqa: PLC0415",
        "    import sklearn  # here, as it is seldom needed",
        "    # This defers the load of sklearn.\n    x = 1\n    import sklearn",
        "    if True:\n        from sklearn import datasets",
    ],
)
def test_an_import_in_a_function_without_a_reason_is_found(made: Make, body: str) -> None:
    (complaint,) = house.imports_in_functions(made({"demos/a.py": f"import math\ndef f():\n{body}\n"}))
    assert complaint.startswith(f"demos/a.py:{3 + body.count(chr(10))}: imports inside a function")
    assert "'# defers the load of sklearn'" in complaint


@pytest.mark.parametrize(
    "body",
    [
        "    import sklearn  # defers the load of SciPy, 300 ms",
        "    # SciPy takes 300 ms to load.\n    import sklearn",
        "    # sklearn is optional and slow to import.\n    import sklearn",
        "    # SciPy takes 300 ms to load,\n    # seldom used.\n    import sklearn\n    import sklearn.svm",
        "    import shutil  # loaded at the first build\n    import sys",
        "    from sklearn import (  # defers SciPy\n        datasets,\n    )",
        "    x = 1",
    ],
)
def test_an_import_in_a_function_with_a_reason_may_stand(made: Make, body: str) -> None:
    assert house.imports_in_functions(made({"demos/a.py": f"def f():\n{body}\n"})) == []


# ---- names


def test_file_names_are_unique_in_the_libraries() -> None:
    check(house.repeated_file_names(HOUSE))


def test_a_repeated_file_name_is_found(made: Make) -> None:
    files = [
        "autograd/rules/arrays.py",
        "nn/arrays.py",
        "demos/arrays.py",
        "nn/__init__.py",
        "viz/__init__.py",
    ]
    (complaint,) = house.repeated_file_names(made(dict.fromkeys(files, "")))
    assert complaint.startswith("nn/arrays.py:1: shares its name with autograd/rules/arrays.py: rename one")


def test_no_file_is_named_utils_helpers_or_core() -> None:
    check(house.vague_names(HOUSE))


def test_a_vague_name_is_found(made: Make) -> None:
    files = ["nn/utils.py", "autograd/core/node.py", "viz/_helpers.py", "viz/score.py"]
    complaints = house.vague_names(made(dict.fromkeys(files, "")))
    assert [complaint.partition(":")[0] for complaint in complaints] == [
        "autograd/core/node.py",
        "nn/utils.py",
        "viz/_helpers.py",
    ]
    assert all("name it after its subject" in complaint for complaint in complaints)


def test_class_names_are_unique_in_the_house() -> None:
    check(house.repeated_class_names(HOUSE, TWO_CLASSES))


def test_every_exception_is_still_needed() -> None:
    needed = house.repeated_class_names(HOUSE)
    assert all(any(f": class {name} is" in complaint for complaint in needed) for name in TWO_CLASSES)
    assert all(len(reason) > 20 for reason in TWO_CLASSES.values())


def test_a_repeated_class_name_is_found(made: Make) -> None:
    files = {
        "autograd/costs/walk.py": "class Run: ...\nclass Step: ...\n",
        "viz/runs.py": "def f():\n    class Run: ...\n",
        "nn/step.py": "class Step: ...\n",
        "docs/page.py": "class Run: ...\n",
    }
    found = made(files)
    first, second = house.repeated_class_names(found)
    assert first.startswith("viz/runs.py:2: class Run is also defined at autograd/costs/walk.py:1: ")
    assert first.endswith("give the two different names")
    assert second.startswith("nn/step.py:1: class Step ")
    assert house.repeated_class_names(found, {"Run": "a reason", "Step": "a reason"}) == []


# ---- the shape of functions


def test_functions_are_short() -> None:
    check(house.long_functions(HOUSE))


def test_a_long_function_is_found(made: Make) -> None:
    def function(lines: int, documented: int = 0) -> str:
        text = '    """\n' + "\n" * documented + '    """\n' if documented else ""
        return "def f():\n" + text + "    x = 1\n" * (lines - 1)

    files = {
        "nn/long.py": "\n" + function(61),
        "nn/method.py": "class A:\n    async def f(self):\n" + "        x = 1\n" * 60,
        "nn/short.py": function(60),
        "nn/documented.py": function(60, documented=40),
        "benchmarks/long.py": function(61),
    }
    first, second = house.long_functions(made(files))
    assert first == "nn/long.py:2: f has 61 lines: part it into functions of at most 60"
    assert second.startswith("nn/method.py:2: f has 61 lines")


def test_functions_are_flat() -> None:
    check(house.deep_functions(HOUSE))


def test_a_deep_function_is_found(made: Make) -> None:
    blocks = ["for x in y:", "if x:", "with x:", "try:", "while x:"]
    ends = {"try:": "except E: pass"}

    def nested(depth: int) -> str:
        lines = [f"{' ' * (i + 1)}{block}" for i, block in enumerate(blocks[:depth])]
        lines.append(f"{' ' * (depth + 1)}pass")
        lines += [f"{' ' * (i + 1)}{ends[b]}" for i, b in enumerate(blocks[:depth]) if b in ends]
        return "def f():\n" + "\n".join(lines) + "\n"

    ladder = "def f():\n if a: pass\n" + " elif a: pass\n" * 9 + " else:\n  if a:\n   if b:\n    pass\n"
    files = {"viz/deep.py": "\n" + nested(5), "viz/flat.py": nested(4), "viz/ladder.py": ladder}
    (complaint,) = house.deep_functions(made(files))
    assert complaint == "viz/deep.py:2: f nests 5 levels deep: return early or part it, 4 do"


# ---- how much there is to read


def test_a_value_with_its_backward_is_read_in_900_lines() -> None:
    check(house.too_large(HOUSE, ["autograd.recording.value"], 900))


SEVEN = ("backprop", "paths", "tree", "forward", "restart", "finite_difference")


@pytest.mark.parametrize("methods", [SEVEN, *((m,) for m in METHOD_FILES if m not in SEVEN)], ids="-".join)
def test_gradient_is_read_in_2000_lines(methods: tuple[str, ...]) -> None:
    files = [f"autograd.differentiation.methods.{method}" for method in methods]
    check(house.too_large(HOUSE, ["autograd.costs.gradient", *files], 2000 if methods == SEVEN else 2200))


def test_the_lines_that_a_module_loads_are_counted(made: Make) -> None:
    files = {
        "autograd/__init__.py": "x = 1\n" * 1000,
        "autograd/recording/__init__.py": "x = 1\n",
        "autograd/recording/value.py": "from autograd.recording import node\nimport numpy\n",
        "autograd/recording/node.py": "import autograd.rules.scalars\ndef f():\n    import autograd.far\n",
        "autograd/rules/__init__.py": "",
        "autograd/rules/scalars.py": "if TYPE_CHECKING:\n    from autograd import far\n\n\n",
        "autograd/far.py": "x = 1\n" * 1000,
    }
    found = made(files)
    assert [file.name for file in house.closure(found, ["autograd.recording.value"])] == [
        "__init__.py",
        "node.py",
        "value.py",
        "__init__.py",
        "scalars.py",
    ]
    assert house.too_large(found, ["autograd.recording.value"], 10) == []
    (complaint,) = house.too_large(found, ["autograd.recording.value"], 9)
    assert complaint.startswith("autograd.recording.value loads 10 lines, 1 over 9: move code out of ")
    assert "autograd/rules/scalars.py 4, autograd/recording/node.py 3" in complaint


# ---- the tests themselves


def test_test_files_are_short() -> None:
    check(house.long_tests(TESTS))


def test_a_long_test_file_is_found(made: Make) -> None:
    found = made({"tests/test_a.py": "x = 1\n" * 501, "tests/test_b.py": "x = 1\n" * 500})
    (complaint,) = house.long_tests(found)
    assert complaint.startswith("tests/test_a.py:1: has 501 lines: part it by subject")


def test_the_engines_tests_import_the_engine_alone() -> None:
    check(house.foreign_imports_of_engine_tests(TESTS, HOUSE))


@pytest.mark.parametrize(
    "statement",
    ["import nn", "from demos.page import x", "from viz import page", "from tests.autograd.test_b import x"],
)
def test_a_foreign_import_of_an_engine_test_is_found(made: Make, statement: str) -> None:
    shared = ["autograd/__init__.py", "nn/__init__.py", "demos/page.py", "viz/page.py", "tests/graphs.py"]
    files = {**dict.fromkeys([*shared, "tests/autograd/test_b.py"], ""), "tests/nn/test_c.py": "import nn"}
    files["tests/autograd/test_a.py"] = f"import autograd\nfrom tests import graphs\n{statement}\n"
    found = made(files)
    tests = {module: file for module, file in found.items() if file.package == "tests"}
    rest = {module: file for module, file in found.items() if file.package != "tests"}
    (complaint,) = house.foreign_imports_of_engine_tests(tests, rest)
    assert complaint.startswith("tests/autograd/test_a.py:3: imports ")
    assert "build the case in tests/graphs.py or tests/cases.py" in complaint
