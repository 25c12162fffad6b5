"""`compile(f, backend="jax")`: NumPy's numbers, in a function that JAX transforms."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, compile, grad, softmax_cross_entropy, value_and_grad  # noqa: A004

jax = pytest.importorskip("jax")

RNG = np.random.default_rng(0)
P = {"w": RNG.normal(size=(4, 8)), "inner": [np.zeros(8), RNG.normal(size=(8, 3))]}
X, Y = RNG.normal(size=(16, 4)), RNG.integers(0, 3, 16)


def loss(p: Any, x: Any, y: Any) -> Any:
    bias, last = p["inner"]
    return softmax_cross_entropy(np.tanh(x @ p["w"] + bias) @ last, y)


def same(found: Any, wanted: Any, tolerance: float = 1e-12) -> None:
    assert jax.tree.structure(found) == jax.tree.structure(wanted)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def test_numbers_and_containers_are_those_of_numpy() -> None:
    step = value_and_grad(loss)
    found = compile(step, backend="jax")(P, X, Y)
    same(found, compile(step)(P, X, Y))
    assert {x.dtype for x in jax.tree.leaves(found)} == {np.dtype("float64")}
    assert all(isinstance(x, jax.Array) for x in jax.tree.leaves(found))


def test_containers_of_every_kind() -> None:
    Pair = namedtuple("Pair", "a b")
    f = compile(lambda x, pair, none: Pair([x, (pair.b,)], {"none": none, "more": pair.a * x}), backend="jax")
    result = f(2.0, Pair(3.0, 4.0), None)
    assert isinstance(result, Pair)
    same(result, Pair([2.0, (4.0,)], {"none": None, "more": 6.0}))
    same(jax.jit(f)(2.0, Pair(3.0, 4.0), None), result)


def test_scalars_and_arrays_of_values() -> None:
    slope = compile(grad(lambda x: x * x * x), backend="jax")
    assert float(slope(2.0)) == 12.0
    pair = compile(lambda x: np.array([x, x * x]) * 2, backend="jax")
    same(np.asarray(pair(3.0)), np.array([6.0, 18.0]))


class Column:
    """A column of a table, as pandas has them."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array([1.0, 2.0])


def test_columns_and_numbers_of_numpy() -> None:
    f = compile(lambda x, factor: np.sum(x) * factor, backend="jax")
    assert float(f(Column(), np.float64(2.0))) == 6.0
    with pytest.raises(ValueError, match="masked entries"):
        f(np.ma.masked_array([1.0, 2.0], [0, 1]), 2.0)


def test_single_precision_stays() -> None:
    f = compile(lambda x, rate: x - rate * np.exp(x), backend="jax")
    x = X.astype(np.float32)
    assert f(x, 0.5).dtype == np.float32
    assert jax.jit(f)(x, 0.5).dtype == np.float32
    with jax.enable_x64(True):
        assert jax.jit(f)(x, 0.5).dtype == np.float32
        assert jax.jit(f)(X, 0.5).dtype == np.float64


def test_leaves_that_the_function_reaches_are_read_at_every_call() -> None:
    weight, offset = Tensor(np.ones(3)), Value(1.0)
    f, g = (compile(f, backend="jax") for f in (lambda x: np.sum(weight * x), lambda x: offset * x))
    assert float(f(np.arange(3.0))) == 3.0
    assert float(g(3.0)) == 3.0
    weight.data, offset.data = np.full(3, 2.0), 2.0
    assert float(f(np.arange(3.0))) == 6.0
    assert float(g(3.0)) == 6.0


def test_it_composes_with_the_transforms_of_both() -> None:
    f = compile(loss, backend="jax")
    wanted = grad(loss)(P, X, Y)
    same(grad(f)(P, X, Y), wanted)
    with jax.enable_x64(True):
        same(jax.grad(f)(P, X, Y), wanted)
        rows = jax.vmap(compile(lambda w, x: np.tanh(x @ w), backend="jax"), in_axes=(None, 0))
        same(rows(P["w"], X), np.tanh(X @ P["w"]))
        same(jax.jit(jax.value_and_grad(f))(P, X, Y), value_and_grad(loss)(P, X, Y))


def test_a_function_first_traced_by_jax_is_traced_where_it_is_defined() -> None:
    logarithm = compile(lambda x: np.log(x) + np.linalg.slogdet(x)[1], backend="jax")
    with jax.enable_x64(True):
        x = np.array([[3.0, 1.0], [1.0, 2.0]])
        same(jax.jit(logarithm)(x), np.log(x) + np.log(5.0))


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"jax\.vmap\(compile\(f, backend='jax'\), in_axes=…\)"):
        compile(lambda x: x, batch=0, backend="jax")
    with pytest.raises(TypeError, match="by position, not by name as 'x'"):
        compile(lambda x: x, backend="jax")(x=1.0)


def test_a_missing_jax_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd.compiler.jax_function import require_jax

    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ImportError, match=r"missing: pip install 'whygrad\[jax\]'"):
        require_jax.__wrapped__()


DIVIDED = """
import jax, numpy as np
from tests.autograd.compiler.test_jax_function import P, X, Y, loss, same
from autograd import compile, value_and_grad
step, wanted = compile(value_and_grad(loss), backend="jax"), compile(value_and_grad(loss))(P, X, Y)
jax.config.update("jax_enable_x64", True)
for n in (2, 8):
    mesh = jax.sharding.Mesh(jax.devices()[:n], ("data",))
    over = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("data"))
    everywhere = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec())
    args = jax.device_put(P, everywhere), jax.device_put(X, over), jax.device_put(Y, over)
    run = jax.jit(step)
    assert len(args[1].addressable_shards) == n
    assert "all-reduce" in run.lower(*args).compile().as_text()
    same(run(*args), wanted)
    same(step(*args), wanted)
"""


def test_over_2_and_8_devices_xla_inserts_the_sums() -> None:
    environment = os.environ | {
        "XLA_FLAGS": "--xla_force_host_platform_device_count=8",
        "JAX_PLATFORMS": "cpu",
    }
    child = [sys.executable, "-c", DIVIDED]
    done = subprocess.run(child, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_on_a_gpu() -> None:
    try:
        device = jax.devices("gpu")[0]
    except RuntimeError:
        pytest.skip("there is no GPU")
    with jax.default_device(device):
        found = compile(value_and_grad(loss), backend="jax")(P, X, Y)
    assert found[0].devices() == {device}
    same(found, compile(value_and_grad(loss))(P, X, Y), 1e-9)


@pytest.mark.parametrize(
    ("f", "numbers", "right"),
    [
        (lambda x: 1 / x, 0.0, np.inf),
        (np.log, -1.0, np.nan),
        (lambda a: np.linalg.inv(a)[0, 0], np.zeros((2, 2)), np.nan),
    ],
)
def test_a_first_call_that_is_undefined_gives_what_later_ones_give(f, numbers, right) -> None:
    step = compile(f, backend="jax")
    np.testing.assert_array_equal(step(numbers), right)
    step(numbers + np.eye(2) if isinstance(numbers, np.ndarray) else 2.0)
    np.testing.assert_array_equal(step(numbers), right)
