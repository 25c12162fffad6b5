"""Independent tasks on any `concurrent.futures.Executor`: threads, processes or a cluster.

Without an executor the same code runs the tasks one after the other.
"""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext
from functools import cache, partial
from traceback import format_exception
from typing import Any

from nn.interrupts import raised_after
from nn.progress import hidden_bars, progress_bar

__all__ = ["Interrupted", "completed", "ordered"]

Item = tuple[Any, ...]  # the arguments of one task


class Interrupted(KeyboardInterrupt):
    """Ctrl-C stopped a search.

    Attributes:
        finished: the results of what was finished.
    """

    def __init__(self, message: str = "", finished: Any = None) -> None:
        super().__init__(message)
        self.finished = finished


def ordered(
    task: Callable[..., Any],
    items: Sequence[Item],
    names: Sequence[str],
    *,
    executor: Executor | None = None,
    lost: Any = None,
) -> list[Any]:
    """Return ``[task(*item) for item in items]``, with a progress bar; otherwise as `completed`.

    Raises:
        Interrupted: Ctrl-C; ``finished`` are the results so far by their places.
    """
    results: dict[int, Any] = {}
    try:
        with progress_bar(len(items)) as show:
            for place, result in completed(task, items, names, executor=executor, lost=lost):
                results[place] = result
                show(len(results), f"{len(results):,} of {len(items):,}")
    except KeyboardInterrupt:
        raise Interrupted(
            f"stopped after {len(results):,} of {len(items):,}: the attribute 'finished' has their results",
            results,
        ) from None
    return [results[place] for place in range(len(items))]


def completed(
    task: Callable[..., Any],
    items: Sequence[Item],
    names: Sequence[str],
    *,
    executor: Executor | None = None,
    lost: Any = None,
    tell_loss: Callable[[str], None] | None = None,
) -> Iterator[tuple[int, Any]]:
    """Yield ``place, task(*items[place])`` as results arrive; without an executor, in order.

    Each task runs on one BLAS thread, if threadpoolctl is installed: several workers would share the
    processors otherwise, and products of matrices can differ in the last bit with the number of threads.

    A broken pool of processes does not say which task broke it. So the tasks it leaves are run again, each
    in a process of its own. Closing the iterator cancels what has not begun.

    Args:
        task: a function that other processes can import, where the executor needs that.
        items: the arguments of each task.
        names: of the tasks, for messages.
        executor: where to run them; None for this thread.
        lost: the result of a task whose worker died.
        tell_loss: called with a sentence about such a task; by default it is a RuntimeWarning.

    Raises:
        TypeError: the executor is none, or a task cannot be sent to its processes.
        Exception: of a task, the first to arrive, with a note that names the task.
        KeyboardInterrupt: Ctrl-C here or in a worker.
    """
    executor = _checked(executor)
    attempt = partial(_attempt, task, os.getpid())
    left = dict(enumerate(items))
    # At the line that called a search, above its two functions and the three of this file.
    tell = tell_loss or partial(warnings.warn, category=RuntimeWarning, stacklevel=6)
    with _one_blas_thread():
        yield from _taken(executor, attempt, left, names, lost, tell)
        if left:
            with ThreadPoolExecutor(getattr(executor, "_max_workers", 1)) as threads:
                alone = partial(_alone, _pool_of_one(executor), attempt)
                yield from _taken(threads, alone, left, names, lost, tell)


