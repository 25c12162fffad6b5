"""Weights go to PyTorch and come back under its names, through safetensors files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn import (
    GELU,
    MLP,
    Conv1d,
    Conv2d,
    Embedding,
    Flatten,
    LayerNorm,
    Linear,
    Module,
    MultiHeadAttention,
    ReLU,
    RMSNorm,
    Sequential,
    load_model,
    predict,
    save,
)

torch = pytest.importorskip("torch")
files = pytest.importorskip("safetensors.torch")

RNG = np.random.default_rng(0)


class Block(Module):
    def __init__(self) -> None:
        self.attention = MultiHeadAttention(8, 2, seed=0)
        self.norms = [LayerNorm(8), RMSNorm(8)]
        self.mlp = Sequential(Linear(8, 16, seed=1), GELU(), Linear(16, 8, bias=False, seed=2))

    def forward(self, x: Any) -> Any:
        x = x + self.attention(self.norms[0](x))
        return x + self.mlp(self.norms[1](x))


class TorchBlock(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = torch.nn.MultiheadAttention(8, 2, batch_first=True)
        self.norms = torch.nn.ModuleList([torch.nn.LayerNorm(8), torch.nn.RMSNorm(8)])
        inner = torch.nn.Linear(8, 16), torch.nn.GELU(), torch.nn.Linear(16, 8, bias=False)
        self.mlp = torch.nn.Sequential(*inner)

    def forward(self, x: Any) -> Any:
        y = self.norms[0](x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.norms[1](x))


def shared() -> Module:
    layer = Linear(3, 3, seed=0)
    return Sequential(layer, ReLU(), layer)


def torch_shared() -> Any:
    layer = torch.nn.Linear(3, 3)
    return torch.nn.Sequential(layer, torch.nn.ReLU(), layer)


t = torch.nn
PAIRS: dict[str, tuple[Any, Any, Any]] = {
    "perceptron": (
        lambda: MLP([4, 8, 8, 3]),
        lambda: t.Sequential(t.Linear(4, 8), t.Tanh(), t.Linear(8, 8), t.Tanh(), t.Linear(8, 3)),
        RNG.normal(size=(5, 4)),
    ),
    "perceptron of values": (
        lambda: MLP([4, 3, 2], granularity="scalar"),
        lambda: t.Sequential(t.Linear(4, 3), t.Tanh(), t.Linear(3, 2)),
        RNG.normal(size=(5, 4)),
    ),
    "images": (
        lambda: Sequential(Conv2d(2, 4, 3, groups=2, seed=0), ReLU(), Flatten(), Linear(64, 2, seed=1)),
        lambda: t.Sequential(t.Conv2d(2, 4, 3, groups=2), t.ReLU(), t.Flatten(), t.Linear(64, 2)),
        RNG.normal(size=(3, 2, 6, 6)),
    ),
    "words": (
        lambda: Sequential(Embedding(9, 5, seed=0), Linear(5, 4, seed=1)),
        lambda: t.Sequential(t.Embedding(9, 5), t.Linear(5, 4)),
        RNG.integers(0, 9, (3, 7)),
    ),
    "sequences": (
        lambda: Sequential(Conv1d(2, 4, 3, bias=False, seed=0)),
        lambda: t.Sequential(t.Conv1d(2, 4, 3, bias=False)),
        RNG.normal(size=(3, 2, 9)),
    ),
    "a block of a transformer": (Block, TorchBlock, RNG.normal(size=(3, 6, 8))),
    "a layer in two places": (shared, torch_shared, RNG.normal(size=(5, 3))),
}


def same(model: Module, other: Any, inputs: Any) -> None:
    with torch.no_grad():
        given = torch.tensor(inputs) if inputs.dtype.kind == "i" else torch.tensor(inputs).double()
        wanted = other.eval()(given).numpy()
    np.testing.assert_allclose(predict(model, inputs), wanted, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", PAIRS)
def test_both_ways(name: str, tmp_path: Path) -> None:
    make, make_torch, inputs = PAIRS[name]
    model, other, path = make(), make_torch().double(), tmp_path / "weights.safetensors"
    save(path, model.state_dict(naming="torch"))
    other.load_state_dict(files.load_file(path))
    same(model, other, inputs)

    other = make_torch().double()
    model.load_state_dict(other.state_dict(), naming="torch")
    same(model, other, inputs)

    other = make_torch().double()
    files.save_file({name: x.clone() for name, x in other.state_dict().items()}, path)
    load_model(path, model, naming="torch")
    same(model, other, inputs)


@pytest.mark.parametrize("context", [None, 5])
def test_attention_with_another_context(context: int | None) -> None:
    model = MultiHeadAttention(8, 2, context_features=context, bias=context is None, seed=0)
    other = t.MultiheadAttention(8, 2, batch_first=True, kdim=context, vdim=context, bias=context is None)
    other.double().load_state_dict({k: torch.tensor(v) for k, v in model.state_dict(naming="torch").items()})
    query, key = (torch.tensor(RNG.normal(size=(2, n, f))) for n, f in ((3, 8), (4, context or 8)))
    with torch.no_grad():
        wanted = other(query, key, key, need_weights=False)[0].numpy()
    np.testing.assert_allclose(model(query.numpy(), key.numpy()).data, wanted, rtol=1e-10)


def test_states_that_do_not_fit() -> None:
    model = Block()
    state = model.state_dict(naming="torch")
    before = model.state_dict()
    with pytest.raises(KeyError, match=r"the state lacks 'attention.in_proj_bias', a parameter"):
        model.load_state_dict({k: v for k, v in state.items() if "in_proj_bias" not in k}, naming="torch")
    with pytest.raises(ValueError, match=r"'attention.in_proj_weight' stacks 3 arrays, 24 rows in all"):
        model.load_state_dict(state | {"attention.in_proj_weight": np.ones((8, 8))}, naming="torch")
    with pytest.raises(ValueError, match=r"'attention.in_proj_weight' stacks 3 arrays, .* state is \(\)"):
        model.load_state_dict(state | {"attention.in_proj_weight": np.ones(())}, naming="torch")
    with pytest.raises(
        KeyError, match="the state has PyTorch's names of the parameters: give naming='torch'"
    ):
        model.load_state_dict(state)
    for tensor in (torch.ones(8, dtype=torch.bfloat16), torch.ones(8, requires_grad=True)):
        with pytest.raises(
            TypeError, match=r"the numbers of 'norms.0.weight' cannot be .* as by t.detach\(\)"
        ):
            model.load_state_dict(state | {"norms.0.weight": tensor}, naming="torch")
    with pytest.raises(ValueError, match=r"the parameter 'mlp.layers.0.weight' of this Block has the shape"):
        model.load_state_dict(state | {"mlp.0.weight": np.ones((8, 16))}, naming="torch")
    with pytest.raises(ValueError, match="the naming of a state is 'torch', or None"):
        model.state_dict(naming="keras")
    for name, array in before.items():
        assert model.state_dict()[name].tobytes() == array.tobytes()
