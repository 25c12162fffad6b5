"""What the widget of `viz.live` answers: the numbers of the engine, and one sentence for each mistake."""

from __future__ import annotations

import base64
import json
import subprocess
import sys

import numpy as np
import pytest

from autograd import Tensor, Value, gradient, predict, softmax_cross_entropy
from nn import (
    MLP,
    Conv2d,
    Course,
    Data,
    Dropout,
    Embedding,
    Flatten,
    LayerNorm,
    Linear,
    MaxPool2d,
    Module,
    MultiHeadAttention,
    ReLU,
    Sequential,
    Tanh,
    cross_entropy,
    fit,
)
from nn.scalar_copy import scalar_loss
from viz import live

pytest.importorskip("anywidget")


def rings(n=60):
    rng = np.random.default_rng(0)
    classes, angles = np.arange(n) % 2, rng.uniform(0, 2 * np.pi, n)
    return Data((0.5 + 0.5 * classes)[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1), classes)


def tokens():
    return Data(np.arange(20).reshape(10, 2) % 5, np.arange(10) % 2)


def loss():
    w, b = Value(0.5, name="w"), Value(-0.3, name="b")
    root = ((w * Value(2.0, name="x") + b).tanh() - 0.9) ** 2
    root.name = "loss"
    return root, [w, b]


@pytest.fixture
def view():
    return live(MLP([2, 4, 2]), rings(), batch_size=16)


def asked(view, what, **details):
    view.receive({"do": what, "ask": 1, **details})
    return json.loads(view.sent)


@pytest.mark.parametrize("granularity", ["matrix", "neuron", "scalar"])
def test_the_numbers_shown_are_those_of_the_engine(granularity):
    view = live(MLP([2, 4, 2], granularity=granularity), rings(), batch_size=16)
    frame = asked(view, "advance", updates=5)
    course = view.trainer
    course.model.zero_grad()
    found = course.record(0)
    found.loss.backward()
    assert frame["update"] == 5
    assert frame["loss"] == pytest.approx(float(found.loss.data))
    for name, array in course.model.state_dict().items():
        assert frame["parameters"][name] == pytest.approx(array.ravel().tolist())
        parameter = found.parameters[name]
        nodes = parameter.flat if isinstance(parameter, np.ndarray) else [parameter]
        assert frame["gradients"][name] == pytest.approx(np.ravel([node.grad for node in nodes]).tolist())
    hidden = np.tanh(
        course.inputs[0] @ course.model.state_dict()["layers.0.weight"].T
        + frame["parameters"]["layers.0.bias"]
    )
    assert frame["columns"][1] == pytest.approx(hidden.tolist())
    assert frame["mean"] == pytest.approx(course.mean_loss())


def test_the_plane_holds_the_answers_of_the_network(view):
    plane = asked(view, "advance", updates=40)["plane"]
    cells = np.frombuffer(base64.b64decode(plane["cells"]), np.uint8).reshape(plane["side"], plane["side"])
    (left, right), (low, high) = view.points["bounds"]
    x, y = np.linspace(left, right, plane["side"]), np.linspace(low, high, plane["side"])
    for row, column in ((0, 0), (5, 30), (20, 20), (31, 1)):
        assert cells[row, column] == view.trainer.predict([[x[column], y[row]]]).argmax()


def test_the_counters_are_the_operations_of_both_ways(view):
    frame = asked(view, "advance", updates=2)
    batch = rings().take(slice(0, 16))
    twin = MLP([2, 4, 2], granularity="scalar")
    root = view.trainer._loss(twin(batch.inputs), batch.targets)
    for method in ("paths", "backprop"):
        cost = gradient(root, twin.parameters(), method).cost.total
        assert frame["ledger"]["each"][method] == f"{cost:,}"
        assert frame["ledger"]["all"][method] == f"{2 * cost:,}"
    smaller = asked(view, "advance", updates=2)["ledger"]["each"]
    assert smaller != frame["ledger"]["each"], "the last batch of a pass has 12 of the 60 examples"
    assert asked(view, "advance", updates=1)["ledger"]["each"] == frame["ledger"]["each"]
    assert asked(view, "go", update=4)["ledger"]["each"] == smaller


