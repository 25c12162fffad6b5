"""What the check reports besides right and wrong: conventions, the depth reached, and the speed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from autograd import Value
from viz.checking.child import Failure, ended
from viz.checking.comparing import Session
from viz.checking.exercises import Exercise, ExerciseStep, draw_exercise, growing
from viz.checking.runner import run
from viz.checking.suspects import Evidence, equal, left_over_again
from viz.checking.verdict import Verdict

__all__ = ["conventions", "measured"]

# The size of the graph that is timed, how often it is timed, and the depths that are tried.
SPEED_SIZE, TIMES = 1000, 5
DEPTHS = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)


def conventions(session: Session, sound: Sequence[str]) -> list[str]:
    """Say how the code differs from ours where programs may differ."""
    return [text for text in (_at_zero(session, sound), _second_call(session, sound)) if text]


def _at_zero(session: Session, sound: Sequence[str]) -> str:
    if "a.relu()" not in sound:
        return ""
    try:
        slope = session.solve(Exercise((0.0,), (ExerciseStep("a.relu()", (0,)),)))["grad"][0]
    except Failure as failure:
        return ended(f"relu at 0 fails: {failure.sentence(session.file)}")
    if equal(slope, 0.0):
        return ""
    known = isinstance(slope, (int, float)) and 0 <= slope <= 1
    kind = (
        "a subgradient, like every number from 0 to 1" if known else "no subgradient: these are from 0 to 1"
    )
    return f"At its kink, 0, relu has the slope {_shown(slope)}, {kind}. In ours and in PyTorch it has 0."


def _second_call(session: Session, sound: Sequence[str]) -> str:
    """Say whether backward, called again with the leaves set to 0, gives other gradients."""
    cube = Exercise((3.0,), (ExerciseStep("a * b", (0, 0)), ExerciseStep("a * b", (1, 0))))
    more = growing(sound, 40, session.random("again")) if sound else iter(())
    for exercise in (*[cube] * ("a * b" in sound), *more):
        try:
            answer = session.solve(exercise, again=True)
        except Failure as failure:
            return ended(f"A second call of backward fails: {failure.sentence(session.file)}")
        pairs = zip(exercise.leaves, answer["grad"], answer["again"], exercise.gradient, strict=False)
        for i, (_, first, again, right) in enumerate(pairs):
            if equal(first, right) and not equal(again, right):
                return _changed(exercise, answer["again"], i)
    return ""


def _changed(exercise: Exercise, again: Sequence[Any], i: int) -> str:
    """Say how the second call of backward changes the derivative by the i-th leaf."""
    leaves = [x if j < len(exercise.leaves) else "None" for j, x in enumerate(again)]
    why = (
        " The mistake “left over” gives these numbers: the gradients of inner values are added to the ones "
        "from the first call, as in micrograd. Set them to 0 at the start of backward."
        if left_over_again(Evidence(exercise, leaves))
        else ""
    )
    program = "; ".join(f"{a} = {b}" for a, b in zip(exercise.names, exercise.formulas, strict=True))
    return (
        "A second call of backward on the same graph, with the leaves set to 0 in between, gives "
        f"{_shown(again[i])} instead of {_shown(exercise.gradient[i])} for {exercise.names[i]} in "
        f"{program}.{why}"
    )


def _shown(x: Any) -> str:
    return f"{x:.6g}" if isinstance(x, (int, float)) else str(x)


def measured(session: Session, verdict: Verdict, sound: Sequence[str]) -> Verdict:
    """Measure depth and speed, and add them to the verdict."""
    depth, deepest = 0, ""
    for tried in DEPTHS if "a + b" in sound else ():
        session.progress(f"a chain of {tried:,} operations")
        try:
            session.child.ask("deep", depth=tried)
        except Failure as failure:
            deepest = f"at {tried:,}, {_why(session, failure)}"
            break
        depth = tried
    verdict = replace(verdict, depth=depth, deepest=deepest)
    exercise = draw_exercise(sound, SPEED_SIZE, session.random("speed")) if sound else Exercise((1.0,), ())
    if not len(exercise):
        return verdict
    session.progress(f"the time of {len(exercise):,} operations")
    verdict = replace(verdict, size=len(exercise))
    try:
        answer = session.child.ask("time", leaves=exercise.leaves, steps=exercise.steps(), times=TIMES)
    except Failure as failure:
        return replace(verdict, slow=_why(session, failure))
    return replace(verdict, speed=answer["seconds"] / min(_times(exercise)))


def _why(session: Session, failure: Failure) -> str:
    """Say why the code fails on a large graph."""
    if failure.kind == "time":
        return f"backward does not end within {session.child.limits.seconds:g} s"
    return failure.sentence(session.file)


def _times(exercise: Exercise) -> Iterator[float]:
    """Time our engine on an exercise, several times, in seconds."""
    steps = exercise.steps()
    for _ in range(TIMES):
        start = time.perf_counter()
        run([Value(x) for x in exercise.leaves], steps)[-1].backward()
        yield time.perf_counter() - start
