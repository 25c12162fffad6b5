"""`no_grad`: what is not recorded, in which thread and task, and until when."""

import asyncio
import threading

import numpy as np
import pytest

from autograd import (
    GraphError,
    Tensor,
    Value,
    apply,
    gradient,
    no_grad,
    relu,
    source_lines,
)
from autograd.rules.scalars import identity


def test_nothing_is_recorded_within_no_grad():
    x, v = Tensor([1.0, 2.0]), Value(2.0)
    with no_grad():
        inside = [(x * x).sum(), np.tanh(x), x[0], x.T, v * v, v.tanh(), relu(v), np.exp(v), 2**v]
        leaf = Tensor([1.0])
        with no_grad():
            inside.append(x + 1)
        inside.append(x + 1)
    assert all(y.is_constant and y.inputs == () for y in inside)
    assert leaf.primitive is None
    assert not any(y.is_constant for y in (x * x, v * v))
    for y in (inside[0], inside[4]):
        with pytest.raises(GraphError, match="nothing was recorded"):
            y.backward()
    assert x.grad is None


@pytest.mark.parametrize(
    "same",
    [
        lambda t: t.reshape(2),
        lambda t: t.ravel(),
        lambda t: t.flatten(),
        lambda t: t.squeeze(),
        lambda t: np.squeeze(t),
        lambda t: t.astype(float),
        lambda t: np.broadcast_to(t, 2),
        lambda t: apply(identity, t),
    ],
)
def test_an_operation_that_changes_nothing_gives_a_constant_within_no_grad(same):
    x = Tensor([1.0, 2.0])
    with no_grad():
        y = same(x)
    assert y.is_constant
    x.data[0] = 5.0
    assert y.data[0] == 1.0


def test_recording_resumes_after_an_exception():
    x = Tensor([1.0])
    with pytest.raises(ZeroDivisionError), no_grad():
        raise ZeroDivisionError
    assert not (x * x).is_constant


def test_recording_resumes_after_a_wrong_shape():
    x = Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match="add of shape"), no_grad():
        x + np.ones(3)
    assert not (x * x).is_constant


def test_no_grad_affects_only_its_own_thread_and_task():
    x, seen = Tensor([1.0]), []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append((x * x).is_constant))
        thread.start()
        thread.join()
    assert seen == [False]

    async def quiet(entered, leave):
        with no_grad():
            entered.set()
            await leave.wait()
            return (x * x).is_constant

    async def both():
        entered, leave = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(quiet(entered, leave))
        await entered.wait()
        outside = (x * x).is_constant
        leave.set()
        return outside, await task

    assert asyncio.run(both()) == (False, True)


def test_no_grad_as_a_decorator():
    @no_grad()
    def double(x):
        return x + x

    assert double(Tensor([1.0])).is_constant
    assert double(Value(1.0)).is_constant
    assert not (Value(1.0) + 1).is_constant


def test_derivatives_are_computed_within_no_grad():
    x = Tensor([1.0, 2.0])
    y = (x * x).sum()
    with no_grad():
        y.backward()
        (slope,) = gradient(y, [x]).values
    np.testing.assert_array_equal(x.grad, [2, 4])
    np.testing.assert_array_equal(slope, [2, 4])


def test_a_constant_gets_no_gradient():
    x = Tensor([1.0, 2.0])
    c = x.detach()
    assert c.is_constant
    (c * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [1, 2])
    assert c.grad is None


# ---- as a decorator


def test_it_decorates_with_and_without_parentheses():
    @no_grad
    def twice(v):
        """Two of it."""
        return v * 2

    @no_grad()
    def thrice(v):
        return v * 3

    v = Value(2.0)
    assert twice(v).is_constant
    assert thrice(v).is_constant
    assert (twice.__name__, twice.__doc__) == ("twice", "Two of it.")
    assert not (v * 2).is_constant
    for wrong in (True, "text", Value(1.0)):
        with pytest.raises(TypeError, match="no_grad decorates a function, not"):
            no_grad(wrong)


def test_a_block_can_be_entered_again_and_within_itself():
    v, block = Value(2.0), no_grad()
    with block, block:
        inside = v * 2
    assert inside.is_constant
    with block:
        assert (v * 2).is_constant
    assert not (v * 2).is_constant


def test_it_decorates_a_generator_and_leaves_it_at_each_yield():
    v = Value(2.0)

    @no_grad()
    def numbers():
        received = []
        try:
            while True:
                try:
                    received.append((yield v * 2))
                except KeyError:
                    received.append((v * 3).is_constant)
                if len(received) == 3:
                    return received
        finally:
            closed.append((v * 4).is_constant)

    closed = []
    steps = numbers()
    assert next(steps).is_constant
    assert not (v * 2).is_constant
    assert steps.send("a").is_constant
    assert steps.throw(KeyError()).is_constant
    with pytest.raises(StopIteration) as end:
        steps.send("b")
    assert end.value.value == ["a", True, "b"]
    other = numbers()
    next(other)
    other.close()
    assert closed == [True, True]
    assert not (v * 2).is_constant


def test_it_decorates_coroutines_and_asynchronous_generators():
    v = Value(2.0)

    @no_grad
    async def later():
        await asyncio.sleep(0)
        return v * 2

    @no_grad()
    async def numbers():
        for _ in range(2):
            await asyncio.sleep(0)
            received.append((yield v * 2))

    async def main():
        assert (await later()).is_constant
        assert not (v * 2).is_constant
        async for number in numbers():
            assert number.is_constant
            assert not (v * 2).is_constant
        steps = numbers()
        assert (await anext(steps)).is_constant
        assert (await steps.asend("a")).is_constant
        await steps.aclose()
        steps = numbers()
        await anext(steps)
        with pytest.raises(KeyError):
            await steps.athrow(KeyError())
        assert not (v * 2).is_constant

    received = []
    asyncio.run(main())
    assert received == [None, None, "a"]


def test_source_lines_decorate_too():
    @source_lines
    def made(v):
        return v * 2

    assert made(Value(2.0)).origin.file == __file__
