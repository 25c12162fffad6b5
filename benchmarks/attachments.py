"""What a user can attach to a `Value`, in nanoseconds each: nodes without it pay nothing."""

from __future__ import annotations

import gc
import pickle
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from fractions import Fraction
from timeit import Timer
from typing import Any, NamedTuple

from autograd import Value, native, source_lines
from autograd.numbers.native import Unusual
from autograd.recording.hooks import recording
from benchmarks.report import ResultTable

__all__ = ["attachments"]


class Noted(Value):
    """A subclass without slots, so each object has a dict."""

    note: int


class Watcher(Unusual):
    """A mode that is called with each node that is recorded."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def __call__(self, node: Any) -> None:
        self.calls += 1


@contextmanager
def watched() -> Iterator[None]:
    token = recording.set(Watcher())
    try:
        yield
    finally:
        recording.reset(token)


class Attachment(NamedTuple):
    """Something attached to nodes.

    Attributes:
        name: what it is.
        job: does it once.
        without: the same job without it; None for a job that is shown for comparison.
        within: makes the block in which it is done.
    """

    name: str
    job: Callable[[], Any]
    without: Callable[[], Any] | None = None
    within: Callable[[], AbstractContextManager[None]] = nullcontext


def attachments(repeats: int = 20_000, rounds: int = 7) -> ResultTable:
    """Times of all attachments and what each adds: the least of some rounds.

    Args:
        repeats: how often a job is done in a round.
        rounds: how many there are.
    """

    def nanoseconds(job: Callable[[], Any], within: Callable[[], AbstractContextManager[None]]) -> float:
        with within():
            return min(Timer(job, gc.collect).repeat(rounds, repeats)) / repeats * 1e9

    rows = []
    for attachment in _attachments():
        time = nanoseconds(attachment.job, attachment.within)
        plain = attachment.without and nanoseconds(attachment.without, nullcontext)
        rows.append([attachment.name, f"{time:,.0f}", "" if plain is None else f"{time - plain:,.0f}"])
    return ResultTable(
        "what a user can attach to a Value, in nanoseconds",
        ["", "time", "added"],
        rows,
        notes=[f"the native class is {'' if native.in_use else 'not '}in use: {native.why}"],
    )


def _attachments() -> list[Attachment]:
    x, y, mine, exact = Value(1.5), Value(2.5), Noted(1.5), Fraction(1, 3)
    leaf, product, packed = pickle.dumps(x), x * y, pickle.dumps(1.5)

    def leaf_of() -> Any:
        return Value(1.5)

    def multiply() -> Any:
        return x * y

    def own_attribute() -> None:
        mine.note = 1

    def gradient(number: Any) -> Callable[[], None]:
        def put() -> None:
            x.grad = number

        return put

    return [
        Attachment("a leaf", leaf_of),
        Attachment("a leaf with a name", lambda: Value(1.5, name="x"), leaf_of),
        Attachment("a leaf of a subclass with a dict", lambda: Noted(1.5), leaf_of),
        Attachment("an attribute of a subclass", own_attribute),
        Attachment("a product", multiply),
        Attachment("a product of an object of a subclass", lambda: mine * y, multiply),
        Attachment("a product with a weak reference", lambda: weakref.ref(x * y), multiply),
        Attachment("a product within source_lines", multiply, multiply, source_lines),
        Attachment("a product within a watcher", multiply, multiply, watched),
        Attachment("a float as gradient", gradient(0.5)),
        Attachment("a fraction as gradient, or any other object", gradient(exact), gradient(0.5)),
        Attachment("a weak reference", lambda: weakref.ref(product)),
        Attachment("a leaf pickled and restored", lambda: pickle.loads(pickle.dumps(x))),  # noqa: S301
        Attachment("a pickled leaf restored", lambda: pickle.loads(leaf), lambda: pickle.loads(packed)),  # noqa: S301
    ]
