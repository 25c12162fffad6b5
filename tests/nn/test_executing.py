"""Searches in threads, processes and on a cluster equal the serial one, and survive what goes wrong there."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from math import isnan
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

import nn
import nn.executing
from nn.executing import completed
from tests.nn import tasks

RATES = {"rate": [0.1, 0.2, 0.3, 0.4]}


def processes() -> Executor:
    return ProcessPoolExecutor(2, mp_context=get_context("spawn"))


@contextmanager
def dask() -> Iterator[Executor]:
    config = pytest.importorskip("dask").config
    distributed = pytest.importorskip("distributed")
    # One death of its worker condemns a task, and no other task waits at that worker.
    one = {"distributed.scheduler.allowed-failures": 0, "distributed.scheduler.worker-saturation": 1.0}
    with (
        config.set(one),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client.get_executor()


@contextmanager
def loky() -> Iterator[Executor]:
    with pytest.importorskip("loky").ProcessPoolExecutor(2) as pool:
        yield pool


# Every kind starts once. The last test breaks those of processes.
POOLS = {"threads": lambda: ThreadPoolExecutor(2), "processes": processes, "loky": loky, "dask": dask}


@pytest.fixture(scope="module", params=POOLS)
def pool(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with POOLS[request.param]() as executor:
        yield executor


def test_results_equal_the_serial_ones(pool: Executor) -> None:
    choices: dict[str, Any] = {"rate": [0.1, 0.01, 0.1], "width": [2, 5]}
    assert nn.grid_search(tasks.loss, choices, executor=pool) == nn.grid_search(tasks.loss, choices)
    drawn: dict[str, Any] = {"rate": lambda rng: rng.uniform(), "width": [3]}
    random = nn.random_search(tasks.loss, drawn, 3, seed=1, executor=pool)
    assert random == nn.random_search(tasks.loss, drawn, 3, seed=1)
    ours = nn.cross_validate(tasks.train_and_score, tasks.DATA, 3, executor=pool)
    assert ours == nn.cross_validate(tasks.train_and_score, tasks.DATA, 3)
    curve = nn.learning_curve(tasks.train_and_score, tasks.DATA, [5, 20], 3, executor=pool)
    assert curve == nn.learning_curve(tasks.train_and_score, tasks.DATA, [5, 20], 3)


def test_each_task_has_one_blas_thread(pool: Executor) -> None:
    pytest.importorskip("threadpoolctl")
    before = tasks.blas_threads(0)
    assert {trial.score for trial in nn.grid_search(tasks.blas_threads, RATES, executor=pool)} == {1}
    assert tasks.blas_threads(0) == before


def test_an_error_names_its_candidate(pool: Executor) -> None:
    with pytest.raises(ValueError, match="no such rate") as caught:
        nn.grid_search(tasks.failing, RATES, executor=pool)
    assert caught.value.__notes__[-1] == "Raised by rate=0.2."
    with pytest.raises((tasks.OddError, RuntimeError), match=r"no 0\.1"):
        nn.grid_search(tasks.failing_oddly, {"rate": [0.1]}, executor=pool)
    if not isinstance(pool, ThreadPoolExecutor):
        with pytest.raises(RuntimeError, match="SystemExit: 5") as caught:
            nn.grid_search(tasks.leaving, {"rate": [0.1]}, executor=pool)
        assert caught.value.__notes__[-1] == "Raised by rate=0.1."


def test_an_interrupt_keeps_what_is_finished(pool: Executor) -> None:
    with pytest.raises(nn.Interrupted, match="of 3: the attribute 'finished'") as caught:
        nn.grid_search(tasks.stopping, {"rate": [0.3, 0.1, 0.2]}, executor=pool)
    assert [trial.score for trial in caught.value.finished] in ([], [0.1], [0.3], [0.1, 0.3])


def test_a_model_with_its_optimiser_comes_back_trained(pool: Executor) -> None:
    ours = pool.submit(tasks.trained, tasks.Training()).result()
    expected = tasks.trained(tasks.Training())
    assert [id(p) for p in ours.adam.parameters] == [id(p) for p in ours.model.parameters()]
    inputs = tasks.DATA.inputs
    np.testing.assert_array_equal(nn.predict(ours.model, inputs), nn.predict(expected.model, inputs))


def test_a_worker_that_dies_is_named(pool: Executor) -> None:
    if isinstance(pool, ThreadPoolExecutor):
        pytest.skip("a thread dies with its process")
    nn.grid_search(
        tasks.failing, {"rate": [0.1, 0.3]}, executor=pool
    )  # both workers have imported the module
    with pytest.warns(
        RuntimeWarning, match="rate=0.2 has no result: .*(died|while trying to run it)"
    ) as found:
        # The one that dies is the last: Dask condemns whatever waits at the same worker.
        trials = nn.grid_search(tasks.dying, {"rate": [0.1, 0.3, 0.4, 0.2]}, executor=pool)
    assert {warning.filename for warning in found} == {__file__}
    assert [trial.score for trial in trials[:3]] == [0.1, 0.3, 0.4]
    assert trials[3].settings == {"rate": 0.2}
    assert isnan(trials[3].score)
    # A task that no worker can read is no death: the others cannot be read either.
    with pytest.raises(TypeError, match=r"cannot be sent .*no attribute 'lacking'\. Define"):
        nn.grid_search(tasks.failing, {"rate": [tasks.Unreadable()]}, executor=pool)


# ---- without a pool of processes


def test_an_interrupted_serial_search_keeps_what_is_finished() -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        nn.grid_search(tasks.stopping, {"rate": [0.3, 0.1, 0.2, 0.0]})
    assert caught.value.finished == [nn.Trial({"rate": 0.1}, 0.1), nn.Trial({"rate": 0.3}, 0.3)]

    def score(train: nn.Data, validation: nn.Data) -> float:
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(1.0)
        return 1.0

    seen: list[float] = []
    with pytest.raises(nn.Interrupted, match="stopped after 2 of 3") as caught:
        nn.cross_validate(score, tasks.DATA, 3)
    assert caught.value.finished == (1.0, 1.0)


def test_an_error_ends_a_serial_search_at_once() -> None:
    tried = []

    def score(rate: float) -> float:
        tried.append(rate)
        return tasks.failing(rate)

    with pytest.raises(ValueError, match="no such rate"):
        nn.grid_search(score, RATES)
    assert tried == [0.1, 0.2]


def test_the_search_moves_its_bar_and_hides_those_of_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, inner = [], []

    @contextmanager
    def bar(total: int) -> Iterator[Any]:
        yield lambda done, words: shown.append((done, total, words))

    monkeypatch.setattr(nn.executing, "progress_bar", bar)
    nn.grid_search(lambda rate: inner.append(nn.progress._hidden.get()) or rate, RATES)
    assert shown == [(i, 4, f"{i} of 4") for i in (1, 2, 3, 4)]
    assert inner == [True] * 4
    assert not nn.progress._hidden.get()


def test_closing_cancels_what_has_not_begun() -> None:
    with ThreadPoolExecutor(1) as pool:
        blocked = pool.submit(time.sleep, 0.2)
        results = completed(tasks.failing, [(0.1,), (0.3,)], ["a", "b"], executor=pool)
        blocked.result()
        assert next(results) in ((0, 0.1), (1, 0.3))
        results.close()


def test_a_process_of_the_same_id_on_another_machine_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nn.executing, "_limit_worker", lambda: None)  # which limits a worker for good
    result, error = nn.executing._attempt(tasks.failing_oddly, (b"elsewhere", os.getpid()), 0.1)
    assert result is None
    assert error is not None
    assert error.__notes__[0].startswith("In the worker:\nTraceback")


def test_invalid_executors() -> None:
    with pytest.raises(TypeError, match=r"executor must be a concurrent.futures.Executor, .* not int 2"):
        nn.grid_search(tasks.failing, RATES, executor=2)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="from 1 to 26, the number of training examples of a fold, not 27"):
        nn.learning_curve(tasks.train_and_score, tasks.DATA, [27], 3)


class Refusing(ThreadPoolExecutor):
    """Fails to pickle as a pool of processes does, without one."""

    def submit(self, *_: Any, **__: Any) -> Any:
        return super().submit(pickle.dumps, lambda: None)


class RefusingAtOnce(ThreadPoolExecutor):
    """Fails to pickle as Dask does."""

    def submit(self, *_: Any, **__: Any) -> Any:
        pickle.dumps(lambda: None)


@pytest.mark.parametrize("kind", [Refusing, RefusingAtOnce])
def test_a_function_that_cannot_be_sent_is_refused(kind: type[ThreadPoolExecutor]) -> None:
    with (
        kind(1) as pool,
        pytest.raises(
            TypeError, match=r"rate=0\.1 cannot be sent to another process: .*top level of a module"
        ),
    ):
        nn.grid_search(lambda rate: rate, {"rate": [0.1]}, executor=pool)


@pytest.mark.parametrize("score", [None, "0.5", [0.5, 0.7], 1j])
def test_a_score_that_is_no_number_is_refused(score: Any) -> None:
    with pytest.raises(TypeError, match=f"a score must be a number, not {type(score).__name__}") as caught:
        nn.grid_search(lambda rate: score, {"rate": [0.1]})
    assert caught.value.__notes__ == ["Raised by rate=0.1."]
    with pytest.raises(TypeError, match="a score must be a number"):
        nn.cross_validate(lambda train, validation: score, tasks.DATA, 2)
