"""Updates are timed on each kind of device that JAX finds."""

import re

import pytest

from benchmarks.devices import WAYS, main

pytest.importorskip("jax")


def test_devices_that_are_here_are_timed_and_others_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(WAYS, "JAX, GPU")
    monkeypatch.setitem(WAYS, "JAX, elsewhere", "elsewhere")
    assert main(["--widths", "5", "--batch", "8", "--updates", "3"]) == 0
    out, err = capsys.readouterr()
    title, _, heads, _, row = out.splitlines()
    assert title.startswith("one update by 8 examples")
    assert [cell.partition(" (")[0] for cell in heads.split(" | ")] == ["| width", "NumPy", "JAX, processor"]
    cells = re.findall(r"(\d+\.\d\d) ms, (\d\.\d{4})", row)
    assert len(cells) == 2
    assert float(cells[0][0]) > 0
    assert cells[0][1] == cells[1][1]  # the same training
    assert "width 5: JAX, elsewhere\nleft out: " in err
    assert "elsewhere" in err.partition("left out: ")[2]