class Reading(Module):
    """Attention over a short sequence."""

    def __init__(self, dtype=float):
        self.attention = MultiHeadAttention(2, 1, causal=True, seed=0, dtype=dtype)
        self.norm = LayerNorm(2, dtype=dtype)
        self.output = Linear(4, 2, seed=1, dtype=dtype)

    def forward(self, x):
        return self.output(self.norm(self.attention(x)).reshape(len(x), 4))


def chain(dtype=float):
    return Sequential(Linear(2, 4, seed=0, dtype=dtype), Tanh(), Linear(4, 2, seed=0, dtype=dtype))


def images(dtype=float):
    convolution = Conv2d(1, 2, 3, seed=0, dtype=dtype)
    return Sequential(
        *(convolution, ReLU(), MaxPool2d(2), Flatten(), Dropout(0.5, seed=0)),
        Linear(2, 2, seed=1, dtype=dtype),
    )


def together(dtype=float):
    """A network whose examples are centred, so that each depends on all."""
    first, second = (Linear(2, 2, seed=seed, dtype=dtype) for seed in (0, 1))
    return Sequential(first, lambda x: x * x - np.mean(x, axis=0, keepdims=True), second)


MODELS = [(chain, (2,)), (images, (1, 4, 4)), (Reading, (2, 2)), (together, (2,))]


@pytest.mark.parametrize(("make", "shape"), MODELS)
def test_the_operations_of_other_models_are_counted_too(make, shape):
    data = Data(np.random.default_rng(0).normal(size=(9, *shape)), np.arange(9) % 2)
    view = live(Course(make(), data, batch_size=3))
    frame = asked(view, "advance", updates=2)
    assert view._ledger.cost(view.trainer.kind._replace(examples=9)) == {
        method: predict(*scalar_loss(view.trainer.model, data, cross_entropy), method)
        for method in ("paths", "backprop")
    }
    twin = make(object)
    root = cross_entropy(twin(data.inputs[:3]), data.targets[:3])
    for method in ("paths", "backprop"):
        assert frame["ledger"]["each"][method] == f"{gradient(root, twin.parameters(), method).cost.total:,}"
    by_backprop = asked(view, "advance", updates=1)["mean"]
    asked(view, "go", update=2)
    asked(view, "change", name="method", value="paths")
    assert asked(view, "advance", updates=1)["mean"] == pytest.approx(by_backprop)
    if make is chain:
        mlp = live(MLP([2, 4, 2]), data, batch_size=3)
        assert frame["ledger"] == asked(mlp, "advance", updates=2)["ledger"]


def test_what_is_not_counted_is_not_made_naively():
    big = live(MLP([2, 120, 120, 2]), rings(), batch_size=60)
    assert asked(big, "advance", updates=1)["ledger"] == {}
    assert "too many operations to count" in asked(big, "change", name="method", value="paths")["message"]
    wide = live(MLP([2, 32, 32, 2]), rings(), batch_size=60)
    assert asked(wide, "advance", updates=1)["ledger"] != {}, "it follows from four examples"
    view = live(MLP([2, 3, 2]), rings(), batch_size=4)
    asked(view, "change", name="method", value="paths")
    asked(view, "change", name="layers", value="16 16")
    asked(view, "change", name="batch size", value=60)
    for what in ("advance", "example"):
        frame = asked(view, what)
        assert frame["update"] == 0
        assert "operations, over the limit of 3,000,000" in frame["message"]


def test_steps_examples_and_the_way_back(view):
    asked(view, "advance", updates=3)
    there = view.trainer.snapshot().model
    asked(view, "show", example=7)
    frame = asked(view, "example")
    assert (frame["example"], frame["update"], frame["last"]) == (7, 4, 4)
    frame = asked(view, "go", update=3)
    assert (frame["update"], frame["last"]) == (3, 4)
    assert all(np.array_equal(there[name], x) for name, x in view.trainer.model.state_dict().items())


