"""Messages of NumPy's functions on tensors, and functions without a rule. The rest is in test_calls.py."""

from inspect import signature

import numpy as np
import pytest

from autograd import Tensor, Value, gradient, values
from tests.autograd.functions.programs import PLAIN, flat

M = np.array([[1.5, -0.5, 2.0], [0.25, 3.0, -1.0]])
MASK = M > 0


@pytest.mark.parametrize(
    "call",
    [
        lambda t: np.sum(t, out=np.zeros(())),
        lambda t: np.mean(t, out=np.zeros(())),
        lambda t: np.max(t, 0, np.zeros(3)),
        lambda t: np.clip(t, 0, 1, out=np.zeros((2, 3))),
        lambda t: np.concatenate([t, t], out=np.zeros((4, 3))),
        lambda t: np.stack([t, t], out=np.zeros((2, 2, 3))),
        lambda t: np.einsum("ij->j", t, out=np.zeros(3)),
        lambda t: np.isposinf(M, t),
        lambda t: np.all(M, out=t),
        lambda t: np.argmax(M, 0, t),
        lambda t: np.add(t, t, out=np.zeros((2, 3))),
        lambda t: np.add(t, t, np.zeros((2, 3))),
        lambda t: np.add(t, t, where=MASK),
        lambda t: np.exp(t, where=MASK),
        lambda t: np.exp(M, out=t),
        lambda t: np.add.at(t, 0, 1.0),
        lambda t: np.add.reduceat(t, [0, 1]),
        lambda t: np.copyto(np.zeros((2, 3)), t),
        lambda t: np.put(t, [0], [1.0]),
        lambda t: np.sum([t, t]),
    ],
)
def test_unsupported_arguments_are_refused_by_name(call):
    x = Tensor(M)
    with pytest.raises(TypeError) as caught:
        call(x)
    message = str(caught.value)
    assert "np." in message or "t.data" in message
    assert "\n" not in message
    np.testing.assert_array_equal(x.data, M)


def test_adding_in_place_to_a_plain_array_is_refused():
    total = np.zeros((2, 3))
    with pytest.raises(TypeError, match="a = a \\+ t"):
        total += Tensor(M)
    np.testing.assert_array_equal(total, 0)


DISPATCHED = type(np.sum)
EVERY = {
    f"{place}.{name}": getattr(module, name)
    for place, module in {"np": np, "np.linalg": np.linalg, "np.fft": np.fft}.items()
    for name in dir(module)
    if isinstance(getattr(module, name), (np.ufunc, DISPATCHED)) and not name.startswith("_")
}
MAKERS = [
    "asarray",
    "array",
    "asanyarray",
    "ascontiguousarray",
    "asfortranarray",
    "asarray_chkfinite",
    "float64",
]
EVERY |= {f"np.{name}": getattr(np, name) for name in MAKERS}
# NumPy's predicates about an object, which never read its elements.
QUESTIONS = {"isscalar", "iterable", "result_type", "can_cast", "common_type"}
PLACES = {"where", "in1d"}  # of one argument, as np.nonzero; np.isin by its name before NumPy 2.4
WITHOUT_DERIVATIVE = QUESTIONS | PLACES | {name.rpartition(".")[2] for name in PLAIN}
ARGUMENTS = {
    "a square": lambda x: (x,),
    "a square of one": lambda x: (Tensor([[2.0]]),),
    "a vector": lambda x: (x[0],),
    "a scalar": lambda x: (x[0, 0],),
    "a pair": lambda x: (x, x),
    "an array and it": lambda x: (np.eye(2), x),
    "it and one": lambda x: (x, 1),
    "two in a list": lambda x: ([x, x],),
}


