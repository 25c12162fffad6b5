"""Copies and pickles of nodes keep everything they were computed from, at any depth."""

import copy
import inspect
import pickle
import pkgutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from importlib import import_module
from multiprocessing import get_context
from sys import modules
from typing import Any

import numpy as np
import pytest

from autograd import (
    BudgetError,
    Counted,
    Graph,
    Ledger,
    Linearization,
    MutatedError,
    Primitive,
    Symbol,
    Tensor,
    Value,
    apply,
    grad,
    gradient,
    hessian,
    logsumexp,
    neuron,
    primitive,
    rules,
    sigmoid,
    softmax,
    softmax_cross_entropy,
    source_lines,
    vjp,
)
from autograd import (
    compile as compiled,
)
from autograd.rules import scalars as p
from autograd.rules import softmax as softmax_rows
from autograd.rules.primitive import TABLE, family

COPIERS: list[Callable[[Any], Any]] = [
    copy.deepcopy,
    lambda x: pickle.loads(pickle.dumps(x)),
    lambda x: pickle.loads(pickle.dumps(x, protocol=0)),
    lambda x: pickle._loads(pickle._dumps(x)),  # type: ignore[attr-defined]  # the pickler in Python
]
both_kinds = pytest.mark.parametrize(
    "leaf", [lambda: Value(0.5, name="x"), lambda: Tensor([0.5, 2.0], name="x")]
)
by_every_copier = pytest.mark.parametrize("copier", COPIERS)

outside_the_table = Primitive("cubed here", "³", lambda a: a * a * a, lambda out, a: (3 * a * a,))


class Measured(Value):
    """A value with an attribute, and a constructor of its own."""

    def __init__(self, data: float, unit: Any) -> None:
        super().__init__(data)
        self.unit = unit


class Labelled(Tensor):
    __slots__ = ("unit",)

    def __init__(self, data: Any, unit: Any) -> None:
        super().__init__(data)
        self.unit = unit


def gradients(root: Any) -> list[Any]:
    leaves = Graph(root).leaves
    for leaf in leaves:
        leaf.grad = None
    root.backward()
    return [leaf.grad for leaf in leaves]


@by_every_copier
def test_a_copy_of_scalars_is_differentiated_alike(copier: Callable[[Any], Any]) -> None:
    x, w = Value(0.5, name="x"), Value(Fraction(1, 3), name="w")
    y = neuron(w, [x], [2 * x]) + sigmoid(x**2.5 + 2**x) * abs(x).maximum(w) + apply(outside_the_table, x) / 3
    copied = copier(y)
    assert copied is not y
    assert copied.data == y.data
    assert gradients(copied) == gradients(y)
    assert [v.is_constant for v in Graph(copied).nodes] == [v.is_constant for v in Graph(y).nodes]
    assert [v.primitive for v in Graph(copied).nodes] == [v.primitive for v in Graph(y).nodes]
    assert [v.name for v in Graph(copied).leaves] == [v.name for v in Graph(y).leaves]


