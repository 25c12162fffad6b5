"""Every public name is documented, with an example that runs."""

import doctest
import importlib
import inspect

import pytest

import autograd
import nn
import viz
from docs.examples import EXAMPLES

NAMES = [(package, name) for package in (autograd, nn, viz) for name in package.__all__]
IDS = [f"{package.__name__}.{name}" for package, name in NAMES]
# What is no function or class has no docstring of its own.
PLAIN = ("autograd.METHODS", "autograd.native")


def documented(package, name):
    return inspect.getdoc(getattr(package, name)) or ""


@pytest.mark.parametrize(("package", "name"), NAMES, ids=IDS)
def test_a_public_name_has_a_docstring_and_an_example(package, name):
    full = f"{package.__name__}.{name}"
    text = documented(package, name)
    assert text
    assert ">>>" in text or ">>>" in EXAMPLES.get(full, ""), "write one in its docstring or docs/examples"
    found = getattr(package, name)
    if inspect.isclass(found):
        for member, value in vars(found).items():
            function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
            if not member.startswith("_") and inspect.isfunction(function):
                assert inspect.getdoc(getattr(found, member)), f"{full}.{member} has no docstring"


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_gives_what_it_shows(name, tmp_path, monkeypatch):
    package, _, attribute = name.partition(".")
    assert hasattr(importlib.import_module(package), attribute)
    monkeypatch.chdir(tmp_path)
    test = doctest.DocTestParser().get_doctest(EXAMPLES[name], {}, name, None, 0)
    report = []
    assert doctest.DocTestRunner().run(test, out=report.append).failed == 0, "".join(report)


def test_there_is_an_example_file_for_nothing_else():
    assert set(EXAMPLES) <= set(IDS)
