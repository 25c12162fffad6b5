"""A training resumed from its checkpoint ends with the same numbers, bit for bit."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from autograd import Value
from nn import checkpoints
from nn.checkpoints import load, load_model, save, save_model
from nn.data import Data
from nn.history import Epoch, History
from nn.layers import Sequential
from nn.losses import cross_entropy, max_margin, mse
from nn.mlp import MLP
from nn.module import Module
from nn.optimisers import SGD, Adam, AdamW
from nn.resumption import name_of
from nn.schedules import cosine, exponential
from nn.training import fit
from tests.nn.examples import DATA, VALIDATION, clouds, dropping, numbers

ROOT = Path(__file__).parents[2]


def timeless(history: History) -> list[Epoch]:
    return [epoch._replace(seconds=0) for epoch in history.epochs]


class Broken(Exception):  # noqa: N818 - an interruption, not an error
    pass


def values() -> MLP:
    return MLP([2, 3, 3], granularity="neuron")


def undropped(dtype: Any = np.float64) -> Sequential:
    """The same model without dropout, which is pure."""
    first, activation, _, last = dropping(dtype)
    return Sequential(first, activation, last)


def column_major(make: Callable[[], Sequential] = dropping) -> Sequential:
    model = make()
    for layer in (model.layers[0], model.layers[-1]):
        layer.weight.data = np.asfortranarray(layer.weight.data)
    return model


CASES: dict[str, tuple[Callable[[], Module], Callable[[Module], dict[str, Any]]]] = {
    "defaults": (dropping, lambda m: {}),
    "classic": (dropping, lambda m: {"batch_size": None, "optimiser": SGD(m.parameters(), 0.1)}),
    "momentum": (dropping, lambda m: {"optimiser": SGD(m.parameters(), 0.1, momentum=0.9, nesterov=True)}),
    "online": (dropping, lambda m: {"batch_size": 1, "optimiser": AdamW(m.parameters(), 0.01)}),
    "schedule": (dropping, lambda m: {"schedule": cosine(20), "clip": 0.1}),
    "patience": (dropping, lambda m: {"validation": VALIDATION, "patience": 2}),
    "stops early": (
        dropping,
        lambda m: {
            "validation": Data(VALIDATION.inputs, (VALIDATION.targets + 1) % 3),
            "patience": 2,
            "optimiser": SGD(m.parameters(), 0.5),
        },
    ),
    "float32": (lambda: dropping(np.float32), lambda m: {}),
    "values": (values, lambda m: {"batch_size": 30}),
    "column-major": (column_major, lambda m: {"batch_size": 7}),
    "compiled": (undropped, lambda m: {"batch_size": 7, "clip": 0.1, "schedule": cosine(40)}),
    "compiled, online": (
        undropped,
        lambda m: {"batch_size": 1, "optimiser": SGD(m.parameters(), 0.1, momentum=0.9)},
    ),
    "compiled, column-major": (partial(column_major, undropped), lambda m: {"batch_size": 8}),
    "compiled, float32": (lambda: undropped(np.float32), lambda m: {"batch_size": 8}),
}


@pytest.mark.parametrize("case", CASES)
def test_an_interrupted_training_ends_with_the_same_bits(case: str, tmp_path: Path) -> None:
    make, options = CASES[case]
    path = tmp_path / "a.safetensors"
    model = make()
    undisturbed = fit(model, DATA, epochs=5, **options(model))
    again: Module = make()
    for last in (1, 3, None, None):

        def stop(epoch: Epoch, last: int | None = last) -> None:
            if epoch.epoch == last:
                raise Broken

        again = make()
        broken = pytest.raises(Broken) if last else nullcontext()
        with broken:
            history = fit(again, DATA, epochs=5, checkpoint=path, after_epoch=stop, **options(again))
    assert timeless(history) == timeless(undisturbed)
    assert numbers(again) == numbers(model)
    assert again.extra_state() == model.extra_state()


PROGRAM = """
import os, signal, sys
import numpy as np
from nn.checkpoints import save
from nn.losses import cross_entropy
from nn.training import fit
from tests.nn.examples import DATA, VALIDATION, dropping

