"""Calls of reductions with their options, and of `np.clip`."""

from inspect import signature

import numpy as np

M = np.array([[True, False, True], [True, True, False]])
WEIGHTS = np.array([[0.7], [-1.3]])
SINGLE = dict.fromkeys(("first", "second", "methods", "jax"), "it rounds to single precision")

CALLS = {
    "sum": [
        ("matrix", lambda t: np.sum(t, dtype=np.float32), SINGLE),
        lambda t: np.sum(t, 0, np.float64, None, True),
        lambda t: np.sum(t, where=M),
        lambda t: np.sum(t, axis=1, where=[True, False, True], keepdims=True),
        lambda t: np.sum(t, axis=0, where=t > 0),
        lambda t: np.sum(t, initial=1.5),
        lambda t: np.sum(t, axis=(1, 0), initial=2, where=M),
        lambda t: np.sum(t, axis=()),
        lambda t: np.sum(t, out=None, keepdims=np._NoValue),
        ("scalar", lambda t: np.sum(t, axis=0)),
        ("scalar", lambda t: np.sum(t, axis=-1, keepdims=True)),
        ("cube", lambda t: np.sum(t, axis=(0, -1))),
    ],
    "mean": [
        ("matrix", lambda t: np.mean(t, dtype=np.float32, axis=1), SINGLE),
        lambda t: np.mean(t, where=M),
        lambda t: np.mean(t, axis=1, where=[True, False, True], keepdims=True),
        lambda t: np.mean(t, axis=0, where=t > -1),
        ("cube", lambda t: np.mean(t, axis=(0, -1))),
    ],
    "var": [
        lambda t: np.var(t, 0, np.float64),
        lambda t: np.var(t, where=M, axis=1),
        lambda t: np.var(t, correction=1),
        lambda t: np.var(t, axis=1, correction=0.5, keepdims=True),
        lambda t: np.var(t, axis=1, mean=np.mean(t, axis=1, keepdims=True)),
        lambda t: np.var(t, axis=1, mean=WEIGHTS),
        ("cube", lambda t: np.var(t, axis=(0, 2), ddof=2)),
    ],
    "max": [
        lambda t: np.max(t, initial=0.5),
        lambda t: np.max(t, axis=0, initial=0.5),
        lambda t: np.max(t, axis=1, where=M, initial=-5.0, keepdims=True),
        ("scalar", lambda t: np.max(t, axis=0)),
        ("cube", lambda t: np.max(t, axis=(0, -1))),
    ],
    "min": [
        lambda t: np.min(t, initial=-0.5),
        lambda t: np.min(t, axis=(0, 1), initial=5),
        lambda t: np.min(t, axis=0, where=M, initial=9.0),
        ("scalar", lambda t: np.min(t, axis=-1)),
        ("cube", lambda t: np.min(t, axis=(0, -1))),
    ],
    "clip": [
        lambda t: np.clip(t, -0.25, 1.75, None),
        lambda t: np.clip(WEIGHTS, -0.25, t),
    ],
    "full_like": [lambda t: np.full_like(t, t[1]), lambda t: np.full_like(t, t)],
}
if "min" in signature(np.clip).parameters:  # since NumPy 2.1
    CALLS["clip"] += [lambda t: np.clip(t, min=-0.25, max=1.75), lambda t: np.clip(t, max=1.75)]
PLAIN = {
    "all": [lambda t: np.all(t, where=M, axis=1), lambda t: np.all(t, 0, None, True)],
    "any": [lambda t: np.any(t, where=~M), lambda t: np.any(t > 2, (0, 1), keepdims=True)],
    "argmax": [lambda t: np.argmax(t, 0, keepdims=True)],
    "argpartition": [lambda t: np.argpartition(t, 1, axis=0)],
    "argsort": [lambda t: np.argsort(t), lambda t: np.argsort(t, None, stable=True)],
    "argwhere": [lambda t: np.argwhere(t > 0), lambda t: np.argwhere(t)],
    "array2string": [lambda t: np.array2string(t, precision=1)],
    "array_equiv": [lambda t: np.array_equiv(t, t[:1])],
    "array_repr": [lambda t: np.array_repr(t)],
    "array_str": [lambda t: np.array_str(t)],
    "can_cast": [lambda t: np.can_cast(t.dtype, np.float32)],
    "common_type": [lambda t: np.dtype(np.common_type(t, t)).name],
    "count_nonzero": [lambda t: np.count_nonzero(t), lambda t: np.count_nonzero(t, axis=1, keepdims=True)],
    "diag_indices_from": [("square", lambda t: np.diag_indices_from(t))],
    "digitize": [lambda t: np.digitize(t, [-1.0, 0.0, 2.0], right=True)],
    "flatnonzero": [lambda t: np.flatnonzero(t)],
    "full_like": [lambda t: np.full_like(t, 3.0), lambda t: np.full_like(t, fill_value=2)],
    "histogram": [lambda t: np.histogram(t, 3), lambda t: np.histogram(t, [-1.0, 0.0, 4.0], density=True)],
    "iscomplex": [lambda t: np.iscomplex(t)],
    "iscomplexobj": [lambda t: np.iscomplexobj(t)],
    "isin": [lambda t: np.isin(t, [1.56, 2.12])],
    "isneginf": [lambda t: np.isneginf(t)],
    "isposinf": [lambda t: np.isposinf(t)],
    "isreal": [lambda t: np.isreal(t)],
    "isrealobj": [lambda t: np.isrealobj(t)],
    "lexsort": [lambda t: np.lexsort(t), lambda t: np.lexsort((t[0], t[1]), axis=0)],
    "linalg.matrix_rank": [lambda t: np.linalg.matrix_rank(t)],
    "logical_and": [lambda t: np.logical_and(t, t > 1)],
    "logical_not": [lambda t: np.logical_not(t)],
    "logical_or": [lambda t: np.logical_or(t > 1, t)],
    "logical_xor": [lambda t: np.logical_xor(t, M)],
    "may_share_memory": [lambda t: np.may_share_memory(t, M)],
    "nanargmax": [lambda t: np.nanargmax(t, axis=0)],
    "nanargmin": [lambda t: np.nanargmin(t)],
    "nonzero": [lambda t: np.nonzero(t > 0), lambda t: np.nonzero(t)],
    "result_type": [lambda t: np.result_type(t, np.float32).name],
    "searchsorted": [lambda t: np.searchsorted([0.0, 1.0], t), lambda t: np.searchsorted(t[1], 0.5, "right")],
    "shares_memory": [lambda t: np.shares_memory(t, M)],
    "spacing": [lambda t: np.spacing(t)],
    "tril_indices_from": [lambda t: np.tril_indices_from(t, -1)],
    "triu_indices_from": [lambda t: np.triu_indices_from(t)],
    "trunc": [lambda t: np.trunc(t)],
}
