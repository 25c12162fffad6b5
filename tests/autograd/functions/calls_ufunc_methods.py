"""Calls of the methods of ufuncs, and of ufuncs with options."""

import numpy as np

V = np.array([2.0, -1.0, 0.5])
SINGLE = dict.fromkeys(("first", "second", "methods", "jax"), "it rounds to single precision")

CALLS = {
    "add.reduce": [
        lambda t: np.add.reduce(t),
        lambda t: np.add.reduce(t, axis=None, initial=2.0),
        lambda t: np.add.reduce(t, axis=(0, 1), keepdims=True),
        lambda t: np.add.reduce(t, 1, where=t > 0),
        ("matrix", lambda t: np.add.reduce(t, dtype=np.float32), SINGLE),
    ],
    "maximum.reduce": [lambda t: np.maximum.reduce(t, axis=0), lambda t: np.maximum.reduce(t, None)],
    "minimum.reduce": [lambda t: np.minimum.reduce(t, axis=-1, keepdims=True)],
    "subtract.reduce": [lambda t: np.subtract.reduce(t), lambda t: np.subtract.reduce(t, 1, initial=9.0)],
    "divide.reduce": [lambda t: np.divide.reduce(t, axis=1, keepdims=True)],
    "power.reduce": [("positive", lambda t: np.power.reduce(t, axis=0))],
    "multiply.outer": [
        lambda t: np.multiply.outer(t, V),
        lambda t: np.multiply.outer(V, t),
        lambda t: np.multiply.outer(t, t[0]),
        lambda t: np.multiply.outer(2.0, t),
    ],
    "add.outer": [lambda t: np.add.outer(t[0], t[1], dtype=np.float64)],
    "maximum.accumulate": [lambda t: np.maximum.accumulate(t), lambda t: np.maximum.accumulate(t, axis=1)],
    "subtract.accumulate": [lambda t: np.subtract.accumulate(t, axis=-1)],
    "add": [
        ("matrix", lambda t: np.add(t, t, dtype=np.float32), SINGLE),
        lambda t: np.add(t, V, where=True, casting="same_kind"),
    ],
    "exp": [lambda t: np.exp(t, dtype=np.float64, out=None)],
    "vecdot": [lambda t: np.vecdot(t, V), lambda t: np.vecdot(t, t)],
}
if hasattr(np, "matvec"):  # since NumPy 2.2
    CALLS |= {
        "matvec": [lambda t: np.matvec(t, V), lambda t: np.matvec(np.ones((4, 3)), t)],
        "vecmat": [lambda t: np.vecmat(t, np.ones((3, 2))), lambda t: np.vecmat([1.0, -2.0], t)],
    }
PLAIN = {
    "less.outer": [lambda t: np.less.outer(t, V)],
    "logical_and.reduce": [lambda t: np.logical_and.reduce(t, axis=1), lambda t: np.logical_or.reduce(t > 1)],
    "logical_or.accumulate": [lambda t: np.logical_or.accumulate(t > 1)],
    "greater": [lambda t: np.greater(V, t), lambda t: t < V, lambda t: np.greater([[1.0], [2.0]], t)],
    "less_equal": [lambda t: np.less_equal(V, t), lambda t: t >= V],
}