@by_every_copier
def test_a_copy_of_arrays_is_differentiated_alike(copier: Callable[[Any], Any]) -> None:
    t = Tensor([[1.0, 2.0], [3.0, 5.0]], name="t")
    y = np.sum(softmax(t @ t.T)[0] * np.where(t > 2, t, 0.0)[[1, 0]]) + np.max(t) + logsumexp(t, axis=None)
    y = y + softmax_cross_entropy(t, [0, 1]) + np.mean(np.einsum("ij,jk->ik", t, t)) + np.stack([t, t]).sum()
    y = y + np.sum(t.reshape(4).astype(np.float32)) + np.sum(t + Value(2.0))
    copied = copier(y)
    assert copied.data == y.data
    for ours, theirs in zip(gradients(copied), gradients(y), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@by_every_copier
@both_kinds
def test_what_is_shared_stays_shared(copier: Callable[[Any], Any], leaf: Callable[[], Any]) -> None:
    x = leaf()
    y = x * 3
    again, x_again, further = copier([y, x, {"further": y * y}])
    assert again.inputs[0] is x_again
    assert further["further"].inputs == (again, again)
    assert again.inputs[1].is_constant
    assert x_again.grad is None or x_again.grad == 0


@pytest.mark.parametrize("copier", COPIERS[:2])
@both_kinds
def test_no_graph_is_too_deep(copier: Callable[[Any], Any], leaf: Callable[[], Any]) -> None:
    x = y = leaf()
    for _ in range(20_000):
        y = 1.0001 * y
    nodes = copier(Graph(np.sum(y)).nodes)  # a list of all nodes takes no longer than the last
    nodes[-1].backward()
    (leaf_again,) = (v for v in nodes if v.name)
    np.testing.assert_allclose(leaf_again.grad, 1.0001**20_000)
    assert x.grad is None or x.grad == 0


@by_every_copier
@both_kinds
def test_a_result_out_of_date_stays_so(copier: Callable[[Any], Any], leaf: Callable[[], Any]) -> None:
    x = leaf()
    y = np.sum(x * x)
    x.data = x.data * 2
    with pytest.raises(MutatedError):
        copier(y + 1.0).backward()
    copier(np.sum(x * x)).backward()


@by_every_copier
def test_an_array_written_to_is_still_noticed(copier: Callable[[Any], Any]) -> None:
    x = Tensor([0.5, 2.0])
    y = np.sum(x * x)
    x.data[0] = 9.0
    with pytest.raises(MutatedError):
        copier(y).backward()


@by_every_copier
@pytest.mark.parametrize("kind", [Measured, Labelled])
def test_subclasses_keep_their_attributes(copier: Callable[[Any], Any], kind: Any) -> None:
    x = kind(2.0, "m")
    y = x * 3
    x.unit = {"result": y, "text": "m"}  # which refers back
    copied = copier(y)
    (source, _) = copied.inputs
    assert type(source) is kind
    assert source.unit["result"] is copied
    assert source.unit["text"] == "m"


def test_a_shallow_copy_shares_the_inputs_and_not_the_array() -> None:
    x = Tensor([1.0, 2.0])
    y = x * x
    assert copy.copy(y).inputs == (x, x)
    copied = copy.copy(x)
    copied.data[0] = 5.0
    assert x.data[0] == 1.0


def test_symbols_and_lines_are_copied() -> None:
    assert copy.deepcopy(Symbol(2.0, "h") * 3).inputs[0].name == "h"
    with source_lines():
        y = Value(2.0) * 3
    assert pickle.loads(pickle.dumps(y)).origin == y.origin


def test_an_error_on_the_way_leaves_nothing_behind() -> None:
    x = Measured(2.0, lambda: None)
    y = x * 3
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(y)
    x.unit = "m"
    assert pickle.loads(pickle.dumps(y)).inputs[0].unit == "m"


# ---- rows


def test_every_row_is_its_own_copy() -> None:
    for row in (*TABLE.values(), p.constant, p.power_of(3), p.power_of(3.0), outside_the_table):
        assert pickle.loads(pickle.dumps(row)) is copy.deepcopy(row) is copy.copy(row) is row


def test_every_function_that_makes_rows_is_a_family() -> None:
    found = []
    for module in pkgutil.iter_modules(rules.__path__, f"{rules.__name__}."):
        for name, make in vars(import_module(module.name)).items():
            returned = getattr(inspect.unwrap(make), "__annotations__", {}).get("return")
            if name.endswith("_of") and returned == "Primitive" and make.__module__ == module.name:
                found.append(name)
                made = getattr(make, "__wrapped__", make)
                is_family = made.__code__ is family(max).__wrapped__.__code__  # type: ignore[attr-defined]
                assert is_family, f"decorate {module.name}.{name} by @family"
    assert {"power_of", "sum_of", "where_of", "getitem_of", "neuron_of", "packed_of"} <= set(found)


def test_a_row_that_no_other_process_finds_is_refused() -> None:
    def local() -> Primitive:
        return Primitive("nowhere", "?", lambda a: a, lambda out, a: (1,))

    y = apply(local(), Value(2.0))
    with pytest.raises(pickle.PicklingError, match=r"'nowhere' cannot be found .* autograd\.primitive"):
        pickle.dumps(y)
    assert copy.deepcopy(y).primitive is y.primitive


def test_a_row_missing_from_the_table_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    row = primitive("gone soon", lambda a: a, lambda out, a: (1,))
    text = pickle.dumps(apply(row, Value(2.0)))
    main = modules["__main__"]
    for name in ("__main__", "__mp_main__"):  # where workers find other modules of these names
        monkeypatch.setitem(modules, name, main)
    monkeypatch.setattr(main, "row", row, raising=False)
    assert pickle.dumps(apply(row, Value(2.0))) == text
    del TABLE["gone soon"]
    with pytest.raises(LookupError, match="'gone soon' is not in the table: first import the module"):
        pickle.loads(text)


def test_a_row_of_a_notebook_goes_where_functions_are_sent_by_value(monkeypatch: pytest.MonkeyPatch) -> None:
    cloudpickle = pytest.importorskip("cloudpickle")
    row = primitive("of a notebook", lambda a: a**3, lambda out, a: (3 * a * a,))
    monkeypatch.setattr(modules["__main__"], "row", row, raising=False)
    text = cloudpickle.dumps(apply(row, Value(2.0)))
    assert pickle.loads(text).primitive is row
    del TABLE["of a notebook"]
    arrived = pickle.loads(text)
    assert gradients(arrived) == [12.0]
    assert pickle.loads(text).primitive is arrived.primitive is TABLE.pop("of a notebook")
    other = primitive("of a notebook", lambda a: a**2, lambda out, a: (2 * a,))
    assert gradients(pickle.loads(text)) == [12.0]
    assert TABLE.pop("of a notebook") is not other


def test_a_decorated_function_of_a_notebook_goes_there_too(monkeypatch: pytest.MonkeyPatch) -> None:
    cloudpickle = pytest.importorskip("cloudpickle")

    def cubed(x: Any) -> Any:
        return x * x * x

    cubed.__module__, cubed.__qualname__ = "__main__", "cubed"
    for decorated in (grad(cubed), compiled(cubed)):
        monkeypatch.setattr(modules["__main__"], "cubed", decorated, raising=False)
        assert pickle.loads(pickle.dumps(decorated)) is decorated
        text = cloudpickle.dumps(decorated)
        monkeypatch.delattr(modules["__main__"], "cubed")
        assert pickle.loads(text)(2.0) == decorated(2.0)


# ---- errors


def test_a_budget_error_keeps_its_numbers() -> None:
    for copier in COPIERS:
        error = copier(BudgetError("too much", predicted=10, budget=5))
        assert (str(error), error.predicted, error.budget) == ("too much", 10, 5)


def paths_of_a_long_chain(n: int) -> Any:
    x = y = Value(1.0)
    for _ in range(n):
        y = y * y + y
    return gradient(y, [x], "paths").values


def test_a_budget_error_comes_out_of_a_pool() -> None:
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(BudgetError) as caught,
    ):
        pool.submit(paths_of_a_long_chain, 40).result(timeout=60)
    assert caught.value.predicted > caught.value.budget > 0


