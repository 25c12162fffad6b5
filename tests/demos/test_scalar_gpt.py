"""The GPT in scalars: the size of one step, counted exactly."""

from autograd import Graph, Value, predict
from benchmarks.gpt import ScalarGPT
from benchmarks.workloads import language


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
