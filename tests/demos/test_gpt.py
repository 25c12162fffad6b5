"""The GPT that learns names: ``python -m demos.gpt``."""

from pathlib import Path

import numpy as np
import pytest

import demos.page.plotting
from demos import gpt
from demos.gpt import LESSON, by_hand, measure, model_of, tell
from demos.gpt.size import step_sizes
from demos.gpt.text import BLOCK_SIZE, END, batch, batches, decoded, encoded, names
from demos.gpt.training import Progress, sampled, train, train_in_pytorch
from demos.page.parts import Illustration, Table, Verbatim
from nn.progress import Show
from tests.demos.pages import check_page


def quiet(done: int, words: str) -> None:
    """No progress bar."""


def interrupting(after: int) -> Show:
    def show(done: int, words: str) -> None:
        if done == after:
            raise KeyboardInterrupt

    return show


def test_the_names_are_a_list_of_letters() -> None:
    found = names()
    assert len(found) > 300
    assert found == sorted(set(found))
    assert all(name.isascii() and name.isalpha() and name.islower() for name in found)
    assert max(map(len, found)) < BLOCK_SIZE


def test_names_are_tokens_and_back() -> None:
    assert encoded("abz") == [END, 0, 1, 25, END]
    assert decoded(encoded("sophia")[1:-1]) == "sophia"
    both = batch(["al", "zora"])
    assert both.tokens.tolist() == [[END, 0, 11, END, END, END], encoded("zora")]
    assert both.counted.tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
    first, again, other = (next(batches(names(), 8, seed)).tokens for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_padding_is_not_learnt() -> None:
    model = model_of(0)
    alone = [float(model.loss(encoded(name)).data) * (len(name) + 1) for name in ("al", "zora")]
    together = float(model.loss(*batch(["al", "zora"])).data)
    assert together == pytest.approx(sum(alone) / 8, abs=1e-12)


def test_scalars_and_tensors_are_one_network() -> None:
    steps = by_hand(model_of(3), ["ann", "ann", "bob"])
    for step in steps:
        assert step.scalars == pytest.approx(step.tensors, abs=1e-9)
        assert step.apart < 1e-9
    assert steps[1].scalars < steps[0].scalars - 0.1


def test_one_step_in_numbers() -> None:
    scalars, arrays = step_sizes(model_of(0), "sophia", [*gpt.COSTS])
    assert (scalars.nodes, scalars.edges, scalars.paths) == (59_521, 106_934, 11_586_610_161_060_032)
    assert (arrays.nodes, arrays.edges, arrays.paths) == (79, 85, 99)
    for size in (scalars, arrays):
        assert size.costs["backprop"] < size.costs["tree"] < size.costs["paths"]
        assert size.costs["paths"] > size.paths
        assert size.costs["simultaneous_perturbation"] < size.costs["backprop"] < size.costs["checkpoint"]
        assert size.picture is not None
        assert "…" not in size.picture
        for part in ("embeddings", "attention 1", "perceptron 1", "head"):
            assert part in size.picture
    assert scalars.costs.keys() - arrays.costs.keys() == {"eliminate-reverse", "complex_step"}
    assert scalars.costs["eliminate-reverse"] < scalars.costs["backprop"]  # parallel edges are merged


def test_it_learns_as_in_pytorch() -> None:
    pytest.importorskip("torch")
    chosen, steps = names()[::3], 60
    model = model_of(1)
    progress = train(model, chosen, names()[1::30], steps, 1, quiet)
    assert progress.training[-1] < progress.training[0] - 0.8
    assert progress.held_out[-1] < progress.held_out[0] - 0.8
    # The same arithmetic in another order: far closer than the tenth that is asked for.
    assert train_in_pytorch(model_of(1), chosen, steps, 1) == pytest.approx(progress.training[-1], abs=1e-3)


def test_ctrl_c_keeps_what_was_learnt() -> None:
    model = model_of(0)
    progress = train(model, names()[:100], names()[100:120], 50, 0, interrupting(after=7))
    assert (progress.interrupted, progress.steps, len(progress.losses)) == (True, 7, 7)
    assert progress.measured == [0, 7]
    assert progress.training[-1] < progress.training[0]
    whole = train(model_of(0), names()[:100], names()[100:120], 7, 0, quiet)
    assert not whole.interrupted


def test_samples_are_drawn_by_the_seed() -> None:
    model = model_of(0)
    first, again, other = (sampled(model, 4, seed) for seed in (5, 5, 6))
    assert first == again
    assert first != other
    assert all(len(name) < BLOCK_SIZE for name in first)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """One name in scalars, and plots that are laid out but not written."""
    monkeypatch.setattr(gpt, "BY_HAND", 1)
    monkeypatch.setattr(demos.page.plotting, "to_svg", lambda figure, name: f"<svg id='{name}'></svg>")


@pytest.mark.usefixtures("small")
def test_the_answer() -> None:
    found = measure(steps=20, name="al")
    assert found.parameters == 4_192
    assert found.training + found.held_out == len(names())
    parts = tell(found)
    text = " ".join(part for part in parts if isinstance(part, str))
    assert "After 20 steps" in text
    assert "interrupted" not in text
    assert "PyTorch" not in text
    counts, costs = (part for part in parts if isinstance(part, Table) and "step on" not in part.headings)
    assert [row[3] for row in counts.rows] == [size.paths for size in found.sizes]
    assert costs.rows[0][0] == "backprop"
    assert len(costs.rows) == len(gpt.COSTS)
    assert [row[0] for row in costs.rows if "–" in row] == ["elimination in reverse", "complex step"]
    assert sum(isinstance(part, Illustration) for part in parts) == 3
    assert sum(isinstance(part, Verbatim) for part in parts) == 1


@pytest.mark.usefixtures("small")
def test_an_interrupted_training_is_told_and_its_page_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*arguments: object) -> Progress:
        *others, _ = arguments
        return train(*others, interrupting(after=3))  # type: ignore[arg-type]

    monkeypatch.setattr(gpt, "train", stopped)
    assert LESSON.main(["--steps", "9", "--name", "al", "--out", str(tmp_path)]) == 130
    assert "interrupted after 3 of 9 steps" in " ".join(capsys.readouterr().out.split())
    text = (tmp_path / "gpt.html").read_text(encoding="utf-8")
    assert "interrupted after 3 of 9 steps" in text
    check_page(text)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--name", "Zoë"], "'Zoë' is not a name of 1 to 15 letters a to z, such as sophia"),
        (["--name", ""], "'' is not a name"),
        (["--name", "a" * 16], "is not a name of 1 to 15 letters"),
        (["--steps", "0"], "0 is out of range"),
    ],
)
def test_bad_options(capsys: pytest.CaptureFixture[str], options: list[str], message: str) -> None:
    with pytest.raises(SystemExit) as ended:
        LESSON.main(options)
    printed = capsys.readouterr()
    assert ended.value.code == 2
    assert message in printed.err
    assert printed.err.count("\n") == 1
