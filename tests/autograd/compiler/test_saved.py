"""Compiled functions as C files that other programs build, and as libraries that other processes load."""

import copy
import pickle
import re
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, compile, grad, load, take, value_and_grad  # noqa: A004
from autograd.compiler import saved
from autograd.compiler.languages import C_FUNCTIONS, operands_of
from autograd.rules.primitive import TABLE, apply
from autograd.transforms.containers import flatten
from tests.cases import needs_compiler, same

pytestmark = needs_compiler
STRICT = ("cc", "-Wall", "-Wextra", "-Werror", "-std=c11", "-O2")
RNG = np.random.default_rng(0)
WEIGHTS = {"W": RNG.normal(size=(3, 2)), "b": RNG.normal(size=3)}
POINTS = RNG.normal(size=(20, 2))


def loss(weights, points):
    return np.sum(np.tanh(points @ weights["W"].T + weights["b"]) ** 2)


def neuron(w, x, b):
    return {"out": (w * x + b).tanh() / x, "positive": (w > 0), "same": [w, 3.0]}


def long(xs):
    """More operations than one function in C has."""
    total = xs[0]
    for i in range(400):
        total = (total * xs[i % 3]).tanh() + xs[(i + 1) % 3]
    return total


def run_in_c(path: Path, arguments: Any, outputs: list[int], status: int | None = None) -> list[float]:
    """Build the saved function into a program that calls it and prints its results, and run that."""
    kind = "void" if status is None else "int"
    numbers = [np.ravel(np.asarray(x)).tolist() for x in flatten(list(arguments))[0]]
    declaration = path.with_suffix(".h").read_text().partition(f"{kind} {path.stem}(")[2]
    types = re.findall(r"const (\w+) \*x\d+", declaration)
    text = {"double": lambda x: float(x).hex(), "int64_t": str}
    lines = [
        f"{type_} x{i}[] = {{{', '.join(map(text[type_], x))}}};"
        for i, (type_, x) in enumerate(zip(types, numbers, strict=True))
    ]
    types = re.findall(r"([a-z ]+) \*y\d+", declaration)
    lines += [f"{type_} y{i}[{size}];" for i, (type_, size) in enumerate(zip(types, outputs, strict=True))]
    lines.append(f"static double work[{path.stem.upper()}_WORK + 1];")
    names = [*(f"x{i}" for i in range(len(numbers))), *(f"y{i}" for i in range(len(outputs))), "work"]
    lines.append(f"{'' if status is None else 'int status = '}{path.stem}({', '.join(names)});")
    lines += [
        f'for (int i = 0; i < {size}; i++) printf("%.17g\\n", (double)y{k}[i]);'
        for k, size in enumerate(outputs)
    ]
    lines.append("return 0;" if status is None else "return status;")
    code = ["#include <stdio.h>", f'#include "{path.stem}.h"', "int main(void) {", *lines, "}"]
    main = path.with_name("main.c")
    main.write_text("\n".join(code))
    program = path.with_name("main")
    subprocess.run([*STRICT, "-o", program, main, path, "-lm"], check=True)
    done = subprocess.run([program], capture_output=True, check=False)
    assert done.returncode == (status or 0)
    return [float(line) for line in done.stdout.split()]


def flat(result: Any) -> list[float]:
    return [x for leaf in flatten(result)[0] for x in np.ravel(leaf).tolist()]


def test_arrays_in_c_without_us(tmp_path: Path) -> None:
    f = compile(value_and_grad(loss))
    expected = f(WEIGHTS, POINTS)
    assert f.save(tmp_path / "loss.c") == [tmp_path / "loss.c", tmp_path / "loss.h"]
    found = run_in_c(tmp_path / "loss.c", (WEIGHTS, POINTS), [1, 6, 3])
    np.testing.assert_allclose(found, flat(expected), rtol=1e-13)
    code = (tmp_path / "loss.c").read_text()
    assert re.findall("#include (.*)", code) == ['"loss.h"', "<math.h>"]
    assert not re.search("Py|alloc", code)
    header = (tmp_path / "loss.h").read_text()
    assert "x0     argument [0][W]: 3 x 2 of double, strides 2 x 1\n" in header
    assert "y2     result [1][b]: 3 of double, strides 1\n" in header
    assert "from the Python function loss" in header


