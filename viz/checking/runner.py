"""Run exercises on the class `Value` of a student's file, in a process of its own.

This file runs as a script. It reads requests as lines of JSON from stdin, and answers each with a line of
JSON on stdout. It needs only the standard library, so that the memory used is the student's.
"""

from __future__ import annotations

import importlib.util
import json
import math
import operator
import os
import re
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

__all__ = ["FORMS", "OperationForm", "Student", "failure", "forms", "limited", "loaded", "number", "run"]


class OperationForm(NamedTuple):
    """One way to write an operation: on two earlier results, a and b, or on one and a plain number c.

    Attributes:
        run: a function of a, b and c; those it does not use are None.
        operator: the operator or the method of `Value` that it needs.
        inputs: how many earlier results it uses.
    """

    run: Callable[[Any, Any, Any], Any]
    operator: str
    inputs: int = 1


def _method(name: str) -> Callable[[Any, Any, Any], Any]:
    return lambda a, b, c: getattr(a, name)()


FORMS = {
    "a + b": OperationForm(lambda a, b, c: operator.add(a, b), "+", 2),
    "a - b": OperationForm(lambda a, b, c: operator.sub(a, b), "-", 2),
    "a * b": OperationForm(lambda a, b, c: operator.mul(a, b), "*", 2),
    "a / b": OperationForm(lambda a, b, c: operator.truediv(a, b), "/", 2),
    "a + c": OperationForm(lambda a, b, c: operator.add(a, c), "+"),
    "c + a": OperationForm(lambda a, b, c: operator.add(c, a), "+"),
    "a - c": OperationForm(lambda a, b, c: operator.sub(a, c), "-"),
    "c - a": OperationForm(lambda a, b, c: operator.sub(c, a), "-"),
    "a * c": OperationForm(lambda a, b, c: operator.mul(a, c), "*"),
    "c * a": OperationForm(lambda a, b, c: operator.mul(c, a), "*"),
    "a / c": OperationForm(lambda a, b, c: operator.truediv(a, c), "/"),
    "c / a": OperationForm(lambda a, b, c: operator.truediv(c, a), "/"),
    "a ** c": OperationForm(lambda a, b, c: operator.pow(a, c), "**"),
    "-a": OperationForm(lambda a, b, c: operator.neg(a), "neg"),
    **{f"a.{name}()": OperationForm(_method(name), name) for name in ("relu", "tanh", "exp", "log")},
}


def forms(operators: Sequence[str]) -> list[str]:
    """The forms of some operators."""
    return [text for text, form in FORMS.items() if form.operator in operators]


def run(leaves: Sequence[Any], steps: Sequence[Sequence[Any]]) -> list[Any]:
    """Compute every result of an exercise, leaves first.

    Args:
        leaves: numbers of any type.
        steps: for each operation its form, the indices of a and b, and c.
    """
    results = list(leaves)
    for text, places, c in steps:
        a, b = (*[results[i] for i in places], None)[:2]
        results.append(FORMS[text].run(a, b, c))
    return results


def packages(path: Path) -> list[Path]:
    """The folders with an ``__init__.py`` that contain a file, from the outermost to the file's own."""
    found: list[Path] = []
    for folder in path.parents:
        if not (folder / "__init__.py").exists():
            break
        found.insert(0, folder)
    return found


def loaded(path: Path) -> ModuleType:
    """Import a file as a part of its package, so that its relative imports work.

    A folder without ``__init__.py`` counts as a package too. An ``__init__.py`` that fails counts as empty.
    """
    folders = packages(path)
    names = [part.replace(".", " ") for part in (*(folder.name for folder in folders), path.stem)]
    # No import statement names "the folder", so the package hides no other.
    name = ".".join(names if folders else ("the folder", *names))
    sys.modules.pop(name, None)
    for n, folder in enumerate(folders, 1):
        start = SourceFileLoader(".".join(names[:n]), str(folder / "__init__.py"))
        with suppress(Exception):
            _executed(ModuleSpec(start.name, start, origin=start.path, is_package=True), folder)
    if not folders:
        _executed(ModuleSpec("the folder", None, is_package=True), path.parent)
    if name not in sys.modules:  # else the package has imported it
        loader = SourceFileLoader(name, str(path))
        sys.modules[path.stem] = _executed(ModuleSpec(name, loader, origin=loader.path))
    return sys.modules[name]


def _executed(spec: ModuleSpec, folder: Path | None = None) -> ModuleType:
    """Make a module and execute it; a package, if the folder of its modules is given."""
    if folder is not None:
        spec.submodule_search_locations = [str(folder)]
    spec.has_location = spec.origin is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    if spec.loader is not None:
        spec.loader.exec_module(module)
    return module


class NotAValueError(Exception):
    """An operation of the student's returned something else."""


