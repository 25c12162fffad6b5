"""NumPy's functions on tensors, and the messages of functions without a rule."""

from inspect import signature

import numpy as np
import pytest

from autograd import Tensor, Value, gradient, values
from autograd.functions.registry import rules
from autograd.numbers.ufuncs import UFUNCS

M = np.array([[1.5, -0.5, 2.0], [0.25, 3.0, -1.0]])
V = np.array([2.0, -1.0, 0.5])
POSITIVE = np.abs(M) + 0.5
MASK = M > 0

# Programs of a matrix. NumPy gives the expected result on the plain array.
CALLS = {
    "sum": [
        lambda t: np.sum(t),
        lambda t: np.sum(t, 0),
        lambda t: np.sum(t, axis=(0, 1)),
        lambda t: np.sum(t, axis=-1, keepdims=True),
        lambda t: np.sum(t, axis=None, keepdims=False),
        lambda t: np.sum(t, axis=np.int64(1)),
    ],
    "mean": [
        lambda t: np.mean(t),
        lambda t: np.mean(t, axis=0, keepdims=True),
        lambda t: np.mean(t, (0, -1)),
    ],
    "var": [lambda t: np.var(t), lambda t: np.var(t, axis=1, ddof=1), lambda t: np.var(t, 0, keepdims=True)],
    "max": [lambda t: np.max(t), lambda t: np.max(t, axis=1), lambda t: np.max(t, 0, keepdims=True)],
    "min": [lambda t: np.min(t), lambda t: np.min(t, axis=-1), lambda t: np.min(t, axis=(0, 1))],
    "amax": [lambda t: np.amax(t, axis=0)],
    "amin": [lambda t: np.amin(t, axis=0)],
    "clip": [
        lambda t: np.clip(t, -0.25, 1.75),
        lambda t: np.clip(t, None, 1.75),
        lambda t: np.clip(t, -0.25, None),
        lambda t: np.clip(t, V - 1, V + 1),
        lambda t: np.clip(t, a_min=-0.25, a_max=1.75),
    ],
    "ravel": [lambda t: np.ravel(t)],
    "reshape": [
        lambda t: np.reshape(t, (3, 2)),
        lambda t: np.reshape(t, [3, -1]),
        lambda t: np.reshape(t, -1),
        lambda t: np.reshape(t, 6),
    ],
    "transpose": [
        lambda t: np.transpose(t),
        lambda t: np.transpose(t, (1, 0)),
        lambda t: np.transpose(t, axes=[1, 0]),
        lambda t: np.transpose(t, None),
    ],
    "where": [
        lambda t: np.where(MASK, t, 0.0),
        lambda t: np.where(MASK, 0, t),
        lambda t: np.where(MASK, t, t * t),
        lambda t: np.where(MASK[0], t, V),
        lambda t: np.where([[True], [False]], t, [1, 2, 3]),
        lambda t: np.where(t > 0, t, -t),
        lambda t: np.where(MASK * 1, t, V),
        lambda t: np.where(True, t, V),
    ],
    "concatenate": [
        lambda t: np.concatenate([t, t]),
        lambda t: np.concatenate((t, M), axis=1),
        lambda t: np.concatenate([[[1, 2, 3]], t], 0),
        lambda t: np.concatenate([t, V], axis=None),
        lambda t: np.concatenate(t),
        lambda t: np.concatenate([t[0], V, t[1]], axis=-1),
    ],
    "stack": [
        lambda t: np.stack([t, M]),
        lambda t: np.stack((t, t), axis=1),
        lambda t: np.stack([t[0], V, t[1]], -1),
        lambda t: np.stack([t[0, 0], 1.0]),
        lambda t: np.stack(t, axis=1),
    ],
    "expand_dims": [
        lambda t: np.expand_dims(t, 0),
        lambda t: np.expand_dims(t, axis=-1),
        lambda t: np.expand_dims(t, (0, 2)),
    ],
    "squeeze": [
        lambda t: np.squeeze(t[:, :1]),
        lambda t: np.squeeze(t[:1, :1], axis=0),
        lambda t: np.squeeze(t[None, :, :1], (0, -1)),
    ],
    "swapaxes": [lambda t: np.swapaxes(t, 0, 1), lambda t: np.swapaxes(t, axis1=-1, axis2=0)],
    "moveaxis": [
        lambda t: np.moveaxis(t, 0, -1),
        lambda t: np.moveaxis(t, source=[0, 1], destination=[1, 0]),
    ],
    "broadcast_to": [lambda t: np.broadcast_to(t, (2, 2, 3)), lambda t: np.broadcast_to(t[0, 0], shape=4)],
    "einsum": [
        lambda t: np.einsum("ij,kj->ik", t, t),
        lambda t: np.einsum("ij , j", M, t[0]),
        lambda t: np.einsum("ij->", t),
        lambda t: np.einsum("ij,j,i->i", t, V, [1.0, 2.0]),
    ],
    # Functions without a derivative.
    "argmax": [lambda t: np.argmax(t), lambda t: np.argmax(t, axis=1), lambda t: np.argmax(a=t, axis=0)],
    "argmin": [lambda t: np.argmin(t, axis=-1, keepdims=True)],
    "argsort": [lambda t: np.argsort(t, axis=0)],
    "shape": [lambda t: np.shape(t)],
    "ndim": [lambda t: np.ndim(t)],
    "size": [lambda t: np.size(t), lambda t: np.size(t, 1)],
    "allclose": [lambda t: np.allclose(t, M), lambda t: np.allclose(M, b=t, atol=1.0)],
    "isclose": [lambda t: np.isclose(t, V), lambda t: np.isclose(V, t, rtol=0.5)],
    "array_equal": [lambda t: np.array_equal(t, M), lambda t: np.array_equal(a1=t, a2=t)],
    "all": [lambda t: np.all(t), lambda t: np.all(t > 0, axis=0)],
    "any": [lambda t: np.any(t, axis=1)],
    "zeros_like": [lambda t: np.zeros_like(t), lambda t: np.zeros_like(t, dtype=int)],
    "ones_like": [lambda t: np.ones_like(t)],
    "full_like": [lambda t: np.full_like(t, 3.0), lambda t: np.full_like(t, fill_value=2)],
    "empty_like": [lambda t: np.empty_like(t).shape],
    # Ufuncs.
    "add": [
        lambda t: np.add(t, t),
        lambda t: np.add(V, t),
        lambda t: np.add([1, 2, 3], t),
        lambda t: np.add(2, t),
    ],
    "subtract": [lambda t: np.subtract(t, V), lambda t: np.subtract(2, t)],
    "multiply": [lambda t: np.multiply(t, V), lambda t: np.multiply([[1], [2]], t)],
    "divide": [lambda t: np.divide(t, V), lambda t: np.true_divide(1, t)],
    "negative": [lambda t: np.negative(t)],
    "square": [lambda t: np.square(t)],
    "sqrt": [lambda t: np.sqrt(np.square(t))],
    "exp": [lambda t: np.exp(t)],
    "log": [lambda t: np.log(np.exp(t))],
    "sin": [lambda t: np.sin(t)],
    "cos": [lambda t: np.cos(t)],
    "tanh": [lambda t: np.tanh(t)],
    "absolute": [lambda t: np.absolute(t), lambda t: np.abs(t)],
    "maximum": [lambda t: np.maximum(t, 0), lambda t: np.maximum(V, t), lambda t: np.maximum([0, 1, 2], t)],
    "minimum": [lambda t: np.minimum(t, V)],
    "power": [
        lambda t: np.power(t, 2),
        lambda t: np.power(np.abs(t), V),
        lambda t: np.power(np.abs(V), t),
        lambda t: np.power(2.0, t),
        lambda t: np.power([1.0, 2.0, 3.0], t),
        lambda t: np.power(np.abs(t), [1, 2, 3]),
    ],
    "matmul": [
        lambda t: np.matmul(t, V),
        lambda t: np.matmul(V, t.T),
        lambda t: np.matmul([[1.0, 2.0]], t),
        lambda t: np.matmul(t, [1, 2, 3]),
        lambda t: np.matmul(t, t.T),
    ],
    "equal": [lambda t: np.equal(t, 1.5)],
    "not_equal": [lambda t: np.not_equal(t, V)],
    "less": [lambda t: np.less(t, V)],
    "less_equal": [lambda t: np.less_equal(0, t)],
    "greater": [lambda t: np.greater(t, t)],
    "greater_equal": [lambda t: np.greater_equal(t, [1, 2, 3])],
    "isfinite": [lambda t: np.isfinite(t)],
    "isnan": [lambda t: np.isnan(t)],
    "isinf": [lambda t: np.isinf(t)],
    "sign": [lambda t: np.sign(t)],
    "signbit": [lambda t: np.signbit(t)],
    "floor": [lambda t: np.floor(t)],
    "ceil": [lambda t: np.ceil(t)],
    "rint": [lambda t: np.rint(t)],
}
PLAIN = {
    *[
        "argmax",
        "argmin",
        "argsort",
        "shape",
        "ndim",
        "size",
        "allclose",
        "isclose",
        "array_equal",
        "all",
        "any",
    ],
    *[
        "zeros_like",
        "ones_like",
        "full_like",
        "empty_like",
        "equal",
        "not_equal",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
    ],
    *["isfinite", "isnan", "isinf", "sign", "signbit", "floor", "ceil", "rint"],
}