def test_weights_settings_and_examples_can_be_changed(view):
    frame = asked(view, "parameter", name="layers.0.weight", place=[3, 1], value=1.5)
    assert frame["parameters"]["layers.0.weight"][7] == 1.5
    assert asked(view, "change", name="activation", value="relu")["settings"]["activation"][0] == "relu"
    asked(view, "points", row=60, inputs=[0.1, 0.2], target=1)
    assert view.points["count"] == 61
    assert (view.points["inputs"][60], view.points["targets"][60], view.example) == ([0.1, 0.2], 1, 60)
    asked(view, "points", row=60, inputs=[0.3, 0.2], target=0)
    assert (view.points["inputs"][60], view.points["targets"][60]) == ([0.3, 0.2], 0)
    asked(view, "points", row=60, remove=True)
    assert (view.points["count"], view.example) == (60, 59)
    said = asked(view, "table", text="x,y,c\n0,1,a\n1,0,a")["message"]
    assert said == "All 2 examples are of class 0: there is no border to learn."
    asked(view, "table", text="x,y,c\n0,1,a\n1,0,b\n1,1,b")
    assert view.points["targets"] == [0, 1, 1]
    frame = asked(view, "change", name="layers", value="3 2")
    assert (frame["update"], [len(names) for names in view.scene["columns"]]) == (0, [2, 3, 2, 2])
    asked(view, "advance", updates=1)


