"""The native `Value` computes what the Python class computes, to the last bit, with the same errors."""

from __future__ import annotations

import copy
import gc
import inspect
import os
import pickle
import random
import runpy
import subprocess
import sys
import weakref
from collections.abc import Sequence
from contextlib import nullcontext
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest

from autograd import (
    METHODS,
    BudgetError,
    Graph,
    GraphError,
    MutatedError,
    Node,
    Primitive,
    Value,
    apply,
    gradient,
    native,
    no_grad,
    primitive,
    source_lines,
)
from autograd.compiler.writers import c_rules
from autograd.compiler.writers.c_rules import HEADER, header
from autograd.numbers.native import Unusual, native_bytes
from autograd.rules.primitive import TABLE
from tests.programs import SCALAR, SPECIAL, Language, engine, inputs_of, python_class

needs_native = pytest.mark.skipif(not native.in_use, reason=native.why)

reference = pytest.fixture(scope="module")(python_class)


def program(kind: Any, seed: int) -> list[Any]:
    """Run a random program on a class; return data, gradients and errors on the way."""
    rng = random.Random(seed)  # the same draws for each class
    special, whole = rng.random() < 0.3, rng.random() < 0.1
    noting = source_lines() if rng.random() < 0.1 else nullcontext()

    def number() -> Any:
        if whole:
            return rng.randint(-3, 4)
        if special and rng.random() < 0.5:
            return rng.choice(SPECIAL)
        return rng.choice([rng.uniform(-2, 2), rng.uniform(0.1, 3), rng.randint(-3, 4)])

    floats = 0.0 if whole else 0.9
    family = type("Kin", (kind,), {}), kind
    leaves = [
        rng.choice(family)(float(number()) if rng.random() < floats else number(), name=f"x{i}")
        for i in range(4)
    ]
    nodes, seen = list(leaves), list[Any]()
    with noting:
        for _ in range(rng.randint(1, 40)):
            some = [v for v in nodes if abs(v.data) < 100] if whole else nodes  # powers of whole numbers grow
            a, b, c = rng.choice(some[-8:]), rng.choice(some), number()
            expression = rng.choice(EXPRESSIONS)
            inputs = rng.choices((a, b, c), k=inputs_of(expression))
            inputs[0 if expression.startswith("a.") else rng.randrange(len(inputs))] = a
            try:
                nodes.append(HERE[expression](*inputs))
            except (ArithmeticError, ValueError) as error:
                seen.append(repr(error))
    if rng.random() < 0.1:
        leaves[0].data = 1.5
    for root in rng.sample(nodes, min(2, len(nodes))):
        try:
            root.backward(*([rng.uniform(-1, 1)] if rng.random() < 0.2 else []))
        except (ArithmeticError, ValueError) as error:
            seen.append(repr(error))
        if rng.random() < 0.3:
            leaves[1].grad = rng.choice([0, 0.0, None])
    if rng.random() < 0.2:
        seen.append(counted(nodes[-1], leaves, rng.choice([*METHODS])))
    inputs = [[f"{text(i.data)} {text(i.grad)} {i.origin}" for i in v.inputs] for v in nodes]
    return [*seen, *((text(v.data), text(v.grad), v.op, v.name) for v in nodes), *inputs]


def counted(root: Any, leaves: Sequence[Any], method: str) -> Any:
    """The derivatives by a method and their cost, or the error."""
    try:
        found = gradient(root, leaves, method, budget=10_000)
    except (ArithmeticError, BudgetError, GraphError, ValueError) as error:
        return repr(error)
    return [*map(text, found.values), found.cost]


def text(number: Any) -> str:
    return hex(number) if isinstance(number, int) else repr(number)  # Python limits decimal digits


