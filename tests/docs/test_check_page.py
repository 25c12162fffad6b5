"""The example on the page about checking gives the output that the page shows."""

import re
from pathlib import Path

from docs.pictures import code_block
from viz.__main__ import main
from viz.checking.suspects import SUSPECTS

PAGE = Path(__file__).parents[2] / "docs" / "check.md"


def stable(text: str) -> str:
    """A text without the speed, and without the depth at which this version of Python stops recursing."""
    return re.sub(r"- Depth: .*?\n- Speed: .*?\n\n", "", text, flags=re.DOTALL).strip()


def test_the_example_gives_the_output_shown(tmp_path, capsys):
    path = tmp_path / "engine.py"
    path.write_text(code_block(PAGE, "python"), encoding="utf-8")
    assert main(["check", str(path), "--operators", "+,*,tanh"]) == 1
    out = capsys.readouterr().out
    assert "takes" in out
    assert stable(out) == stable(code_block(PAGE, "text"))


def test_every_mistake_of_the_sweep_is_listed():
    table = PAGE.read_text(encoding="utf-8").partition("| mistake |")[2].partition("\n\n")[0]
    assert all(suspect.name in table for suspect in SUSPECTS)
