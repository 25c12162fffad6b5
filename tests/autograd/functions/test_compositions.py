"""Functions that are compositions, where the tables of calls do not reach: kinks, ties, errors and costs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import (
    ControlFlowError,
    Tensor,
    Value,
    compile,  # noqa: A004
    grad,
    gradient,
    hvp,
    jacobian,
    no_grad,
)

M = np.array([[1.5, -0.5, 2.0], [0.25, 3.0, -1.0]])
T = Tensor(M)


def slopes(f: Callable[[Any], Any], *x: Any) -> Any:
    return grad(f)(np.array(x))


# ---- kinks and ties


@pytest.mark.parametrize("x", [(2.0, 2.0), (0.1, 0.1, 0.1), (-7.3,), (0.3, 0.1 + 0.2 - 5e-17)])
def test_a_deviation_is_still_where_all_elements_are_equal(x: Any) -> None:
    assert slopes(np.std, *x).tolist() == [0.0] * len(x)
    assert slopes(np.nanstd, *x, np.nan).tolist() == [0.0] * (len(x) + 1)
    assert hvp(np.std, (np.array(x),), (np.ones(len(x)),)).tolist() == [0.0] * len(x)


def test_a_deviation_is_still_only_where_its_own_elements_are_equal() -> None:
    found = grad(lambda t: np.sum(np.std(t, axis=0)))(np.array([[1.0, 2.0], [1.0, 4.0]]))
    np.testing.assert_allclose(found, [[0.0, -0.5], [0.0, 0.5]])


def test_a_deviation_of_some_elements_or_from_a_given_mean() -> None:
    mask, x = np.array([True, True, False]), np.array([0.1, 0.1, 5.0])
    assert grad(lambda t: np.std(t, where=mask))(x).tolist() == [0.0, 0.0, 0.0]
    assert np.std(Tensor([2.0, 2.0]), mean=np.array([5.0])).data == 3.0
    assert grad(lambda t: np.std(t, mean=np.array([5.0])))(np.array([2.0, 2.0])).tolist() == [-0.5, -0.5]
    with np.errstate(invalid="ignore"):
        assert np.isnan(np.std(Tensor([5.0]), ddof=1).data)
        assert np.isnan(np.nanstd(Tensor([5.0, np.nan]), ddof=1).data)


def test_equal_elements_keep_their_order() -> None:
    np.testing.assert_array_equal(jacobian(np.sort)(np.array([2.0, 1.0, 2.0])), np.eye(3)[[1, 0, 2]])
    assert slopes(np.median, 1.0, 1.0, 1.0).tolist() == [0.0, 1.0, 0.0]
    assert slopes(np.median, 2.0, 1.0, 2.0, 1.0).tolist() == [0.5, 0.0, 0.0, 0.5]
    assert slopes(lambda t: np.sum(np.unique(t)), 2.0, 1.0, 2.0).tolist() == [1.0, 1.0, 0.0]


def test_the_greatest_of_equal_elements_share_a_range() -> None:
    assert slopes(np.ptp, 1.0, 1.0, 0.0).tolist() == [0.5, 0.5, -1.0]
    assert slopes(np.nanmax, 1.0, np.nan, 1.0).tolist() == [0.5, 0.0, 0.5]


def test_interpolation_at_its_points_has_the_slope_to_the_right() -> None:
    for x, slope in ((-1.0, 0.0), (0.0, 1.0), (1.0, 4.0), (2.0, 4.0), (3.0, 0.0)):
        assert grad(lambda x: np.interp(x, [0, 1, 2], [0, 1, 5]))(np.array(x)) == slope


def test_interpolation_repeats_with_its_period() -> None:
    points, heights = np.array([2.0, 1.0, 0.5]), np.array([1.0, 2.0, 3.0])
    for x in (0.2, 1.7, 2.9, -4.2):
        found = np.interp(Tensor(x), points, heights, period=-3.0)
        np.testing.assert_allclose(found.data, np.interp(x, points, heights, period=-3.0))
        assert grad(lambda h, x=x: np.interp(x, points, h, period=3.0))(heights).sum() == pytest.approx(1.0)


def test_a_quantile_moves_with_its_level() -> None:
    x = np.array([1.0, 2.0, 4.0, 8.0])
    assert grad(lambda q: np.quantile(x, q))(np.array(0.4)) == pytest.approx(6.0)
    assert grad(lambda q: np.percentile(x, q))(np.array(40.0)) == pytest.approx(0.06)
    with pytest.raises(TypeError, match="method='linear'"):
        grad(lambda q: np.quantile(x, q, method="nearest"))(np.array(0.4))


def test_what_is_nan_has_no_part_in_the_derivative() -> None:
    x = (1.0, np.nan, 4.0)
    assert slopes(np.nansum, *x).tolist() == [1.0, 0.0, 1.0]
    assert slopes(np.nanmean, *x).tolist() == [0.5, 0.0, 0.5]
    assert slopes(np.nanmedian, *x).tolist() == [0.5, 0.0, 0.5]
    np.testing.assert_allclose(slopes(np.nanvar, *x), [-1.5, 0.0, 1.5])


def test_nan_is_passed_on_by_medians_and_quantiles() -> None:
    x = np.array([1.0, np.nan, 4.0])
    assert np.isnan(np.median(Tensor(x)).data)
    assert np.isnan(np.quantile(Tensor(x), [0.0, 1.0]).data).all()
    with pytest.warns(RuntimeWarning):
        assert np.isnan(np.nanmean(Tensor([np.nan])).data)
    assert np.isnan(np.nanmedian(Tensor([np.nan, np.nan])).data)


def test_powers_of_zero() -> None:
    found = jacobian(lambda x: np.vander(x, 4, increasing=True)[0])(np.array([0.0]))
    assert found.ravel().tolist() == [0.0, 1.0, 0.0, 0.0]
    assert grad(lambda x: np.polyval([2.0, 3.0, 4.0], x))(0.0) == 3.0


def test_a_branch_that_is_not_taken_is_not_evaluated() -> None:
    root = lambda t: np.sum(np.piecewise(t, [t > 0], [np.sqrt, lambda x: 2 * x]))  # noqa: E731
    assert slopes(root, 4.0, -1.0).tolist() == [0.25, 2.0]


# ---- what a composition refuses


@pytest.mark.parametrize(
    "call",
    [
        lambda t: np.put(t, [0], [1.0]),
        lambda t: np.place(t, M > 0, [1.0]),
        lambda t: np.putmask(t, M > 0, 0.0),
        lambda t: np.put_along_axis(t, np.array([[0]]), 1.0, 1),
        lambda t: np.fill_diagonal(t, 1.0),
    ],
)
def test_writing_is_refused_with_what_to_write(call: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"np\.where\(mask, values, t\)"):
        call(T)


@pytest.mark.parametrize(
    "call",
    [
        lambda t: np.take(t, t),
        lambda t: np.take_along_axis(t, t, 1),
        lambda t: np.repeat(t, t),
        lambda t: np.tile(t, t),
        lambda t: np.roll(t, t),
        lambda t: np.reshape(t, t),
        lambda t: np.insert(t, t, 1.0),
        lambda t: np.delete(t, t),
        lambda t: np.pad(t, t),
        lambda t: np.transpose(t, t),
        lambda t: np.linspace(t, 1.0, t),
        lambda t: np.bincount(t),
    ],
)
def test_places_and_counts_are_whole_numbers(call: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"np\.\w+ takes plain whole numbers.*astype\(int\)"):
        call(T)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda t: np.einsum("ij->ii", t), ValueError, "output has an axis twice"),
        (lambda t: np.einsum("ii", t), ValueError, "different length"),
        (lambda t: np.einsum("i...", t[0, 0]), ValueError, "does not fit"),
        (lambda t: np.einsum("i1", t), ValueError, "letters"),
        (lambda t: np.einsum("....j", t), ValueError, "ellipsis"),
        (lambda t: np.einsum("...j->j", t), ValueError, "needs the ellipsis"),
        (lambda t: np.einsum(t, [0, 99]), ValueError, "0 to 51"),
        (lambda t: np.tensordot(t, t, 3), ValueError, "too many"),
        (lambda t: np.tensordot(t, t, (0, 1)), ValueError, "differ in length"),
        (lambda t: np.cross(t[0, :1], t[1]), ValueError, "2 or 3"),
        (lambda t: np.quantile(t, 1.5), ValueError, "range"),
        (lambda t: np.quantile(t[:0], 0.5), ValueError, "at least one"),
        (lambda t: np.average(t, weights=[1.0, 2.0, 3.0]), TypeError, "Axis"),
        (lambda t: np.average(t, 1, weights=[0.0, 0.0, 0.0]), ZeroDivisionError, "zero"),
        (lambda t: np.gradient(t, edge_order=3), ValueError, "edge_order"),
        (lambda t: np.gradient(t[:1], axis=0), ValueError, "too small"),
        (lambda t: np.interp(t, [1.0, 2.0], [1.0]), ValueError, "one length"),
        (lambda t: np.convolve(t, t), ValueError, "vectors"),
        (lambda t: np.convolve(t[0], t[1], "all"), ValueError, "modes"),
        (lambda t: np.pad(t, 1, "odd"), ValueError, "mode"),
        (lambda t: np.select([t > 0], [t, t]), ValueError, "same length"),
        (lambda t: np.select([t], [t]), TypeError, "truth values"),
        (lambda t: np.choose([0, 5, 0], [t[0], t[1]]), ValueError, "invalid entry"),
        (lambda t: np.stack([t, t[0]]), ValueError, "same shape"),
        (lambda t: np.concatenate([t[0, 0], t[0, 0]]), ValueError, "np.stack"),
        (lambda t: np.ravel(t, "K"), ValueError, "order"),
        (lambda t: np.sort(t, 2), ValueError, "axis 2"),
        (lambda t: np.flip(t, 2), ValueError, "axis 2"),
        (lambda t: np.split(t, 3), ValueError, "equal division"),
        (lambda t: np.delete(t, 9), IndexError, "out of bounds"),
        (lambda t: np.take(t, 9), IndexError, "out of bounds"),
        (lambda t: np.diag(t[None]), ValueError, "1- or 2-d"),
        (lambda t: np.geomspace(t[0], 0.0), ValueError, "zero"),
        (lambda t: np.poly(t), TypeError, "eigvalsh"),
    ],
)
def test_what_is_meaningless_is_refused_in_one_sentence(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        call(T)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "program",
    [
        lambda t: np.extract(t > 0, t),
        lambda t: np.compress(t > 0, t),
        lambda t: np.choose(t > 0, [t, -t]),
        lambda t: np.unique(t),
        lambda t: np.argpartition(t, 1),
    ],
)
def test_a_choice_by_numbers_is_not_compiled(program: Callable[[Any], Any]) -> None:
    with pytest.raises(ControlFlowError, match=r"np\.where"):
        compile(program)(M[0])


# ---- compiled code finds the places again


@pytest.mark.filterwarnings("ignore:no native code")
@pytest.mark.parametrize("backend", ["native", None])
@pytest.mark.parametrize(
    "program",
    [
        lambda t: np.sort(t) * 2.0,
        lambda t: np.sort(np.stack([t, -t]), 0),
        lambda t: np.partition(t, 1)[1],
        lambda t: np.median(t),
        lambda t: np.quantile(t, [0.2, 0.9]),
        lambda t: np.nanmedian(np.where(t > 1, np.nan, t)),
        lambda t: np.interp(t, [-1.0, 0.0, 2.0], [0.0, 1.0, 5.0]),
        lambda t: np.select([t > 1, t > 0], [t, t * t], -1.0),
        lambda t: np.piecewise(t, [t > 1], [lambda x: x * x, 7.0]),
        lambda t: np.std(t),
        lambda t: np.convolve(t, t, "same"),
        lambda t: np.roll(np.flip(t), 1) * t,
    ],
)
def test_compiled_at_one_point_it_is_right_at_others(program: Callable[[Any], Any], backend: Any) -> None:
    compiled = compile(program, backend=backend)
    slope = compile(grad(lambda t: np.sum(program(t) * np.array([1.0]))), backend=backend)
    for x in ([-0.5, 0.2, 0.7, 1.4], [1.4, 0.7, 0.2, -0.5], [0.2, 1.9, -0.9, 1.2], [1.0, 1.0, 1.0, 1.0]):
        point = np.array(x)
        np.testing.assert_allclose(compiled(point), program(Tensor(point)).data)
        np.testing.assert_allclose(slope(point), grad(lambda t: np.sum(program(t)))(point), atol=1e-12)


def test_products_of_ones_are_not_taken_for_sums() -> None:
    compiled = compile(lambda a, v: np.convolve(a, v) * 1.0, backend="native")
    with pytest.warns(RuntimeWarning, match="no native code"):
        assert compiled(np.ones(1), np.ones(1)).tolist() == [1.0]
    assert compiled(np.full(1, 3.0), np.full(1, 5.0)).tolist() == [15.0]


# ---- other numbers, constants and costs


def test_values_join_tensors() -> None:
    v = Value(3.0)
    np.sum(np.append(np.hstack([T[0], v]), v) ** 2).backward()
    assert v.grad == 12.0


def test_python_numbers_and_lists_take_the_precision_of_the_tensor() -> None:
    t = Tensor(M, dtype=np.float32)
    for result in (
        np.vstack([t, [1.0, 2.0, 3.0]]),
        np.append(t, 1.0),
        np.dot(t, [1.0, 2.0, 3.0]),
        np.kron(t, [[1.0, 2.0]]),
        np.interp(t, [0.0, 1.0], [2.0, 3.0]),
        np.pad(t, 1, constant_values=5.0),
        np.linspace(t, 1.0, 3),
        np.average(t, 1, [1.0, 2.0, 3.0]),
        np.quantile(t, [0.1, 0.2]),
        np.gradient(t, 0.5, axis=1),
    ):
        assert result.dtype == np.float32


def test_results_are_constants_where_nothing_is_recorded() -> None:
    with no_grad():
        for result in (
            np.copy(T),
            np.real(T),
            np.diff(T, 0),
            np.atleast_2d(T),
            np.broadcast_arrays(T, 1.0)[0],
            np.reshape(T, (2, 3)),
            np.roll(T, 0),
            np.polyint(T[0], 0),
            np.concatenate([T]),
        ):
            assert result.is_constant


def test_moving_elements_costs_nothing() -> None:
    t = Tensor(M)
    for program in (np.flip, np.sort, lambda t: np.roll(t, 1), lambda t: np.pad(t, 1), np.diagonal):
        cost = gradient(np.sum(program(t)), [t], "backprop").cost
        plain = gradient(np.sum(t), [t], "backprop").cost
        assert cost.multiplications == plain.multiplications == 0


@pytest.mark.parametrize(("n", "m"), [(5, 3), (3, 5), (1, 1), (4, 1)])
def test_a_convolution_counts_its_products(n: int, m: int) -> None:
    a, v = Tensor(np.arange(1.0, n + 1)), Tensor(np.arange(1.0, m + 1))
    result = gradient(np.sum(np.convolve(a, v)), [a, v], "backprop")
    assert result.cost.multiply_adds == 2 * n * m
    np.testing.assert_allclose(result.values[0], np.full(n, np.arange(1.0, m + 1).sum()))


def test_weights_of_counts_have_a_derivative() -> None:
    places, weights = [0, 2, 2], np.array([1.0, 2.0, 3.0])
    square = lambda w: np.sum(np.bincount(places, w) ** 2)  # noqa: E731
    assert grad(square)(weights).tolist() == [2.0, 10.0, 10.0]
    heights = lambda w: np.histogram([0.1, 0.9, 1.0], 2, weights=w)[0]  # noqa: E731
    np.testing.assert_array_equal(jacobian(heights)(weights), [[1, 0, 0], [0, 1, 1]])
    with pytest.raises(ValueError, match="weights"):
        np.bincount([0, 1], Tensor(weights))
