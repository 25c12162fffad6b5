"""Short examples for the reference of the public names that have none in their docstring.

They stand in one text for each package: a heading for each name, and a session of the interpreter. Tests run
them. In the docstrings of the engine they would make the files longer that a reader reads first.
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["EXAMPLES"]


def _read(path: Path) -> dict[str, str]:
    text = path.read_text(encoding="utf-8")
    return dict(re.findall(r"^## (\S+)\n+```pycon\n(.*?)```$", text, re.MULTILINE | re.DOTALL))


# The session, by the full name.
EXAMPLES = {
    name: session
    for path in sorted(Path(__file__).parent.glob("*.md"))
    for name, session in _read(path).items()
}