def test_a_row_in_a_variable_alone_is_found_by_it() -> None:
    assert pickle.loads(pickle.dumps(softmax_rows._less_one_hot)) is softmax_rows._less_one_hot


@by_every_copier
def test_a_ledger_goes_on_counting_by_itself(copier: Callable[[Any], Any]) -> None:
    ledger = Ledger()
    a, b = Counted(2.0, ledger), Counted(np.ones(3), ledger)
    with ledger.entering("forward"):
        a * b + a
    again, x, y = copier((ledger, a, b))
    assert (again.counts, again.stored) == (ledger.counts, ledger.stored)
    x * y
    assert x.ledger is again
    assert (again.counts["multiplications"], ledger.counts["multiplications"]) == (3, 0)


@by_every_copier
def test_a_pullback_and_a_linearization_keep_their_point(copier: Callable[[Any], Any]) -> None:
    _, pullback = vjp(lambda x, c: {"a": np.sin(x) * c["k"], "b": [x.sum()]}, np.arange(3.0), {"k": 2.0})
    adjoints = {"a": np.ones(3), "b": [2.0]}
    assert str(copier(pullback)(adjoints)) == str(pullback(adjoints))
    assert str(copier(pullback)(adjoints)) == str(pullback(adjoints))  # after it was used
    t = Tensor(np.arange(3.0))
    linearization = Linearization(Graph(np.sum(np.sin(t) * t)), [[t]])
    edges = linearization.edges
    assert [[u for u, _ in inputs] for inputs in copier(linearization).edges] == [
        [u for u, _ in inputs] for inputs in edges
    ]


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy])
def test_a_copy_within_a_function_passes_its_derivative_on(copier: Callable[[Any], Any]) -> None:
    outside = Tensor(5.0)

    def f(x: Any) -> Any:
        again = copier([x * 2, {"x": x}])  # deepcopy looks into containers
        return np.sum(again[0] * copier(again[1]["x"]) + copier(outside))

    for x in (np.array([1.0, 3.0]), 3.0):
        np.testing.assert_array_equal(grad(f)(x), 4 * x)
        np.testing.assert_array_equal(hessian(f)(x), 4 * np.eye(2) if np.ndim(x) else 4.0)
    compiled_f = compiled(f)
    for x in (np.array([1.0, 3.0]), np.array([2.0, 4.0])):
        assert compiled_f(x) == f(x).data
    with pytest.raises(pickle.PicklingError, match="of a function that is being compiled or differentiated"):
        grad(lambda x: len(pickle.dumps(x)) * x)(2.0)
    found = []
    grad(lambda x: found.append(copier(outside)) or x)(2.0)
    assert found[0] is not outside  # it does not depend on the argument
