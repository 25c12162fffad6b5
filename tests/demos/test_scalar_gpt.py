"""The GPT in scalars: the size of one step, counted exactly."""

from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import pytest

from autograd import Graph, Value, compile, gradient, predict  # noqa: A004
from benchmarks.gpt import ScalarGPT
from benchmarks.workloads import language
from demos.compiled_gpt import compiled_step
from demos.tensor_gpt import TensorGPT
from tests.cases import needs_compiler


def test_the_counts_of_a_name_of_six_letters() -> None:
    model = ScalarGPT(Value, language(name="sophia"))
    graph = Graph(loss := model.loss(model.tokens))
    assert len(model.parameters) == 4_192
    assert len(graph) == 59_521
    assert sum(1 for _ in graph.edges) == 106_934
    places = {place for place in graph.find(model.parameters) if place is not None}
    paths = sum(graph.paths_from(places).values())
    assert paths == 11_586_610_161_060_032
    # A sum over paths adds once fewer than there are paths, for each parameter that has any.
    assert predict(loss, model.parameters, "paths").additions == paths - len(places)


SMALL = partial(language, vocabulary=6, block=4, width=4, heads=2)


@pytest.mark.parametrize("backend", [None, pytest.param("native", marks=needs_compiler)])
def test_a_compiled_step_serves_all_documents_of_a_length(backend: str | None) -> None:
    step = compiled_step(2, backend=backend)
    sources = set()
    for name in ("ace", "bad", "cab"):
        problem = SMALL(name=name)
        model = ScalarGPT(Value, problem)
        loss, slopes = model.step()()
        weights = {key: [[x.data for x in row] for row in w] for key, w in model.weights.items()}
        found, gradients = step(weights, problem.tokens)
        sources.add(step.source)
        assert found == pytest.approx(loss, rel=1e-12)
        rows: Any = chain.from_iterable(gradients.values())
        np.testing.assert_allclose(list(chain.from_iterable(rows)), slopes, rtol=1e-9, atol=1e-14)
    assert len(sources) == 1
    with pytest.raises(IndexError, match="the index 6 is not one of 6 items"):
        step(weights, [5, 0, 6, 0, 5])


@pytest.mark.parametrize("backend", [None, pytest.param("native", marks=needs_compiler)])
def test_so_does_the_one_in_tensors(backend: str | None) -> None:
    model = TensorGPT(6, 4, 4, 2, seed=0)
    weights = list(model.parameters())

    def step(tokens: Any) -> Any:
        loss = model.loss(tokens)
        return loss, gradient(loss, weights, create_graph=True).values

    compiled = compile(step, backend=backend)
    for tokens in ([5, 0, 2, 4, 5], [5, 1, 1, 3, 5]):
        model.zero_grad()
        loss = model.loss(tokens)
        loss.backward()
        found, gradients = compiled(np.array(tokens))
        assert found == pytest.approx(loss.item(), rel=1e-12)
        for slope, w in zip(gradients, weights, strict=True):
            np.testing.assert_allclose(slope, w.grad, rtol=1e-9, atol=1e-14)
    assert len(compiled._specializations) == 1
