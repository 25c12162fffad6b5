"""Check every operation alone: that it exists, its value, and its slopes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from viz.checking.child import Failure, ended
from viz.checking.comparing import Session, Solution
from viz.checking.exercises import Exercise, alone
from viz.checking.runner import FORMS, forms
from viz.checking.slopes import RIGHT, named_slope, named_value
from viz.checking.suspects import named
from viz.checking.verdict import Finding

__all__ = ["Alone", "try_alone"]

# The method of `Value` that Python calls for each form.
METHODS = {
    "a + b": "__add__",
    "a - b": "__sub__",
    "a * b": "__mul__",
    "a / b": "__truediv__",
    "c + a": "__radd__",
    "c - a": "__rsub__",
    "c * a": "__rmul__",
    "c / a": "__rtruediv__",
    "a ** c": "__pow__",
    "-a": "__neg__",
}
# After this many operations that take too long, no more are tried.
MOST_SLOW = 2
# Operators that are often made of others, each after the ones it is made of.
MADE_OF = {"neg": ("*",), "-": ("+", "neg", "*"), "/": ("*", "**")}


@dataclass
class Alone:
    """The outcome for the operations alone.

    Attributes:
        sound: the forms that may be used in graphs.
        findings: what is wrong.
    """

    sound: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def try_alone(session: Session, operators: Sequence[str]) -> Alone:
    """Try every form of some operators at several points.

    If a mistake in the sweep explains wrong slopes, the operations count as sound, and a graph of several
    shows the mistake.
    """
    found = Alone()
    if wrong_leaf := _wrong_leaf(session):
        return Alone([], [wrong_leaf])
    slow = 0
    answered: dict[str, list[Solution]] = {}
    for form in sorted(forms(operators), key=_rank):
        session.progress(f"{form} alone")
        answers: list[Solution] = []
        try:
            for exercise in alone(form, session.random(form)):
                answers.append(session.answer(exercise))
        except Failure as failure:
            found.findings.append(_failed(form, exercise, failure, session.file))
            slow += failure.kind == "time"
            if slow == MOST_SLOW:
                return Alone([], _told_once(found.findings))
            continue
        session.answers += answers
        if any(answer.values for answer in answers):
            found.findings.append(_wrong_value(session, form, answers))
        else:
            answered[form] = answers
    wrong = {form: answers for form, answers in answered.items() if any(a.slopes for a in answers)}
    excused = _swept([a for form in answered if form not in wrong for a in answered[form]], wrong)
    found.sound = [form for form in answered if form not in wrong or form in excused]
    slopes = [_wrong_slope(session, form, answers) for form, answers in wrong.items() if form not in excused]
    found.findings = _told_once([*found.findings, *slopes])
    return found


def _rank(form: str) -> int:
    """0, or a greater number for a form that is often made of others."""
    operator, made = FORMS[form].operator, list(MADE_OF)
    return made.index(operator) + 1 if operator in made else 0


def _wrong_leaf(session: Session) -> Finding | None:
    """The finding on a graph without operations, if any."""
    leaf = Exercise((2.5,), ())
    try:
        answer = session.answer(leaf)
    except Failure as failure:
        says = ended(f"Value(2.5).backward() fails: {failure.sentence(session.file)}")
        unhashable = failure.message.startswith("unhashable type")
        advice = (
            "A class with __eq__ cannot be in a set: remove __eq__, or write @dataclass(eq=False), so that "
            "Values are compared by identity."
        )
        return Finding("error", "backward", says, leaf, advice=advice if unhashable else "")
    if answer.values:
        return Finding("value", "backward", "The data of Value(2.5) is not 2.5.", answer.graded())
    if answer.slopes and isinstance(answer.gradient[0], str):
        says = "After Value(2.5).backward(), grad is not a finite number. It must be 1."
        return Finding("slope", "backward", says, answer.graded())
    return None


def _swept(right: Sequence[Solution], wrong: Mapping[str, Sequence[Solution]]) -> Sequence[str]:
    """The forms whose wrong slopes one mistake in the sweep explains, without making right ones wrong."""
    explained = [
        [form for form, answers in wrong.items() if all(suspect.reproduces(a.evidence) for a in answers)]
        for suspect in (named([answer.evidence for answer in right]) if wrong else ())
    ]
    return max(explained, key=len, default=())


def _wrong_value(session: Session, form: str, answers: Sequence[Solution]) -> Finding:
    first = next(answer for answer in answers if answer.values)
    if changing := session.changing(first, FORMS[form].operator):
        return changing
    known = named_value([answer.exercise for answer in answers], [answer.data[-1] for answer in answers])
    return Finding(
        "value",
        FORMS[form].operator,
        f"The value of {form} is wrong.",
        first.graded(),
        f"value of {form}: {known}" if known else "",
        f"The numbers equal {known}." if known else "",
    )


def _wrong_slope(session: Session, form: str, answers: Sequence[Solution]) -> Finding:
    wrong = [answer for answer in answers if answer.slopes]
    if changing := session.changing(wrong[0], FORMS[form].operator):
        return changing
    place = min(i for answer in wrong for i in answer.slopes)
    if place >= FORMS[form].inputs:
        says = "The derivative of a result by itself is not 1."
        return Finding("gradient", "backward", says, wrong[0].graded())
    exercises = [answer.exercise for answer in answers]
    known = named_slope(exercises, [answer.gradient[place] for answer in answers], place)
    right, by = RIGHT[form][place], "ab"[place]
    where = f", where out is {form}" if "out" in right else ""
    return Finding(
        "slope",
        FORMS[form].operator,
        f"The derivative of {form} by {by} is wrong. It is {right}{where}.",
        wrong[0].graded(),
        f"derivative of {form} by {by}: {known}" if known else "",
        f"The numbers equal {known}." if known else "",
    )


def _failed(form: str, exercise: Exercise, failure: Failure, file: str) -> Finding:
    subject, text = FORMS[form].operator, exercise.formulas[-1]
    absent = "unsupported operand" in failure.message or "bad operand" in failure.message
    if failure.kind == "TypeError" and absent and failure.line is None and form in METHODS:
        reflected = METHODS[form].startswith("__r")
        says = f"{text} fails: Value has no {METHODS[form]}."
        if reflected:
            says = f"{says[:-1]}, which Python calls when a plain number is on the left."
        mistake = "missing reflected operator" if reflected else "missing operator"
        return Finding("missing", subject, says, exercise, mistake, f"Define {METHODS[form]}.")
    says = ended(f"{text} fails: {failure.sentence(file)}")
    if re.match(r"'(int|float)' object has no attribute", failure.message) and "c" in form.partition(".")[0]:
        advice = "Convert it first: other = other if isinstance(other, Value) else Value(other)."
        return Finding("error", subject, says, exercise, "plain number taken for a Value", advice)
    return Finding("error", subject, says, exercise)


def _told_once(findings: Sequence[Finding]) -> list[Finding]:
    """Keep one finding for each operator and kind, and for each exception; say what to fix first."""
    told: dict[tuple[str, str], Finding] = {}
    reasons = set()
    for finding in findings:
        match finding.kind:
            case "error":
                reason = finding.says.partition(" fails: ")[2]
            case "random":
                reason = ""  # told for one operation, it is told for all
            case _:
                reason = finding.subject
        if (reason, finding.kind) not in reasons:
            reasons.add((reason, finding.kind))
            told.setdefault((finding.subject, finding.kind), finding)
    return [_following(finding, told) for finding in told.values()]


def _following(finding: Finding, told: Mapping[tuple[str, str], Finding]) -> Finding:
    bases = [base for base in MADE_OF.get(finding.subject, ()) if (base, finding.kind) in told]
    if not bases or finding.kind == "missing":
        return finding
    advice = f"If it is made of {' and '.join(bases)}, correct that first."
    return Finding(finding.kind, finding.subject, finding.says, finding.shown, "", advice)
