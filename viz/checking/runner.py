"""Run exercises on the class `Value` of a student's file, in a process of its own.

Run by path with the student's file as its argument. Requests are lines of JSON on stdin, and each has one
line of JSON as its answer on stdout. This file needs only the standard library, so that the memory used is
the student's.
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
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["FORMS", "OperationForm", "Student", "failure", "forms", "limited", "number", "run"]


class OperationForm(NamedTuple):
    """One way to write an operation: on two earlier results, a and b, or on one and a plain number c.

    Attributes:
        run: takes a, b and c; what it does not use is None.
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
    """Every result of an exercise, its leaves first.

    Args:
        leaves: numbers of any type.
        steps: for each its form, the places of a and b, and c.
    """
    results = list(leaves)
    for text, places, c in steps:
        a, b = (*[results[i] for i in places], None)[:2]
        results.append(FORMS[text].run(a, b, c))
    return results


class Student:
    """The student's module.

    Attributes:
        make: makes a leaf of a number.
        backward: the function of the file that differentiates, or None for the method of `Value`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        spec = importlib.util.spec_from_file_location(path.stem, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path.name} is not a Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        self.make: Any = getattr(module, "Value", None)
        by_method = hasattr(self.make, "backward")
        self.backward: Any = None if by_method else getattr(module, "backward", None)

    def describe(self) -> dict[str, Any]:
        """The methods that `Value` has, or what is missing for a check."""
        if self.make is None:
            return {"missing": "it defines no class Value"}
        if self.backward is None and not hasattr(self.make, "backward"):
            return {
                "missing": "its Value has no method backward(), and the file has no function "
                "backward(result, values)"
            }
        methods = [form.operator for text, form in FORMS.items() if text.startswith("a.")]
        return {"methods": [name for name in methods if hasattr(self.make, name)]}

    def differentiate(self, result: Any, values: Sequence[Any]) -> list[Any]:
        """The derivative of a result by each of some values."""
        if self.backward is None:
            result.backward()
        else:
            returned = self.backward(result, values)
            if returned is not None:
                return [number(x) for x in returned]
        return [number(v.grad) for v in values]

    def solve(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run one exercise: its values, its derivatives, and those of a second call if that is asked for."""
        answer: dict[str, Any] = {}
        leaves = [self.make(x) for x in request["leaves"]]
        values = run(leaves, request["steps"])
        answer["data"] = [number(v.data) for v in values]
        answer["grad"] = self.differentiate(values[-1], values)
        if request.get("again"):
            if self.backward is None:
                for leaf in leaves:
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
        """The shortest time of some runs of an exercise, in seconds."""
        times = []
        for _ in range(request["times"]):
            start = time.perf_counter()
            values = run([self.make(x) for x in request["leaves"]], request["steps"])
            self.differentiate(values[-1], values)
            times.append(time.perf_counter() - start)
        return {"seconds": min(times)}


def number(x: Any) -> float | str:
    """A number as JSON has it; a text for what is no number or is not finite."""
    if x is None:
        return "None"
    try:
        plain = float(x)
    except OverflowError:  # of a great int
        return "inf" if x > 0 else "-inf"
    except (TypeError, ValueError):
        return f"{type(x).__name__} {_plain(repr(x))[:40]}"
    return plain if math.isfinite(plain) else str(plain)


def _plain(text: str) -> str:
    """A text in one line, without addresses, which are others in every run."""
    return re.sub(r" at 0x[0-9A-Fa-f]+", "", " ".join(text.split()))


def failure(error: BaseException, path: Path) -> dict[str, Any]:
    """What went wrong, and in which line of the student's file."""
    name, message = type(error).__name__, _plain(str(error))[:200]
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return {"error": name, "message": error.msg, "line": error.lineno, "code": (error.text or "").strip()}
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    if not frames:
        return {"error": name, "message": message}
    return {"error": name, "message": message, "line": frames[-1].lineno, "code": frames[-1].line}


def limited(memory: int) -> bool:
    """Limit the address space of this process, in MiB. Returns whether the platform can."""
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
    # What the student's code prints and reads is kept out of the conversation.
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    sys.argv = [str(path)]
    # Modules beside the student's file come first; the engine itself can be checked too.
    sys.path[:] = [str(path.parent), *sys.path[1:], engine]
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
        student.append(Student(path))
        return student[0].describe()

    attempt(load)
    for line in requests:
        request = json.loads(line)
        action = {"deep": Student.deep, "time": Student.time}.get(request["what"], Student.solve)
        attempt(lambda action=action, request=request: action(student[0], request))  # type: ignore[misc]
    answers.flush()
    os._exit(0)  # not through what the student's code may have registered for the end


if __name__ == "__main__":
    main()
