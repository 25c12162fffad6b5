"""Examples from text: rows of numbers, the target in the last column."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from math import isfinite

import numpy as np
from numpy.typing import NDArray

__all__ = ["examples_of"]

# The most characters and rows of a text.
LONGEST, MOST = 2_000_000, 10_000


def examples_of(text: str, features: int, *, classes: int) -> tuple[NDArray[np.float64], NDArray[np.generic]]:
    """Read examples.

    Args:
        text: a row for each example, its fields separated by commas, semicolons, tabs or spaces, the target
            last. A first row of names is skipped.
        features: the number of inputs in a row.
        classes: the number of classes, if targets are classes: whole numbers from 0; or other numbers or
            names, which are numbered in order. 0 if targets are numbers.

    Returns:
        The inputs, (examples, features), and the targets, (examples,).

    Raises:
        ValueError: there are no rows, too many, or one that does not fit; the message has its number.

    Example:
        >>> inputs, targets = examples_of("x,y,kind\\n0.5,1,cat\\n2,3,dog", 2, classes=2)
        >>> inputs.tolist(), targets.tolist()
        ([[0.5, 1.0], [2.0, 3.0]], [0, 1])
    """
    if len(text) > LONGEST:
        raise ValueError(f"the text has {len(text):,} characters, over the limit of {LONGEST:,}")
    rows = _rows(text.removeprefix("\ufeff"))  # the mark that spreadsheets write before UTF-8
    if rows and not any(_is_number(field) for field in rows[0][1]):
        rows = rows[1:]
    if not 1 <= len(rows) <= MOST:
        raise ValueError(f"give from 1 to {MOST:,} rows of numbers, not {len(rows):,}")
    for line, row in rows:
        if len(row) != features + 1:
            there = "1 field" if len(row) == 1 else f"{len(row)} fields"
            raise ValueError(
                f"line {line} has {there}: the model takes {features} inputs, so a row needs "
                f"{features + 1} fields, the target last"
            )
        wrong = next((field for field in row[:-1] if not _is_number(field)), None)
        if wrong is not None:
            raise ValueError(f"line {line} has {wrong!r:.40} where a finite number is needed")
    inputs = np.array([[float(field) for field in row[:-1]] for _, row in rows])
    return inputs, _targets(rows, classes)


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = next((mark for mark in (";", "\t", ",") if mark in first), " ")
    reader = csv.reader(text.splitlines(), delimiter=separator, skipinitialspace=True)
    rows = []
    for row in reader:
        fields = [field.strip() for field in row]
        if any(fields):
            rows.append((reader.line_num, fields))
    return rows


def _targets(rows: Sequence[tuple[int, list[str]]], classes: int) -> NDArray[np.generic]:
    last = [row[-1] for _, row in rows]
    numeric = not classes or _is_numeric(last[0])
    for line, row in rows:
        if not row[-1]:
            raise ValueError(f"line {line} has no target: the last field is empty")
        if numeric and not _is_number(row[-1]):
            raise ValueError(f"line {line} has the target {row[-1]!r:.40}, which is not a finite number")
        if not numeric and _is_numeric(row[-1]):
            raise ValueError(
                f"line {line} has the target {row[-1]!r:.40} among names: name all classes or none"
            )
    if not classes:
        return np.array([float(field) for field in last])
    if numeric and all(float(field) == int(float(field)) >= 0 for field in last):
        numbers = np.array([int(float(field)) for field in last])
    else:
        kinds = [float(field) for field in last] if numeric else last
        numbers = np.unique(np.array(kinds), return_inverse=True)[1]
    if numbers.max() >= classes:
        raise ValueError(
            f"the targets have the class {numbers.max()}, and the model has {classes} outputs: classes are "
            f"0 to {classes - 1}"
        )
    return numbers


def _is_numeric(field: str) -> bool:
    """Whether a field is a number, NaN and infinity included."""
    try:
        float(field)
    except ValueError:
        return False
    return True


def _is_number(field: str) -> bool:
    return _is_numeric(field) and isfinite(float(field))