class Student:
    """The student's module.

    Attributes:
        make: makes a leaf of a number.
        backward: the function of the file that differentiates, or None for the method of `Value`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.module = loaded(path)
        self.make: Any = getattr(self.module, "Value", None)
        by_method = hasattr(self.make, "backward")
        self.backward: Any = None if by_method else getattr(self.module, "backward", None)

    def describe(self) -> dict[str, Any]:
        """The methods that `Value` has, or under "missing" why the file cannot be checked."""
        if missing := self._missing():
            return {"missing": missing}
        methods = [form.operator for text, form in FORMS.items() if text.startswith("a.")]
        return {"methods": [name for name in methods if hasattr(self.make, name)]}

    def _missing(self) -> str:
        if self.make is None:
            own = [x for x in vars(self.module).values() if isinstance(x, type) and hasattr(x, "backward")]
            near = [x.__name__ for x in own if x.__module__ == self.module.__name__]
            advice = f"; if {near[0]} is meant, add the line Value = {near[0]}" if near else ""
            return f"it defines no class Value{advice}"
        if self.backward is None and not hasattr(self.make, "backward"):
            return "its Value has no method backward(), and the file has no function backward(result, values)"
        try:
            leaf = self.make(2.5)
        except TypeError as error:
            if not _frames(error, self.path):
                return f"Value(2.5) makes no Value: {_told(error)}"
        except Exception:  # the first exercise reports it
            return ""
        else:
            if not hasattr(leaf, "data"):
                names = [name for name in getattr(leaf, "__dict__", ()) if not name.startswith("_")]
                has = f" (it has {', '.join(names)})" if names else ""
                return f"its Value has no attribute data{has}: the check reads the number there"
        return ""

    def differentiate(self, result: Any, values: Sequence[Any]) -> list[Any]:
        """The derivative of a result by each of some values."""
        if self.backward is None:
            result.backward()
        else:
            one = getattr(getattr(self.backward, "__code__", None), "co_argcount", 2) == 1
            returned = self.backward(result) if one else self.backward(result, values)
            if returned is not None:
                return [number(x) for x in returned]
        return [number(getattr(v, "grad", None)) for v in values]

    def solve(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run one exercise: its values, its derivatives, and on request the derivatives of a second call."""
        answer: dict[str, Any] = {}
        leaves = [self.make(x) for x in request["leaves"]]
        values = run(leaves, request["steps"])
        for value in values:
            if not hasattr(value, "data"):
                raise NotAValueError(f"it returns {_told(value, repr)[:40]}, not a Value")
        answer["data"] = [number(v.data) for v in values]
        answer["grad"] = self.differentiate(values[-1], values)
        if request.get("again"):
            for leaf in leaves:
                if hasattr(leaf, "grad"):
                    leaf.grad = 0.0
            answer["again"] = self.differentiate(values[-1], values)
        return answer

    def deep(self, request: dict[str, Any]) -> dict[str, Any]:
        """Differentiate a chain of additions of some depth."""
        x = self.make(1.0)
        y = x + x
        for _ in range(request["depth"] - 1):
            y = y + x
        return {"grad": self.differentiate(y, [x])}

    def time(self, request: dict[str, Any]) -> dict[str, Any]:
        """The shortest time of several runs of an exercise, in seconds."""
        times = []
        for _ in range(request["times"]):
            start = time.perf_counter()
            values = run([self.make(x) for x in request["leaves"]], request["steps"])
            self.differentiate(values[-1], values)
            times.append(time.perf_counter() - start)
        return {"seconds": min(times)}


def number(x: Any) -> float | str:
    """Convert to a number for JSON; to text if it is not finite or no number."""
    if x is None:
        return "None"
    try:
        plain = float(x)
    except OverflowError:  # from a large int
        return "inf" if x > 0 else "-inf"
    except (TypeError, ValueError):
        if getattr(x, "size", None) == 1 and hasattr(x, "item"):  # an array of one element
            return number(x.item())
        return f"{type(x).__name__} {_told(x, repr)[:40]}"
    return plain if math.isfinite(plain) else str(plain)


def _told(x: Any, convert: Callable[[Any], str] = str) -> str:
    """Text on one line, without addresses, which differ from run to run; empty if there is none."""
    try:
        return re.sub(r" at 0x[0-9A-Fa-f]+", "", " ".join(convert(x).split()))
    except Exception:  # by the student's __str__ or __repr__
        return ""


def _frames(error: BaseException, path: Path) -> list[traceback.FrameSummary]:
    """Where an exception passed through the student's file."""
    return [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]


def failure(error: BaseException, path: Path) -> dict[str, Any]:
    """Describe an exception, and the line of the student's file."""
    name, message = type(error).__name__, _told(error)[:200]
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return {"error": name, "message": error.msg, "line": error.lineno, "code": (error.text or "").strip()}
    frames = _frames(error, path)
    if not frames:
        return {"error": name, "message": message}
    return {"error": name, "message": message, "line": frames[-1].lineno, "code": frames[-1].line}


def limited(memory: int) -> bool:
    """Limit the address space of this process, in MiB. Returns whether the platform can do so."""
    try:
        # Windows has no such module, so it cannot be imported above.
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        return False
    return True


def main() -> None:
    """Answer requests until stdin ends."""
    path, memory, engine = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    # The student's code must not read the requests, nor print among the answers.
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    sys.argv = [str(path)]
    # Modules beside the student's file come first, then its package. With whygrad last, its own Value can be
    # checked too.
    outside = [str(folder.parent) for folder in packages(path)[:1]]
    sys.path[:] = [str(path.parent), *outside, *sys.path[1:], engine]
    limited(memory)

    def attempt(action: Callable[[], dict[str, Any]]) -> None:
        try:
            answer = action()
        except BaseException as error:
            answer = failure(error, path)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    student: list[Student] = []

    def load() -> dict[str, Any]:
        if path.suffix == ".ipynb":
            return {"missing": "it is a notebook: save its code as a file, by jupyter nbconvert --to script"}
        student.append(Student(path))
        return student[0].describe()

    attempt(load)
    for line in requests:
        request = json.loads(line)
        action = {"deep": Student.deep, "time": Student.time}.get(request["what"], Student.solve)
        attempt(lambda action=action, request=request: action(student[0], request))  # type: ignore[misc]
    answers.flush()
    os._exit(0)  # skips what the student's code may have registered with atexit


if __name__ == "__main__":
    main()
