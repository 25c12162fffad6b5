"""Compiled functions leave memory with all that belongs to them, and keep a bounded number of programs."""

from __future__ import annotations

import gc
import linecache
import re
import shutil
import sys
import traceback
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import compile, value_and_grad  # noqa: A004
from autograd.compiler import compiled

BACKENDS = [None, pytest.param("native", marks=pytest.mark.skipif(not shutil.which("cc"), reason="no cc"))]
MAPS = Path("/proc/self/maps")


def held() -> dict[str, int]:
    """What this process holds that compiled functions could leave behind."""
    gc.collect()
    return {
        "lines": sum(name.startswith("<compiled") for name in linecache.cache),
        "modules": len(sys.modules),
        "libraries": len(set(re.findall(r"\S+program\.so", MAPS.read_text()))) if MAPS.exists() else 0,
    }


def resident() -> int:
    """The bytes of memory that the process uses."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def polynomial(factor: float) -> Callable[[Any], Any]:
    return lambda x: factor * x * x + np.tanh(x)


def kept(compiled_function: Any) -> int:
    return len(compiled_function._specializations)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("arguments", [(2.0,), (np.ones(3),)], ids=["float", "array"])
def test_nothing_stays_of_a_function(backend: str | None, arguments: tuple[Any, ...]) -> None:
    compile(polynomial(0.5), backend=backend)(*arguments)  # loads what is loaded once
    before = held()
    f = compile(polynomial(1.5), backend=backend)
    f(*arguments)
    assert held() != before
    del f
    assert held() == before


@pytest.mark.parametrize("backend", BACKENDS)
def test_nothing_stays_of_a_function_in_a_reference_cycle(backend: str | None) -> None:
    compile(polynomial(0.5), backend=backend)(2.0)
    before = held()
    f = compile(polynomial(1.5), backend=backend)
    f(2.0)
    f.__wrapped__.itself = f
    gone = weakref.ref(f)
    del f
    gc.collect()
    assert gone() is None
    assert held() == before


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell its memory")
def test_a_thousand_functions_made_and_dropped() -> None:
    def made(start: int) -> None:
        for i in range(start, start + 500):
            f = compile(value_and_grad(polynomial(float(i))))
            f(2.0)
            f.__wrapped__.itself = f

    # The more objects live, the later Python collects cycles: objects of other tests must not count here.
    gc.collect()
    gc.freeze()
    made(0)
    before, objects, memory = held(), len(gc.get_objects()), resident()
    made(500)
    assert held() == before
    assert len(gc.get_objects()) < objects + 100
    assert resident() < memory + 4_000_000


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_least_recently_used_programs_go(backend: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "PROGRAMS", 3)
    traced = []

    def f(x: Any) -> Any:
        traced.append(x.shape)
        return x * 2.0

    before = held()
    fast = compile(f, backend=backend)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for size in (1, 2, 3, 1, 4, 1, 2, 5):  # 4 puts out 2; then 2 puts out 3, and 5 puts out 4
            assert fast(np.ones(size)).tolist() == [2.0] * size
    assert traced == [(1,), (2,), (3,), (4,), (2,), (5,)]
    assert kept(fast) == 3
    assert held()["libraries"] <= before["libraries"] + 3
    assert held()["lines"] <= before["lines"] + 6  # with the text for what native code misses


def test_many_shapes_keep_as_many_programs_as_the_documentation_says() -> None:
    before = held()["lines"]
    f = compile(lambda x: x + 1.0)
    for size in range(1000):
        f(np.zeros(size))
    assert f"keeps the {kept(f)} programs used last" in compile.__doc__
    assert held()["lines"] == before + kept(f) == before + 128


def test_equal_texts_have_lines_of_their_own() -> None:
    first, second = compile(lambda x: 1 / x), compile(lambda x: 1 / x)
    first(1.0), second(1.0)
    assert first.source == second.source
    ((program,),) = (found.programs for found in second._specializations.values())
    del first
    with pytest.raises(ZeroDivisionError) as caught:
        program(0.0)
    assert "v0 = 1.0 / x0" in "".join(traceback.format_exception(caught.value))


def test_a_traceback_keeps_the_lines() -> None:
    f = compile(lambda x: 1 / x)
    f(1.0)
    ((program,),) = (found.programs for found in f._specializations.values())
    with pytest.raises(ZeroDivisionError) as caught:
        program(0.0)
    del f, program
    gc.collect()
    assert "v0 = 1.0 / x0" in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("options", "arguments"), [({}, (2.0, 3.0)), ({}, (np.ones(2), 3.0)), ({"batch": 0}, (np.ones(2), 3.0))]
)
def test_an_argument_by_name(
    backend: str | None, options: dict[str, Any], arguments: tuple[Any, ...]
) -> None:
    f = compile(lambda x, y: x * y, backend=backend, **options)
    f(*arguments)
    for named in ({"y": 3.0}, {"y": 3.0, "z": 1.0}):
        for given in (arguments, arguments[:1], ()):
            with pytest.raises(TypeError, match="takes its arguments by position, not by name as 'y'"):
                f(*given, **named)
