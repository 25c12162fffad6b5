"""`Module`: the base of layers and networks, a function with parameters."""

from __future__ import annotations

import reprlib
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Self, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor, Value
from nn.conversion import array_of, unwrap
from nn.purity import is_pure
from nn.torch_names import from_torch, to_torch, torch_entries

__all__ = ["PLAIN", "Module", "NodeList", "Parameter", "attributes"]

Parameter = Tensor | NDArray[Any] | Value

# The types of settings.
PLAIN = (bool, int, float, str)


class NodeList(list[Any]):
    """A list that finds its items by identity: two parameters may be equal in all numbers."""

    def __contains__(self, item: object) -> bool:
        return any(own is item for own in self)

    def count(self, item: object) -> int:
        return sum(own is item for own in self)

    def index(self, item: object, start: SupportsIndex = 0, stop: SupportsIndex = sys.maxsize) -> int:
        for i in range(*slice(start, stop).indices(len(self))):
            if self[i] is item:
                return i
        raise ValueError("this list of parameters does not contain the object")

    def remove(self, item: object) -> None:
        del self[self.index(item)]

    def copy(self) -> NodeList:
        return NodeList(self)


class Module:
    """A function with parameters: subclasses assign these to attributes, and define ``forward``.

    Nothing is registered. The module owns what its attributes hold, directly or in lists, tuples and
    dicts, in the order of assignment: parameters (a `Tensor` or `Value` that is a leaf, or an array of
    such Values), random generators (`numpy.random.Generator`) and further modules. An object that two
    modules share is found once. Names are joined by dots: ``layers.0.weight``.

    Attributes that are plain numbers or text are the module's settings. Its ``repr`` shows them, and
    `nn.fit` compares them before it resumes a training. If an attribute changes in use, such as a count of
    calls, start its name with an underscore: then it is not a setting.

    Attributes:
        training: whether layers such as `Dropout` behave as in training.

    Examples:
        >>> import numpy as np
        >>> class Line(Module):
        ...     def __init__(self):
        ...         self.slope = Tensor(2.0)
        ...         self.offset = Tensor(1.0)
        ...     def forward(self, x):
        ...         return self.slope * x + self.offset
        >>> line = Line()
        >>> line(np.array([0.0, 3.0])).data
        array([1., 7.])
        >>> [name for name, parameter in line.named_parameters()]
        ['slope', 'offset']
    """

    training: bool = True

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        return self.forward(*inputs, **options)

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """The function itself, defined by the subclass.

        Raises:
            NotImplementedError: the subclass does not define it.
        """
        raise NotImplementedError(f"{type(self).__name__} computes nothing yet: define its forward(self, x)")

    @property
    def is_pure(self) -> bool:
        """Whether this module and every module and function in it are declared pure.

        `nn.pure` declares a ``forward``. All layers of this package except `Dropout` are declared. A
        subclass that overrides ``forward`` needs a declaration of its own.
        """
        return all(
            type(module).__call__ is Module.__call__
            and is_pure(module.forward)
            and all(is_pure(found) for _, found in attributes(module) if _is_function(found))
            for module in self.modules()
        )

    def modules(self) -> Iterator[Module]:
        """The module itself, then all modules in it."""
        return (module for _, module in self.named_modules())

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """Each name and module: this module under an empty name, then every module within it."""
        yield "", self
        for name, found in self._belongings():
            if isinstance(found, Module):
                yield name, found

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Each name and parameter: a `Tensor`, a `Value` or an array of Values.

        Raises:
            TypeError: a set or a deque holds a module or a parameter, which has no name there.
            ValueError: two objects in the module have the same name, as in ``{1: a, "1": b}``.
        """
        return ((name, found) for name, found in self._belongings() if _is_parameter(found))

    def parameters(self) -> list[Any]:
        """All parameters as one flat list of nodes: Tensors, or Values one by one.

        The list finds a parameter by identity: ``p in parameters``, ``parameters.index(p)``. In a copy,
        ``list(parameters)``, Python compares numbers, and finds the first equal parameter instead.
        """
        nodes: dict[int, Any] = {}
        for _, parameter in self.named_parameters():
            for node in _nodes(parameter):
                nodes.setdefault(id(node), node)
        return NodeList(nodes.values())

    def zero_grad(self) -> None:
        """Clear all gradients, which otherwise accumulate from one `backward` to the next."""
        for parameter in self.parameters():
            parameter.grad = None

    def train(self, mode: bool = True) -> Self:
        """Set `training` here and in all modules within; returns the module."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Switch to evaluation mode: ``train(False)``."""
        return self.train(False)

    def state_dict(self, *, naming: str | None = None) -> dict[str, NDArray[Any]]:
        """Copies of the parameters' data, as arrays by name.

        An array of Values and a Tensor of the same shape give the same state, so that one network's
        state can be loaded into the other.

        Args:
            naming: ``"torch"`` for the names of a PyTorch module made of the same layers: ``0.weight`` for
                ``layers.0.weight`` in a `Sequential`, ``in_proj_weight`` for the weights of attention. An
                `MLP` has the names of a Sequential of alternating Linear layers and activations.

        Raises:
            ValueError: the naming is unknown.
        """
        if _is_torch(naming):
            return to_torch(self)
        return {name: np.array(unwrap(parameter)) for name, parameter in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, Any], *, naming: str | None = None) -> None:
        """Replace the parameters' data, each rounded to its parameter's precision.

        Everything is checked first: an error leaves the module unchanged.

        Args:
            state: arrays by name, or the ``state_dict()`` of a PyTorch module on the CPU.
            naming: ``"torch"`` if the names are PyTorch's, as for `state_dict`.

        Raises:
            KeyError: the state lacks a parameter, or has one that the module lacks.
            TypeError: the state is not a dict of arrays of real numbers.
            ValueError: an array has another shape than its parameter, or rows of different lengths; or the
                naming is unknown.
        """
        if _is_torch(naming):
            _check_names(state, torch_entries(self), "parameter", self)
            state = from_torch(self, state)
        parameters = dict(self.named_parameters())
        names = set(state) if isinstance(state, Mapping) else set()
        if names != set(parameters) and names == set(torch_entries(self)):
            raise KeyError("the state has PyTorch's names of the parameters: give naming='torch'")
        _check_names(state, parameters, "parameter", self)
        arrays: dict[str, NDArray[Any]] = {}
        for name, parameter in parameters.items():
            array = arrays[name] = array_of(state[name], f"the numbers of {name!r}")
            if array.shape != _shape(parameter):
                raise ValueError(
                    f"the parameter {name!r} of this {type(self).__name__} has the shape "
                    f"{_shape(parameter)}, and the state gives it {array.shape}"
                )
        for name, parameter in parameters.items():
            if isinstance(parameter, Tensor):
                parameter.data = arrays[name].astype(parameter.dtype, order="C")
            else:
                for node, number in zip(_nodes(parameter), arrays[name].ravel().tolist(), strict=True):
                    node.data = number

    def torch_parts(self) -> Iterator[tuple[str, Any]]:
        """Parts by PyTorch's names: modules, parameters, and tuples of parameters that PyTorch stacks.

        By default the names are the attributes'. Override this in a layer with other names in PyTorch.
        """
        return attributes(self)

    def extra_state(self) -> dict[str, Any]:
        """The state of each random generator by name, as plain data that JSON can write.

        Later calls depend only on this and `state_dict`: training resumed from both is the same bit
        for bit.
        """
        return {name: _listed(generator.bit_generator.state) for name, generator in self._generators()}

    def load_extra_state(self, state: Mapping[str, Any]) -> None:
        """Set the state of each random generator; an error leaves all of them unchanged.

        Raises:
            KeyError: the state lacks a generator, or has one that the module lacks.
            TypeError: the state is not a dict.
            ValueError: the state of a generator is invalid, or of another kind of generator.
        """
        generators = dict(self._generators())
        _check_names(state, generators, "random generator", self)
        for name, generator in generators.items():
            kind = type(generator.bit_generator)
            try:
                kind().state = state[name]
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                raise ValueError(
                    f"the state of the random generator {name!r} must be one of {kind.__name__}, "
                    f"as extra_state() gives it, not {state[name]!r:.60}"
                ) from None
        for name, generator in generators.items():
            generator.bit_generator.state = state[name]

    def _generators(self) -> Iterator[tuple[str, np.random.Generator]]:
        return ((name, found) for name, found in self._belongings() if isinstance(found, np.random.Generator))

    def _belongings(self) -> Iterator[tuple[str, Any]]:
        """The parameters, generators and modules within, at any depth, each once, under unique names."""
        names = set()
        for name, found in self._within("", {id(self)}):
            if name in names:
                raise ValueError(
                    f"two objects in this {type(self).__name__} have the name {name!r}, and one would be "
                    "lost from its state: rename one"
                )
            names.add(name)
            yield name, found

    def _within(self, prefix: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
        for name, found in _opened(vars(self), prefix):
            if id(found) in seen:
                continue
            if isinstance(found, Module):
                seen.add(id(found))
                yield name, found
                yield from found._within(f"{name}.", seen)
            elif isinstance(found, np.random.Generator) or _is_parameter(found):
                seen.add(id(found))
                yield name, found

    @reprlib.recursive_repr()
    def __repr__(self) -> str:
        """The settings and the shapes of parameters; then a line for each module within."""
        settings, within = [], []
        for name, found in attributes(self):
            if isinstance(found, Module):
                within.append(f"{name}: {found!r}")
            elif _is_parameter(found):
                settings.append(f"{name} {_shape(found)}{_precision(found)}")
            elif name in vars(self) and _is_setting(name, found):
                settings.append(f"{name}={found!r}")
            elif callable(found):
                within.append(f"{name}: {getattr(found, '__name__', found)}")
        tuples = [(name, found) for name, found in vars(self).items() if _is_plain_tuple(name, found)]
        settings += [f"{name}={found!r}" for name, found in tuples]
        heading = f"{type(self).__name__}({', '.join(settings)})"
        return "\n".join([heading, *within]).replace("\n", "\n  ")


def attributes(module: Module) -> Iterator[tuple[str, Any]]:
    """The attributes of a module by name, with lists, tuples and dicts replaced by their items."""
    return _opened(vars(module))


def _opened(
    attributes: Mapping[Any, Any], prefix: str = "", around: frozenset[int] = frozenset()
) -> Iterator[tuple[str, Any]]:
    """Attributes by name, with lists, tuples and dicts replaced by their items."""
    for key, found in list(attributes.items()):
        name = f"{prefix}{key}"
        if isinstance(found, (list, tuple, dict)):
            if id(found) not in around:  # a list may hold itself
                items = found if isinstance(found, dict) else dict(enumerate(found))
                yield from _opened(items, f"{name}.", around | {id(found)})
        elif isinstance(found, (set, frozenset, deque)):
            if any(isinstance(item, Module) or _is_parameter(item) for item in found):
                raise TypeError(
                    f"{name} is a {type(found).__name__}, whose items have no names: "
                    "put modules and parameters in a list"
                )
        else:
            yield name, found


def _is_parameter(found: Any) -> bool:
    """Whether an object is a leaf or an array of leaves."""
    if isinstance(found, np.ndarray):
        return found.dtype == object and found.size > 0 and all(map(_is_leaf, found.flat))
    return _is_leaf(found)


def _is_leaf(x: Any) -> bool:
    return isinstance(x, (Tensor, Value)) and x.primitive is None


def _is_setting(name: str, found: Any) -> bool:
    is_public = name != "training" and not name.startswith("_")
    return is_public and isinstance(found, PLAIN)


def _is_plain_tuple(name: str, found: Any) -> bool:
    return isinstance(found, tuple) and bool(found) and all(_is_setting(name, item) for item in found)


def _is_torch(naming: str | None) -> bool:
    if naming not in (None, "torch"):
        raise ValueError(f"the naming of a state is 'torch', or None for this package's, not {naming!r:.40}")
    return naming is not None


def _is_function(found: Any) -> bool:
    return callable(found) and not isinstance(found, Module)


def _nodes(parameter: Any) -> list[Any]:
    return list(parameter.flat) if isinstance(parameter, np.ndarray) else [parameter]


def _shape(parameter: Any) -> tuple[int, ...]:
    return () if isinstance(parameter, Value) else tuple(parameter.shape)


def _precision(parameter: Any) -> str:
    dtype = getattr(parameter, "dtype", np.dtype(object))
    return "" if dtype == np.float64 else f" {dtype}"


def _check_names(state: Any, own: Mapping[str, Any], what: str, module: Module) -> None:
    """Check that a state has exactly the names of the module's own objects."""
    if not isinstance(state, Mapping):
        raise TypeError(f"a state must be a dict with a name for every {what}, not {state!r:.60}")
    here = f"this {type(module).__name__}"
    for name in own:
        if name not in state:
            raise KeyError(f"the state lacks {name!r}, a {what} of {here}: it has {_list(state)}")
    for name in state:
        if name not in own:
            raise KeyError(f"the state has {name!r}, which is not a {what} of {here}: it has {_list(own)}")


def _list(names: Mapping[str, Any]) -> str:
    shown = ", ".join(map(str, list(names)[:20])) or "none"
    return f"{shown}, …" if len(names) > 20 else shown


def _listed(state: Any) -> Any:
    """A generator's state with lists in place of arrays, which some generators have."""
    if isinstance(state, dict):
        return {key: _listed(item) for key, item in state.items()}
    return state.tolist() if isinstance(state, np.ndarray) else state
