"""What messages say to write instead is right on arrays of one, two and three axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from autograd import Tensor, grad
from autograd.functions.advice import ADVICE

ARRAYS = {
    1: np.array([0.0, 2.5, -1.25, 0.75, 0.0]),
    2: np.array([[0.5, -2.0, 1.5], [3.25, 0.0, -0.75]]),
    3: np.linspace(-1.9, 2.3, 24).reshape(2, 3, 4),
}


class Advice(NamedTuple):
    """A refused call, what its message says, a program that follows it, and the result NumPy gives.

    Attributes:
        refused: the call.
        says: a part of the message.
        followed: the program, of a tensor and of the array.
        wanted: the result on the array.
        axes: the numbers of axes that NumPy's function takes.
    """

    refused: Callable[[Any], Any]
    says: str
    followed: Callable[[Any], Any]
    wanted: Callable[[Any], Any]
    axes: tuple[int, ...] = (1, 2, 3)


def written(write: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function that gives its argument after something wrote into it."""

    def function(a: Any) -> Any:
        write(a := a.copy())
        return a

    return function


def first(a: Any) -> Any:
    """The mask of the first element."""
    mask = np.zeros(a.shape, bool)
    mask.flat[0] = True
    return mask


def angles(t: Any) -> Any:
    n = np.arange(t.shape[-1])
    return 2 * np.pi / len(n) * np.outer(n, n)


def symmetric(t: Any) -> Any:
    m = t.reshape(-1)[:3]
    return np.outer(m, m) + np.eye(3)


def trimmed(t: Any) -> Any:
    i = np.flatnonzero(t)
    return t[i[0] : i[-1] + 1]


