"""Every example in the documentation of nn runs and prints what it shows."""

import doctest
import importlib
import pkgutil

import pytest

import nn

pytestmark = pytest.mark.usefixtures("table")  # examples add rows to the table
OPTIONAL = ("nn.estimators", "nn.sklearn")  # they load scikit-learn
MODULES = [module.name for module in pkgutil.walk_packages(nn.__path__, "nn.")]


@pytest.mark.parametrize("name", ["nn", *MODULES])
def test_the_examples_of(name: str) -> None:
    if name in OPTIONAL:
        pytest.importorskip(name, exc_type=ImportError)
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    modules = map(importlib.import_module, (name for name in MODULES if name not in OPTIONAL))
    assert sum(len(test.examples) for module in modules for test in finder.find(module)) > 5