def raises_on_plain_numbers(function):
    try:
        function(np.array([[2.0, 1.0], [0.5, 3.0]]))
    except ValueError:
        return True
    return False


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # NumPy warns of odd arguments itself
@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_every_function_of_numpy_gives_a_tensor_or_plain_numbers_or_a_type_error(arguments):
    assert len(EVERY) > 300
    for name, function in EVERY.items():
        if name in ("np.save", "np.savetxt", "np.savez", "np.savez_compressed"):
            continue
        x = Tensor([[2.0, 1.0], [0.5, 3.0]])
        given = ARGUMENTS[arguments](x)
        refusal = None
        try:
            with np.errstate(all="ignore"):
                result = function(*given)
        except (TypeError, ValueError, IndexError, AttributeError) as error:
            refusal = error
        if refusal is None:
            answers = flat(result)
            # With an array first, only the dtype or the truth of the tensor may have been used.
            known = arguments == "an array and it" or function.__name__ in WITHOUT_DERIVATIVE
            assert known or not answers or any(isinstance(answer, Tensor) for answer in answers), name
            for answer in answers:
                assert isinstance(answer, (Tensor, type, np.dtype)) or np.asarray(answer).dtype != object, (
                    name
                )
        elif arguments == "a square":  # a common call, so one clear sentence
            assert isinstance(refusal, TypeError) or raises_on_plain_numbers(function), name
            if isinstance(refusal, TypeError):
                assert function.__name__ in str(refusal) or "t.data" in str(refusal), name
            assert "\n" not in str(refusal), name
            assert len(str(refusal)) < 900, name
        np.testing.assert_array_equal(x.data, [[2.0, 1.0], [0.5, 3.0]])


# ---- the same functions on Values


@pytest.mark.parametrize("function", [np.sum, np.mean, np.max, np.min])
def test_reductions_of_one_value(function):

    v = Value(2.0)
    result = function(values([1.0, 3.0]) @ np.array([v, v]))
    assert isinstance(result, Value)
    assert gradient(result, [v]).values == [4.0]


def test_clip_of_values_keeps_its_rule():

    for data, slope in ((0.5, 1.0), (2.0, 0.0), (-2.0, 0.0)):
        v = Value(data)
        result = np.clip(v, -1.0, 1.0)
        assert isinstance(result, Value)
        assert gradient(result, [v]).values == [slope]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: np.linalg.eig(t[:, :2]), r"np\.linalg\.eig has no derivative rule"),
        (lambda t: np.sum(t, 0, None, np.zeros(3)), r"np\.sum cannot write a Tensor into an array"),
        (lambda t: np.add.accumulate(t, out=np.zeros(3)), r"np\.add\.accumulate cannot write"),
        (lambda t: np.bitwise_and(t, 1), r"np\.bitwise_and .*t\.data\.astype\(int\)"),
        (lambda t: np.frompyfunc(abs, 1, 1)(t), r"^abs .*autograd\.primitive"),
        (lambda t: np.exp(t, casting="no"), r"np\.exp of a Tensor does not take the argument casting$"),
        (
            lambda t: np.subtract.reduce(t, initial=0, where=MASK),
            r"np\.subtract\.reduce .* argument where",
        ),
        (
            lambda t: np.exp(t, where=MASK),
            r"np\.exp of a Tensor does not take the argument where",
        ),
        (lambda t: np.clip(t, 0, 1, order="C"), r"np\.clip of a Tensor does not take the argument order"),
    ],
)
def test_refusals_name_the_problem(call, message):
    with pytest.raises(TypeError, match=message):
        call(Tensor(M))


@pytest.mark.skipif("min" not in signature(np.clip).parameters, reason="NumPy has these names from 2.1 on")
def test_clip_takes_its_new_names():
    assert np.clip(Tensor([-1.0, 2.0]), min=0.0, max=1.0).data.tolist() == [0.0, 1.0]


def test_clip_takes_a_plain_array():
    t = Tensor([0.5])
    clipped = np.clip(np.array([0.0, 1.0]), t, 2.0)
    clipped.sum().backward()
    assert t.grad.tolist() == [1.0]


def test_missing_axes_are_named():
    with pytest.raises(ValueError, match="both or neither"):
        np.where(Tensor(M), Tensor(M))
    with pytest.raises(ValueError, match="axis 3"):
        np.swapaxes(Tensor(M), 0, 3)
    with pytest.raises(ValueError, match="the axis 'i' has the lengths 1 and 2"):
        np.einsum("ij,ij->", Tensor(np.ones((1, 3))), np.ones((2, 3)))