X = np.array([0.5, 1.0, 2.0, 2.5, 4.0])
FOLLOWED = {
    "np.copyto": Advice(
        lambda t: np.copyto(np.zeros((2, *t.shape)), t),
        "np.broadcast_to(t, shape)",
        lambda t: np.broadcast_to(t, (2, *t.shape)),
        lambda a: written(lambda b: np.copyto(b, a))(np.zeros((2, *a.shape))),
    ),
    "np.copyto, of some": Advice(
        lambda t: np.copyto(np.ones(t.shape), t, where=t.data > 0),
        "np.where(mask, t, a)",
        lambda t: np.where(t > 0, t, np.ones(t.shape)),
        lambda a: written(lambda b: np.copyto(b, a, where=a > 0))(np.ones(a.shape)),
    ),
    "np.put": Advice(
        lambda t: np.put(t, [0], [9.0]),
        "np.where(mask, values, t)",
        lambda t: np.where(first(t), 9.0, t),
        written(lambda a: np.put(a, [0], [9.0])),
    ),
    "np.place": Advice(
        lambda t: np.place(t, t.data > 1, [9.0]),
        "np.where(mask, values, t)",
        lambda t: np.where(t > 1, 9.0, t),
        written(lambda a: np.place(a, a > 1, [9.0])),
    ),
    "np.putmask": Advice(
        lambda t: np.putmask(t, t.data > 1, -t.data),
        "np.where(mask, values, t)",
        lambda t: np.where(t > 1, -t, t),
        written(lambda a: np.putmask(a, a > 1, -a)),
    ),
    "np.fill_diagonal": Advice(
        lambda t: np.fill_diagonal(t, 9.0),
        "np.where(mask, values, t)",
        lambda t: np.where(np.eye(*t.shape) == 1, 9.0, t),
        written(lambda a: np.fill_diagonal(a, 9.0)),
        (2,),
    ),
    "np.imag": Advice(np.imag, "np.zeros_like(t)", lambda t: np.zeros_like(t) * t, np.imag),
    "np.fft.fft": Advice(
        np.fft.fft,
        "its real part is t @ np.cos(a)",
        lambda t: t @ np.cos(angles(t)),
        lambda a: np.fft.fft(a).real,
    ),
    "np.fft.fft, imaginary part": Advice(
        np.fft.fft,
        "its imaginary part -t @ np.sin(a)",
        lambda t: -t @ np.sin(angles(t)),
        lambda a: np.fft.fft(a).imag,
    ),
    "np.frexp": Advice(
        lambda t: np.frexp(np.abs(t) + 0.1),
        "e = np.floor(np.log2(np.abs(t))) + 1",
        lambda t: (np.abs(t) + 0.1) / 2 ** (np.floor(np.log2(np.abs(np.abs(t) + 0.1))) + 1),
        lambda a: np.frexp(np.abs(a) + 0.1)[0],
    ),
    "np.polyfit": Advice(
        lambda t: np.polyfit(X, t, 2),
        "np.linalg.lstsq(np.vander(x, degree + 1), y)[0]",
        lambda t: np.linalg.lstsq(np.vander(X, 3), t)[0],
        lambda a: np.polyfit(X, a, 2),
        (1,),
    ),
    "np.roots": Advice(
        np.roots,
        "for np.poly(m) of a symmetric m they are np.linalg.eigvalsh(m)",
        lambda t: np.linalg.eigvalsh(symmetric(t)),
        lambda a: np.sort(np.roots(np.poly(symmetric(a))).real),
        (1,),
    ),
    "np.trim_zeros": Advice(np.trim_zeros, "t[i[0] : i[-1] + 1]", trimmed, np.trim_zeros, (1,)),
    "np.linalg.eig": Advice(
        lambda t: np.linalg.eig(symmetric(t)),
        "np.linalg.eigh(t) for a symmetric t",
        lambda t: np.linalg.eigh(symmetric(t))[0],
        lambda a: np.sort(np.linalg.eig(symmetric(a))[0]),
    ),
    "np.linalg.eigvals": Advice(
        lambda t: np.linalg.eigvals(symmetric(t)),
        "np.linalg.eigvalsh(t) for a symmetric t",
        lambda t: np.linalg.eigvalsh(symmetric(t)),
        lambda a: np.sort(np.linalg.eigvals(symmetric(a))),
    ),
    "np.add.at": Advice(
        lambda t: np.add.at(np.zeros(4), [3, 0, 3, 1, 1], t),
        "(np.arange(n)[:, None] == i) @ t",
        lambda t: (np.arange(4)[:, None] == [3, 0, 3, 1, 1]) @ t,
        lambda a: written(lambda b: np.add.at(b, [3, 0, 3, 1, 1], a))(np.zeros(4)),
        (1,),
    ),
    "np.add.reduceat": Advice(
        lambda t: np.add.reduceat(t, [0, 2]),
        "np.stack([np.sum(t[:2]), np.sum(t[2:])])",
        lambda t: np.stack([np.sum(t[:2]), np.sum(t[2:])]),
        lambda a: np.add.reduceat(a, [0, 2]),
        (1,),
    ),
    "np.negative, where": Advice(
        lambda t: np.negative(t, where=t.data > 0),
        "np.where(mask, np.negative(…), t)",
        lambda t: np.where(t > 0, np.negative(t), t),
        lambda a: np.negative(a, where=a > 0, out=a.copy()),
    ),
    "a list of tensors": Advice(
        lambda t: np.mean([t, 2 * t]),
        "np.mean(np.stack([x, y]))",
        lambda t: np.mean(np.stack([t, 2 * t])),
        lambda a: np.mean([a, 2 * a]),
    ),
    "a.sort": Advice(lambda t: t.sort(), "np.sort(t)", lambda t: np.sort(t), np.sort),
    "a.resize": Advice(
        lambda t: t.resize(t.size),
        "t.reshape(shape)",
        lambda t: t.reshape(t.size),
        lambda a: a.reshape(a.size),
    ),
    "a.partition": Advice(
        lambda t: t.partition(1),
        "np.partition(t, k)",
        lambda t: np.partition(t, 1)[..., 1],
        lambda a: np.sort(a)[..., 1],
    ),
}


def cases() -> list[Any]:
    return [
        pytest.param(advice, ARRAYS[n], id=f"{name}-{n}")
        for name, advice in FOLLOWED.items()
        for n in advice.axes
    ]


@pytest.mark.parametrize(("advice", "array"), cases())
def test_the_program_in_the_message_gives_numpys_result(advice: Advice, array: np.ndarray) -> None:
    with pytest.raises((TypeError, AttributeError)) as caught:
        advice.refused(Tensor(array))
    assert advice.says in str(caught.value)
    assert "()" not in str(caught.value).replace("detach()", "").replace("item()", "")
    result = advice.followed(Tensor(array))
    assert isinstance(result, Tensor)
    np.testing.assert_allclose(result.data, advice.wanted(array), atol=1e-12)
    slopes = grad(lambda t: np.sum(advice.followed(t)))(array + 0.1)
    assert slopes.shape == array.shape


def test_every_advice_is_followed() -> None:
    assert set(ADVICE) <= set(FOLLOWED)
