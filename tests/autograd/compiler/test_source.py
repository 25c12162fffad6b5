"""Compiled code is readable, and no text of a user gets into it."""

from __future__ import annotations

import re
import subprocess
import sys
import traceback
from typing import Any

import numpy as np
import pytest

from autograd import Value, compile, grad, value_and_grad  # noqa: A004


def test_forward_lines_come_first_then_adjoints_with_their_names() -> None:
    f = compile(value_and_grad(lambda x: np.tanh(x * 3.0)))
    f(2.0)
    assert f.source.splitlines() == [
        "def program(x0):",
        "    if x0.__class__ is not float:",
        "        return MISS",
        "    # forward",
        "    v0 = 3.0 * x0                             # mul",
        "    v1 = tanh(v0)                             # tanh",
        "    # backward",
        "    v2 = v1 * v1                              # mul",
        "    v3 = 1.0 - v2                             # adjoint of v0",
        "    v4 = 3.0 * v3                             # adjoint of x0",
        "    return (v1, v4)",
    ]


def test_common_subexpressions_constants_and_dead_code_are_gone() -> None:
    f = compile(lambda x: (np.exp(x), (x * x + 0) * 1 + x * x / 1 - 0 + Value(2.0) * 3)[1])
    assert f(2.0) == 14.0
    assert f.source.count("=") == 3
    assert "exp" not in f.source
    assert "6.0" in f.source


def test_a_comment_names_the_node() -> None:
    w = Value(2.0, name="w[1]")
    f = compile(grad(lambda x: w * x))
    f(1.0)
    assert re.search(r"w0 = k\d+\._data +# w\[1\]", f.source)


def test_a_comment_has_the_first_name_of_a_result() -> None:
    def f(x: Any) -> Any:
        first, second = x * 3.0, x * 3.0
        first.name, second.name = "first", "second"
        return np.sin(first) + second

    compiled = compile(f)
    compiled(1.0)
    assert re.search(r"v0 = 3.0 \* x0 +# first$", compiled.source, re.MULTILINE)
    assert "second" not in compiled.source


@pytest.mark.parametrize(
    "name", ["a\nimport os", "*/ evil /*", "a\\", "\u2028b", "'; x = 1 #", "{0}", "a" * 500]
)
def test_no_name_or_key_of_a_user_leaves_its_comment(name: str) -> None:
    w = Value(2.0, name=name)
    f = compile(lambda x: {name: w * x[name]})
    assert f({name: 3.0}) == {name: 6.0}
    for line in f.source.splitlines():
        code, _, comment = line.partition("#")
        assert re.fullmatch(r"[\w .,()\[\]·]*", comment)
        assert "evil" not in code
        assert "import" not in code
        assert len(line) < 120


def test_tracebacks_show_the_line() -> None:
    f = compile(lambda x: 1 / x)
    f(1.0)
    ((program,),) = (found.programs for found in f._specializations.values())
    try:
        program(0.0)
    except ZeroDivisionError:
        assert "v0 = 1.0 / x0" in traceback.format_exc()


def test_a_primitive_of_a_user_hides_no_name_of_the_code() -> None:
    code = """
from autograd import primitive

for name in ("float", "ndarray", "MISS"):
    primitive(name, lambda a: a, lambda out, a: (1,))

from autograd import compile  # loads the compiler, after the rows are in the table

print(compile(lambda x: x * 3)(2.0))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "6.0\n"
