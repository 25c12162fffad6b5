"""A training that is not resumed leaves its model, its optimiser and their generators unchanged."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn import MLP, SGD, Adam, Data, Dropout, Linear, Sequential, fit
from nn import resumption as code
from nn.resumption import Training

RNG = np.random.default_rng(0)
DATA = Data(RNG.normal(size=(20, 2)), RNG.integers(0, 3, 20))
OTHER = Data(DATA.inputs + 1, DATA.targets)


def network(width: int = 4, seed: int = 1) -> Sequential:
    return Sequential(Linear(2, width, seed=seed), Dropout(0.5, seed=seed), Linear(width, 3, seed=seed))


def state(model: Any, optimiser: Any) -> list[Any]:
    parts = {**model.state_dict(), **{f"optimiser {k}": x for k, x in optimiser.state_dict().items()}}
    numbers = {name: (x.dtype.str, x.shape, x.tobytes()) for name, x in parts.items()}
    return [numbers, model.extra_state(), optimiser.rate, optimiser.settings, optimiser._steps]


def trained(path: Path) -> bytes:
    """A checkpoint of two epochs."""
    model = network()
    fit(model, DATA, epochs=2, optimiser=Adam(model.parameters(), 0.01), checkpoint=path, validation=OTHER)
    return path.read_bytes()


# What differs in the second call of `fit`.
DIFFERENCES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "model": lambda model: {"model": network(5)},
    "kind of model": lambda model: {"model": MLP([2, 3])},
    "optimiser": lambda model: {"optimiser": SGD(model.parameters(), 0.01, momentum=0.9)},
    "rate": lambda model: {"optimiser": Adam(model.parameters(), 0.02)},
    "parameters": lambda model: {"optimiser": Adam(list(model.parameters())[:2], 0.01)},
    "data": lambda model: {"data": OTHER},
    "validation": lambda model: {"validation": None},
    "schedule": lambda model: {"schedule": lambda epoch: 0.5},
    "batch": lambda model: {"batch_size": 7},
    "seed": lambda model: {"seed": 9},
    "fewer epochs": lambda model: {"epochs": 1},
}


def refused(path: Path, difference: Callable[[Any], dict[str, Any]], error: Any) -> None:
    """Train something else a little, then try to resume."""
    model = network(seed=3)
    model = difference(model).get("model", model)
    optimiser = Adam(model.parameters(), 0.01)
    changes = difference(model)
    changes.pop("model", None)
    optimiser = changes.pop("optimiser", optimiser)
    data = changes.pop("data", DATA)
    fit(model, data, epochs=1, optimiser=optimiser)
    before = state(model, optimiser)
    options = {"epochs": 4, "validation": OTHER, "checkpoint": path, **changes}
    with pytest.raises(error):
        fit(model, data, optimiser=optimiser, **options)
    assert state(model, optimiser) == before


@pytest.mark.parametrize("name", DIFFERENCES)
def test_another_training(name: str, tmp_path: Path) -> None:
    trained(tmp_path / "a")
    refused(tmp_path / "a", DIFFERENCES[name], ValueError)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return trained(tmp_path_factory.mktemp("whole") / "a")


@settings(max_examples=40)
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255), cut=st.booleans())
def test_a_damaged_file(
    place: float, flip: int, cut: bool, whole: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path, at = tmp_path_factory.mktemp("damaged") / "a", int(place * len(whole))
    path.write_bytes(whole[:at] if cut else whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :])
    refused(path, lambda model: {}, ValueError)


def test_an_interrupt_at_any_line(tmp_path: Path) -> None:
    trained(tmp_path / "a")
    saved = code._SavedTraining.read(tmp_path / "a")
    places = {Training._take.__code__, *(f.__code__ for f in (Adam.load_state_dict,))}
    lines = 0
    while True:
        model = network(seed=3)
        optimiser = Adam(model.parameters(), 0.01)
        fit(model, DATA, epochs=1, optimiser=optimiser)
        training = Training(model, optimiser, 0, keep_best=False)
        before, left = state(model, optimiser), [lines]

        def interrupt(frame: Any, event: str, _: Any, left: list[int] = left) -> Any:
            if frame.f_code not in places:
                return None
            if event == "line":
                left[0] -= 1
                if left[0] == -1:
                    raise KeyboardInterrupt
            return interrupt

        tracing = sys.gettrace()
        sys.settrace(interrupt)
        try:
            training._take(saved, tmp_path / "a")
        except KeyboardInterrupt:
            pass
        else:
            break
        finally:
            sys.settrace(tracing)
        assert state(model, optimiser) == before
        lines += 1
    assert lines > 20
    assert state(model, optimiser) != before