@pytest.mark.parametrize(
    ("f", "arguments", "outputs"),
    [(neuron, (0.5, 2.0, -0.1), [1, 1, 1, 1]), (value_and_grad(long), ([0.3, -1.2, 0.7],), [1, 1, 1, 1])],
    ids=["one function", "blocks"],
)
def test_scalars_in_c_are_the_same_to_the_last_bit(tmp_path: Path, f, arguments, outputs) -> None:
    compiled = compile(f)
    compiled.save(tmp_path / "of_numbers.c", *arguments)
    assert run_in_c(tmp_path / "of_numbers.c", arguments, outputs) == flat(compiled(*arguments))


def test_every_function_builds_without_a_warning(tmp_path: Path) -> None:
    rows = [
        row for row in TABLE.values() if "c" in row.code and row.name in {*C_FUNCTIONS, "softplus", "power"}
    ]
    assert len(rows) > len(C_FUNCTIONS) - 2

    def all_of_them(x, y):
        shifted = [x + 1 if row.name == "arccosh" else x for row in rows]
        return [apply(row, *(a, y)[: operands_of(row)]) for a, row in zip(shifted, rows, strict=True)]

    compiled = compile(all_of_them)
    expected = compiled(0.3, 0.6)
    compiled.save(tmp_path / "rows.c")
    found = run_in_c(tmp_path / "rows.c", (0.3, 0.6), [1] * len(rows))
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_what_a_function_reaches_is_constant_there(tmp_path: Path) -> None:
    weights, b = Tensor([[1.0, 2.0], [3.0, -1.0]]), Value(0.25)
    compile(lambda x: weights @ x).save(tmp_path / "layer.so", np.ones(2))
    compile(lambda x: x * b).save(tmp_path / "scaled.c", 2.0)
    assert run_in_c(tmp_path / "scaled.c", (2.0,), [1]) == [0.5]
    assert load(tmp_path / "layer.so")([1.0, 1.0]).tolist() == [3.0, 2.0]


def test_products_of_any_size_precisions_and_constants(tmp_path: Path) -> None:
    table = np.arange(6.0).reshape(2, 3)

    def f(a, b, kind):
        return a @ b, a > 0, table, {"float": (a * 2).astype(np.float32), 1: kind == "x" and 2.0}

    a, b = RNG.normal(size=(60, 70)), RNG.normal(size=(70, 60)).astype(np.float32)
    compiled = compile(f)
    compiled.save(tmp_path / "many.so", a, b, "x")
    g = load(tmp_path / "many.so")
    found, structure = flatten(g(a, b, "x"))
    expected, theirs = flatten(compiled(a, b, "x"))
    assert structure == theirs
    same(found, expected)
    assert g(a, b, "x")[2] is not g(a, b, "x")[2]
    with pytest.raises(TypeError, match=r"argument \[2\] is 'y', but the function was saved for 'x'"):
        g(a, b, "y")


LOADING = """
import sys
import numpy as np
from autograd import load
f = load(sys.argv[1])
print(f(0.5, 2, np.float64(-0.1)), f.__name__)
"""


TOKENS = np.array([0, 2, -1, 2])


def of_tokens(table, tokens, label, scale):
    """Rows by tokens but the last, which are moved before they index, and a column by a label."""
    rows = table[tokens[:-1]] * scale
    return np.sum(np.tanh(rows)) - take(rows[0], label)


def items(table, tokens, label):
    """Numbers by tokens and a label, with more operations than one function in C has."""
    chosen = [take(take(table, i), label) for i in tokens]
    total = chosen[0]
    for i in range(200):
        total = total * chosen[i % 3] + chosen[(i + 1) % 3]
    return total * take([0.5, -2.0, 1.0], label)


