"""What to write instead of a NumPy function that has no rule."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.numbers.ufuncs import COMPOSE, numpy_name, without_rule

__all__ = ["ADVICE", "advised"]

_FOURIER = (
    "its result is complex; with n = np.arange(t.shape[-1]) and a = 2 * np.pi / len(n) * np.outer(n, n), "
    "its real part is t @ np.cos(a) and its imaginary part -t @ np.sin(a)"
)
ADVICE = {
    "np.copyto": "an array is not written to; write np.broadcast_to(t, shape) or np.where(mask, t, a)",
    "np.fft.fft": _FOURIER,
    "np.frexp": "the exponent is e = np.floor(np.log2(np.abs(t))) + 1, the mantissa t / 2**e",
    "np.imag": "the numbers are real, so that it is 0; write np.zeros_like(t)",
    "np.linalg.eig": "its result can be complex; write np.linalg.eigh(t) for a symmetric t",
    "np.linalg.eigvals": "its result can be complex; write np.linalg.eigvalsh(t) for a symmetric t",
    "np.polyfit": "write np.linalg.lstsq(np.vander(x, degree + 1), y)[0]",
    "np.roots": "roots can be complex; for np.poly(m) of a symmetric m they are np.linalg.eigvalsh(m)",
    "np.trim_zeros": "with i = np.flatnonzero(t), write t[i[0] : i[-1] + 1]",
}


def advised(function: Any) -> TypeError:
    """Return the error for a function on a Tensor that has no rule, with what to write instead."""
    name = numpy_name(function)
    advice = ADVICE.get(name)
    if advice is None and name.startswith("np.fft."):
        advice = "complex numbers are not differentiated; np.fft.fft(t) says how to write a transform"
    if advice is None and _is_of_whole_numbers(function):
        advice = "the numbers of a Tensor are floats; it takes t.data.astype(int)"
    return without_rule(function, f"{advice or COMPOSE}; {name}(t.data) gives plain numbers")


def _is_of_whole_numbers(function: Any) -> bool:
    """Return whether it is a ufunc with a loop for some numbers, and none for floats."""
    loops = set("".join(function.types)) - set("->O") if isinstance(function, np.ufunc) else set()
    return bool(loops) and "d" not in loops
