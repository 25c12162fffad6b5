"""The command ``python -m demos.complexity``: run the study, print it, and write its page."""

from __future__ import annotations

import json
import shlex
import signal
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from multiprocessing import active_children, get_context
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

from demos.complexity.clock import is_short, timed
from demos.complexity.conventions import conventions
from demos.complexity.data_formats import to_csv, to_json
from demos.complexity.limits import limits
from demos.complexity.options import Options, complexity_parser, read
from demos.complexity.page import page
from demos.complexity.problems import Problem
from demos.complexity.study import METHODS, Row, study_all
from demos.complexity.terminal import to_terminal
from nn.progress import progress_bar
from viz.commands import INTERRUPTED, prepare, save
from viz.streams import open_streams, say, tell

__all__ = ["main"]

Item = TypeVar("Item")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study that the options select, print it, and write its page.

    Returns the exit status: 0, 2 if the rows cannot be printed, or 130 after Ctrl-C.
    """
    open_streams()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    parser = complexity_parser()
    options = read(parser, arguments)
    if options.out is not None:
        prepare(parser, options.out)
    rows, interrupted = _measured(options)
    if interrupted:
        tell(_interrupted(rows))
    if not rows and not interrupted:
        parser.error(_nothing(options))
    if not rows:
        return INTERRUPTED
    if options.out is not None:  # before everything else, so that a later failure cannot lose the rows
        save(parser, options.out / "results.csv", to_csv(rows))
        save(parser, options.out / "results.json", to_json(rows))
    status = say(_printed(rows, options), parser.prog)
    if options.out is not None:
        command = shlex.join(["python", "-m", "demos.complexity", *arguments])
        try:
            text = page(
                rows,
                command=command,
                conventions=conventions(options),
                seed=options.seed,
                interrupted=interrupted,
            )
        except KeyboardInterrupt:
            tell(f"interrupted: results.csv and results.json are in {options.out}, the page is not")
            return INTERRUPTED
        files = ["results.csv", "results.json", "index.html"]
        if rows[0].problem.batch is None:  # the cases are graphs of scalars
            cases = [limit.record() for limit in limits(options.seed)]
            save(parser, options.out / "limits.json", json.dumps(cases, indent=2) + "\n")
            files.insert(2, "limits.json")
        save(parser, options.out / "index.html", text)
        tell(f"wrote {', '.join(files)} to {options.out}")
    return INTERRUPTED if interrupted else status


def _nothing(options: Options) -> str:
    """The message where no method has a row."""
    names, one = ", ".join(options.methods), len(options.methods) == 1
    if options.granularity == "matrix":
        return f"{names} {'is' if one else 'are'} for graphs of scalars: leave out --granularity matrix"
    has = "has" if one else "have"
    return f"{names} {has} no closed form, and counting takes more than the budget: raise --budget"


def _printed(rows: Sequence[Row], options: Options) -> str:
    match options.format:
        case "json":
            return to_json(rows)
        case "csv":
            return to_csv(rows)
    return to_terminal(rows, conventions(options))


def _measured(options: Options) -> tuple[list[Row], bool]:
    """All rows, and whether Ctrl-C came: then the rows finished so far, timed or not."""
    found: dict[int, Row] = {}
    interrupted = False
    try:
        _run(found, options)
    except KeyboardInterrupt:
        interrupted = True
    rows = [found[place] for place in sorted(found)]
    try:
        if options.clock and not interrupted:
            _time(rows)
    except KeyboardInterrupt:
        interrupted = True
    return rows, interrupted


def _run(rows: dict[int, Row], options: Options) -> None:
    """Add each row under its index as it is finished."""
    _predict([problem for problem in options.problems if problem.family is not None])
    costs = [
        problem.form.costs[name if name in problem.form.costs else METHODS[name].bound].total
        for problem in options.problems
        for name in options.methods
    ]
    done = 0
    with (
        progress_bar(sum(cost for cost in costs if cost <= options.budget)) as show,
        closing(_rows(options)) as found,
    ):
        for place, row in found:
            rows[place] = row
            done += row.cost.total if row.measured else 0
            show(done, f"{row.problem.title}: {METHODS[row.method].title}")


def _rows(options: Options) -> Generator[tuple[int, Row]]:
    """The rows with their indices, from worker processes if there are several jobs."""
    work = partial(study_all, options.problems, options.methods, options.budget, tell_loss=tell)
    if options.jobs == 1:
        yield from _in_background(work())
        return
    with ProcessPoolExecutor(options.jobs, get_context("spawn"), initializer=_quiet) as pool:
        try:
            yield from work(executor=pool)
        except BaseException:  # Ctrl-C, or the caller closed the generator
            for process in active_children():
                process.terminate()
            raise


def _quiet() -> None:
    """Let Ctrl-C end a worker without a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _predict(problems: Sequence[Problem]) -> None:
    """Count the costs of problems without a closed form over their graphs, which takes a while."""
    with progress_bar(len(problems)) as show:
        for done, problem in enumerate(_in_background(filter(_is_predicted, problems)), start=1):
            show(done, f"predicted {problem.title}")


def _is_predicted(problem: Problem) -> bool:
    return problem.form.costs["backprop"].total > 0


def _time(rows: list[Row]) -> None:
    """Replace rows by timed ones, in place."""
    place = done = 0
    with progress_bar(sum(row.cost.total for row in rows if is_short(row))) as show:
        for group in timed(list(rows)):
            rows[place : place + len(group)] = group
            place += len(group)
            done += sum(row.clock.operations for row in group if row.clock)
            show(done, f"clock: {group[0].problem.title}")


def _in_background(items: Iterable[Item]) -> Iterator[Item]:
    """The same items, computed in a thread, so that Ctrl-C interrupts the waiting main thread.

    A counting number updates its ledger in a finaliser, and Python drops exceptions raised there.
    """
    finished: SimpleQueue[Item | BaseException | None] = SimpleQueue()

    def work() -> None:
        try:
            for item in items:
                finished.put(item)
            finished.put(None)
        except BaseException as error:  # raised again in the main thread
            finished.put(error)

    Thread(target=work, daemon=True).start()
    while (item := finished.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item


def _interrupted(rows: Sequence[Row]) -> str:
    if not rows:
        return "interrupted before the first row was finished: nothing is written"
    return f"interrupted: the output covers the {len(rows)} rows that were finished"
