"""Shrink an exercise that two engines solve differently to a smallest one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from viz.checking.exercises import LARGEST, Exercise, ExerciseStep, used

__all__ = ["shrink"]

# Numbers to try in place of others, the simplest first. No two have a sum that is their product.
SIMPLE = (2.0, 3.0, -2.0, 0.5)


def shrink(exercise: Exercise, differs: Callable[[Exercise], bool], tries: int = 300) -> Exercise:
    """Find an exercise that differs too, and none of whose smaller neighbours does.

    Args:
        exercise: an exercise that differs.
        differs: whether another one does.
        tries: the most exercises to try.
    """
    smaller = True
    while smaller and tries > 0:
        smaller = False
        for candidate in _neighbours(exercise):
            if tries <= 0:
                break
            tries -= 1
            if _is_tame(candidate) and differs(candidate):
                exercise, smaller = candidate, True
                break
    return exercise


def _neighbours(exercise: Exercise) -> Iterator[Exercise]:
    """Exercises that are one change smaller, the greatest changes first."""
    leaves, operations = exercise.leaves, exercise.operations
    for n in range(1, len(operations)):  # end earlier
        yield used(Exercise(leaves, operations[:n]))
    for k, operation in enumerate(operations):  # an input in place of its result
        if len(operations) > 1:
            for i in dict.fromkeys(operation.inputs):
                yield used(_without(exercise, k, i))
    for k in range(len(operations) - 1):  # a leaf in place of a result
        number = round(exercise.data[len(leaves) + k], 2)
        grown = Exercise((*leaves, number), tuple(_moved(operation, len(leaves)) for operation in operations))
        yield used(_without(grown, k, len(leaves)))
    for i in range(1, len(leaves)):  # one leaf in place of two
        fewer = [
            op._replace(inputs=tuple(0 if place == i else place for place in op.inputs)) for op in operations
        ]
        yield used(Exercise(leaves, tuple(fewer)))
    for i, x in enumerate(leaves):
        for y in SIMPLE[: SIMPLE.index(x) if x in SIMPLE else None]:
            if y not in leaves:
                yield replace(exercise, leaves=(*leaves[:i], y, *leaves[i + 1 :]))


def _moved(operation: ExerciseStep, n: int) -> ExerciseStep:
    """The operation after one more leaf, the n-th."""
    return operation._replace(inputs=tuple(i + (i >= n) for i in operation.inputs))


def _without(exercise: Exercise, k: int, stand_in: int) -> Exercise:
    """The exercise without its k-th operation, whose result becomes another, earlier one."""
    place = len(exercise.leaves) + k
    operations = [
        op._replace(inputs=tuple(stand_in if i == place else i - (i > place) for i in op.inputs))
        for j, op in enumerate(exercise.operations)
        if j != k
    ]
    return Exercise(exercise.leaves, tuple(operations))


def _is_tame(exercise: Exercise) -> bool:
    """Whether the exercise is not empty, and its numbers are finite, not great and not at a kink."""
    if not exercise.operations:
        return False
    try:
        numbers = [*exercise.data, *exercise.gradient]
    except (ArithmeticError, ValueError):
        return False
    kinks = [exercise.data[op.inputs[0]] == 0 for op in exercise.operations if op.form == "a.relu()"]
    return not any(kinks) and all(abs(x) <= LARGEST**2 for x in numbers)