def test_every_function_with_a_rule_has_a_case():
    assert {f.__name__ for f in rules()} | set(UFUNCS) <= set(CALLS)


@pytest.mark.parametrize(("name", "call"), [(name, call) for name, calls in CALLS.items() for call in calls])
def test_results_equal_numpy_and_gradients_equal_differences(name, call):
    x = Tensor(M)
    result, wanted = call(x), call(M)
    if name in PLAIN:
        assert not isinstance(result, Tensor)
        assert np.asarray(result).dtype != object
        np.testing.assert_array_equal(result, wanted, strict=True)
        return
    assert isinstance(result, Tensor)
    np.testing.assert_allclose(result.data, wanted, rtol=1e-15, strict=True)
    weights = np.random.default_rng(0).standard_normal(result.shape)
    result.backward(weights)
    step = 1e-6
    for place in np.ndindex(M.shape):
        moved = np.zeros_like(M)
        moved[place] = step
        slope = np.sum(weights * (call(M + moved) - call(M - moved))) / (2 * step)
        assert x.grad[place] == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize(
    "call",
    [
        lambda t: np.sum(t, dtype=np.float32),
        lambda t: np.sum(t, out=np.zeros(())),
        lambda t: np.sum(t, where=MASK),
        lambda t: np.sum(t, initial=1.0),
        lambda t: np.sum(t, 0, np.float32),
        lambda t: np.mean(t, out=np.zeros(())),
        lambda t: np.var(t, 0, np.float64),
        lambda t: np.max(t, where=MASK, initial=0.0),
        lambda t: np.max(t, 0, np.zeros(3)),
        lambda t: np.clip(t, 0, 1, out=np.zeros((2, 3))),
        lambda t: np.reshape(t, (3, 2), order="F"),
        lambda t: np.ravel(t, order="F"),
        lambda t: np.concatenate([t, t], out=np.zeros((4, 3))),
        lambda t: np.concatenate([t, t], dtype=np.float32),
        lambda t: np.stack([t, t], out=np.zeros((2, 2, 3))),
        lambda t: np.einsum("ij->j", t, out=np.zeros(3)),
        lambda t: np.where(t, t),
        lambda t: np.broadcast_to(t, (2, 3), subok=True),
        lambda t: np.add(t, t, out=np.zeros((2, 3))),
        lambda t: np.add(t, t, np.zeros((2, 3))),
        lambda t: np.add(t, t, where=MASK),
        lambda t: np.add(t, t, dtype=np.float32),
        lambda t: np.exp(t, where=MASK),
        lambda t: np.exp(M, out=t),
        lambda t: np.add.reduce(t),
        lambda t: np.add.accumulate(t),
        lambda t: np.maximum.reduce(t, axis=0),
        lambda t: np.multiply.outer(t, t),
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
QUESTIONS = {"isscalar", "iterable", "result_type", "can_cast"}
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
            result = function(*given)
        except (TypeError, ValueError, IndexError, AttributeError) as error:
            refusal = error
        if refusal is None:
            answers = result if isinstance(result, (tuple, list)) else [result]
            for answer in answers:
                if not isinstance(answer, Tensor):
                    assert np.asarray(answer).dtype != object, name
                    # With an array first, only the dtype or the truth of the tensor may have been used.
                    assert arguments == "an array and it" or function.__name__ in PLAIN | QUESTIONS, name
        elif arguments == "a square":  # a common call, so one clear sentence
            assert isinstance(refusal, TypeError), name
            assert function.__name__ in str(refusal) or "t.data" in str(refusal), name
            assert "\n" not in str(refusal), name
            assert len(str(refusal)) < 900, name
        np.testing.assert_array_equal(x.data, [[2.0, 1.0], [0.5, 3.0]])


@pytest.mark.parametrize(
    ("call", "instead"),
    [
        (lambda t: np.std(t), "np.sqrt"),
        (lambda t: np.dot(t, t), "@"),
        (lambda t: np.prod(t), "np.exp"),
        (lambda t: np.linalg.norm(t), "np.sqrt"),
        (lambda t: np.hstack([t, t]), "np.concatenate"),
        (lambda t: np.tensordot(t, t), "np.einsum"),
        (lambda t: np.arctan(t), "autograd.primitive"),
        (lambda t: np.linalg.inv(t), "t.data"),
    ],
)
def test_the_message_says_what_to_write_instead(call, instead):
    with pytest.raises(TypeError) as caught:
        call(Tensor(M))
    assert instead in str(caught.value)


INSTEAD = {
    "std": (lambda t: np.sqrt(np.var(t)), np.std),
    "trace": (lambda t: np.sum(t[np.arange(2), np.arange(2)]), np.trace),
    "diag": (lambda t: t[np.arange(2), np.arange(2)], np.diag),
    "prod": (lambda t: np.exp(np.sum(np.log(t))), np.prod),
    "norm": (lambda t: np.sqrt(np.sum(t * t)), np.linalg.norm),
    "sort": (lambda t: t[0][np.argsort(t[0])], lambda a: np.sort(a[0])),
    "outer": (lambda t: t[0][:, None] * t[1], lambda a: np.outer(a[0], a[1])),
    "repeat": (lambda t: t[np.repeat(np.arange(len(t)), 2)], lambda a: np.repeat(a, 2, axis=0)),
    "tile": (lambda t: np.concatenate([t[0]] * 2), lambda a: np.tile(a[0], 2)),
    "flip": (lambda t: t[::-1], lambda a: np.flip(a, 0)),
    "roll": (lambda t: np.concatenate((t[-1:], t[:-1])), lambda a: np.roll(a, 1, axis=0)),
    "cumsum": (lambda t: np.tri(2) @ t, lambda a: np.cumsum(a, axis=0)),
}


@pytest.mark.parametrize("name", INSTEAD)
def test_the_replacements_named_in_messages_are_right(name):
    program, function = INSTEAD[name]
    square = np.array([[2.0, 1.0], [0.5, 3.0]])
    np.testing.assert_allclose(program(Tensor(square)).data, function(square))


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
        (lambda t: np.linalg.inv(t), r"np\.linalg\.inv has no derivative rule"),
        (
            lambda t: np.exp(t, where=MASK),
            r"np\.exp of a Tensor does not take the argument where",
        ),
        (lambda t: np.full_like(t, t.sum()), r"write np\.broadcast_to"),
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
    with pytest.raises(ValueError, match="no axis 3"):
        np.swapaxes(Tensor(M), 0, 3)
    with pytest.raises(ValueError, match="the axis 'i' has the lengths 1 and 2"):
        np.einsum("ij,ij->", Tensor(np.ones((1, 3))), np.ones((2, 3)))
