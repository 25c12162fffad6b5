"""The frames of `viz.live` are measured in a kernel."""

import pytest

pytest.importorskip("anywidget")
pytest.importorskip("ipykernel")

from benchmarks.live_frames import main, measured


def test_frames_are_counted_in_a_kernel_and_printed(monkeypatch, capsys):
    monkeypatch.setattr(
        "benchmarks.live_frames.measured", lambda sizes, seconds: measured([2, 3, 2], seconds)
    )
    assert main(["--seconds", "1"]) == 0
    title, eager, compiled = capsys.readouterr().out.splitlines()
    assert title.startswith("viz.live on a 2-16-16-2 network")
    for line, steps in ((eager, "eager"), (compiled, "compiled")):
        assert line.startswith(f"  {steps} steps: ")
        assert float(line.split()[2]) > 0
        assert 0 < float(line.partition("each; ")[2].partition("%")[0]) < 100
