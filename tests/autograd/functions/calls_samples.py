"""Calls of functions that are compositions: statistics, sorting, and curves given by samples."""

import numpy as np

M = np.array([[1.5, -0.5, 2.0], [0.25, 3.0, -1.0]])
V = np.array([2.0, -1.0, 0.5])
HOLES = np.array([[0.0, np.nan, 0.0], [0.0, 0.0, np.nan]])
X = np.array([-1.0, 0.3, 0.9, 2.5])

NO_JAX = {"jax": "JAX has other arguments, or another slope"}
READS = {"compiled": "the selected elements depend on the numbers", "jax": "JAX drops the derivative"}
INFINITE = {"nan": "beside an infinite element NumPy's rounding gives NaN, or ours"}
NATIVE = {"native": "C has no line for looking up"}
SCALAR = dict.fromkeys(("scalar", "empty"), "NumPy raises RuntimeError")
LENGTH = {"scalar": "NumPy takes its length"}

CALLS = {
    # Statistics.
    "std": [
        lambda t: np.std(t),
        lambda t: np.std(t, axis=1, ddof=1),
        lambda t: np.std(t, 0, keepdims=True),
        ("cube", lambda t: np.std(t, (0, 2))),
    ],
    "ptp": [lambda t: np.ptp(t), lambda t: np.ptp(t, axis=1), lambda t: np.ptp(t, 0, keepdims=True)],
    "average": [
        lambda t: np.average(t),
        lambda t: np.average(t, axis=1),
        lambda t: np.average(t, axis=0, weights=[1.0, 3.0]),
        lambda t: np.average(t, weights=np.abs(M), keepdims=True),
        lambda t: np.average(M, weights=t * t),
        lambda t: np.average(t, 1, t[0] ** 2, returned=True),
        lambda t: np.average(t, 1, returned=True),
        ("cube", lambda t: np.average(t, (2, 1), weights=np.arange(1.0, 13).reshape(4, 3))),
    ],
    "cov": [
        lambda t: np.cov(t),
        lambda t: np.cov(t, rowvar=False),
        lambda t: np.cov(t, bias=True),
        lambda t: np.cov(t[0]),
        lambda t: np.cov(t, V),
        lambda t: np.cov(V, t, ddof=0),
        ("matrix", lambda t: np.cov(t, fweights=[1, 2, 1]), SCALAR),
        ("matrix", lambda t: np.cov(t, aweights=[0.5, 2.0, 1.0]), SCALAR),
        ("matrix", lambda t: np.cov(t, aweights=[0.5, 2.0, 1.0], fweights=[1, 2, 1], ddof=0), SCALAR),
    ],
    "corrcoef": [
        lambda t: np.corrcoef(t),
        ("square", lambda t: np.corrcoef(t, rowvar=False)),
        lambda t: np.corrcoef(t[0], t[1]),
    ],
    "nansum": [lambda t: np.nansum(t + HOLES), lambda t: np.nansum(t + HOLES, axis=1, keepdims=True)],
    "nanprod": [lambda t: np.nanprod(t + HOLES, axis=0)],
    "nancumsum": [lambda t: np.nancumsum(t + HOLES, axis=1)],
    "nancumprod": [lambda t: np.nancumprod(t + HOLES, axis=1)],
    "nanmean": [
        lambda t: np.nanmean(t + HOLES),
        lambda t: np.nanmean(t + HOLES, 1),
        lambda t: np.nanmean(t, 0, keepdims=True),
    ],
    "nanvar": [
        lambda t: np.nanvar(t + HOLES),
        lambda t: np.nanvar(t + HOLES, 1, ddof=1),
        lambda t: np.nanvar(t + HOLES, axis=0, keepdims=True),
    ],
    "nanstd": [lambda t: np.nanstd(t + HOLES), lambda t: np.nanstd(t + HOLES, 1, ddof=1)],
    "nanmax": [lambda t: np.nanmax(t + HOLES), lambda t: np.nanmax(t + HOLES, axis=1, keepdims=True)],
    "nanmin": [lambda t: np.nanmin(t + HOLES), lambda t: np.nanmin(t + HOLES, 0)],
    # Curves.
    "diff": [
        lambda t: np.diff(t),
        lambda t: np.diff(t, n=2),
        lambda t: np.diff(t, 1, 0),
        lambda t: np.diff(t, 0),
        lambda t: np.diff(t, prepend=0.0, append=t[:, :1]),
        lambda t: np.diff(t, axis=0, prepend=[[1.0, 2.0, 3.0]]),
        ("cube", lambda t: np.diff(t, axis=-2, append=0)),
    ],
    "ediff1d": [lambda t: np.ediff1d(t), lambda t: np.ediff1d(t, to_end=[1.0, 2.0], to_begin=t[0, 0])],
    "gradient": [
        ("vector", lambda t: np.gradient(t)),
        ("vector", lambda t: np.gradient(t, 0.5, edge_order=2)),
        ("vector", lambda t: np.gradient(t, X)),
        ("vector", lambda t: np.gradient(t, X, edge_order=2)),
        ("vector", lambda t: np.gradient(X, np.tri(4) @ (t * t)), NO_JAX),
        lambda t: np.gradient(t),
        lambda t: np.gradient(t, 2.0, V, edge_order=1),
        lambda t: np.gradient(t, 2.0, axis=1),
        ("cube", lambda t: np.gradient(t, axis=(0, 2))),
    ],
    "trapezoid": [
        lambda t: np.trapezoid(t),
        lambda t: np.trapezoid(t, dx=0.5, axis=0),
        lambda t: np.trapezoid(t, V),
        lambda t: np.trapezoid(M, t),
        lambda t: np.trapezoid(t, t * t, axis=0),
        lambda t: np.trapezoid(t, dx=t[0, 0]),
    ],
    "unwrap": [("vector", lambda t: np.unwrap(3 * t), {**READS, **NO_JAX})],
    "interp": [
        ("matrix", lambda t: np.interp(t, X, X**2), NATIVE),
        ("matrix", lambda t: np.interp(t, X, X**2, left=-7.0, right=7.0), NATIVE),
        ("vector", lambda t: np.interp([-2.0, 0.1, 0.5, 2.0, 9.0], X, t)),
        ("vector", lambda t: np.interp([-2.0, 0.1, 0.5, 2.0, 9.0], np.sort(t), t), NATIVE),
        ("vector", lambda t: np.interp(t, np.sort(t * t), X), {**INFINITE, **NATIVE}),
        ("matrix", lambda t: np.interp(t[0, 0], X, X**2), NATIVE),
        ("vector", lambda t: np.interp(0.4, X, t)),
    ],
    "polyval": [
        ("vector", lambda t: np.polyval(t, 2.0)),
        lambda t: np.polyval([1.0, -2.0, 0.5], t),
        ("vector", lambda t: np.polyval(t, t)),
    ],
    "polyadd": [("vector", lambda t: np.polyadd(t, V)), ("vector", lambda t: np.polyadd([2.0], t))],
    "polysub": [("vector", lambda t: np.polysub(V, t))],
    "polyder": [("vector", lambda t: np.polyder(t)), ("vector", lambda t: np.polyder(t, 2))],
    "polyint": [
        ("vector", lambda t: np.polyint(t), LENGTH),
        ("vector", lambda t: np.polyint(t, 2, k=3.0), LENGTH),
        ("vector", lambda t: np.polyint(t, 2, [1.0, 2.0]), LENGTH),
        ("vector", lambda t: np.polyint(t, k=t[0]), NO_JAX),
    ],
    "poly": [("vector", lambda t: np.poly(t))],
    "vander": [("vector", lambda t: np.vander(t)), ("vector", lambda t: np.vander(t, 3, increasing=True))],
    "linspace": [
        ("vector", lambda t: np.linspace(t[0], t[1], 5)),
        ("vector", lambda t: np.linspace(t, 3.0, 4, endpoint=False, axis=-1)),
        ("vector", lambda t: np.linspace([1.0, 2.0], t[:2], 3, retstep=True)),
        ("vector", lambda t: np.linspace(t, t * t, 1)),
        ("vector", lambda t: np.linspace(t[0], 9.0)),
    ],
    "logspace": [
        ("vector", lambda t: np.logspace(t[0], t[1], 4)),
        ("vector", lambda t: np.logspace(0.0, t, 3, base=2.0, endpoint=False)),
    ],
    "geomspace": [
        ("vector", lambda t: np.geomspace(t[0], t[2], 4)),
        ("vector", lambda t: np.geomspace(1.0, t * t, 3, axis=1), INFINITE),
        ("vector", lambda t: np.geomspace(-t[0], -4.0, 3, endpoint=False)),
    ],
    # Counts.
    "unique": [
        ("matrix", lambda t: np.unique(t), READS),
        ("matrix", lambda t: np.unique(t, return_counts=True)[0], READS),
        ("matrix", lambda t: np.unique(np.concatenate([t, t]), axis=0), READS),
    ],
    "unique_values": [("matrix", lambda t: np.sort(np.unique_values(t)), READS)],
    "unique_counts": [("matrix", lambda t: np.unique_counts(t).values, READS)],
    "unique_inverse": [("matrix", lambda t: np.unique_inverse(t).values, READS)],
    "unique_all": [("matrix", lambda t: np.unique_all(t).values, READS)],
    "union1d": [("matrix", lambda t: np.union1d(t, [0.5, 0.6]), READS)],
    "bincount": [
        ("vector", lambda t: np.bincount([0, 2, 2, 1], weights=t)),
        ("vector", lambda t: np.bincount([0, 3, 3, 1], t, 6)),
    ],
    "histogram": [
        ("vector", lambda t: np.histogram(X, 3, weights=t)),
        ("vector", lambda t: np.histogram(X, [-1.0, 0.5, 0.9], density=True, weights=t), INFINITE),
    ],
}
