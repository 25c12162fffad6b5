"""The rows as JSON for a program and as CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from demos.complexity.study import Row

__all__ = ["to_csv", "to_json"]


def to_json(rows: Sequence[Row]) -> str:
    """A list with one object per row."""
    return json.dumps(_records(rows), indent=2) + "\n"


def to_csv(rows: Sequence[Row]) -> str:
    """One line per row under a header; sizes as the option ``--sizes`` takes them."""
    text = io.StringIO()
    records = [record | {"sizes": ",".join(map(str, record["sizes"]))} for record in _records(rows)]
    writer = csv.DictWriter(text, list(records[0]) if records else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def _records(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as plain data, all with the same keys."""
    records = [row.record() for row in rows]
    keys = {key: None for record in records for key in record}
    return [keys | record for record in records]
