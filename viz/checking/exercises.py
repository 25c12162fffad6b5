"""Exercises: small random graphs that a student's `Value` and ours both compute."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from autograd import Graph, Linearization, Value
from autograd.differentiation.methods.backprop import backprop
from viz.checking.runner import FORMS, run

__all__ = ["Exercise", "ExerciseStep", "alone", "derived", "draw_exercise", "growing", "linearized"]

CONSTANTS = (2, 3, 0.5, -1.5)
EXPONENTS = (2, 3, -1, 0.5)
# Results stay within these, so that no rounding error and no overflow is taken for a mistake.
LARGEST, SMALLEST = 50.0, 0.05
# Points at which an operation is tried alone.
POINTS = 6


class ExerciseStep(NamedTuple):
    """One operation of an exercise.

    Attributes:
        form: a key of `FORMS`.
        inputs: the places of a and b among the results.
        constant: the plain number c; None if the form has none.
    """

    form: str
    inputs: tuple[int, ...]
    constant: float | None = None


@dataclass(frozen=True)
class Exercise:
    """Leaves and the operations on them. The last result is differentiated by every result.

    Attributes:
        leaves: numbers; they have the first places among the results.
        operations: in the order in which they are computed.
    """

    leaves: tuple[float, ...]
    operations: tuple[ExerciseStep, ...]

    def __len__(self) -> int:
        return len(self.operations)

    @cached_property
    def names(self) -> list[str]:
        """The names of the results: x1, x2, … of the leaves, and y1, y2, … of the others."""
        return [f"x{i + 1}" for i in range(len(self.leaves))] + [f"y{i + 1}" for i in range(len(self))]

    @cached_property
    def formulas(self) -> list[str]:
        """The text of each result."""
        leaves = [f"Value({x!r})" for x in self.leaves]
        return leaves + [self._written(operation) for operation in self.operations]

    def _written(self, operation: ExerciseStep) -> str:
        a, b = (*[self.names[i] for i in operation.inputs], "")[:2]
        c = operation.constant
        power = operation.form == "a ** c"
        texts = {"a": a, "b": b, "c": f"({c!r})" if c is not None and c < 0 and not power else repr(c)}
        if operation.form.startswith("a."):
            return a + operation.form[1:]
        return "".join(texts.get(letter, letter) for letter in operation.form)

    def code(self) -> str:
        """The exercise as a program, which ends with the call of backward."""
        lines = [f"{name} = {formula}" for name, formula in zip(self.names, self.formulas, strict=True)]
        return "\n".join([*lines, f"{self.names[-1]}.backward()"])

    def steps(self) -> list[list[Any]]:
        """The operations as `run` takes them, in types that JSON has."""
        return [[form, list(inputs), constant] for form, inputs, constant in self.operations]

    @cached_property
    def nodes(self) -> list[Value]:
        """Every result, recorded by our engine."""
        nodes: list[Value] = run([Value(x) for x in self.leaves], self.steps())
        for node, name in zip(nodes, self.names, strict=True):
            node.name = name
        return nodes

    @cached_property
    def data(self) -> list[float]:
        """The right results."""
        return [float(node.data) for node in self.nodes]

    @cached_property
    def gradient(self) -> list[float]:
        """The right derivative of the last result by each result."""
        return [float(x) for x in backprop(linearized(self.nodes))]


def linearized(nodes: Sequence[Value]) -> Linearization:
    """The graph of the last of some nodes, with its edges, to be differentiated by all of them."""
    return Linearization(Graph(nodes[-1]), [list(nodes)], recorded=False)


def derived(exercise: Exercise) -> list[Value]:
    """Every result, where subtraction, division and negation are made of ``+``, ``*`` and ``**``.

    As in micrograd: a - b is a + b * -1, and a / b is a * b ** -1.
    """
    results: list[Any] = [Value(x) for x in exercise.leaves]
    for form, inputs, c in exercise.operations:
        a, b = (*[results[i] for i in inputs], c)[:2]
        match form:
            case "-a":
                result = a * -1
            case "a - b" | "a - c":
                result = a + b * -1
            case "c - a":
                result = c + a * -1
            case "a / b" | "a / c":
                result = a * b**-1
            case "c / a":
                result = c * a**-1
            case _:
                result = FORMS[form].run(a, b, c)
        results.append(result)
    return results


def alone(form: str, rng: random.Random) -> list[Exercise]:
    """Exercises of one operation at several points."""
    found: list[Exercise] = []
    for n in range(400):
        if len(found) == POINTS:
            break
        # Small, middle and great numbers of both signs, where the domain has them.
        sign, size = 1 if n % 2 else -1, 0.2 + 0.6 * (len(found) % 3)
        leaves = [sign * round(rng.uniform(size, size + 0.6), 2), round(rng.uniform(-2.0, 2.0), 2)]
        count = FORMS[form].inputs
        exercise = _appended(Exercise(tuple(leaves[:count]), ()), form, rng, tuple(range(count)))
        if exercise is not None:
            found.append(exercise)
    return found


def growing(forms: Sequence[str], count: int, rng: random.Random, largest: int = 12) -> Iterator[Exercise]:
    """Exercises, from one operation that uses an input twice to many random operations.

    Each operation is there with another user of its input.

    Args:
        forms: the operations to draw from.
        count: how many exercises.
        rng: the source of randomness.
        largest: the most operations.
    """
    for form in forms:
        if FORMS[form].inputs == 2:
            exercise = _appended(Exercise((round(rng.uniform(0.3, 2.0), 2),), ()), form, rng)
            if exercise is not None:
                yield exercise
    yield from _shared(forms, rng)
    for n in range(count):
        exercise = draw_exercise(forms, 2 + n * (largest - 1) // count, rng)
        if len(exercise):
            yield exercise


def _shared(forms: Sequence[str], rng: random.Random) -> Iterator[Exercise]:
    """Every form with another user of each of its inputs."""
    users = [form for form in forms if FORMS[form].inputs == 2]
    for form in forms if users else ():
        for first in alone(form, rng)[:2]:
            result = len(first.leaves)
            pairs = [pair for i in range(result) for pair in ((result, i), (i, result))]
            shared = [_appended(first, rng.choice(users), rng, pair) for pair in pairs]
            yield from (exercise for exercise in shared if exercise is not None)


def draw_exercise(forms: Sequence[str], size: int, rng: random.Random) -> Exercise:
    """A random exercise of at most some operations, all of which its result depends on."""
    leaves = (round(rng.uniform(-2.0, 2.0), 2) or 1.0 for _ in range(rng.randint(1, 3)))
    exercise = Exercise(tuple(leaves), ())
    for _ in range(4 * size):
        if len(exercise) == size:
            break
        exercise = _appended(exercise, rng.choice(forms), rng) or exercise
    return used(exercise)


def _appended(
    exercise: Exercise, form: str, rng: random.Random, inputs: tuple[int, ...] | None = None
) -> Exercise | None:
    """The exercise with one more operation; None where its result would not be tame.

    Args:
        exercise: the exercise so far.
        form: of the operation.
        rng: the source of randomness.
        inputs: the places of its inputs; None: random ones.
    """
    places = len(exercise.leaves) + len(exercise)
    if inputs is None:  # counting back from the latest result makes deep graphs likely
        back = [min(int(rng.expovariate(0.5)), places - 1) for _ in range(FORMS[form].inputs)]
        inputs = tuple(places - 1 - i for i in back)
    constants = EXPONENTS if form == "a ** c" else CONSTANTS
    constant = rng.choice(constants) if "c" in form.partition(".")[0] else None
    longer = Exercise(exercise.leaves, (*exercise.operations, ExerciseStep(form, inputs, constant)))
    known = exercise.__dict__.get("_recorded") or [Value(x) for x in exercise.leaves]
    a, b = (*[known[i] for i in inputs], None)[:2]
    x = float(a.data)
    positive = form == "a.log()" or (form == "a ** c" and constant not in (2, 3, -1))
    divisor = b if form == "a / b" else a
    if (positive and x < SMALLEST) or (form == "a.exp()" and x > 3) or abs(divisor.data) < SMALLEST:
        return None
    result = FORMS[form].run(a, b, constant)
    if not abs(result.data) <= LARGEST:
        return None
    longer.__dict__["_recorded"] = [*known, result]  # so that a long exercise is recorded once
    return longer


def used(exercise: Exercise) -> Exercise:
    """The exercise without the leaves and operations that its last result does not use."""
    n = len(exercise.leaves)
    wanted, waiting = set[int](), [n + len(exercise) - 1]
    while waiting:
        i = waiting.pop()
        if i not in wanted:
            wanted.add(i)
            waiting += exercise.operations[i - n].inputs if i >= n else ()
    places = {i: place for place, i in enumerate(sorted(wanted))}
    operations = [exercise.operations[i - n] for i in places if i >= n]
    return Exercise(
        tuple(exercise.leaves[i] for i in places if i < n),
        tuple(op._replace(inputs=tuple(places[i] for i in op.inputs)) for op in operations),
    )
