"""Every recipe of `docs/recipes.md` runs, and does what the page says."""

from __future__ import annotations

import csv
import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nn import accuracy

PAGE = Path(__file__).parent.parent.parent / "docs" / "recipes.md"
INTRODUCTION, *SECTIONS = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
RECIPES = {section.partition("\n")[0]: section for section in SECTIONS}
# A recipe that continues another.
AFTER = {
    "Batches that arrive one by one": "scikit-learn",
    "A search on Dask": "scikit-learn",
}
NEEDS = {
    "Rows, plots and CSV files": "matplotlib.pyplot",
    "TensorBoard": "tensorboard.summary",
    "Optuna": "optuna",
    "Frames": "pandas",
    "scikit-learn": "nn.sklearn",
    "Batches that arrive one by one": "nn.sklearn",
    "A search on Dask": "distributed",
}
Names = dict[str, Any]


def run(text: str, names: Names) -> None:
    for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        exec(compile(block, PAGE.name, "exec"), names)  # noqa: S102 -- our own text


def read(path: str) -> list[dict[str, float]]:
    with Path(path).open(newline="") as file:
        return [{name: float(number) for name, number in row.items()} for row in csv.DictReader(file)]


def check_files(names: Names) -> None:
    assert read("history.csv") == [epoch.row() for epoch in names["history"].epochs]
    assert all(Path(name).read_bytes().startswith(b"\x89PNG") for name in ("loss.png", "accuracy.png"))
    importlib.import_module("matplotlib.pyplot").close("all")


def check_log(names: Names) -> None:
    rows = read("log.csv")
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[-1]["validation_accuracy"] > 0.5


def check_curves(names: Names) -> None:
    (events,) = Path("runs/first").iterdir()
    reader = importlib.import_module("tensorboard.backend.event_processing.event_accumulator")
    found = reader.EventAccumulator(str(events))
    found.Reload()
    assert {"loss", "rate", "validation_loss", "validation_accuracy"} <= set(found.Tags()["tensors"])
    assert [event.step for event in found.Tensors("validation_loss")] == [1, 2, 3, 4, 5]


def check_study(names: Names) -> None:
    states = [trial.state.name for trial in names["study"].trials]
    assert len(states) == 12
    assert set(states) == {"COMPLETE", "PRUNED"}
    best = names["study"].best_trial
    assert best.value == min(best.intermediate_values.values())


def check_goal(names: Names) -> None:
    *before, last = [epoch.validation["accuracy"] for epoch in names["reached"].epochs]
    assert max(before) < 0.9 <= last == accuracy(names["learner"], names["validation"])


def check_several(names: Names) -> None:
    assert [epoch.rate for epoch in names["seen"]] == names["rates"] == [0.05] * 3


def check_frames(names: Names) -> None:
    assert accuracy(names["model"], names["test"]) > 0.5


def check_search(names: Names) -> None:
    assert names["search"].best_params_ == {"networkclassifier__hidden_layer_sizes": (16,)}
    assert set(names["search"].predict(names["points"])) == {"alike", "apart"}


def check_stream(names: Names) -> None:
    assert [epoch.examples for epoch in names["stream"].history_.epochs] == [100, 200, 300, 400]


def check_spread(names: Names) -> None:
    scores = [names[name].cv_results_["mean_test_score"].tolist() for name in ("search", "spread")]
    assert scores[0] == scores[1]


CHECKS: dict[str, Callable[[Names], None]] = {
    "Rows, plots and CSV files": check_files,
    "A line after each epoch": check_log,
    "TensorBoard": check_curves,
    "Optuna": check_study,
    "Stop at a goal": check_goal,
    "Several functions after each epoch": check_several,
    "Frames": check_frames,
    "scikit-learn": check_search,
    "Batches that arrive one by one": check_stream,
    "A search on Dask": check_spread,
}


def test_every_recipe_is_checked() -> None:
    assert list(RECIPES) == list(CHECKS)


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_runs(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(NEEDS.get(title, "nn"), exc_type=ImportError)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    names: Names = {}
    for text in (INTRODUCTION, RECIPES.get(AFTER.get(title, ""), ""), RECIPES[title]):
        run(text, names)
    CHECKS[title](names)
