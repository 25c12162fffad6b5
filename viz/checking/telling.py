"""Write a verdict as text, as JSON, and as the results.json that Gradescope reads."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from viz.checking.child import ended
from viz.checking.exercises import Exercise
from viz.checking.verdict import Finding, Graded, Verdict
from viz.labels import plural, printable

__all__ = [
    "NO_SANDBOX",
    "as_data",
    "as_text",
    "dumped",
    "gradescope",
    "measures",
    "mistake_sentence",
    "number",
    "program",
    "rows",
    "summary",
    "titled",
]

# Columns of the text.
WIDTH = 96
NO_SANDBOX = (
    "The file runs in a process of its own, with limits of time and memory. That is no sandbox: the code "
    "can read, write and send whatever you can. Check only files that you would run anyway, or use a "
    "container."
)


def number(x: Any) -> str:
    """A student's number with six digits, or the text that stands for it."""
    return f"{x:.6g}" if isinstance(x, (int, float)) else printable(str(x))


def summary(verdict: Verdict) -> str:
    """The outcome as a clause."""
    if verdict.refusal:
        return f"not checked: {verdict.refusal}"
    graphs = plural(verdict.graphs, "graph")
    if not verdict.right:
        count = len(verdict.findings) + verdict.strict * len(verdict.conventions)
        return f"{plural(count, 'thing')} to correct, found on {graphs}"
    tried = ", ".join(verdict.operators)
    return f"right on {graphs} of {tried}"


def rows(graded: Graded) -> tuple[list[str], list[list[str]]]:
    """The table of an exercise: its headings, and a line for each result.

    Values go from the leaves to the result, derivatives from the result back, so that the first wrong one is
    the cause of the others.
    """
    exercise = graded.exercise
    places = list(range(len(graded.data)))
    right, found = graded.pair
    if not graded.of_values:
        places.reverse()
    what = "value" if graded.of_values else "gradient"
    marks = {i: "wrong" if k else "first wrong" for k, i in enumerate(graded.wrong)}
    return ["", what, "right", ""], [
        [
            f"{exercise.names[i]} = {exercise.formulas[i]}",
            number(found[i]),
            number(right[i]),
            marks.get(i, ""),
        ]
        for i in places
    ]


def measures(verdict: Verdict) -> list[str]:
    """The depth and the speed, in sentences."""
    said = []
    if verdict.depth or verdict.deepest:
        works = f"a chain of {verdict.depth:,} operations works" if verdict.depth else "no chain works"
        why = f"; {verdict.deepest}" if verdict.deepest else ", the greatest tried"
        said.append(f"Depth: {works}{why}.")
    if verdict.speed is not None:
        said.append(
            f"Speed: a graph of {plural(verdict.size, 'operation')} takes {verdict.speed:.1f} times as long "
            "as with ours."
        )
    if verdict.slow:
        said.append(f"Speed: a graph of {plural(verdict.size, 'operation')} is too much: {verdict.slow}")
    return [text if text.endswith((".", "?")) else f"{text}." for text in said]


def titled(finding: Finding) -> str:
    """The heading of a finding."""
    return finding.mistake or f"{finding.subject}: {finding.kind}"


def mistake_sentence(finding: Finding) -> str:
    """Say which mistake it is and what to change; empty if unknown."""
    if finding.mistake and finding.kind == "gradient":
        return f"The mistake “{finding.mistake}” gives the same numbers on all graphs. {finding.advice}"
    if finding.kind == "gradient":
        return "None of the known mistakes gives these numbers on all graphs."
    return finding.advice


def as_text(verdict: Verdict) -> str:
    """The verdict as plain text."""
    parts = [f"{printable(verdict.file)}: {summary(verdict)}."]
    for n, finding in enumerate(verdict.findings, 1):
        lines = [_filled(printable(finding.says), f"{n}. ")]
        if finding.shown is not None:
            lines += ["", *_indented(program(finding).splitlines())]
        if isinstance(finding.shown, Graded):
            lines += ["", *_indented(_aligned(*rows(finding.shown)))]
        if said := mistake_sentence(finding):
            lines += ["", _filled(said, "   ")]
        parts.append("\n".join(lines))
    if verdict.conventions:
        heading = "Conventions, which count as wrong here:" if verdict.strict else "Conventions, not counted:"
        parts.append("\n".join([heading, *(_bullet(text) for text in verdict.conventions)]))
    if said := "\n".join(map(_bullet, measures(verdict))):
        parts.append(said)
    if verdict.untried:
        parts.append(f"Neither defined nor required: {', '.join(verdict.untried)}.")
    return "\n\n".join(parts)


