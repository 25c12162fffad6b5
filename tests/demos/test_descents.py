import numpy as np
import pytest

from demos.descents import Kind, Run, answer, dealt, descend, gradient, noise, verdict
from demos.page.data_sets import circles
from demos.page.parts import Picture, Table
from nn.mlp import MLP

KINDS = (
    Kind("classic", None, 12, (1.0, 3.0)),
    Kind("mini-batch", 32, 30, (1.0,)),
    Kind("online", 1, 40, (0.1,)),
)


@pytest.fixture(scope="module")
def found():
    return answer(examples=120, kinds=KINDS)


@pytest.mark.parametrize(("batch", "sizes"), [(None, [10] * 7), (4, [4, 4, 2, 4, 4, 2, 4]), (1, [1] * 7)])
def test_as_many_batches_are_dealt_as_there_are_steps(batch, sizes):
    data = circles(10)
    found = list(dealt(Kind("any", batch, 7, ()), data, np.random.default_rng(0)))
    assert [len(b) for b in found] == sizes


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_descent_counts_what_it_has_done(kind):
    data = circles(64)
    run = descend(kind, 0.3, data, seed=1)
    assert run.steps[0] == run.examples[0] == run.seconds[0] == 0
    assert run.steps[-1] == kind.steps
    assert run.examples == [step * (kind.batch or 64) for step in run.steps]
    assert sorted(run.seconds) == run.seconds


def test_all_begin_with_the_same_weights():
    data = circles(64)
    starts = {descend(kind, 0.1, data, seed=1).losses[0] for kind in KINDS}
    assert len(starts) == 1


def test_one_classic_step_is_the_gradient_of_all_examples_times_the_rate():
    data, network = circles(30), MLP((2, 8, 2), seed=0)
    g = gradient(network, data)
    epsilon = 1e-6
    run = descend(Kind("classic", None, 1, ()), epsilon, data, seed=0)
    assert (run.losses[0] - run.losses[1]) / epsilon == pytest.approx(g @ g, rel=1e-3)


def test_the_noise_falls_as_the_batch_grows_and_is_gone_with_all_examples():
    _, table, _ = noise(circles(100), seed=0, draws=40)
    off = [row[1] for row in table.rows]
    assert [row[0] for row in table.rows] == ["1", "4", "32", "100 (all)"]
    assert off == sorted(off, reverse=True)
    assert off[-1] == 0 < off[-2]


def runs(examples, seconds):
    """Three runs that reach the goal when they are looked at last."""
    return [
        Run(kind, 0.1, [0, 10], [0, n], [0.0, s], [1.0, 0.1])
        for kind, n, s in zip(KINDS, examples, seconds, strict=True)
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (
            (3, 1, 6),
            "mini-batch descent needs the least, and online descent 6.0 times as much. It is",
        ),
        ((1, 2, 3), "classic descent needs the least, and online descent 3.0 times as much. Its step"),
        (
            (4, 2, 1),
            "online descent needs the least, and classic descent 4.0 times as much. Examples",
        ),
    ],
)
def test_the_verdict_follows_what_was_measured(seconds, words):
    text, _ = verdict(runs((900, 300, 200), seconds), 0.1)
    assert text.startswith("Of examples, online descent needs the fewest.")
    assert words in text


def test_all_reach_the_goal_at_the_numbers_in_the_table(found):
    table = [part for part in found.parts if isinstance(part, Table)][-1]
    assert [row[0] for row in table.rows] == ["classic", "mini-batch", "online"]
    assert [row[2] for row in table.rows] == [1, 4, 120]
    assert float(table.caption.split("down to ")[1].split(". ")[0]) < 0.8
    for row, kind in zip(table.rows, KINDS, strict=True):
        assert row[1] in kind.rates
        assert 0 < row[4] <= kind.steps


def test_losses_do_not_depend_on_the_clock():
    data = circles(64)
    first, second = (descend(KINDS[1], 1.0, data, seed=2) for _ in range(2))
    assert first.losses == second.losses


def test_there_is_a_picture_for_wide_and_for_narrow_windows(found):
    (picture,) = [part for part in found.parts if isinstance(part, Picture)]
    assert picture.svg.startswith("<svg")
    assert picture.narrow.startswith("<svg")
    assert picture.narrow != picture.svg