CUBE = Primitive("cube", "cube", lambda a: a * a * a, lambda out, a: [3 * a * a])
FUNCTIONS = ["square", "sqrt", "exp", "log", "sin", "cos", "tanh", "sigmoid", "relu", "softplus"]
# The expressions of the campaign, and what only a Value has: methods, rows of your own, comparisons.
EXPRESSIONS = [
    *SCALAR,
    *("a + b", "a - b", "a * b", "a / b", "a**b") * 4,
    *(f"a.{name}()" for name in FUNCTIONS),
    *("a.maximum(b)", "a.minimum(b)", "apply(TABLE['tanh'], a)", "apply(TABLE['mul'], b, a)"),
    *("a * b if a < b else a + b", "neuron(a, [0.01] * 50, [a, b] * 25)", "apply(CUBE, a)"),
]
HERE = Language({**engine(), "apply": apply, "TABLE": TABLE, "CUBE": CUBE})


def test_the_rules_in_c_are_generated_from_the_table() -> None:
    assert HEADER.read_text(encoding="utf-8") == header()


def test_only_the_command_writes_the_rules_in_c(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[Path, str]] = []
    monkeypatch.setattr(Path, "write_text", lambda path, text, encoding: written.append((path, text)))
    runpy.run_path(c_rules.__file__, run_name="imported")
    assert not written
    runpy.run_path(c_rules.__file__, run_name="__main__")
    assert written == [(HEADER, header())]


@needs_native
@pytest.mark.parametrize("start", range(0, 4000, 500))
def test_random_programs_agree_to_the_last_bit(reference: Any, start: int) -> None:
    assert reference is not Value
    for seed in range(start, start + 500):
        assert program(Value, seed) == program(reference, seed), seed


def outcome(kind: Any, x: float, y: float, expression: str, order: tuple[int, ...]) -> list[str]:
    """Data and gradients of an expression of two Values and a plain number in some order, or the error."""
    a, b = kind(x, name="a"), kind(y, name="b")
    inputs = [(a, b, y)[i] for i in order[: inputs_of(expression)]]
    if all(i is y for i in inputs) or (expression.startswith("a.") and inputs[0] is y):
        return []
    try:
        result = HERE[expression](*inputs)
        result.backward()
        return [f"{result.data!r} {a.grad!r} {b.grad!r}"]
    except (ArithmeticError, ValueError) as error:
        return [repr(error)]


@needs_native
@pytest.mark.parametrize("x", SPECIAL)
def test_special_points_agree_to_the_last_bit(reference: Any, x: float) -> None:
    def results(kind: Any) -> list[str]:
        found: list[str] = []
        for y in SPECIAL:
            for expression in dict.fromkeys(EXPRESSIONS):
                for order in ((0, 1, 2, 0, 1, 2, 0), (1, 2, 0, 0, 1, 1, 0), (2, 0, 1, 0, 2, 1, 1)):
                    found += outcome(kind, x, y, expression, order)
        return found

    assert results(Value) == results(reference)


def test_graphs_have_the_same_order(reference: Any) -> None:
    def names(kind: Any) -> list[str]:
        x, y = kind(2.0, name="x"), kind(3.0, name="y")
        z = 2 / x + (y * x - 1).tanh() * y**2
        return [f"{v.name} {v.op} {v.data}" for v in Graph(z).nodes]

    assert names(Value) == names(reference)


@needs_native
def test_a_deep_chain_takes_no_stack_and_its_memory_is_used_again() -> None:
    x = Value(0.5)
    y = x
    for _ in range(300_000):
        y = y * 1.0
    y.backward()
    assert x.grad == 1
    assert sys.getsizeof(y) <= 80
    assert native_bytes() >= 300_000 * sys.getsizeof(y)
    del y
    assert not gc.is_tracked(x)


@needs_native
def test_a_freed_node_ends_its_weak_references() -> None:
    x = Value(1.0)
    references = [weakref.ref(v) for v in (x * 2, (x * 3).exp())]
    assert [reference() for reference in references] == [None, None]
    y = x * 2
    z = y + 1
    reference = weakref.ref(y)
    del y
    assert reference() is not None
    del z
    assert reference() is None


