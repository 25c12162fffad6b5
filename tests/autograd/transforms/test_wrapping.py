"""Transforms as decorators, of functions and methods; their names, docstrings and pickles."""

import copy
import inspect
import pickle
from collections import Counter, OrderedDict, UserDict, defaultdict, namedtuple
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from autograd import compile, grad, hessian, jacobian, jvp, value_and_grad  # noqa: A004


@grad
def slope(x: Any) -> Any:
    """Of a square."""
    return x * x


@grad(argnums=1)
def second(x: Any, y: Any) -> Any:
    return x * y


@compile(backend=None)
def squared(x: Any) -> Any:
    """A square."""
    return x * x


def cubed(x: Any) -> Any:
    return x * x * x


class Spring:
    stiffness = 3.0

    @compile
    def force(self, x: Any) -> Any:
        """Back to rest."""
        return -self.stiffness * x

    @compile(batch=1)
    def forces(self, x: Any) -> Any:
        return -self.stiffness * x

    @grad(argnums=1)
    def energy_slope(self, x: Any) -> Any:
        return self.stiffness * x * x / 2

    @grad
    def wrong(self, x: Any) -> Any:
        return x

    @staticmethod
    @compile
    def doubled(x: Any) -> Any:
        return 2 * x

    @classmethod
    @compile
    def stiff(cls, x: Any) -> Any:
        return x * cls.stiffness


def test_decorators_take_options() -> None:
    assert slope(3.0) == 6.0
    assert second(2.0, 3.0) == 2.0
    assert squared(3.0) == 9.0
    assert value_and_grad(argnums=(0,))(cubed)(2.0) == (8.0, (12.0,))
    assert jacobian(argnums=0)(cubed)(2.0) == 12.0
    assert hessian(argnums=0)(cubed)(2.0) == 12.0
    np.testing.assert_array_equal(compile(batch=0, reduce="sum")(cubed)(np.ones(3)), 3.0)


def test_names_and_docstrings_are_kept() -> None:
    for f, name, text in ((slope, "slope", "Of a square."), (squared, "squared", "A square.")):
        assert (f.__name__, f.__doc__, f.__module__) == (name, text, __name__)
        assert f.__wrapped__(3.0) == 9.0
        assert list(inspect.signature(f).parameters) == ["x"]
        assert name in repr(f)
    assert Spring.force.__doc__ == "Back to rest."
    assert grad(np.sin).__name__ == "sin"


def test_methods_are_bound() -> None:
    spring = Spring()
    assert spring.force(2.0) == Spring.force(spring, 2.0) == -6.0
    assert spring.energy_slope(2.0) == 6.0
    assert Spring.doubled(2.0) == spring.doubled(2.0) == 4.0
    assert spring.stiff(2.0) == 6.0
    np.testing.assert_array_equal(spring.forces(np.array([1.0, 2.0])), [-3.0, -6.0])
    with pytest.raises(TypeError, match="in a method self is argument 0, so write argnums=1"):
        spring.wrong(2.0)


@pytest.mark.parametrize("transform", [grad, value_and_grad, jacobian, hessian, compile])
def test_what_is_no_function_is_refused(transform: Any) -> None:
    with pytest.raises(TypeError, match=rf"{transform.__name__} takes a function, not float 3\.0"):
        transform(3.0)


def test_arguments_by_name_are_refused() -> None:
    with pytest.raises(ValueError, match="called with 0 arguments: give x by position, not by name"):
        slope(x=2.0)
    for _ in range(2):
        with pytest.raises(TypeError, match="takes its arguments by position, not by name as 'x'"):
            squared(x=2.0)
        squared(2.0)


def test_transformed_functions_are_pickled() -> None:
    for f in (slope, second, squared):
        assert pickle.loads(pickle.dumps(f)) is f
    for made in (
        grad(cubed),
        hessian(cubed),
        compile(cubed),
        compile(grad(cubed)),
        jacobian(np.sin, argnums=0),
    ):
        assert pickle.loads(pickle.dumps(made))(0.5) == made(0.5)
    assert copy.deepcopy(grad(cubed))(2.0) == 12.0


# ---- containers of arguments

Pair = namedtuple("Pair", "a b")


class Tagged(dict[str, Any]):
    def __init__(self, tag: str, **items: Any) -> None:
        super().__init__(**items)
        self.tag = tag


@pytest.mark.parametrize(
    "point",
    [
        OrderedDict(a=2.0, b=3.0),
        defaultdict(float, a=2.0, b=3.0),
        Counter(a=2, b=3),
        UserDict(a=2.0, b=3.0),
        Tagged("t", a=2.0, b=3.0),
    ],
)
def test_mappings_keep_their_type(point: Any) -> None:
    seen = []

    def product(d: Any) -> Any:
        seen.append(d)
        return d["a"] * d["b"]

    found = grad(product)(point)
    assert type(found) is type(seen[0]) is type(point)
    assert dict(found) == {"a": 3.0, "b": 2.0}
    assert getattr(found, "tag", None) == getattr(point, "tag", None)
    assert getattr(found, "default_factory", None) is getattr(point, "default_factory", None)
    assert jvp(product, (point,), (point,)) == (6.0, 12.0)
    assert type(jacobian(product)(point)) is type(point)
    assert dict(point) == {"a": 2.0, "b": 3.0}


def test_other_containers() -> None:
    assert grad(lambda p: p.a * p.b)(Pair(2.0, 3.0)) == Pair(3.0, 2.0)
    assert grad(lambda d: d["a"] ** 2)(MappingProxyType({"a": 2.0})) == {"a": 4.0}


@dataclass
class Point:
    a: float


def test_a_dataclass_is_refused_with_advice() -> None:
    for call in (grad(lambda p: p.a * 2), compile(lambda p: p.a * 2)):
        with pytest.raises(TypeError, match=r"Point.* dict"):
            call(Point(1.0))
    with pytest.raises(TypeError, match="it is of type object: differentiate by numbers, arrays, and lists"):
        grad(lambda x: x)(object())