when, path = sys.argv[1], sys.argv[2]
kill = lambda: os.kill(os.getpid(), signal.SIGKILL)
def deadly(moment, call, function):
    calls = 0
    def counted(*args):
        nonlocal calls
        calls += 1
        if when == moment and calls == call:
            kill()
        return function(*args)
    return counted
os.fsync = deadly("before a sync", 3, os.fsync)  # the first is at the start
os.replace = deadly("before a rename", 3, os.replace)
loss = deadly("within an epoch", 2 + 2 + 1 + 1, cross_entropy)  # two checks, an epoch with validation
loss.__qualname__ = "loss"
after_epoch = deadly("after an epoch", 2, lambda epoch: None)
model = dropping()
history = fit(model, DATA, epochs=7, loss=loss, validation=VALIDATION, patience=3, checkpoint=path,
              after_epoch=after_epoch)
save(sys.argv[3], model.state_dict(), {"epochs": [e._replace(seconds=0) for e in history.epochs],
                                       "generators": model.extra_state()})
"""


def test_a_training_killed_at_any_moment_ends_with_the_same_bits(tmp_path: Path) -> None:
    def run(when: str, checkpoint: str) -> tuple[int, bytes]:
        result = tmp_path / f"result of {checkpoint}"
        arguments = [sys.executable, "-c", PROGRAM, when, str(tmp_path / checkpoint), str(result)]
        ended = subprocess.run(arguments, cwd=ROOT, capture_output=True, check=False)
        assert ended.stderr == b""
        return ended.returncode, result.read_bytes() if result.exists() else b""

    code, undisturbed = run("never", "whole")
    assert code == 0
    done = []
    for when in ("after an epoch", "within an epoch", "before a sync", "before a rename"):
        assert run(when, "broken")[0] == -signal.SIGKILL
        done.append(len(load(tmp_path / "broken").metadata["epochs"]))
    assert done == [2, 3, 4, 5]
    assert list(tmp_path.glob(".broken.*.tmp"))
    assert run("never", "broken") == (0, undisturbed)
    assert not list(tmp_path.glob(".*"))


def test_a_training_resumes_with_more_epochs(tmp_path: Path) -> None:
    path = tmp_path / "a"
    model, other = dropping(), dropping()
    fit(model, DATA, epochs=2, checkpoint=path)
    assert len(fit(model, DATA, epochs=4, checkpoint=str(path)).epochs) == 4
    fit(other, DATA, epochs=4)
    assert numbers(model) == numbers(other)
    with pytest.raises(ValueError, match="holds 4 epochs, more than the 3 of this call"):
        fit(model, DATA, epochs=3, checkpoint=path)
    assert len(fit(dropping(), DATA, epochs=3, checkpoint=path, resume=False).epochs) == 3
    assert len(load(path).metadata["epochs"]) == 3


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("model", {"model": MLP([2, 5, 3])}),
        ("model", {"model": MLP([2, 4, 3], activation="relu")}),
        ("data", {"data": clouds(60, seed=9)}),
        ("validation", {"validation": None}),
        ("loss", {"loss": mse, "data": Data(DATA.inputs, np.eye(3)[DATA.targets])}),
        ("batch_size", {"batch_size": 16}),
        ("schedule", {"schedule": exponential(0.9)}),
        ("clip", {"clip": 2.0}),
        ("metrics", {"metrics": {}}),
        ("patience", {"patience": 3}),
        ("seed", {"seed": 1}),
    ],
)
def test_a_training_with_other_settings_is_not_resumed(
    tmp_path: Path, what: str, change: dict[str, Any]
) -> None:
    path = tmp_path / "a"
    usual: dict[str, Any] = {"epochs": 1, "checkpoint": path, "validation": VALIDATION}
    fit(MLP([2, 4, 3]), DATA, **usual)
    before = path.read_bytes()
    model = change.pop("model", None) or MLP([2, 4, 3])
    data = change.pop("data", DATA)
    if what == "loss":
        what, usual["validation"] = "data", None
    with pytest.raises(ValueError, match=f"a holds a training with another {what}, .* or resume=False"):
        fit(model, data, **{**usual, **change})
    assert path.read_bytes() == before


def test_a_training_with_another_optimiser_is_not_resumed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    model = MLP([2, 3])
    fit(model, DATA, epochs=1, checkpoint=path, optimiser=Adam(model.parameters()))
    for optimiser in (
        SGD(model.parameters(), 1e-3),
        AdamW(model.parameters()),
        Adam(model.parameters(), 2e-3),
        Adam(model.parameters(), epsilon=1e-7),
    ):
        with pytest.raises(ValueError, match="another optimiser"):
            fit(model, DATA, epochs=1, checkpoint=path, optimiser=optimiser)


def test_a_training_of_other_parameters_is_not_resumed(tmp_path: Path) -> None:
    path = tmp_path / "a"

    def train(choose: Callable[[MLP], list[Any]], loss: Any = cross_entropy, **options: Any) -> None:
        model = MLP([2, 3, 3], **options)
        before = numbers(model)
        try:
            fit(model, DATA, epochs=1, checkpoint=path, optimiser=SGD(choose(model), 0.1), loss=loss)
        except ValueError:
            assert numbers(model) == before
            raise

    train(lambda model: model.layers[0].parameters())
    for choose in (lambda m: m.layers[1].parameters(), lambda m: m.layers[0].parameters()[::-1]):
        with pytest.raises(ValueError, match="another choice of parameters"):
            train(choose)
    with pytest.raises(ValueError, match=r"another model, .* not .*float32"):
        train(lambda model: model.layers[0].parameters(), dtype=np.float32)
    path.unlink()
    train(MLP.parameters, partial(cross_entropy))
    with pytest.raises(ValueError, match="another loss"):
        train(MLP.parameters, partial(max_margin))


def test_a_count_with_an_underscore_is_not_a_setting(tmp_path: Path) -> None:
    class Counting(MLP):
        def __init__(self) -> None:
            super().__init__([2, 3])
            self._calls = 0

        def forward(self, x: Any) -> Any:
            self._calls += 1
            return super().forward(x)

    model = Counting()
    for epochs in (1, 2):
        assert len(fit(model, DATA, epochs=epochs, checkpoint=tmp_path / "a").epochs) == epochs


def test_settings_may_be_numpy_numbers(tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "batch_size": np.int64(20),
        "patience": np.int64(3),
        "validation": VALIDATION,
        "seed": np.int64(1),
        "clip": np.float32(0.5),
        "schedule": lambda step: np.float32(0.5),
        "checkpoint": tmp_path / "a",
    }
    for epochs in (1, 2):
        assert len(fit(MLP([2, 3]), DATA, epochs=np.int64(epochs), **options).epochs) == epochs  # type: ignore[arg-type]


@pytest.mark.parametrize("schedule", [[1.0, 0.5, 0.25].__getitem__, exponential(1.1)])
def test_a_schedule_is_called_for_actual_updates_only(tmp_path: Path, schedule: Any) -> None:
    for epochs in (2, 3):
        options = {"batch_size": None, "schedule": schedule, "checkpoint": tmp_path / "a"}
        assert len(fit(MLP([2, 3]), DATA, epochs=epochs, **options).epochs) == epochs


def test_a_checkpoint_that_cannot_be_written_is_refused_before_training(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError, match="folder"):
        fit(MLP([2, 3]), DATA, epochs=1, checkpoint=tmp_path / "folder", after_epoch=pytest.fail)
    model = MLP([2, 3])
    optimiser = Adam(model.parameters())
    optimiser.betas = ({1}, {2})  # type: ignore[assignment]
    with pytest.raises(TypeError, match="plain data that JSON can write"):
        fit(model, DATA, epochs=1, optimiser=optimiser, checkpoint=tmp_path / "b", after_epoch=pytest.fail)


ODD_EPOCHS: list[dict[str, Any]] = [
    {"epoch": 2},
    {"epoch": "1"},
    {"epoch": 10**400},
    {"examples": 0.5},
    {"loss": None},
    {"rate": [0.1]},
    {"validation": None},
    {"validation": {"loss": "low"}},
    {"validation": {"accuracy": 0.5}},
    {"more": 1},
]


def test_a_resumption_that_fails_changes_nothing(tmp_path: Path) -> None:
    path, model = tmp_path / "a", dropping()
    fit(model, DATA, epochs=1, checkpoint=path, validation=VALIDATION, patience=2)
    arrays, metadata = load(path)
    epochs = metadata["epochs"]
    spoiled = [
        ({**arrays, "optimiser.0.first_moment": np.zeros(9)}, metadata),
        ({**arrays, "best.more": np.zeros(9)}, metadata),
        ({name: array for name, array in arrays.items() if not name.startswith("model.")}, metadata),
        (arrays, {**metadata, "generators": {}}),
        *((arrays, {k: v for k, v in metadata.items() if k != gone}) for gone in ("settings", "epochs")),
        *((arrays, {**metadata, "shuffling": odd}) for odd in (3, None, [], {"bit_generator": "PCG64"})),
        *((arrays, {**metadata, "generators": odd}) for odd in (3, None, [], {"0": 3})),
        *((arrays, {**metadata, "epochs": odd}) for odd in (3, None, "ab", [3], [{}], {"a": 1}, [None])),
        *((arrays, {**metadata, "epochs": [{**epochs[0], **odd}]}) for odd in ODD_EPOCHS),
        *((arrays, {**metadata, "settings": odd}) for odd in (3, None, "ab", [3])),
    ]
    for content in spoiled:
        save(path, *content)
        other = dropping()
        before = numbers(other), other.extra_state()
        with pytest.raises(ValueError, match="a does not hold a whole training: "):
            fit(other, DATA, epochs=2, checkpoint=path, validation=VALIDATION, patience=2)
        assert (numbers(other), other.extra_state()) == before


@pytest.mark.parametrize("text", ["3", "null", '["kind"]', "[" * 100_000 + "]" * 100_000, "{", "NaN"])
def test_metadata_that_is_no_data_by_name(tmp_path: Path, text: str) -> None:
    arrays = {"x": np.arange(3.0)}
    signed = f"{checkpoints._checksum(text, arrays)} {text}"
    path, model = tmp_path / "a", MLP([2, 3])
    path.write_bytes(safetensors.numpy.save(arrays, {"whygrad": signed}))
    before = numbers(model)
    for read in (
        load,
        lambda path: load_model(path, model),
        lambda path: fit(model, DATA, epochs=1, checkpoint=path),
    ):
        with pytest.raises(ValueError, match="a has metadata that is no"):
            read(path)
    assert numbers(model) == before


def test_a_checkpoint_that_holds_no_training(tmp_path: Path) -> None:
    path, model = tmp_path / "a", MLP([2, 3])
    save_model(path, model)
    with pytest.raises(ValueError, match="a holds no training to resume"):
        fit(model, DATA, epochs=1, checkpoint=path)
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match="a is not a safetensors file"):
        fit(model, DATA, epochs=1, checkpoint=path)
    assert path.read_bytes() == b"something else"
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*none"):
        fit(model, DATA, epochs=1, checkpoint=tmp_path / "none" / "b")


def test_a_checkpoint_that_lacks_something(tmp_path: Path) -> None:
    path, model = tmp_path / "a", MLP([2, 3])
    fit(model, DATA, epochs=1, checkpoint=path)
    arrays, metadata = load(path)
    for name in ("model.layers.0.bias", "optimiser.0.steps"):
        save(path, {key: array for key, array in arrays.items() if key != name}, metadata)
        with pytest.raises(ValueError, match="a does not hold a whole training: "):
            fit(MLP([2, 3]), DATA, epochs=2, checkpoint=path)
    save(path, {**arrays, "else": np.zeros(1)}, metadata)
    with pytest.raises(ValueError, match="a does not hold a whole training: 'else'"):
        fit(MLP([2, 3]), DATA, epochs=2, checkpoint=path)


def test_a_missing_package_is_reported_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("safetensors", "safetensors.numpy"):
        monkeypatch.setitem(sys.modules, name, None)
    fit(MLP([2, 3]), DATA, epochs=1)
    with pytest.raises(ImportError, match="pip install"):
        fit(MLP([2, 3]), DATA, epochs=1, checkpoint=tmp_path / "a", after_epoch=pytest.fail)


def test_a_name_is_the_same_in_every_run() -> None:

    class Function:
        def __call__(self, x: Any) -> Any:
            return x

    one, two = Sequential(Function(), np.tanh), Sequential(Function(), np.tanh)
    assert name_of(one) == name_of(two) != name_of(Sequential(np.tanh))
    assert name_of(Function()).endswith("Function object>")
    assert name_of(mse) == "<function mse>"
    assert name_of(partial(mse, reduction="sum")) == "functools.partial(<function mse>, reduction='sum')"
    assert isinstance(MLP([2, 3], granularity="scalar").parameters()[0], Value)


def test_a_rate_set_after_an_epoch_is_resumed(tmp_path: Path) -> None:
    def train(path: Path, epochs: int) -> tuple[MLP, History]:
        model = MLP([2, 4, 3])
        sgd = SGD(model.parameters(), 0.1)

        def slower(epoch: Epoch) -> None:
            if epoch.epoch % 2 == 0:
                sgd.rate *= 0.5

        history = fit(
            model,
            DATA,
            epochs=epochs,
            optimiser=sgd,
            schedule=exponential(0.99),
            after_epoch=slower,
            checkpoint=path,
        )
        return model, history

    whole, record = train(tmp_path / "whole", 5)
    for stop in (2, 3):
        train(tmp_path / f"{stop}", stop)
        resumed, its = train(tmp_path / f"{stop}", 5)
        assert numbers(resumed) == numbers(whole)
        assert timeless(its) == timeless(record)


def test_a_file_without_rates_is_resumed(tmp_path: Path) -> None:
    def train(epochs: int, path: Path) -> MLP:
        model = MLP([2, 4, 3])
        fit(model, DATA, epochs=epochs, checkpoint=path)
        return model

    old = tmp_path / "old"
    train(2, old)
    arrays, metadata = load(old)
    rates = metadata.pop("rates")
    save(old, arrays, metadata)
    assert numbers(train(3, old)) == numbers(train(3, tmp_path / "new"))
    save(old, arrays, {**metadata, "rates": rates[1:]})
    with pytest.raises(ValueError, match="does not hold a whole training"):
        train(3, old)


@pytest.mark.parametrize(
    "rates", [None, "ab", [0.1], [0.1, "0.1"], [0.1, -1.0], [0.1, float("nan")], {"a": 1}]
)
def test_a_file_of_odd_rates_changes_nothing(tmp_path: Path, rates: Any) -> None:
    path, model = tmp_path / "odd", MLP([2, 3, 3])
    fit(model, DATA, epochs=1, checkpoint=path)
    arrays, metadata = load(path)
    save(path, arrays, {**metadata, "rates": rates})
    before = numbers(model)
    with pytest.raises(ValueError, match=r"does not hold a whole training: .* rate"):
        fit(model, DATA, epochs=2, checkpoint=path)
    assert numbers(model) == before
