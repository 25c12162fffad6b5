"""Every example in the documentation runs and prints what it says."""

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import autograd
import nn
from autograd.rules.scalars import TABLE


@pytest.fixture(autouse=True)
def table() -> Iterator[None]:
    """Examples add rows to the table; they are taken out again."""
    before = dict(TABLE)
    yield
    TABLE.clear()
    TABLE.update(before)


MODULES = [
    module.name
    for package in (autograd, nn)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
]


@pytest.mark.parametrize("name", ["autograd", "nn", *MODULES])
def test_the_examples_of(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    modules = map(importlib.import_module, MODULES)
    assert sum(len(test.examples) for module in modules for test in finder.find(module)) > 5