WORDS = RNG.normal(size=(3, 2))
LIST = WORDS.tolist()
INDEXED = {
    "arrays": (
        value_and_grad(of_tokens),
        (WORDS, TOKENS, 1, 2.0),
        [1, 6],
        "4 of int64_t from -3 to 2, strides",
    ),
    "numbers": (items, (LIST, [0, 2, -1], 1), [1], "argument [2]: one int64_t from -2 to 1\n"),
}


@pytest.mark.parametrize("name", INDEXED)
def test_whole_numbers_that_index(tmp_path: Path, name: str) -> None:
    f, arguments, sizes, told = INDEXED[name]

    def with_first(index: float) -> Any:
        tokens = [index, *list(arguments[1])[1:]]
        return arguments[0], np.array(tokens) if name == "arrays" else tokens, *arguments[2:]

    compiled = compile(f)
    expected = flat(compiled(*arguments))
    compiled.save(tmp_path / "table_of.c")
    np.testing.assert_allclose(run_in_c(tmp_path / "table_of.c", arguments, sizes, 0), expected, rtol=1e-12)
    header = (tmp_path / "table_of.h").read_text()
    assert told in header
    assert "It returns 0, or 1 if an index is out of range" in header
    run_in_c(tmp_path / "table_of.c", with_first(5), sizes, 1)
    compiled.save(tmp_path / "table_of.so")
    loaded = load(tmp_path / "table_of.so")
    np.testing.assert_allclose(flat(loaded(*arguments)), expected, rtol=1e-12)
    for wrong in (5, -4, 0.5, np.nan, 2.0**70):
        with pytest.raises(IndexError, match=r"argument \[1\].*: the index .* is not one of 3 items: give"):
            loaded(*with_first(wrong))


def test_an_index_that_was_computed_is_checked_too(tmp_path: Path) -> None:
    compile(lambda x, i: x[i + 1] * i).save(tmp_path / "after.so", np.arange(3.0), np.array([0, 1]))
    f = load(tmp_path / "after.so")
    assert f(np.arange(3.0), [1, 0]).tolist() == [2, 0]
    with pytest.raises(IndexError, match="an index computed from the arguments is out of range"):
        f(np.arange(3.0), [2, 0])


def test_every_example_has_its_index_in_c(tmp_path: Path) -> None:
    f = compile(grad(lambda w, i: take(w, i) ** 2), batch=1, reduce="sum")
    arguments = [1.0, 2.0, 3.0], np.array([0, 2, 2, -2])
    f.save(tmp_path / "batched.c", *arguments)
    assert run_in_c(tmp_path / "batched.c", arguments, [1, 1, 1], 0) == f(*arguments) == [2.0, 4.0, 12.0]
    assert "4 of int64_t from -3 to 2" in (tmp_path / "batched.h").read_text()
    run_in_c(tmp_path / "batched.c", (arguments[0], np.array([0, 3, 0, 0])), [1, 1, 1], 1)


