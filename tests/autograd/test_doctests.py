"""Every example in the documentation of autograd runs and prints what it shows."""

import doctest
import importlib
import pkgutil

import pytest

import autograd

pytestmark = pytest.mark.usefixtures("table")  # examples add rows to the table
MODULES = [module.name for module in pkgutil.walk_packages(autograd.__path__, "autograd.")]


@pytest.mark.parametrize("name", ["autograd", *MODULES])
def test_the_examples_of(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    modules = map(importlib.import_module, MODULES)
    assert sum(len(test.examples) for module in modules for test in finder.find(module)) > 5