def _bullet(text: str) -> str:
    return _filled(printable(text), "- ")


def _filled(text: str, first: str) -> str:
    """A paragraph with a hanging indent below ``first``."""
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=" " * len(first))


def program(finding: Finding) -> str:
    """The exercise of a finding as a program; empty without one."""
    shown = finding.shown
    exercise = shown.exercise if isinstance(shown, Graded) else shown
    return exercise.code() if exercise is not None else ""


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"       {line}".rstrip() for line in lines]


def _aligned(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> list[str]:
    columns = list(zip(headings, *lines, strict=True))
    widths = [max(map(len, column)) for column in columns]
    return [
        "  ".join(
            cell.rjust(width) if k in (1, 2) else cell.ljust(width)
            for k, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in (headings, *lines)
    ]


# ---- JSON ------------------------------------------------------------------------------------------


def as_data(verdict: Verdict) -> dict[str, Any]:
    """The verdict as data for JSON. All but ``speed`` is the same in every check with this seed."""
    return {
        "file": verdict.file,
        "right": verdict.right,
        "error": verdict.refusal or None,
        "seed": verdict.seed,
        "strict": verdict.strict,
        "graphs": verdict.graphs,
        "operators": list(verdict.operators),
        "untried": list(verdict.untried),
        "findings": [_finding(finding) for finding in verdict.findings],
        "conventions": list(verdict.conventions),
        "depth": {"reached": verdict.depth, "limit": verdict.deepest},
        "speed": {"times_ours": verdict.speed, "operations": verdict.size, "limit": verdict.slow},
    }


def _finding(finding: Finding) -> dict[str, Any]:
    shown = finding.shown
    return {
        "kind": finding.kind,
        "subject": finding.subject,
        "says": finding.says,
        "mistake": finding.mistake,
        "advice": finding.advice,
        "program": program(finding),
        "results": _results(shown.exercise, shown) if isinstance(shown, Graded) else [],
    }


def _results(exercise: Exercise, graded: Graded) -> list[dict[str, Any]]:
    return [
        {
            "name": exercise.names[i],
            "formula": exercise.formulas[i],
            "data": graded.data[i],
            "right_data": exercise.data[i],
            "gradient": graded.gradient[i],
            "right_gradient": exercise.gradient[i],
            "wrong": i in graded.wrong,
            "first_wrong": i == graded.wrong[0],
        }
        for i in range(len(graded.data))
    ]


def gradescope(verdict: Verdict) -> dict[str, Any]:
    """The verdict as Gradescope's ``results.json``: a point for each operator, and one for graphs.

    With ``strict``, the conventions have one too. A file that cannot be checked has score 0. The format is
    documented by Gradescope, "Autograder specifications", section "Output format".
    """
    if verdict.refusal:
        return {"score": 0, "output": ended(verdict.refusal), "output_format": "text", "tests": []}
    by_subject: dict[str, list[Finding]] = {}
    for finding in verdict.findings:
        by_subject.setdefault(finding.subject, []).append(finding)
    tests = [
        _test(f"{name}: value and derivative", _complaints(name, verdict, by_subject))
        for name in verdict.operators
    ]
    graphs = [_told(finding) for finding in by_subject.get("backward", ())]
    if not graphs and set(verdict.wrong) == set(verdict.operators):
        graphs = ["No graph could be compared, since no operation is right on its own."]
    tests.append(_test("gradients of graphs", graphs))
    if verdict.strict:
        tests.append(_test("conventions", verdict.conventions))
    return {"output": as_text(verdict), "output_format": "text", "tests": tests}


def _complaints(name: str, verdict: Verdict, by_subject: Mapping[str, Sequence[Finding]]) -> list[str]:
    """What is wrong with one operator."""
    told = [_told(finding) for finding in by_subject.get(name, ())]
    return told or ["It is wrong on its own; another test says why."] * (name in verdict.wrong)


def _told(finding: Finding) -> str:
    return "\n\n".join(filter(None, [finding.says, program(finding), mistake_sentence(finding)]))


def _test(name: str, complaints: Sequence[str]) -> dict[str, Any]:
    return {
        "name": name,
        "score": 0 if complaints else 1,
        "max_score": 1,
        "status": "failed" if complaints else "passed",
        "output": "\n\n".join(complaints),
        "output_format": "text",
    }


def dumped(data: dict[str, Any]) -> str:
    """JSON as text."""
    return json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
