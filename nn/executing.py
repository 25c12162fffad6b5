"""Run independent tasks on any `concurrent.futures.Executor`: threads, processes or a cluster.

Without an executor, the tasks run one after the other in the calling thread.
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

# What is raised for a task that cannot be pickled here, or read there: its module may be missing there.
UNSENDABLE = (pickle.PickleError, AttributeError, ImportError, LookupError, TypeError)


class Interrupted(KeyboardInterrupt):
    """Ctrl-C stopped a search.

    Attributes:
        finished: the results so far; the search that raises it says in which form.
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
        Interrupted: Ctrl-C; ``finished`` is a dict from the index of a finished item to its result.
        TypeError, Exception: as `completed`.
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

    Each task runs on one BLAS thread, if threadpoolctl is installed. Otherwise workers would compete for
    the processors, and matrix products can differ in the last bit with the number of threads.

    A broken process pool does not say which task broke it. So each unfinished task runs again in a process
    of its own. Closing the iterator cancels the tasks that have not begun.

    Args:
        task: a function; for an executor of processes, one that they can import.
        items: the arguments of each call.
        names: a name for each item, for messages.
        executor: where to run the tasks; None for this thread.
        lost: the result of a task whose worker died.
        tell_loss: called with a sentence about each such task; by default a RuntimeWarning is issued.

    Raises:
        TypeError: ``executor`` is not an Executor, or a task cannot be sent to its processes.
        Exception: the first that a task raises, with a note that names the task.
        KeyboardInterrupt: Ctrl-C, here or in a worker.
    """
    executor = _checked(executor)
    attempt = partial(_attempt, task, _process())
    left = dict(enumerate(items))
    # The warning shows the user's line: six frames up, past two of the search and three of this file.
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
    """Yield results as they arrive, and drop their items from ``left``; a broken pool leaves some there."""
    for place, future in _submitted(executor, attempt, left):
        try:
            result, error = future.result()
        except BrokenProcessPool:
            continue
        except Exception as loss:  # the executor's own: `_attempt` returns the errors of tasks
            problem = loss if isinstance(loss, UNSENDABLE) else loss.__cause__  # Dask wraps it
            if isinstance(problem, UNSENDABLE):
                raise TypeError(
                    f"{names[place]} cannot be sent to another process: {str(problem).rstrip('.')}. Define "
                    "the function and its arguments at the top level of a module, or use an executor that "
                    "sends functions by value, such as loky's or Dask's"
                ) from loss
            reason = str(loss).partition(". ")[0] or type(loss).__name__
            tell(f"{names[place]} has no result: {reason}")
            result, error = lost, None
        if error is not None:
            error.add_note(f"Raised by {names[place]}.")
            raise error
        del left[place]
        yield place, result


def _submitted(
    executor: Executor, attempt: Callable[..., Any], left: dict[int, Item]
) -> Iterator[tuple[int, Future[Any]]]:
    """Submit tasks and yield their futures as they finish. Closing the iterator cancels the rest."""
    places: dict[Future[Any], int] = {}
    waiting = set()
    try:
        for place, item in list(left.items()):
            try:
                future = executor.submit(attempt, *item)
            except BrokenExecutor:
                break
            except UNSENDABLE as problem:  # Dask pickles at once, pools do so later
                future = Future()
                future.set_exception(problem)
            places[future] = place
            if future.done():  # in this thread: an error must end the search before the next task runs
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
            "executor must be a concurrent.futures.Executor, such as ProcessPoolExecutor(2), or None, not "
            f"{type(executor).__name__} {executor!r:.60}; for a Dask client, give client.get_executor()"
        )
    return executor


def _pool_of_one(executor: Executor) -> Callable[[], Executor]:
    """Return a function that makes a pool of one process with the options of a broken pool."""
    kinds = [kind for kind in type(executor).__mro__ if kind.__name__ == "ProcessPoolExecutor"]
    options = {
        name: getattr(executor, f"_{name}")
        for name in ("mp_context", "context", "initializer", "initargs")
        if hasattr(executor, f"_{name}")
    }
    return partial(kinds[0] if kinds else ProcessPoolExecutor, 1, **options)


def _alone(pool: Callable[[], Executor], attempt: Callable[..., Any], *item: Any) -> Any:
    """Run a task in a process of its own, so that its death affects no other task.

    Raises:
        ChildProcessError: the process died.
        UnpicklingError: of reading the task, which no process can.
    """
    with pool() as own:
        try:
            return own.submit(attempt, *item).result()
        except BrokenProcessPool as death:
            told = str(death.__cause__ or "").strip('\n" ')  # by loky, if the task could not be read
    if problem := told.rpartition("\n")[2] or _reading_problem(pool, attempt, item):
        raise pickle.UnpicklingError(problem)
    raise ChildProcessError("the process that ran it died")


def _reading_problem(pool: Callable[[], Executor], attempt: Callable[..., Any], item: Item) -> str:
    """Why a process cannot read a task; empty if it can, and so died of something else."""
    try:
        sent = pickle.dumps((attempt, item))
    except Exception:  # the executor pickles otherwise, and a class may define any __reduce__
        return ""
    with pool() as own:
        try:
            return str(own.submit(_tried, sent).result())
        except BrokenProcessPool:
            return ""


def _tried(sent: bytes) -> str:
    try:
        pickle.loads(sent)  # noqa: S301 - our own
    except Exception as error:  # likewise
        return f"{type(error).__name__}: {error}"
    return ""


# On other machines another process may have the same id; a fork has the same token.
_TOKEN = os.urandom(8)


def _process() -> tuple[bytes, int]:
    """What tells this process from others, those on other machines included."""
    return _TOKEN, os.getpid()


def _attempt(
    task: Callable[..., Any], home: tuple[bytes, int], *item: Any
) -> tuple[Any, BaseException | None]:
    """Run a task, and return its result and its error, one of them None.

    An error is returned, so that whatever a future raises is the executor's own.

    Args:
        task: the function.
        home: the process that waits for the result.
        item: the arguments.
    """
    is_home = _process() == home
    if not is_home:
        _limit_worker()
    try:
        with hidden_bars(), raised_after():
            return task(*item), None
    except (Exception, KeyboardInterrupt, SystemExit) as error:  # whatever a user's function raises
        return None, error if is_home else _portable(error)


def _portable(error: BaseException) -> BaseException:
    """Return an error that can be pickled, with the traceback as a note.

    A SystemExit becomes an error too: it would end the searching program without a word.
    """
    text = "".join(format_exception(error))
    try:
        is_portable = not isinstance(error, SystemExit)
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:  # the error class may define any __reduce__
        is_portable = False
    if not is_portable:
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(f"In the worker:\n{text}")
    return error


def _one_blas_thread() -> AbstractContextManager[Any]:
    """Limit the BLAS libraries of this process to one thread now; the context returned lifts the limit."""
    try:
        from threadpoolctl import threadpool_limits  # optional, so it loads with the first search
    except ImportError:
        return nullcontext()
    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits


# Workers never lift the limit: their tasks may overlap, and only the thread that set it could.
_limit_worker = cache(_one_blas_thread)