@pytest.mark.parametrize(
    ("what", "details", "message"),
    [
        ("table", {"text": "1,2"}, "Line 1 has 2 fields"),
        ("change", {"name": "rate", "value": -1}, "rate"),
        ("change", {"name": "colour", "value": 1}, "colour"),
        (
            "parameter",
            {"name": "layers.0.weight", "place": [9, 0], "value": 1},
            "there is no weight layers.0.weight[9, 0]",
        ),
        ("parameter", {"name": "layers.0.weight", "place": [0, 0], "value": "much"}, "much"),
        ("points", {"row": 60, "inputs": [1, float("nan")], "target": 1}, "finite number"),
        ("points", {"row": 60, "inputs": [1, 2], "target": 5}, "from 0 to 1, not 5"),
        ("points", {"row": 60, "inputs": ["1", ""], "target": "1"}, "an input is a finite number, not ''"),
        ("fly", {}, "fly"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence_and_changes_nothing(view, what, details, message):
    before, frame = view.trainer.snapshot(), asked(view, what, **details)
    assert message.lower() in frame["message"].lower()
    assert "\n" not in frame["message"]
    assert frame["message"].endswith(".")
    after = view.trainer.snapshot()
    assert all(np.array_equal(before.model[name], after.model[name]) for name in before.model)
    assert len(view.trainer.data) == 60
    assert asked(view, "advance", updates=1)["message"] == ""


def test_a_training_that_diverges_says_so(view):
    asked(view, "change", name="loss", value="squared error")
    asked(view, "change", name="activation", value="identity")
    asked(view, "change", name="optimiser", value="SGD")
    asked(view, "change", name="rate", value=1e6)
    frame = asked(view, "advance", updates=500)
    assert frame["message"]
    assert asked(view, "go", update=0)["message"] == ""


def test_what_would_take_too_long_naively_is_refused():
    view = live(MLP([2, 24, 24, 2]), rings(), batch_size=60)
    asked(view, "advance", updates=1)
    frame = asked(view, "change", name="method", value="paths")
    assert "operations, over the limit of 3,000,000" in frame["message"]
    assert frame["settings"]["method"][0] == "backprop"


def test_a_recorded_loss_descends(view):
    root, leaves = loss()
    view = live(root, leaves, rate=0.5)
    expected = gradient(root, leaves)
    start = [leaf.data for leaf in leaves]
    frame = asked(view, "advance", updates=1)
    assert [leaf.data for leaf in leaves] == pytest.approx(
        [w - 0.5 * g for w, g in zip(start, expected.values, strict=True)]
    )
    assert view.scene["kind"] == "graph"
    assert frame["ledger"]["each"]["backprop"] == f"{expected.cost.total:,}"
    asked(view, "parameter", name="w", place=[], value=3.0)
    assert leaves[0].data == 3.0
    asked(view, "go", update=0)
    asked(view, "advance", updates=60)
    assert view.frame["loss"] < 1e-4


def test_a_recorded_loss_of_tensors_descends_without_counts():
    weights = Tensor(np.ones((2, 3)), name="W")
    view = live((weights * weights).sum(), [weights])
    frame = asked(view, "advance", updates=1)
    assert frame["ledger"] == {}
    assert frame["loss"] == pytest.approx(6 * 0.8**2)
    assert frame["parameters"] == {"W": pytest.approx([0.8] * 6)}


def test_a_recorded_loss_that_overflows_says_so_and_goes_back():
    w = Value(5.0, name="w")
    view = live(w**4, [w], rate=1e3)
    for _ in range(3):
        frame = asked(view, "advance", updates=9)
    assert "undefined" in frame["message"]
    assert asked(view, "go", update=0)["loss"] == 625


def test_a_training_by_fit_is_watched():
    model, data = MLP([2, 4, 2]), rings()
    view = live(model, data)
    seen = []
    view.observe(lambda change: seen.append(json.loads(change["new"])["update"]), "sent")
    fit(model, data, epochs=60, progress=False, after_update=view.update)
    assert view.timeline.last == 120
    assert seen == sorted(set(seen))
    asked(view, "rest")
    assert view.frame["parameters"]["layers.1.bias"] == pytest.approx(model.biases[1].data.tolist())
    asked(view, "go", update=10)
    assert view.frame["update"] == 10


def test_numbers_and_other_networks_are_shown():
    x = np.linspace(-1, 1, 20)[:, None]
    view = live(MLP([1, 3, 1]), Data(x, x**2))
    assert len(view.frame["plane"]["line"]) == 128
    wide = live(
        Sequential(Linear(3, 4, seed=0), Tanh(), Linear(4, 1, seed=1)), Data(np.ones((5, 3)), np.ones((5, 1)))
    )
    assert "low" in asked(wide, "advance", updates=1)["plane"]
    assert wide.frame["ledger"]["all"]["backprop"] == wide.frame["ledger"]["each"]["backprop"]
    other = live(Course(Sequential(np.tanh, Linear(2, 2, seed=0)), rings()))
    assert other.scene["kind"] == "graph"
    assert asked(other, "advance", updates=2)["update"] == 2
    words = live(Sequential(Embedding(5, 3, seed=0), Flatten(), Linear(6, 2, seed=0)), tokens())
    assert (words.frame["plane"], words.frame["message"]) == ({}, "")
    expected = predict(*scalar_loss(words.trainer.model, tokens(), cross_entropy)).total
    assert asked(words, "advance", updates=1)["ledger"]["all"]["backprop"] == f"{expected:,}"


def test_what_cannot_be_shown_is_refused():
    z = [Value(1.0, name="a"), Value(2.0, name="b")]
    root = softmax_cross_entropy(z, 0)
    with pytest.raises(ValueError, match="give the values"):
        live(root)
    with pytest.raises(ValueError, match="not a leaf"):
        live(root, [root])
    w = Value(1.0, name="w")
    for rate in ("fast", -1, np.nan):
        with pytest.raises(ValueError, match="the rate is a finite number"):
            live(w * 3, [w], rate=rate)
    with pytest.raises(TypeError, match="has the setting rate only, not optimiser"):
        live(w * 3, [w], optimiser="Adam")
    with pytest.raises(ValueError, match=r"a loss is one number, not an array of shape \(2,\)"):
        live(Tensor([1.0, 2.0]) * 2, [])
    for model, data in ((lambda x: x, rings()), (MLP([2, 2]), None), (3, 4)):
        with pytest.raises(TypeError, match=r"viz\.live takes a model with its data"):
            live(model, data)


def test_without_anywidget_one_sentence_says_what_to_install():
    program = """
import sys, viz
sys.modules["anywidget"] = None
try:
    viz.live(1)
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "viz.live needs the package anywidget: pip install 'whygrad[live]'\n"
