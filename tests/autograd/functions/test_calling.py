"""How a rule is called: NumPy's names, order and defaults, and the messages about the rest."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from autograd.functions.calling import called
from autograd.functions.registry import rules
from autograd.numbers.ufuncs import numpy_name

M = np.array([[1.5, -0.5, 2.0], [0.25, 3.0, -1.0]])
POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def names(function: Callable[..., Any], *kinds: Any) -> list[str]:
    return [name for name, p in signature(function).parameters.items() if p.kind in kinds]


def test_a_function_has_one_rule() -> None:
    program = """
from autograd.functions import registry

class Once(dict):
    def __setitem__(self, function, rule):
        assert function not in self, function
        super().__setitem__(function, rule)

registry._RULES = Once()
assert len(registry.rules()) > 150
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_rules_take_their_arguments_in_numpys_order() -> None:
    assert len(rules()) > 150
    wrong = []
    for function, rule in rules().items():
        try:
            expected = names(function, *POSITIONAL)
        except ValueError:  # a function of NumPy's in C that does not know its signature
            continue
        given = names(rule, *POSITIONAL)
        if Parameter.VAR_POSITIONAL in {p.kind for p in signature(rule).parameters.values()}:
            continue
        free = len(names(function, Parameter.POSITIONAL_ONLY))
        label = f"{numpy_name(function)}{signature(function)} by {signature(rule)}"
        if given[max(free, 1) :] != expected[max(free, 1) : len(given)]:
            wrong.append(label)
    assert wrong == []


def test_an_argument_at_numpys_default_is_dropped() -> None:
    t = Tensor(M)
    for result, wanted in [
        (np.sum(t, None, None, None), np.sum(M)),
        (np.sum(t, 0, out=None, keepdims=np._NoValue), np.sum(M, 0)),
        (np.clip(t, 0, 1, None), np.clip(M, 0, 1)),
        (np.ravel(t, "C"), np.ravel(M)),
        (np.block(arrays=[t, t]), np.block([M, M])),
        (np.concatenate([t, t], 0, None, casting="same_kind"), np.concatenate([M, M])),
        (np.add(t, t, where=True, casting="same_kind", order="K", subok=True), M + M),
        (np.add.reduce(t, keepdims=False, where=True, dtype=None), np.sum(M, 0)),
    ]:
        np.testing.assert_array_equal(result.data, wanted)


def double(a: Any, axis: Any = None, out: Any = None, *, factor: Any = 1) -> Any:
    """A function as NumPy's."""


double.__module__ = "numpy"


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        ((1, 0), {}, r"^np\.double of a Tensor does not take the argument axis$"),
        ((1, 0), {"factor": 3}, r"^np\.double of a Tensor does not take the argument axis, factor$"),
        ((1, None, [0]), {}, r"^np\.double cannot write a Tensor into an array: leave out"),
        ((), {"a": 1}, None),
        ((), {"a": 1, "out": None, "axis": None}, None),
        ((), {"a": 1, "axis": 2}, r"^np\.double of a Tensor does not take the argument axis$"),
        ((1, None, None), {"factor": 1}, None),
        ((), {}, r"^np\.double of a Tensor takes the arguments a$"),
        ((1,), {"nonsense": 1}, r"^np\.double of a Tensor takes the arguments a$"),
    ],
)
def test_messages_of_arguments(args: tuple[Any, ...], options: dict[str, Any], message: str | None) -> None:
    def call() -> Any:
        return called(double, lambda a: 2 * a, args, options)

    if message is None:
        assert call() == 2
        return
    with pytest.raises(TypeError, match=message):
        call()


def test_a_tensor_that_selects_from_an_array_is_no_mask() -> None:
    with pytest.raises(TypeError, match="bool"):
        np.sum(M, where=Tensor(M))


def test_an_error_within_a_rule_is_passed_on() -> None:
    with pytest.raises(TypeError, match="'int' object is not subscriptable"):
        called(double, lambda a: a[0], (1,), {})


def test_no_message_has_a_private_name() -> None:
    """Every function, called with each of its parameters set to something odd."""
    messages = []
    for function in rules():
        for option in signature(function).parameters:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                try:
                    function(Tensor(M), **{option: np.zeros(7)})
                except (TypeError, ValueError, IndexError, AttributeError) as error:
                    messages.append(f"{error}")
    assert len(messages) > 200
    assert [m for m in messages if m.startswith("_") or "<lambda>" in m] == []
