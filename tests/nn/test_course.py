"""A course goes update by update, can be changed between two updates, and repeats itself after a return."""

from __future__ import annotations

import numpy as np
import pytest

from autograd import gradient, predict
from nn import MLP, Course, Data, Linear, Sequential, Tanh, Update, fit, mse
from nn.course_state import UpdateKind


def data(n: int = 30) -> Data:
    inputs = np.random.default_rng(0).normal(size=(n, 2))
    return Data(inputs, (inputs[:, 0] * inputs[:, 1] > 0).astype(int))


def chain() -> Sequential:
    return Sequential(Linear(2, 4, seed=1), Tanh(), Linear(4, 2, seed=2))


@pytest.fixture(params=["matrix", "neuron", "scalar", "chain"])
def course(request):
    model = chain() if request.param == "chain" else MLP([2, 4, 2], granularity=request.param)
    return model.course(data(), batch_size=8)


def test_a_course_repeats_what_it_did_from_a_moment(course):
    for _ in range(3):
        course.step()
    moment = course.snapshot()
    losses = [course.step() for _ in range(9)]
    state = course.model.state_dict()
    course.restore(moment)
    assert course.updates == 3
    assert [course.step() for _ in range(9)] == losses
    assert all(np.array_equal(state[name], array) for name, array in course.model.state_dict().items())


def test_a_course_makes_the_updates_of_fit():
    model, other, losses = MLP([2, 4, 2]), MLP([2, 4, 2]), []
    course = Course(model, data(), batch_size=None)
    fit(
        other,
        data(),
        epochs=5,
        batch_size=None,
        optimiser=Course(other, data())._optimiser,
        progress=False,
        compiled=False,
        after_update=losses.append,
    )
    assert [course.step() for _ in range(5)] == [update.loss for update in losses]
    assert losses[4] == Update(5, 5, 30, losses[4].loss, 0.02)


def test_the_naive_method_gives_the_same_updates():
    first, second = (Course(MLP([2, 3, 2], seed=4), data(), batch_size=6) for _ in range(2))
    second.change("method", "paths")
    for _ in range(4):
        assert first.step() == pytest.approx(second.step(), rel=1e-12)


def test_the_operations_of_an_update_are_those_of_its_recording():
    course = Course(MLP([2, 3, 2]), data(), batch_size=5)
    course.step()
    course.step([3])
    assert course.tally == {
        UpdateKind(5, "cross-entropy", "tanh"): 1,
        UpdateKind(1, "cross-entropy", "tanh"): 1,
    }
    for kind in course.tally:
        loss, wrt = course.record_scalars(kind)
        flat = [node for group in wrt for node in group]
        assert (
            predict(loss, wrt, "paths").multiplications == gradient(loss, flat, "paths").cost.multiplications
        )


def test_a_recording_holds_the_chain_of_layers(course):
    found = course.record(7)
    names = [weight for weight, _ in found.chain]
    assert [found.parameters[name].shape for name in names] == [(4, 2), (2, 4)]
    assert [np.shape(column)[-1] for column in found.columns] == [2, 4, 2]
    assert float(found.loss.data) == pytest.approx(
        float(course._loss(course.predict(data().inputs[[7]]), data().targets[[7]]))
    )


def test_other_models_have_no_chain():
    assert (
        Course(Sequential(np.tanh, Linear(2, 1, seed=0)), Data([[1.0, 2.0]], [[3.0]])).record(0).chain == []
    )


def test_changes_between_two_updates():
    course = Course(MLP([2, 4, 2]), data(), batch_size=8)
    course.step()
    before = course.snapshot()
    course.change("rate", 0.5)
    course.change("optimiser", "SGD with momentum")
    course.change("loss", "squared error")
    course.change("activation", "relu")
    course.change("batch size", "3")
    course.set_parameter("layers.0.weight", (1, 0), 2.5)
    course.set_data([[0.0, 1.0], [1.0, 0.0]], [0, 1])
    course.step()
    values = {name: value for name, (value, _) in course.settings.items()}
    assert values == {
        "rate": 0.5,
        "optimiser": "SGD with momentum",
        "loss": "squared error",
        "activation": "relu",
        "batch size": 2,
        "layers": "4",
        "method": "backprop",
    }
    course.restore(before)
    assert course.settings["activation"][0] == "tanh"
    assert len(course.data) == 30
    course.change("layers", "5, 3")
    assert course.model.sizes == [2, 5, 3, 2]
    assert course.updates == 0
    course.step()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("rate", "fast", "a finite number"),
        ("rate", float("nan"), "a finite number"),
        ("loss", "none", "there is no loss 'none'; there are cross-entropy"),
        ("layers", "4 0", "the width of a layer is a whole number from 1 to 64"),
        ("layers", "2 " * 9, "up to 8 hidden layers"),
        ("batch size", "31", "from 1 to 30"),
    ],
)
def test_a_change_that_is_not_possible_is_refused(name, value, message):
    course = Course(MLP([2, 4, 2]), data())
    with pytest.raises(ValueError, match=message):
        course.change(name, value)
    course.step()


def test_a_course_learns_numbers_too():
    x = np.linspace(-1, 1, 20)[:, None]
    course = Course(MLP([1, 6, 1]), Data(x, x**2), loss=mse)
    first = course.step()
    for _ in range(60):
        course.step()
    assert course.mean_loss() < first / 3