def test_a_subclass_has_attributes_of_its_own() -> None:
    class Weight(Value):
        note: str

    w = Weight(2.0, name="w")
    w.note = "mine"
    y = w * w + 1
    y.backward()
    assert (w.grad, w.note, type(y), isinstance(w, Node)) == (4, "mine", Value, True)
    held = weakref.ref(w)
    del w, y
    assert held() is None


def test_copies_and_pickles_keep_what_a_node_holds() -> None:
    x = Value(2.0, name="x")
    y = 3 * x.tanh()
    y.backward()
    copied = copy.deepcopy(y)
    assert (copied.data, copied.grad, copied.op) == (y.data, y.grad, "*")
    for leaf in (*Graph(copied).leaves, pickle.loads(pickle.dumps(x)), copy.copy(x)):
        assert (leaf.name, leaf.data, leaf.grad, leaf is x) == ("x", 2.0, x.grad, False)


def test_blocks_change_what_is_recorded_also_in_a_copied_context() -> None:
    x = Value(2.0)
    with no_grad():
        context = copy_context()
        assert (x * 2).is_constant
        assert x.exp().is_constant
    assert not (x * 2).is_constant
    assert context.run(lambda: x * 2).is_constant
    del context
    with source_lines():
        y = x * 2
    assert Path(y.origin.file).name == "test_native.py"
    assert y.inputs[1].origin == y.origin
    assert (x * 2).origin is None


def test_native_code_asks_what_is_recorded_only_while_a_mode_is_alive() -> None:
    fresh = runpy.run_path(inspect.getfile(Unusual))  # the modes of other tests are not counted here
    counts = fresh["_unusual"]
    assert counts[0] == 0
    modes = [fresh["Unusual"](), fresh["Unusual"]()]
    assert counts[0] == 2
    del modes
    assert counts[0] == 0


def test_an_interrupt_in_a_row_leaves_every_gradient_as_it_was(table: Any) -> None:
    def interrupted(out: Any, a: Any) -> Any:
        raise KeyboardInterrupt

    row = primitive("interrupted_example", lambda a: a, interrupted)
    x = Value(2.0)
    h = x * 3.0
    y = apply(row, h) + x
    x.grad, h.grad = 5.0, 7
    with pytest.raises(KeyboardInterrupt):
        y.backward()
    assert (x.grad, h.grad, y.grad) == (5, 7, 0)


def test_a_row_that_calls_backward_on_the_same_graph_is_safe(table: Any) -> None:
    x = Value(2.0)
    h = x * 3.0

    def nested(out: Any, a: Any) -> Any:
        h.backward(retain_graph=False)
        return (1.0,)

    y = apply(primitive("nested_example", lambda a: a, nested), h) * 2.0
    with pytest.raises(GraphError):
        y.backward()


def test_replaced_data_and_released_graphs_are_refused() -> None:
    x = Value(2.0, name="x")
    y = x * 3.0
    x.data = 4.0
    with pytest.raises(MutatedError, match="'x' was replaced"):
        y.backward()
    z = x * 3.0
    z.backward(retain_graph=False)
    assert (x.grad, z.is_constant, z.inputs) == (3, True, ())


@pytest.mark.parametrize("pure", ["1", "0"])
def test_the_environment_chooses_the_class(pure: str) -> None:
    code = "import autograd; print(autograd.native.in_use, autograd.native.why)\n"
    code += "from autograd.numbers.native import native_bytes; print(native_bytes())"
    environment = {**os.environ, "WHYGRAD_PURE": pure, "PYTHONPATH": str(Path(__file__).parents[3])}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    if pure == "1":
        assert run.stdout == "False WHYGRAD_PURE is set\n0\n"
    else:
        assert "the extension is " in run.stdout
