"""Calls of functions that C leaves to NumPy, sorting and convolution; and of those with plain results."""

import numpy as np

M = np.array([[1.5, -0.5, 2.0], [0.25, 3.0, -1.0]])
V = np.array([2.0, -1.0, 0.5])
HOLES = np.array([[0.0, np.nan, 0.0], [0.0, 0.0, np.nan]])

NO_JAX = {"jax": "JAX has other arguments, or another slope"}
READS = {"compiled": "the selected elements depend on the numbers", "jax": "JAX drops the derivative"}
INFINITE = {"nan": "beside an infinite element NumPy's rounding gives NaN, or ours"}
ORDER = {"nan": "NumPy leaves the order beside the place open", "jax": "JAX sorts"}
SIZES = {"empty": "NumPy raises of the axes' lengths", **INFINITE}
ZERO = {"empty": "NumPy takes it as 0"}
METHODS = (
    *("inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen"),
    *("weibull", "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest"),
)

EXEMPT = {"native": "C has no line for sorting and convolution"}

CALLS = {
    # Sorting.
    "sort": [
        lambda t: np.sort(t),
        lambda t: np.sort(t, axis=0),
        lambda t: np.sort(t, None),
        lambda t: np.sort(t, -1, kind="stable"),
        ("cube", lambda t: np.sort(t, axis=-2)),
    ],
    "partition": [
        ("matrix", lambda t: np.partition(t, 1), ORDER),
        ("matrix", lambda t: np.partition(t, 3, axis=None), ORDER),
        ("cube", lambda t: np.partition(t, (0, 2), axis=2), ORDER),
    ],
    "median": [
        lambda t: np.median(t),
        lambda t: np.median(t, axis=1),
        lambda t: np.median(t, 0, keepdims=True),
        ("cube", lambda t: np.median(t, axis=(0, -1)), SIZES),
    ],
    "quantile": [
        *[
            ("matrix", lambda t, method=method: np.quantile(t, [0.1, 0.5, 0.77], method=method), INFINITE)
            for method in METHODS
        ],
        lambda t: np.quantile(t, 0.3),
        ("matrix", lambda t: np.quantile(t, [[0.0, 1.0], [0.5, 0.25]], axis=1), INFINITE),
        ("matrix", lambda t: np.quantile(t, [0.2, 0.9], axis=0, keepdims=True), INFINITE),
        ("cube", lambda t: np.quantile(t, 0.4, axis=(0, 2), keepdims=True), SIZES),
        ("unit", lambda t: np.quantile(M, t[0, 0] * t[0, 0], axis=1), {"compiled": "the places depend on q"}),
    ],
    "percentile": [
        lambda t: np.percentile(t, 30),
        ("matrix", lambda t: np.percentile(t, [10.0, 90.0], axis=1), INFINITE),
    ],
    "nanmedian": [
        lambda t: np.nanmedian(t + HOLES),
        lambda t: np.nanmedian(t + HOLES, axis=1, keepdims=True),
    ],
    "nanquantile": [
        lambda t: np.nanquantile(t + HOLES, 0.3),
        lambda t: np.nanquantile(t + HOLES, [0.0, 0.4, 1.0], axis=1),
        lambda t: np.nanquantile(t + HOLES, [0.2], axis=0, keepdims=True),
        *[
            (
                "matrix",
                lambda t, method=method: np.nanquantile(t + HOLES, [0.1, 0.77], 1, method=method),
                READS,
            )
            for method in METHODS
            if method != "linear"
        ],
    ],
    "nanpercentile": [
        lambda t: np.nanpercentile(t + HOLES, 30.0),
        lambda t: np.nanpercentile(t + HOLES, [10, 90], 1),
    ],
    "convolve": [
        *[("vector", lambda t, mode=mode: np.convolve(t, V, mode)) for mode in ("full", "same", "valid")],
        *[("vector", lambda t, mode=mode: np.convolve(V[:2], t, mode)) for mode in ("full", "same", "valid")],
        ("vector", lambda t: np.convolve(t, t[:3])),
        ("vector", lambda t: np.convolve(t[:2], t, mode="valid")),
        ("vector", lambda t: np.convolve(t[0], t), NO_JAX),
    ],
    "correlate": [
        *[("vector", lambda t, mode=mode: np.correlate(t, V, mode)) for mode in ("full", "same", "valid")],
        *[
            ("vector", lambda t, mode=mode: np.correlate(V[:2], t, mode))
            for mode in ("full", "same", "valid")
        ],
        *[
            ("vector", lambda t, mode=mode: np.correlate(t[:3], t, mode))
            for mode in ("full", "same", "valid")
        ],
        ("vector", lambda t: np.correlate(t, t)),
    ],
    "polymul": [("vector", lambda t: np.polymul(t, V), ZERO), ("vector", lambda t: np.polymul(t, t), ZERO)],
}