def _taken(
    executor: Executor,
    attempt: Callable[..., Any],
    left: dict[int, Item],
    names: Sequence[str],
    lost: Any,
    tell: Callable[[str], None],
) -> Iterator[tuple[int, Any]]:
    """Yield results as they arrive, and take their tasks from ``left``; those of a broken pool stay."""
    for place, future in _submitted(executor, attempt, left):
        try:
            result, error = future.result()
        except BrokenProcessPool:
            continue
        except (pickle.PicklingError, AttributeError, TypeError) as problem:
            raise TypeError(
                f"{names[place]} cannot be sent to another process: {problem}. Define the function and "
                "its arguments at the top level of a module, or use an executor that sends functions by "
                "value, such as loky's or Dask's"
            ) from problem
        except Exception as loss:  # of the executor, since a task's own error is returned
            reason = str(loss).partition(". ")[0] or type(loss).__name__
            tell(f"{names[place]} has no result: {reason}")
            result, error = lost, None
        if error is not None:
            error.add_note(f"This is the error of {names[place]}.")
            raise error
        del left[place]
        yield place, result


def _submitted(
    executor: Executor, attempt: Callable[..., Any], left: dict[int, Item]
) -> Iterator[tuple[int, Future[Any]]]:
    """Submit tasks, yield their futures when they are done, and cancel the rest at the end."""
    places: dict[Future[Any], int] = {}
    waiting = set()
    try:
        for place, item in list(left.items()):
            try:
                future = executor.submit(attempt, *item)
            except BrokenExecutor:
                break
            places[future] = place
            if future.done():  # where nothing runs beside this thread, an error ends the search at once
                yield place, future
            else:
                waiting.add(future)
        for future in as_completed(waiting):
            yield places[future], future
    finally:
        for future in places:
            future.cancel()


class _Serial(Executor):
    """Runs each task in this thread when it is submitted."""

    def submit(self, task: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(task(*args, **named))
        return future


def _checked(executor: Any) -> Executor:
    if executor is None:
        return _Serial()
    if not isinstance(executor, Executor):
        raise TypeError(
            "executor is a concurrent.futures.Executor, such as ProcessPoolExecutor(2), or None, not "
            f"{type(executor).__name__} {executor!r:.60}: of a Dask client it is client.get_executor()"
        )
    return executor


def _pool_of_one(executor: Executor) -> Callable[[], Executor]:
    """Return a function that makes a pool of one process, otherwise like a broken pool of several."""
    kinds = [kind for kind in type(executor).__mro__ if kind.__name__ == "ProcessPoolExecutor"]
    options = {
        name: getattr(executor, f"_{name}")
        for name in ("mp_context", "context", "initializer", "initargs")
        if hasattr(executor, f"_{name}")
    }
    return partial(kinds[0] if kinds else ProcessPoolExecutor, 1, **options)


def _alone(pool: Callable[[], Executor], attempt: Callable[..., Any], *item: Any) -> Any:
    """Run a task in a process of its own, which breaks no other if it dies."""
    with pool() as own:
        try:
            return own.submit(attempt, *item).result()
        except BrokenProcessPool:
            raise ChildProcessError("the process that ran it died") from None


def _attempt(task: Callable[..., Any], home: int, *item: Any) -> tuple[Any, BaseException | None]:
    """Run a task; return its result or its error, so that what a future raises is the executor's.

    Args:
        task: the function.
        home: the process that waits for the result.
        item: the arguments.
    """
    if os.getpid() != home:
        _limit_worker()
    try:
        with hidden_bars(), raised_after():
            return task(*item), None
    except (Exception, KeyboardInterrupt) as error:  # whatever a user's function raises
        return None, error if os.getpid() == home else _portable(error)


def _portable(error: BaseException) -> BaseException:
    """Return an error that survives pickling, with its traceback as a note."""
    text = "".join(format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:  # whatever its class does
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(f"In the worker:\n{text}")
    return error


def _one_blas_thread() -> AbstractContextManager[Any]:
    """Limit the BLAS libraries of this process to one thread, at once; as a context, until it is left."""
    try:
        from threadpoolctl import threadpool_limits  # optional, so it loads with the first search
    except ImportError:
        return nullcontext()
    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits


# Of a worker, for good: its tasks may overlap, and only the thread that set a limit can lift it.
_limit_worker = cache(_one_blas_thread)
