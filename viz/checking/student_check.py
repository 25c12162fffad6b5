"""`check`: compare a student's `Value` with ours on growing graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from viz.checking.child import Child, Failure, Limits, ended
from viz.checking.comparing import Session, Solution
from viz.checking.conventions import conventions, measured
from viz.checking.exercises import Exercise, growing
from viz.checking.lone_operations import try_alone
from viz.checking.runner import FORMS, forms
from viz.checking.shrinking import shrink
from viz.checking.suspects import named
from viz.checking.verdict import Finding, Verdict
from viz.labels import plural

__all__ = ["FUNCTIONS", "OPERATORS", "check"]

# The operators that every `Value` has, and the methods that it may have.
OPERATORS = ("+", "-", "*", "/", "**", "neg")
FUNCTIONS = tuple(form.operator for text, form in FORMS.items() if text.startswith("a."))


def check(
    path: Path,
    *,
    seed: int = 0,
    graphs: int = 200,
    operators: Sequence[str] | None = None,
    limits: Limits | None = None,
    strict: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> Verdict:
    """Compare the class `Value` of a file with ours, and find the smallest graph on which they differ.

    It tries every operation alone, values before slopes, and then random graphs of the operations that are
    right alone. A graph that differs is shrunk, and its numbers are compared with what common mistakes give.

    The file runs in a process of its own, with limits. That is no sandbox: check only files that you would
    run anyway.

    Args:
        path: the file.
        seed: of the random graphs.
        graphs: how many graphs to compare.
        operators: what `Value` must have, of `OPERATORS` and `FUNCTIONS`; None for all of `OPERATORS`, and
            the `FUNCTIONS` that it has.
        limits: of time and memory; by default 5 s an answer, and 1 GiB.
        strict: whether conventions, such as a second call of backward, count as wrong.
        progress: called with a line of text about the current step.

    Raises:
        Failure: the file cannot be loaded, or defines no `Value` that can be checked.
        OSError: the file cannot be read.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):  # to open a pipe could wait forever
        raise OSError("it is not an ordinary file")
    path.open("rb").close()
    with Child(path, limits or Limits()) as child:
        asked = tuple(operators) if operators is not None else (*OPERATORS, *child.methods)
        session = Session(child, path.name, seed, progress)
        missing = [name for name in asked if name in FUNCTIONS and name not in child.methods]
        alone = try_alone(session, [name for name in asked if name not in missing])
        findings = [Finding("missing", name, f"Value has no method {name}().") for name in missing]
        findings += [*alone.findings, *_try_graphs(session, alone.sound, graphs)]
        verdict = Verdict(
            file=path.name,
            seed=seed,
            graphs=len(session.answers),
            operators=asked,
            wrong=[name for name in asked if not set(forms([name])) <= set(alone.sound)],
            untried=[name for name in FUNCTIONS if name not in asked],
            findings=findings,
            strict=strict,
        )
        of_graphs = [finding.kind for finding in findings if finding.subject == "backward"]
        if "error" in of_graphs:
            return verdict
        if not of_graphs:
            verdict = replace(verdict, conventions=conventions(session, alone.sound))
        return measured(session, verdict, alone.sound)


def _try_graphs(session: Session, sound: Sequence[str], graphs: int) -> list[Finding]:
    """Compare random graphs of some forms. Returns one finding, or none."""
    if not sound:
        return []
    for n, exercise in enumerate(growing(sound, graphs, session.random("graphs"))):
        if n % 20 == 0:
            session.progress(f"graph {n + 1} of about {graphs}")
        try:
            session.answers.append(session.answer(exercise))
        except Failure as failure:
            return [_broken(session, exercise, failure)]
    usable = [a for a in session.answers if all(op.form in sound for op in a.exercise.operations)]
    wrong = sorted((a for a in usable if a.kind), key=lambda a: (len(a.exercise), len(a.data)))
    return [_differing(session, wrong, usable)] if wrong else []


def _broken(session: Session, exercise: Exercise, failure: Failure) -> Finding:
    """The finding with the smallest graph on which the student's code fails in the same way."""

    def fails(candidate: Exercise) -> bool:
        try:
            session.solve(candidate)
        except Failure as other:
            return other.kind == failure.kind
        return False

    if failure.kind not in ("time", "MemoryError", "exit"):  # each try would take as long
        exercise = shrink(exercise, fails)
    graph = f"A graph with {plural(len(exercise), 'operation')}"
    says = ended(f"{graph} fails: {failure.sentence(session.file)}")
    return Finding("error", "backward", says, exercise)


def _differing(session: Session, wrong: Sequence[Solution], answers: Sequence[Solution]) -> Finding:
    """The finding with the smallest graph that differs, and the mistake that gives its numbers."""
    kind = wrong[0].kind
    session.progress("shrinking the graph that differs")

    def differs(candidate: Exercise) -> bool:
        try:
            return session.answer(candidate).kind == kind
        except Failure:
            return False

    if changing := session.changing(wrong[0], "backward"):
        return changing
    smallest = session.answer(shrink(wrong[0].exercise, differs))
    alone = ", though each of its operations is right alone" if len(smallest.exercise) > 1 else ""
    if kind == "value":
        says = f"The values of this graph are wrong{alone}."
        return Finding("value", "backward", says, smallest.graded())
    session.progress("comparing with common mistakes")
    right = [answer for answer in answers if not answer.kind]
    known = named([answer.evidence for answer in (smallest, *wrong, *right) if answer.kind != "value"])
    return Finding(
        "gradient",
        "backward",
        f"The gradient of this graph is wrong{alone}.",
        smallest.graded(),
        " or ".join(suspect.name for suspect in known),
        known[0].advice if known else "",
    )
