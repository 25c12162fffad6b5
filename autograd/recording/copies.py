"""Copies and pickles of nodes, with everything that they were computed from, at any depth.

Pickle and `copy.deepcopy` walk objects recursively, and stop at a depth of about a thousand. So a node
lists what it depends on in its own state, inputs first: each is then written before its users, which only
refer to it.

While a function is compiled or differentiated, its numbers are their own copies. Another node would be a
constant to the program, and have no derivative.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any
from weakref import ref

import numpy as np

from autograd.recording.hooks import tracer
from autograd.recording.order import topological

__all__ = ["followed", "reduced"]

# Attributes that a copy makes for itself: the state has the inputs, and derivatives are computed again.
_OWN = {"_a", "_b", "_serial", "_residuals"}


class _Writing:
    """One run of pickle or `deepcopy`, as long as that refers to it.

    Attributes:
        listed: the nodes that are written already, or listed to be written next.
        begun: the nodes whose state was taken. None is asked for its state twice in a run.
    """

    __slots__ = ("__weakref__", "begun", "listed")

    def __init__(self) -> None:
        self.listed: set[Any] = set()
        self.begun: set[Any] = set()

    def __reduce__(self) -> tuple[Any, ...]:
        return _Writing, ()


_last: ContextVar[Any] = ContextVar("last", default=lambda: None)

# The arguments of the functions that are being differentiated, innermost function first: (nodes, others).
followed: ContextVar[tuple[Any, ...]] = ContextVar("followed", default=())


def _is_its_own_copy(node: Any) -> bool:
    if tracer.get() is not None:
        return True
    inputs, rest = set[Any](), followed.get()
    while rest:
        nodes, rest = rest
        inputs.update(nodes)
    return bool(inputs) and not inputs.isdisjoint(topological(node))


def reduced(node: Any, plain: Any) -> str | tuple[Any, ...]:
    """Return how a node is copied and pickled: what makes an empty one, and its state.

    A text makes `copy` return the node itself, and pickle refuse it.

    The state is what must be restored before the node, in order; its inputs; whether these are as it used
    them, as data replaced later makes it out of date; and its other attributes by name.

    Args:
        node: the node.
        plain: how `object` reduces it.
    """
    if _is_its_own_copy(node):
        return "a number of a function that is being compiled or differentiated"
    writing = _last.get()()
    if writing is None or node in writing.begun:
        writing = _Writing()
        _last.set(ref(writing))
    writing.begun.add(node)
    before = topological(node, seen=writing.listed)[:-1]
    is_current = all(source._serial < node._serial for source in node.inputs)
    make, kind, (named, slots) = plain[:3]
    fields = {name: value for name, value in {**slots, **(named or {})}.items() if name not in _OWN}
    for name in ("_data", "_grad") if node._a is None else ("_grad",):
        if isinstance(fields[name], np.ndarray):
            fields[name] = fields[name].copy()  # a shallow copy gets an array of its own too
    return make, kind, ([*before, writing], (node._a, node._b), is_current, fields)