def test_another_process_loads_a_library(tmp_path: Path) -> None:
    compiled = compile(neuron)
    compiled(0.5, 2.0, -0.1)
    assert compiled.save(str(tmp_path / "cell.so")) == [tmp_path / "cell.so"]
    done = subprocess.run(
        [sys.executable, "-c", LOADING, tmp_path / "cell.so"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{compiled(0.5, 2.0, -0.1)} cell\n"
    cell = load(tmp_path / "cell.so")
    assert cell(0.5, 2.0, 0.0)["positive"] is True
    for copied in (pickle.loads(pickle.dumps(cell)), copy.deepcopy(cell)):
        assert copied(0.5, 2.0, -0.1) == cell(0.5, 2.0, -0.1)


def test_a_loaded_function_takes_what_it_was_saved_for(tmp_path: Path) -> None:
    compile(loss).save(tmp_path / "loss.so", WEIGHTS, POINTS)
    f = load(tmp_path / "loss.so")
    lists = {"b": WEIGHTS["b"].tolist(), "W": np.asfortranarray(WEIGHTS["W"])}
    assert f(lists, POINTS) == pytest.approx(float(loss(WEIGHTS, POINTS)), rel=1e-13)
    for arguments, error, message in [
        ((WEIGHTS,), TypeError, "takes 2 arguments, not 1"),
        (
            (WEIGHTS, POINTS[:3]),
            ValueError,
            r"argument \[1\] has the shape \(3, 2\), but the function was saved",
        ),
        (({"W": 1.0}, POINTS), ValueError, r"argument \[0\] must be a dict with the keys \['W', 'b'\]"),
        (({**WEIGHTS, "b": "abc"}, POINTS), TypeError, r"argument \[0\]\['b'\] is str 'abc', not a real"),
        ((WEIGHTS, Tensor(POINTS)), TypeError, r"argument \[1\] is a Tensor, but a loaded function has"),
    ]:
        with pytest.raises(error, match=message):
            f(*arguments)
    with pytest.raises(TypeError, match="by position, not by name as 'points'"):
        f(WEIGHTS, points=POINTS)


def test_undefined_operations_are_infinite_or_no_numbers(tmp_path: Path) -> None:
    compile(lambda x, y: (x / y, (x - x) / y)).save(tmp_path / "quotient.so", 1.0, 2.0)
    infinite, undefined = load(tmp_path / "quotient.so")(1.0, 0.0)
    assert infinite == np.inf
    assert np.isnan(undefined)


def test_a_users_text_stays_in_comments(tmp_path: Path) -> None:
    key = "*/ int evil; /* \\ \n #error"

    def f(p):
        return p[key] * Value(2.0, name="??/\n*/ evil")

    f.__qualname__ = "*/ evil()"
    compile(f).save(tmp_path / "plain.c", {key: 2.0})
    assert run_in_c(tmp_path / "plain.c", [{key: 2.0}], [1]) == [4.0]


@pytest.mark.parametrize(
    "name", ["my-f", "2f", "int", "sin", "class", "x0", "é", "main", "y0", "FOR", "f" * 64]
)
def test_a_name_that_c_does_not_allow_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="the function is named after its file"):
        compile(neuron).save(tmp_path / f"{name}.c", 1.0, 2.0, 3.0)
    assert not list(tmp_path.iterdir())


Pair = namedtuple("Pair", "a b")


@pytest.mark.parametrize(
    ("f", "arguments", "error", "message"),
    [
        (neuron, (), TypeError, r"give save examples of the arguments, as in f.save\('f.c', 1.0, 2.0\)"),
        (
            neuron,
            (1.0, Value(2.0), 1.0),
            TypeError,
            "must be plain numbers and arrays, not Values or Tensors",
        ),
        (
            lambda x: x.gammaln(),
            (2.0,),
            RuntimeError,
            "'f.so' cannot be written: the operation 'gammaln' has no",
        ),
        (lambda x: x * x, (2,), RuntimeError, "C computes with floats, but the numbers include 2"),
        (lambda x: Pair(x, x), (2.0,), RuntimeError, "the result holds a Pair: use lists"),
        (
            lambda x: x[None],
            ({None: 1.0},),
            RuntimeError,
            "an argument holds a dict with the key None: use text",
        ),
        (lambda x, k: x, (1.0, frozenset()), RuntimeError, r"frozenset\(\), which is neither a number"),
    ],
)
def test_what_cannot_be_saved_says_why(tmp_path: Path, f, arguments, error, message) -> None:
    with pytest.raises(error, match=message):
        compile(f).save(tmp_path / "f.so", *arguments)
    assert not list(tmp_path.iterdir())


def example(weights, x, y):
    """A network's results for one example, and an array of Values."""
    h = np.tanh(weights["W"] @ x + weights["b"])
    return {"error": (h.sum() - y) ** 2, "h": h}


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
def test_a_function_over_a_batch(tmp_path: Path, reduce: str | None) -> None:
    f = compile(example, batch=(1, 2), reduce=reduce)
    targets = np.arange(20.0)
    expected = f(WEIGHTS, POINTS, targets)
    f.save(tmp_path / "batch.c")
    sizes = [1, 3] if reduce else [20, 60]
    found = run_in_c(tmp_path / "batch.c", (WEIGHTS, POINTS, targets), sizes)
    np.testing.assert_allclose(found, flat(expected), rtol=1e-13)
    f.save(tmp_path / "batch.so")
    loaded = load(tmp_path / "batch.so")(WEIGHTS, POINTS, targets.astype(int))
    same(list(loaded.values()), list(expected.values()))


def test_a_long_function_over_a_batch_reaches_what_it_reads(tmp_path: Path) -> None:
    scale = Value(1.5)
    f = compile(grad(lambda x: long([x, x * scale, scale])), batch=0)
    f.save(tmp_path / "blocks.c", POINTS[:, 0])
    found = run_in_c(tmp_path / "blocks.c", [POINTS[:, 0]], [20])
    np.testing.assert_allclose(found, f(POINTS[:, 0]), rtol=1e-12)


def test_endings_and_folders_are_refused(tmp_path: Path) -> None:
    f = compile(grad(lambda x: x * x))
    with pytest.raises(ValueError, match=r"saved as .c or .so, and 'f.py' ends in neither"):
        f.save(tmp_path / "f.py", 1.0)
    with pytest.raises(FileNotFoundError, match="make it first"):
        f.save(tmp_path / "none" / "f.c", 1.0)


def test_a_large_example_is_not_kept(tmp_path: Path) -> None:
    f = compile(lambda x: np.sum(x * x))
    f(np.ones(2**18))
    with pytest.raises(TypeError, match="give save examples"):
        f.save(tmp_path / "f.c")
    f.save(tmp_path / "f.c", np.ones(2))
    assert "x0     argument [0]: 2 of double" in (tmp_path / "f.h").read_text()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    compile(lambda x: x * x).save(tmp_path / "square_of.so", 2.0)
    return tmp_path / "square_of.so"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: b"", "was not saved by whygrad, or its end is missing"),
        (lambda data: data[:-1], "was not saved by whygrad, or its end is missing"),
        (lambda data: data[1:], "is damaged: save it again"),
        (lambda data: b"x" + data[1:], "is damaged: save it again"),
        (lambda data: data[-40:], "is damaged: save it again"),
        (lambda data: data[-20:], "is damaged: save it again"),
    ],
    ids=["empty", "cut", "shifted", "changed", "the end", "the mark"],
)
def test_a_damaged_library_is_refused(library: Path, change, message: str) -> None:
    assert load(library)(3.0) == 9.0
    library.write_bytes(change(library.read_bytes()))
    with pytest.raises(ValueError, match=message):
        load(library)


def test_a_library_for_another_machine_or_version_is_refused(library: Path, monkeypatch) -> None:
    monkeypatch.setattr(saved, "_TARGET", "a machine of 1970")
    with pytest.raises(
        ValueError, match=r"is for .* bits, but this is a machine of 1970: save it again here"
    ):
        load(library)
    monkeypatch.setattr(saved, "_FORMAT", 2)
    with pytest.raises(ValueError, match="was saved by another version of whygrad: save it again"):
        load(library)


def test_what_the_linker_refuses_is_an_error(library: Path) -> None:
    content, about = saved._opened(library.read_bytes(), library)
    library.write_bytes(saved._sealed(b"no library", about))
    with pytest.raises(ValueError, match=r"square_of.so' cannot be loaded here: .*: save it again"):
        load(library)
    library.write_bytes(saved._sealed(content, {**about, "function": "missing"}))
    with pytest.raises(ValueError, match=r"cannot be loaded here: .*missing"):
        load(library)
