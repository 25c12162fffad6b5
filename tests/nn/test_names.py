"""The names of the package, each loaded when it is first used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import nn

INIT = Path(nn.__file__)


def test_type_checkers_see_the_same_names() -> None:
    block = next(node for node in ast.parse(INIT.read_text()).body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert {alias.name: node.module for node in imports for alias in node.names} == nn._HOMES
    assert set(nn.__all__) == set(nn._HOMES)
    assert len(set(nn.__all__)) == len(nn.__all__)


def test_every_name_is_there() -> None:
    for name, module in nn._HOMES.items():
        assert getattr(nn, name) is getattr(sys.modules[module], name)
        assert name in sys.modules[module].__all__
    assert set(nn.__all__) <= set(dir(nn))
    with pytest.raises(AttributeError, match="module 'nn' has no attribute 'tanh'"):
        nn.tanh  # noqa: B018


def test_no_module_hides_a_name() -> None:
    assert not {path.stem for path in INIT.parent.glob("*.py")} & set(nn.__all__)


def loaded(program: str) -> set[str]:
    """The modules that a program loads."""
    program = f"import sys; before = set(sys.modules); {program}; print(*set(sys.modules) - before)"
    return set(subprocess.check_output([sys.executable, "-c", program], text=True).split())


def test_importing_the_package_loads_nothing_else() -> None:
    modules = loaded("import nn")
    assert not {name for name in modules if name.startswith("nn.")}
    assert not {"numpy", "autograd", "safetensors", "rich", "json"} & modules


def test_a_model_loads_neither_training_nor_checkpoints() -> None:
    modules = loaded("from nn import MLP; MLP([2, 3])")
    assert not {"nn.training", "nn.checkpoints", "nn.compiled_step", "safetensors", "rich"} & modules


def test_training_without_a_checkpoint_does_not_load_safetensors() -> None:
    modules = loaded("from nn import MLP, Data, fit; fit(MLP([1, 2]), Data([[1.0]], [0]), epochs=1)")
    assert "safetensors" not in modules


def test_modules_are_attributes() -> None:
    assert loaded("import nn; nn.schedules.cosine(3)") >= {"nn", "nn.schedules"}
