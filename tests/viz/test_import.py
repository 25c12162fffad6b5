"""``import viz`` loads little, and its names work whatever was imported before."""

import os
import subprocess
import sys

import pytest

import viz
from viz import __all__ as public

MODULES = sorted(viz._MODULES)


def output(program):
    # A subprocess whose coverage is measured loads the packages it measures.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout


def test_importing_viz_loads_neither_the_engine_nor_graphviz():
    loaded = output("import sys, viz; print(*sys.modules)").split()
    assert "viz" in loaded
    assert not {"numpy", "autograd", "graphviz", "html", "json", "hashlib", "subprocess"} & set(loaded)


def test_every_public_name_has_a_module():
    assert sorted(viz._HOMES) == sorted(public)
    assert set(public) <= set(dir(viz))
    assert all(getattr(viz, name).__name__ == name for name in public)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imported_first_takes_no_public_name(module):
    program = f"import viz.{module}, viz; print(all(callable(getattr(viz, name)) for name in viz.__all__))"
    assert output(program) == "True\n"
    assert module not in public


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'viz' has no attribute 'paint'"):
        viz.paint  # noqa: B018
