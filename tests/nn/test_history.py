"""The record of a training as a table and as a plot."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest

from nn.history import Epoch, History

BARE = History([Epoch(n, 10 * n, 0.1, 1 / n, 0.1 / 3, {}) for n in (1, 2, 3)])
MEASURED = History(
    [Epoch(n, 10 * n, 0.1, 1 / n, 0.1, {"loss": abs(n - 2.0), "accuracy": n / 4}) for n in (1, 2, 3)]
)


@pytest.mark.parametrize("history", [BARE, MEASURED, History()], ids=["bare", "measured", "empty"])
def test_a_csv_file_has_every_number_in_full(history: History, tmp_path: Path) -> None:
    history.to_csv(tmp_path / "history.csv")
    with (tmp_path / "history.csv").open(newline="") as file:
        reader = csv.DictReader(file)
        rows = [{name: float(number) for name, number in row.items()} for row in reader]
    assert rows == [epoch.row() for epoch in history.epochs]
    names = ["epoch", "examples", "seconds", "loss", "rate"]
    assert reader.fieldnames == names + ["validation_loss", "validation_accuracy"] * (history is MEASURED)


def test_a_csv_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        BARE.to_csv(tmp_path / "none" / "history.csv")
    assert not list(tmp_path.iterdir())


def test_a_plot_shows_the_numbers() -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    above, below = Figure().subplots(2)
    assert MEASURED.plot(ax=above) is above
    drawn = {line.get_label(): line.get_xydata().tolist() for line in above.lines}
    assert drawn == {
        "training": [[n, 1 / n] for n in (1, 2, 3)],
        "validation": [[n, abs(n - 2)] for n in (1, 2, 3)],
        "least validation loss, epoch 2": [[2, 0]],
    }
    MEASURED.plot("accuracy", ax=below)
    assert [line.get_label() for line in below.lines] == ["validation", "least validation loss, epoch 2"]
    assert (below.get_xlabel(), below.get_ylabel()) == ("epoch", "accuracy")


def test_a_plot_on_axes_of_its_own() -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    with pyplot.rc_context(), pyplot.ioff():
        pyplot.switch_backend("agg")
        axes = BARE.plot()
        assert [line.get_label() for line in axes.lines] == ["training"]
        assert all(tick == int(tick) for tick in axes.get_xticks())
        (line,) = History(BARE.epochs[:1]).plot(ax=axes).lines[1:]
        assert line.get_marker() == "."  # or nothing would be seen
        pyplot.close(axes.figure)


@pytest.mark.parametrize(
    ("history", "name", "message"),
    [
        (MEASURED, "recall", "no 'recall' to plot: it has accuracy, loss"),
        (BARE, "accuracy", "no 'accuracy' to plot: it has loss"),
        (History(), "loss", "no 'loss' to plot: it has no epochs"),
    ],
)
def test_what_cannot_be_plotted(history: History, name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        history.plot(name)


def test_without_matplotlib_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'whygrad\[demos\]'"):
        BARE.plot()
