"""Models, optimisers, schedules and data survive copies, also by pickle, as to another process."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Dual, Graph, grad, relu
from tests.nn.examples import DATA, VALIDATION, dropping, numbers


def copied(x: Any) -> Any:
    return pickle.loads(pickle.dumps(deepcopy(x)))


def joblibbed(x: Any) -> Any:
    joblib, file = pytest.importorskip("joblib"), BytesIO()
    joblib.dump(x, file)
    file.seek(0)
    return joblib.load(file)


COPIERS: dict[str, Callable[[Any], Any]] = {
    **{str(n): lambda x, n=n: pickle.loads(pickle.dumps(x, n)) for n in range(pickle.HIGHEST_PROTOCOL + 1)},
    "cloudpickle": lambda x: pickle.loads(pytest.importorskip("cloudpickle").dumps(x)),
    "joblib": joblibbed,
    "deepcopy": deepcopy,
}


@pytest.mark.parametrize("copier", COPIERS)
def test_every_copier_keeps_what_is_shared(copier: str) -> None:
    model = dropping()
    adam = nn.Adam(model.parameters(), 0.01)
    loss = nn.cross_entropy(model(DATA.inputs[:4]), DATA.targets[:4])
    loss.backward()
    network, optimiser, again, dual, slope = COPIERS[copier](
        (model, adam, loss, Dual(2.0, 1.0), grad(np.sin))
    )
    assert [id(p) for p in optimiser.parameters] == [id(p) for p in network.parameters()]
    assert {id(p) for p in network.parameters()} == {id(v) for v in Graph(again).leaves}
    for ours, theirs in zip(network.parameters(), model.parameters(), strict=True):
        np.testing.assert_array_equal(ours.grad, theirs.grad)
    assert (dual.data, dual.tangent, slope(0.5)) == (2.0, 1.0, grad(np.sin)(0.5))


@pytest.mark.parametrize("granularity", ["matrix", "scalar", "neuron"])
@pytest.mark.parametrize("activation", ["tanh", "relu", "softplus"])
def test_a_model(granularity: str, activation: str) -> None:
    model = nn.MLP([2, 4, 3], granularity=granularity, activation=activation)
    again = copied(model)
    assert numbers(again) == numbers(model)
    np.testing.assert_array_equal(nn.predict(again, DATA.inputs[:3]), nn.predict(model, DATA.inputs[:3]))
    assert not {id(p) for p in again.parameters()} & {id(p) for p in model.parameters()}


def test_a_model_with_an_optimiser_in_the_middle_of_a_training() -> None:
    model = dropping()
    adam = nn.Adam(model.parameters(), 0.01)
    nn.fit(model, DATA, epochs=2, optimiser=adam)
    again, its = copied((model, adam))
    assert [id(p) for p in its.parameters] == [id(p) for p in again.parameters()]
    for network, optimiser in ((model, adam), (again, its)):
        nn.fit(network, DATA, epochs=2, optimiser=optimiser)
    assert numbers(again) == numbers(model)
    assert again.extra_state() == model.extra_state()


def test_arrays_that_share_a_read_only_file(tmp_path: Path) -> None:
    """As joblib gives them to its workers, if they are large."""
    joblib, path = pytest.importorskip("joblib"), tmp_path / "training.joblib"
    model = dropping()
    adam = nn.Adam(model.parameters(), 0.01)
    nn.fit(model, DATA, epochs=1, optimiser=adam)
    joblib.dump((model, adam), path)
    again, its = joblib.load(path, mmap_mode="r")
    for network, optimiser in ((model, adam), (again, its)):
        nn.fit(network, DATA, epochs=1, optimiser=optimiser)
    assert numbers(again) == numbers(model)


def test_functions_within_a_model() -> None:
    model = nn.Sequential(nn.Linear(2, 3, seed=0), np.tanh, relu, nn.Identity())
    np.testing.assert_array_equal(copied(model)([[1.0, 2.0]]).data, model([[1.0, 2.0]]).data)


@pytest.mark.parametrize("granularity", ["matrix", "scalar"])
def test_gradients_go_along(granularity: str) -> None:
    model = nn.MLP([2, 3], granularity=granularity)
    nn.cross_entropy(model(DATA.inputs[:4]), DATA.targets[:4]).backward()
    for one, other in zip(model.parameters(), copied(model).parameters(), strict=True):
        np.testing.assert_array_equal(one.grad, other.grad)


@pytest.mark.parametrize(
    "schedule",
    [
        nn.constant(0.5),
        nn.step_decay(3),
        nn.exponential(0.9),
        nn.cosine(10, 0.1),
        nn.warm_up(4),
        nn.warm_up(4, nn.cosine(10)),
    ],
)
def test_a_schedule(schedule: nn.schedules.Schedule) -> None:
    again = copied(schedule)
    assert [again(step) for step in range(20)] == [schedule(step) for step in range(20)]


@pytest.mark.parametrize(
    "thing",
    [
        lambda: DATA,
        lambda: nn.split(DATA.inputs, DATA.targets),
        lambda: nn.Scaler.fit(DATA.inputs),
        lambda: nn.fit(nn.MLP([2, 3]), DATA, epochs=2, validation=VALIDATION),
    ],
)
def test_data_and_records(thing: Callable[[], Any]) -> None:
    given = thing()
    assert repr(copied(given)) == repr(given)


def _loss_after_training(model: nn.Module, seed: int) -> float:
    return nn.fit(model, DATA, epochs=2, schedule=nn.cosine(4), seed=seed, progress=False).epochs[-1].loss


def test_trainings_in_other_processes() -> None:
    with ProcessPoolExecutor(1) as pool:
        found = pool.submit(_loss_after_training, nn.MLP([2, 3, 3]), 1).result(timeout=120)
    assert found == _loss_after_training(nn.MLP([2, 3, 3]), 1)


@pytest.mark.parametrize("copier", COPIERS)
def test_a_course_goes_on_alike(copier: str) -> None:
    course = nn.Course(dropping(), DATA, batch_size=8)
    course.step()
    again = COPIERS[copier](course)
    for each in (course, again):
        each.change("optimiser", "SGD with momentum")
    losses = [course.step() for _ in range(3)]
    assert [again.step() for _ in range(3)] == losses
