"""The engine on one page gives the numbers and the counts of the engine itself."""

import ast
import runpy
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from docs import engine_on_one_page as page

SOURCE = Path(page.__file__)
METHODS = {"backprop": page.backprop, "paths": page.paths}


class Operation(NamedTuple):
    """One operation of a program: its inputs are places of earlier numbers, or plain floats."""

    name: str
    inputs: tuple


class Program(NamedTuple):
    leaves: list[float]
    operations: list[Operation]
    wrt: list[int]


@st.composite
def programs(draw):
    """Random programs over the five operations, with variables anywhere in them, also repeated."""
    floats = st.floats(-2, 2)
    leaves = draw(st.lists(floats, min_size=1, max_size=4))
    operations = []
    for length in range(len(leaves), len(leaves) + draw(st.integers(0, 9))):
        name = draw(st.sampled_from(["+", "-", "*", "exp", "tanh"]))
        place = st.integers(0, length - 1)
        if name in ("exp", "tanh"):
            inputs = (draw(place),)
        else:
            inputs = draw(st.tuples(place, place | floats) | st.tuples(place | floats, place))
        operations.append(Operation(name, inputs))
    places = st.integers(0, len(leaves) + len(operations) - 1)
    return Program(leaves, operations, draw(st.lists(places, min_size=1, max_size=4)))


def run(program, value):
    """Every number of a program, computed with one kind of `Value`."""
    numbers = [value(x) for x in program.leaves]
    for name, inputs in program.operations:
        a, *rest = (numbers[i] if isinstance(i, int) else i for i in inputs)
        if rest:
            (b,) = rest
            numbers.append(a + b if name == "+" else a - b if name == "-" else a * b)
        else:
            numbers.append(a.exp() if name == "exp" else a.tanh())
    return numbers


def run_both(program):
    try:
        return run(program, autograd.Value), run(program, page.Value)
    except OverflowError:  # of exp, in both
        assume(False)


def texts(numbers):
    return [repr(float(x)) for x in numbers]  # so that NaN equals itself


@pytest.mark.parametrize("method", METHODS)
@given(program=programs())
def test_values_gradients_and_counts_are_those_of_the_engine(method, program):
    engine, ours = run_both(program)
    assert texts(x.data for x in ours) == texts(x.data for x in engine)
    expected = autograd.gradient(engine[-1], [engine[i] for i in program.wrt], method, budget=None)
    slopes, ledger = page.gradient(ours[-1], [ours[i] for i in program.wrt], METHODS[method])
    assert texts(slopes) == texts(expected.values)
    assert dict(ledger) == {name: getattr(expected.cost, name) for name in ledger}
    assert sum(ledger.values()) == expected.cost.total


@given(program=programs())
def test_a_recorded_gradient_can_be_differentiated_again(program):
    engine, ours = run_both(program)
    for y, x, gradient, record in (
        (engine[-1], engine[0], autograd.gradient, {"create_graph": True}),
        (ours[-1], ours[0], page.gradient, {"record": True}),
    ):
        (slope,) = gradient(y, [x], **record)[0]
        (curvature,) = gradient(slope, [x])[0]
        if gradient is autograd.gradient:
            expected = slope.data, curvature
    assert texts([slope.data, curvature]) == texts(expected)


def test_a_deep_graph_needs_no_recursion():
    x = y = page.Value(0.5)
    for _ in range(5_000):
        y = y.tanh()
    (slope,), ledger = page.gradient(y, [x])
    assert 0 < slope < 1
    assert ledger == {"forward": 5_000, "partials": 10_000, "multiplications": 5_000, "additions": 0}


def test_it_runs_as_a_script_without_the_package(tmp_path):
    command = [sys.executable, "-I", str(SOURCE)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, encoding="utf-8")
    last = done.stdout.splitlines()[-2].split()
    assert last[:4] == ["12", "4,096", "73,728", "36"]
    assert last[4] == last[5]


def test_it_needs_the_standard_library_alone():
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    }
    assert imported <= sys.stdlib_module_names
    assert "main" in runpy.run_path(str(SOURCE), run_name="page")


def test_it_is_about_a_hundred_lines_of_code():
    lines = [line.strip() for line in SOURCE.read_text(encoding="utf-8").splitlines()]
    assert sum(bool(line) and not line.startswith("#") for line in lines) <= 130
