"""The study in several processes or threads has the rows of the study in one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from demos.complexity import main
from demos.complexity.problems import NETWORKS, Problem
from demos.complexity.study import METHODS, study, study_all

OPTIONS = ["--layers", "1:2", "--format", "csv", "--budget", "20000"]


@pytest.mark.parametrize("graph", [[], ["--graph", "rnn", "--granularity", "matrix"]])
def test_rows_from_processes(graph: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for jobs in ([], ["--jobs", "2"]):
        assert main([*OPTIONS, *graph, *jobs]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert printed[0].count("\n") > 10


def test_rows_from_threads() -> None:
    problems = [
        Problem.perceptron([2, 3, 2], "ce", "scalar", seed=0),
        Problem.network(NETWORKS["rnn", "length"], 2, seed=0),
    ]
    with ThreadPoolExecutor(2) as pool:
        found = dict(study_all(problems, list(METHODS), 3_000, executor=pool))
    serial = [row for problem in problems for row in study(problem, list(METHODS), 3_000)]
    assert [found[place].record() for place in sorted(found)] == [row.record() for row in serial]
    assert found[0].problem is problems[0]
