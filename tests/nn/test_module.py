"""Modules: their parameters, modules and generators, the order of these, and their state."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, values
from nn import MLP, SGD, Dropout, Linear, Module, Sequential, Tanh


class Everything(Module):
    """One object of each kind that belongs to a module, and some that do not."""

    def __init__(self) -> None:
        self.scale = Tensor(2.0)
        self.first = Linear(2, 3, seed=0)
        self.branches = {"left": Linear(3, 1, seed=0), "right": [Linear(3, 2, seed=0), np.tanh]}
        self.pair = (Tensor([1.0, 2.0]), values([[3.0], [4.0]], "v"))
        self.offset = Value(5.0)
        self.computed = self.scale * 2
        self.constant = self.scale.detach()
        self.frozen = self.offset + 1
        self.plain = np.ones(3)
        self.mixed = np.array([Value(1.0), 2.0], dtype=object)
        self.empty = np.empty(0, dtype=object)
        self.words = ["none", 1, None]


NAMES = [
    "scale",
    "first.weight",
    "first.bias",
    "branches.left.weight",
    "branches.left.bias",
    "branches.right.0.weight",
    "branches.right.0.bias",
    "pair.0",
    "pair.1",
    "offset",
]


def test_leaves_are_found_in_order_of_assignment_and_nothing_else() -> None:
    module = Everything()
    assert [name for name, _ in module.named_parameters()] == NAMES
    found = module.parameters()
    assert len(found) == len(NAMES) + 1  # the array of Values is two nodes
    assert found[0] is module.scale
    assert found[-3:] == [*module.pair[1].flat, module.offset]
    assert [type(m).__name__ for m in module.modules()] == ["Everything", *["Linear"] * 3]


def test_shared_parameters_are_listed_once_under_their_first_name() -> None:
    encoder, decoder = Linear(3, 3, seed=0), Linear(3, 3, dtype=object, seed=0)
    decoder.weight = encoder.weight
    network = Sequential(encoder, decoder, encoder)
    assert [name for name, _ in network.named_parameters()] == [
        "layers.0.weight",
        "layers.0.bias",
        "layers.1.bias",
    ]
    assert len(network.parameters()) == 5
    assert list(network.modules()) == [network, encoder, decoder]


def test_values_shared_by_two_arrays_are_listed_once() -> None:
    network = Sequential(Linear(2, 2, dtype=object, seed=0), Linear(2, 2, dtype=object, bias=False, seed=0))
    network[1].weight = network[0].weight.T
    assert len(list(network.named_parameters())) == 3
    assert len(network.parameters()) == 6


def test_modules_that_hold_each_other() -> None:
    parent, child = Sequential(), Linear(1, 1, seed=0)
    parent.layers.append(child)
    child.parent = parent  # type: ignore[attr-defined]
    assert list(parent.modules()) == [parent, child]
    assert [name for name, _ in child.named_parameters()] == ["weight", "bias"]
    assert "..." in repr(parent)


def test_a_list_that_holds_itself() -> None:
    module, items = Module(), [Linear(1, 1, seed=0)]
    items.append(items)  # type: ignore[arg-type]
    module.items = items  # type: ignore[attr-defined]
    assert [name for name, _ in module.named_parameters()] == ["items.0.weight", "items.0.bias"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"a": {1: Tensor(1.0), "1": Tensor(2.0)}},
        {"a.b": Tensor(1.0), "a": {"b": Tensor(2.0)}},
        {"a": {"0": np.random.default_rng(0), 0: np.random.default_rng(1)}},
    ],
)
def test_names_are_unique(attributes: dict[str, Any]) -> None:
    module = Module()
    vars(module).update(attributes)
    with pytest.raises(ValueError, match=r"two objects in this Module have the name 'a\.[01b]'"):
        module.state_dict()


@pytest.mark.parametrize("kind", [set, frozenset, deque])
def test_sets_and_deques_are_refused(kind: Any) -> None:
    module = Module()
    module.words = kind(["a", "b"])  # type: ignore[attr-defined]
    assert module.parameters() == []
    for item in (Linear(1, 1, seed=0), Tensor(1.0)):
        module.layers = kind([item])  # type: ignore[attr-defined]
        with pytest.raises(
            TypeError, match=f"layers is a {kind.__name__}, whose items have no names: .* a list"
        ):
            module.parameters()


def test_training_is_set_everywhere() -> None:
    network = Sequential(Sequential(Dropout(0.5, seed=1)), Everything())
    assert network.training
    assert network.eval() is network
    assert not any(module.training for module in network.modules())
    assert network.train() is network
    assert all(module.training for module in network.modules())
    network[0].eval()
    assert [m.training for m in network.modules()][:4] == [True, False, False, True]


@pytest.mark.parametrize("granularity", ["matrix", "scalar"])
def test_zero_grad_clears_gradients(granularity: str) -> None:
    network = MLP([2, 1], granularity=granularity)
    network([1.0, 2.0])[0].backward()
    assert all(p.grad is not None for p in network.parameters())
    network.zero_grad()
    assert not any(p.has_grad for p in network.parameters())


def test_a_module_without_forward() -> None:
    with pytest.raises(NotImplementedError, match=r"Everything computes nothing yet: define its forward"):
        Everything()(1.0)


def test_arguments_are_passed_on() -> None:
    class Scaled(Module):
        def forward(self, x: Any, *, by: Any) -> Any:
            return x * by

    assert Scaled()(2.0, by=3.0) == 6.0


def test_a_representation_shows_the_shapes() -> None:
    network = Sequential(Linear(2, 3, bias=False, seed=0), np.tanh, Sequential(Dropout(0.5, seed=1), Tanh()))
    network.eval()
    assert repr(network).splitlines() == [
        "Sequential()",
        "  layers.0: Linear(weight (3, 2))",
        "  layers.1: tanh",
        "  layers.2: Sequential()",
        "    layers.0: Dropout(p=0.5)",
        "    layers.1: Tanh()",
    ]
    assert "offset ()" in repr(Everything())
    assert repr(Linear(2, 3, bias=False, seed=0, dtype=np.float32)) == "Linear(weight (3, 2) float32)"
    assert "pair.1 (2, 1)" in repr(Everything())


def numbers(module: Module) -> list[list[float]]:
    return [array.ravel().tolist() for array in module.state_dict().values()]


def test_a_state_is_copied_both_ways() -> None:
    module, other = Everything(), Everything()
    for p in module.parameters():
        p.data = p.data * 0.5 - 3.0
    state = module.state_dict()
    assert list(state) == NAMES
    assert all(type(a) is np.ndarray and a.dtype == np.float64 for a in state.values())
    other.load_state_dict(state)
    assert numbers(other) == numbers(module)
    before = numbers(module)
    for array in state.values():
        array += 1.0
    assert numbers(module) == numbers(other) == before
    assert all(type(v.data) is float for v in other.pair[1].flat)


@pytest.mark.parametrize("source", ["matrix", "scalar", "neuron"])
@pytest.mark.parametrize("target", ["matrix", "scalar", "neuron"])
def test_a_state_fits_every_granularity(source: str, target: str) -> None:
    given = MLP([2, 3, 1], granularity=source, seed=1)
    taken = MLP([2, 3, 1], granularity=target, seed=2)
    assert numbers(given) != numbers(taken)
    taken.load_state_dict(given.state_dict())
    assert numbers(given) == numbers(taken)
    assert list(given.state_dict()) == [
        f"layers.{layer}.{name}" for layer in range(2) for name in ("weight", "bias")
    ]


def test_a_state_is_rounded_to_the_parameters_precision() -> None:
    single, double = MLP([2, 1], dtype=np.float32), MLP([2, 1])
    single.load_state_dict(double.state_dict())
    assert {a.dtype for a in single.state_dict().values()} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(single.weights[0].data, double.weights[0].data.astype(np.float32))


def test_loading_invalidates_earlier_results() -> None:
    network = MLP([1, 1])
    y = network([1.0])[0]
    network.load_state_dict(network.state_dict())
    with pytest.raises(Exception, match="out of date"):
        y.backward()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"scale": None}, TypeError, r"the numbers of 'scale' must be real numbers, not object as in None"),
        ({"pair.0": "ab"}, TypeError, r"the numbers of 'pair.0' must be real numbers, not <U2 as in 'ab'"),
        ({"pair.0": [[1], [2, 3]]}, ValueError, r"'pair.0' do not form an array: their rows have different"),
        ({"pair.0": [1j, 2]}, TypeError, r"'pair.0' must be real numbers, not complex"),
        ({"offset": Tensor(1.0)}, TypeError, r"the numbers of 'offset' must be plain numbers, not a Tensor"),
        ({"offset": [1.0]}, ValueError, r"'offset' of this Everything has the shape \(\), .* it \(1,\)"),
        ({"first.bias": np.ones((3, 1))}, ValueError, r"has the shape \(3,\), and the state .* \(3, 1\)"),
        ({"more": 1.0}, KeyError, r"has 'more', which is not a parameter of this Everything: it has scale, "),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(
    change: dict[str, Any], error: type[Exception], message: str
) -> None:
    module = Everything()
    before = numbers(module)
    with pytest.raises(error, match=message):
        module.load_state_dict({name: a + 1 for name, a in module.state_dict().items()} | change)
    assert numbers(module) == before


def test_a_state_that_lacks_a_parameter_changes_nothing() -> None:
    module = Everything()
    before, state = numbers(module), module.state_dict()
    del state["offset"]
    with pytest.raises(KeyError, match=r"the state lacks 'offset', a parameter of .*: it has scale, first"):
        module.load_state_dict(state)
    with pytest.raises(KeyError, match=r"the state lacks 'scale'.*: it has none"):
        module.load_state_dict({})
    with pytest.raises(TypeError, match=r"a state must be a dict with a name for every parameter, not \[1\]"):
        module.load_state_dict([1])  # type: ignore[arg-type]
    assert numbers(module) == before


def test_a_long_list_of_names_is_shortened() -> None:
    network = MLP([1] * 30)
    with pytest.raises(KeyError, match=r"it has layers\.0\.weight, .*layers\.9\.bias, …") as error:
        network.load_state_dict(network.state_dict() | {"more": 1.0})
    assert "layers.10." not in str(error.value)


class Noise(Module):
    """Adds noise from a generator of any kind."""

    def __init__(self, kind: Any, seed: int) -> None:
        self.rng = np.random.Generator(kind(seed))

    def forward(self, x: Any) -> Any:
        return x + self.rng.normal(size=np.shape(x))


KINDS = [np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64]


@pytest.mark.parametrize("kind", KINDS)
def test_generators_resume_from_their_state(kind: Any) -> None:
    network = Sequential(Dropout(0.5, seed=1), Noise(kind, seed=2))
    x = np.arange(1.0, 20.0)
    network(x)
    saved = json.dumps(network.extra_state())
    expected = network(x)
    other = Sequential(Dropout(0.5, seed=3), Noise(kind, seed=4))
    other(x)
    other.load_extra_state(json.loads(saved))
    np.testing.assert_array_equal(other(x), expected)
    assert list(json.loads(saved)) == ["layers.0.rng", "layers.1.rng"]


def test_a_shared_generator_is_listed_once() -> None:
    network = Sequential(Dropout(0.5, seed=1), Dropout(0.5, seed=1))
    network[1].rng = network[0].rng
    assert list(network.extra_state()) == ["layers.0.rng"]
    assert MLP([2, 1]).extra_state() == {}


@pytest.mark.parametrize("bad", [None, 3, {}, {"bit_generator": "PCG64"}, {"bit_generator": "MT19937"}])
def test_the_state_of_another_generator_changes_none(bad: Any) -> None:
    network = Sequential(Dropout(0.5, seed=1), Dropout(0.5, seed=2))
    before = network.extra_state()
    state = Sequential(Dropout(0.5, seed=3), Dropout(0.5, seed=4)).extra_state() | {"layers.1.rng": bad}
    with pytest.raises(ValueError, match=r"generator 'layers.1.rng' must be one of PCG64, as extra_state"):
        network.load_extra_state(state)
    assert network.extra_state() == before


def test_the_states_of_generators_are_complete() -> None:
    network = Sequential(Dropout(0.5, seed=1), Dropout(0.5, seed=2))
    state = network.extra_state()
    with pytest.raises(KeyError, match=r"has 'more', which is not a random generator of this Sequential"):
        network.load_extra_state(state | {"more": {}})
    del state["layers.1.rng"]
    with pytest.raises(KeyError, match=r"lacks 'layers.1.rng', a random generator of this Sequential"):
        network.load_extra_state(state)
    with pytest.raises(TypeError, match=r"a dict with a name for every random generator"):
        network.load_extra_state(None)  # type: ignore[arg-type]


def test_parameters_are_found_by_identity() -> None:
    for granularity in ("scalar", "matrix"):
        model = MLP([2, 1, 1, 1], granularity=granularity)
        parameters = model.parameters()
        last = parameters[-1]
        assert parameters.index(last) == len(parameters) - 1  # every bias is 0
        assert last in parameters
        assert parameters.count(last) == 1
        rest = parameters.copy()
        rest.remove(last)
        assert all(p is not last for p in rest)
        assert len(rest) == len(parameters) - 1
        assert last not in rest
        with pytest.raises(ValueError, match="does not contain"):
            rest.index(last)
        with pytest.raises(ValueError, match="does not contain"):
            parameters.index(last, 0, -1)
        assert SGD(parameters, 0.1).parameters.index(last) == len(parameters) - 1
