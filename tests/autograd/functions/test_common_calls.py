"""Of the 183 functions of NumPy that some engine differentiates, all but eight differentiate here."""

import numpy as np
import pytest

from autograd import Tensor
from tests.autograd.functions.programs import CALLS

# The tables have calls of each, with their values and derivatives.
COMMON = """
add subtract multiply divide true_divide negative positive power float_power square sqrt cbrt reciprocal
exp exp2 expm1 log log2 log10 log1p logaddexp logaddexp2 sin cos tan arcsin arccos arctan arctan2 hypot sinh
cosh tanh arcsinh arccosh arctanh deg2rad rad2deg radians degrees absolute fabs sinc maximum minimum fmax fmin
mod fmod remainder nan_to_num real conj copysign
sum mean std var prod max min amax amin ptp median percentile quantile average nansum nanmean nanstd nanvar
nanmax nanmin nanprod cumsum cumprod diff ediff1d gradient trapezoid cov corrcoef
dot inner vdot outer matmul tensordot einsum kron cross trace diag diagonal diagflat tril triu
clip where select piecewise interp convolve correlate polyval
reshape ravel transpose permute_dims matrix_transpose swapaxes moveaxis rollaxis expand_dims squeeze
broadcast_to broadcast_arrays atleast_1d atleast_2d atleast_3d concatenate concat stack vstack hstack dstack
column_stack block append insert delete split array_split hsplit vsplit unstack tile repeat flip fliplr flipud
rot90 roll pad sort partition take_along_axis extract copy asarray array linspace meshgrid vander
apply_along_axis linalg.norm linalg.inv linalg.det linalg.slogdet linalg.solve linalg.cholesky linalg.eigh
linalg.eig linalg.eigvalsh linalg.svd linalg.qr linalg.pinv linalg.lstsq linalg.matrix_power linalg.multi_dot
linalg.vector_norm linalg.trace linalg.cond
fft.fft fft.ifft fft.rfft fft.irfft fft.fft2 fft.fftshift add.reduce multiply.outer maximum.reduce
""".split()  # noqa: SIM905 (a list of these has 183 lines)

# Other names of a function of NumPy's.
ALIASES = {"true_divide": "divide", "mod": "remainder", "conj": "conjugate", "concat": "concatenate"}

# A Tensor holds real numbers, and NumPy's own arrays cannot hold a derivative.
REFUSED = {
    "linalg.eig": (lambda t: np.linalg.eig(t), "complex.*np.linalg.eigh"),
    "fft.fft": (lambda t: np.fft.fft(t), "complex.*t @ np.cos"),
    "fft.ifft": (lambda t: np.fft.ifft(t), "complex"),
    "fft.rfft": (lambda t: np.fft.rfft(t), "complex"),
    "fft.irfft": (lambda t: np.fft.irfft(t), "complex"),
    "fft.fft2": (lambda t: np.fft.fft2(t), "complex"),
    "asarray": (lambda t: np.asarray(t), "drop the derivative"),
    "array": (lambda t: np.array([t, t]), "drop the derivative.*np.stack"),
}


def test_all_but_a_few_differentiate() -> None:
    assert len(COMMON) == len(set(COMMON)) == 183
    missing = {name for name in COMMON if ALIASES.get(name, name) not in CALLS and name not in CALLS}
    newer = {"unstack"} if not hasattr(np, "unstack") else set()  # since NumPy 2.1
    assert missing - newer == set(REFUSED)
    assert len(COMMON) - len(missing) >= 165


@pytest.mark.parametrize("name", ALIASES)
def test_a_function_by_its_other_name(name: str) -> None:
    assert getattr(np, name) is getattr(np, ALIASES[name])


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_left_is_refused_with_the_reason(name: str) -> None:
    call, message = REFUSED[name]
    with pytest.raises(TypeError, match=message):
        call(Tensor([[2.0, 1.0], [1.0, 3.0]]))