PLAIN = {
    "round": [lambda t: np.round(t, 1), lambda t: np.round(t, decimals=-1)],
    "around": [lambda t: np.around(t)],
    "fix": [lambda t: np.fix(t)],
    "argpartition": [lambda t: np.argpartition(t, 1, axis=1)],
    "searchsorted": [
        lambda t: np.searchsorted([0.0, 1.0, 2.0], t),
        ("vector", lambda t: np.searchsorted(np.sort(t), 0.5)),
    ],
    "digitize": [lambda t: np.digitize(t, [0.0, 1.0, 2.0])],
    "histogram": [lambda t: np.histogram(t, 3)],
    "histogram2d": [lambda t: np.histogram2d(t[0], t[1], 2)],
    "histogramdd": [lambda t: np.histogramdd(t, 2)[0]],
    "histogram_bin_edges": [lambda t: np.histogram_bin_edges(t, 3)],
    "nonzero": [lambda t: np.nonzero(t), lambda t: np.where(t)],
    "flatnonzero": [lambda t: np.flatnonzero(t)],
    "count_nonzero": [lambda t: np.count_nonzero(t, axis=1)],
    "argwhere": [lambda t: np.argwhere(t)],
    "nanargmax": [lambda t: np.nanargmax(t + HOLES, axis=1)],
    "nanargmin": [lambda t: np.nanargmin(t + HOLES)],
    "isin": [lambda t: np.isin(t, [1.56]), lambda t: np.isin([1.56], t)],
    "lexsort": [lambda t: np.lexsort((t[0], t[1])), lambda t: np.lexsort(t)],
    "unique": [lambda t: np.unique(t, True, True, True)[1:]],
    "intersect1d": [lambda t: np.intersect1d(t, [1.56, 9.0])],
    "setdiff1d": [lambda t: np.setdiff1d(t, [1.56])],
    "setxor1d": [lambda t: np.setxor1d(t, [1.56])],
    **{
        name: []
        for name in ("unravel_index", "ravel_multi_index", "save", "savetxt", "savez", "savez_compressed")
    },
    "array2string": [lambda t: np.array2string(t)],
    "array_repr": [lambda t: np.array_repr(t)],
    "array_str": [lambda t: np.array_str(t)],
    "array_equiv": [lambda t: np.array_equiv(t, t)],
    "isposinf": [lambda t: np.isposinf(t)],
    "isneginf": [lambda t: np.isneginf(t)],
    "angle": [lambda t: np.angle(t)],
    "tril_indices_from": [lambda t: np.tril_indices_from(t)],
    "triu_indices_from": [lambda t: np.triu_indices_from(t, 1)],
    "diag_indices_from": [("square", lambda t: np.diag_indices_from(t))],
    "result_type": [lambda t: np.result_type(t, np.float32) == np.float64],
    "can_cast": [lambda t: np.can_cast(t.dtype, np.float32)],
    "common_type": [lambda t: np.common_type(t) is np.float64],
    "min_scalar_type": [lambda t: np.min_scalar_type(t) == np.float64],
    "may_share_memory": [lambda t: np.may_share_memory(t, np.zeros(3))],
    "shares_memory": [lambda t: np.shares_memory(t, np.zeros(3))],
    "isreal": [lambda t: np.isreal(t)],
    "iscomplex": [lambda t: np.iscomplex(t)],
    "isrealobj": [lambda t: np.isrealobj(t)],
    "iscomplexobj": [lambda t: np.iscomplexobj(t)],
}
