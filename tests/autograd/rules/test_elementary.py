"""The elementary and special functions at the points where derivatives go wrong."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from autograd import Counted, Dual, Ledger, Symbol, Tensor, Value, compile, grad, hessian, values  # noqa: A004
from autograd.numbers.number import Number
from autograd.numbers.ufuncs import METHODS, UFUNCS
from autograd.rules.elementary import sinc_of
from autograd.rules.primitive import TABLE
from autograd.rules.special import member

special = pytest.importorskip("scipy.special")
INF, NAN = math.inf, math.nan


def slopes(f: Any, *point: float) -> list[float]:
    """The derivatives on Tensors; where Values do not raise an error, theirs are the same."""
    with np.errstate(all="ignore"):
        tensors = [Tensor(x) for x in point]
        f(*tensors).backward()
        found = [float(t.grad) for t in tensors]
    numbers = [Value(x) for x in point]
    try:
        f(*numbers).backward()
    except (ArithmeticError, ValueError):
        assert not np.isfinite(found).all() or not np.isfinite(f(*map(np.float64, point)))
    else:
        np.testing.assert_allclose([v.grad for v in numbers], found, rtol=1e-14)
    return found


@pytest.mark.parametrize(
    ("f", "point", "wanted"),
    [
        (np.hypot, (0.0, 0.0), [0, 0]),
        (np.hypot, (-3.0, 0.0), [-1, 0]),
        (np.hypot, (3e200, 4e200), [0.6, 0.8]),
        (np.hypot, (3e-200, 4e-200), [0.6, 0.8]),
        (np.arctan2, (0.0, 0.0), [0, 0]),
        (np.arctan2, (0.0, -2.0), [-0.5, 0]),
        (np.arctan2, (2.0, 0.0), [0, -0.5]),
        (np.arctan2, (1e200, 1e200), [5e-201, -5e-201]),
        (np.arctan2, (1e-200, 1e-200), [5e199, -5e199]),
        (np.logaddexp, (-INF, -INF), [0.5, 0.5]),
        (np.logaddexp, (INF, INF), [0.5, 0.5]),
        (np.logaddexp, (-INF, 1.0), [0, 1]),
        (np.logaddexp, (-INF, INF), [0, 1]),
        (np.logaddexp, (800.0, 0.0), [1, 0]),
        (np.logaddexp2, (-INF, -INF), [0.5, 0.5]),
        (special.xlogy, (0.0, 0.0), [0, 0]),
        (special.xlogy, (0.0, 2.0), [math.log(2), 0]),
        (special.xlogy, (2.0, 4.0), [math.log(4), 0.5]),
        (special.xlogy, (1.0, 0.0), [-INF, INF]),
        (special.xlog1py, (0.0, -1.0), [0, 0]),
        (np.log1p, (1e-20,), [1]),
        (np.log1p, (-1.0,), [INF]),
        (np.expm1, (1e-20,), [1]),
        (np.expm1, (-40.0,), [math.exp(-40)]),
        (np.cbrt, (-8.0,), [1 / 12]),
        (np.cbrt, (0.0,), [INF]),
        (np.mod, (-1.5, 2.0), [1, 1]),
        (np.mod, (1.5, -2.0), [1, 1]),
        (np.mod, (4.0, 2.0), [1, -2]),
        (np.fmod, (-5.0, 2.0), [1, 2]),
        (np.fmod, (-1.5, 2.0), [1, 0]),
        (np.floor_divide, (7.0, 2.0), [0, 0]),
        (np.arcsin, (1.0,), [INF]),
        (np.arccosh, (1e300,), [1e-300]),
        (np.arcsinh, (1e300,), [1e-300]),
        (np.arctan, (INF,), [0]),
        (np.sinc, (0.0,), [0]),
        (np.sinc, (1.0,), [-1]),
        (np.fmax, (NAN, 1.0), [0, 1]),
        (np.fmin, (1.0, NAN), [1, 0]),
        (np.fmax, (1.0, 1.0), [0.5, 0.5]),
        (np.copysign, (0.0, -1.0), [0, 0]),
        (np.copysign, (2.0, -0.0), [-1, 0]),
        (special.log_ndtr, (-1e10,), [1e10]),
        (special.log_ndtr, (40.0,), [0]),
        (special.rgamma, (0.0,), [1]),
        (special.rgamma, (-3.0,), [-6]),
        (special.i1, (0.0,), [0.5]),
        (special.j1, (0.0,), [0.5]),
        (special.i0e, (0.0,), [0]),
        (special.logit, (1e-20,), [1e20]),
        (special.erf, (INF,), [0]),
    ],
)
def test_at_kinks_poles_and_extremes(f: Any, point: tuple[float, ...], wanted: list[float]) -> None:
    np.testing.assert_allclose(slopes(f, *point), wanted, rtol=1e-14, atol=1e-15)


def test_sinc_is_smooth_at_zero_and_far_away() -> None:
    # The Taylor series of sin(πx) / (πx): the derivative of order 2n is (-π²)^n / (2n + 1).
    for order in range(12):
        wanted = 0 if order % 2 else (-(math.pi**2)) ** (order // 2) / (order + 1)
        assert sinc_of(order).forward(0.0) == pytest.approx(wanted, rel=1e-13)
    x = np.array([-5.3, -1.0, -0.4, 1e-8, 0.3, 0.9, 1.7, 30.2])
    for order in range(6):
        row = sinc_of(order)
        h = 1e-4
        difference = (row.forward(x + h) - row.forward(x - h)) / (2 * h)
        (slope,) = row.partials(row.forward(x), x)
        np.testing.assert_allclose(slope, difference, rtol=1e-6, atol=1e-5 * math.pi**order)


def test_second_derivatives_at_special_points() -> None:
    assert hessian(np.logaddexp, (0, 1))(1.0, 1.0) == ((0.25, -0.25), (-0.25, 0.25))
    (aa, ab), (ba, bb) = hessian(special.xlogy, (0, 1))(0.0, 2.0)
    assert (aa, ab, ba, bb) == (0, 0.5, 0.5, 0)
    assert grad(grad(np.mod))(7.5, 2.0) == 0
    assert grad(grad(lambda x: special.gammaln(x)))(1.0) == pytest.approx(math.pi**2 / 6)
    third = grad(grad(grad(lambda x: special.digamma(x))))(1.0)
    assert third == pytest.approx(math.pi**4 / 15)


@pytest.mark.parametrize("name", ["tan", "log1p", "erf", "arctan2", "hypot", "mod"])
def test_methods_on_every_number_type(name: str) -> None:
    others = () if len(slopes(getattr(Number, name), *point_of(name))) == 1 else (0.75,)
    wanted = METHODS[name](Value(0.5), *others).data
    ledger = Ledger()
    for number in (Value(0.5), Tensor(0.5), Dual(0.5, 1.0), Counted(0.5, ledger), Symbol(0.5)):
        assert getattr(number, name)(*others).data == pytest.approx(wanted)
    assert ledger.counts["multiplications"] == 1


def point_of(name: str) -> tuple[float, ...]:
    return (0.5,) if name in ("tan", "log1p", "erf") else (0.5, 0.75)


def test_remainders_as_operators() -> None:
    for x, y in ((7.5, 2.0), (-7.5, 2.0), (7.5, -2.0)):
        assert (Value(x) % y).data == (x % Value(y)).data == x % y
        assert (Value(x) // y).data == (x // Value(y)).data == x // y
        assert [part.data for part in divmod(Value(x), y)] == list(divmod(x, y))
        assert [part.data for part in divmod(x, Tensor(y))] == list(divmod(x, y))
        np.testing.assert_array_equal((np.array([x, 1.0]) % Tensor(y)).data, np.array([x, 1.0]) % y)
    assert [v.data for v in Value(7.5) % np.array([2.0, 3.0])] == [1.5, 1.5]
    assert [v.data for v in np.array([2.0, 3.0]) % Value(1.5)] == [0.5, 0.0]
    with pytest.raises(TypeError):
        Value(1.0) % "a"


def test_arrays_of_values() -> None:
    x = np.array([0.25, 0.75])
    for f in (np.tan, np.log1p, np.arcsin, np.exp2, np.cbrt, np.fabs, np.degrees, np.deg2rad, np.expm1):
        np.testing.assert_allclose([v.data for v in f(values(x))], f(x), rtol=1e-15)
    np.testing.assert_allclose([v.data for v in np.arctan2(values(x), 1.0)], np.arctan2(x, 1.0))
    np.testing.assert_allclose([v.data for v in np.hypot(values(x), x)], np.hypot(x, x))
    np.testing.assert_allclose([v.data for v in values(x) % 0.5], x % 0.5)


def test_arrays_of_values_where_numpy_has_no_loop_over_objects() -> None:
    x, w = np.array([0.25, 0.75]), values([0.25, 0.75])
    for f in (
        lambda a: np.arctan2(1.0, a),
        lambda a: np.hypot(x, a),
        lambda a: np.logaddexp(a, 1.0),
        lambda a: np.copysign(a, -1.0),
        lambda a: np.fmod(1.0, a),
        lambda a: np.float_power(a, 1.5),
        special.erf,
        special.xlogy,
        lambda a: special.jv(2, a),
        np.sinc,
        np.nan_to_num,
    ):
        inputs = (w, w) if f is special.xlogy else (w,)
        np.testing.assert_allclose([v.data for v in f(*inputs)], f(*(x for _ in inputs)), rtol=1e-15)
    fraction, whole = np.modf(w * 3)
    assert [v.data for v in (*fraction, *whole)] == [0.75, 0.25, 0, 2]
    assert np.isnan(w).tolist() == [False, False]
    assert np.floor(w * 2).tolist() == [0, 1]
    assert np.sign(w - 0.5).tolist() == [-1, 1]
    assert grad(grad(lambda a: np.sum(np.sinc(values([0.0]) * 0 + a))))(0.0) == pytest.approx(
        -(math.pi**2) / 3
    )
    with pytest.raises(TypeError, match=r"np\.spacing has no derivative rule"):
        np.spacing(w)
    assert np.arctan2(w, Tensor([1.0, 2.0])).shape == (2,)


def test_arrays_of_values_stay_what_they_are_through_programs() -> None:
    w = values([[0.25, 0.75], [1.5, -0.5]], "w")
    for result in (w + 1, w @ w, w.T, w[0], np.tanh(w), np.concatenate([w, w]), w.reshape(4)):
        assert np.isnan(result).dtype == bool
    total = w.copy()
    total += 1.0
    assert total[0, 0].data == 1.25
    assert (w > 0).tolist() == [[True, True], [True, False]]
    assert type(w > 0) is np.ndarray
    assert repr(w[:1, 0]) == "array([Value(data=0.25, grad=0, name='w[0,0]')], dtype=object)"
    f = compile(lambda a: np.logaddexp(a, 1.0))
    for numbers in (np.array([1.0, 2.0], dtype=object), values([1.0, 2.0])):
        found = [getattr(y, "data", y) for y in f(numbers)]
        assert found == pytest.approx([np.logaddexp(1.0, 1.0), np.logaddexp(2.0, 1.0)])
    assert (np.add.reduce(w, 0)[0] + np.multiply.outer(w[0], w[0])[0, 0]).data == 1.8125


def test_functions_of_numpy_that_are_no_ufuncs_take_values() -> None:
    for x in (0.0, 0.3):
        assert grad(grad(lambda v: np.sinc(v)))(x) == pytest.approx(sinc_of(2).forward(x))
        assert grad(lambda v: np.i0(v))(x) == pytest.approx(special.i1(x))
    assert grad(lambda v: np.nan_to_num(v))(NAN) == 0
    assert grad(lambda v: np.nan_to_num(v) * 3)(2.0) == 3
    assert grad(lambda v: np.real(v) * 3)(2.0) == 3
    assert np.shape(Value(1.0)) == ()


def test_what_is_plain_is_plain_and_what_has_no_rule_says_so() -> None:
    x = Value(-1.5)
    assert np.floor(x) == -2
    assert np.sign(x) == -1
    assert not np.isnan(x)
    assert np.trunc(Tensor([-1.5])).tolist() == [-1]
    for number in (x, Tensor(1.5)):
        with pytest.raises(TypeError, match=r"np\.frexp has no derivative rule"):
            np.frexp(number)
        with pytest.raises(TypeError, match=r"scipy\.special\.ellipk has no derivative rule"):
            special.ellipk(number)
        with pytest.raises(TypeError, match="not by its order: give a plain number"):
            special.jv(number, 1.0)
    assert not hasattr(x, "ellipk")
    assert not hasattr(x, "__array_interface__")


def test_orders_of_families() -> None:
    assert member("jv", 0) is TABLE["j0"]
    assert member("iv", 1.0) is TABLE["i1"]
    assert member("kv", 2) is member("kv", 2.0)
    assert grad(lambda x: special.jv(0.5, x))(2.0) == pytest.approx(special.jvp(0.5, 2.0))
    assert grad(grad(lambda x: special.kv(2, x)))(2.0) == pytest.approx(special.kvp(2, 2.0, 2))
    orders = np.array([0.0, 1.0, 2.5])
    x = Tensor(2.0)
    special.iv(orders, x).sum().backward()
    assert x.grad == pytest.approx(special.ivp(orders, 2.0).sum())


def test_the_methods_are_functions_of_the_table() -> None:
    named = {name for name in vars(Number) if name in METHODS}
    assert len(named) > 50
    assert set(UFUNCS) <= set(METHODS)


def test_compiled_special_functions_raise_what_the_functions_raise() -> None:
    f = compile(lambda x: special.gammaln(x) + np.log1p(x) + x % 2.0)
    assert f(2.5) == math.lgamma(2.5) + math.log1p(2.5) + 0.5
    with pytest.raises(ValueError, match=r"gammaln\(0.0\) is undefined"):
        f(0.0)


def test_scipy_is_imported_when_it_is_needed() -> None:
    code = (
        "import sys, numpy as np\n"
        "from autograd import Value, Tensor, grad, primitive\n"
        "from autograd.rules import special\n"
        "grad(lambda x: np.log1p(x) + x.erf() + x.gamma())\n"
        "Tensor([1.0]).log1p(), Value(1.0).erf(), Value(1.0).gamma()\n"
        "assert not any('scipy' in name for name in sys.modules)\n"
        "sys.modules['scipy.special'] = None\n"
        "print(Tensor([1.0, -2.0]).erfc().data)\n"
        "try:\n    special.apply(special.erfinv, Tensor([0.5]))\n"
        "except ModuleNotFoundError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    elementwise = f"{np.array([math.erfc(1.0), math.erfc(-2.0)])}\n"
    assert done.stdout == f"{elementwise}erfinv needs SciPy here: pip install scipy\n"
