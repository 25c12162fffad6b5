"""Question 10: classic, mini-batch and online descent."""

import numpy as np
import pytest

from demos.descents import (
    Descents,
    Kind,
    Reading,
    Trajectory,
    _verdict,
    dealt,
    descend,
    gradient,
    measure,
    measure_noise,
    slip,
    tell,
)
from demos.page.data_sets import circles
from demos.page.parts import Illustration, Part, Table
from nn.mlp import MLP

KINDS = (
    Kind("classic", None, 12, (1.0, 3.0)),
    Kind("mini-batch", 32, 30, (1.0,)),
    Kind("online", 1, 40, (0.1,)),
)


@pytest.fixture(scope="module")
def found() -> Descents:
    return measure(examples=120, kinds=KINDS)


@pytest.fixture(scope="module")
def parts(found: Descents) -> list[Part]:
    return tell(found)


@pytest.mark.parametrize(("batch", "sizes"), [(None, [10] * 7), (4, [4, 4, 2, 4, 4, 2, 4]), (1, [1] * 7)])
def test_there_is_a_batch_for_every_step(batch: int | None, sizes: list[int]) -> None:
    data = circles(10)
    found = list(dealt(Kind("any", batch, 7, ()), data, np.random.default_rng(0)))
    assert [len(b) for b in found] == sizes


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_descent_counts_what_it_has_done(kind: Kind) -> None:
    data = circles(64)
    readings = descend(kind, 0.3, data, seed=1).readings
    first, last = readings[0], readings[-1]
    assert first.step == first.examples == first.seconds == 0
    assert last.step == kind.steps
    assert [r.examples for r in readings] == [r.step * (kind.batch or 64) for r in readings]
    assert sorted(r.seconds for r in readings) == [r.seconds for r in readings]


def test_all_begin_with_the_same_weights() -> None:
    data = circles(64)
    starts = {descend(kind, 0.1, data, seed=1).readings[0].loss for kind in KINDS}
    assert len(starts) == 1


def test_one_classic_step_is_the_gradient_of_all_examples_times_the_rate() -> None:
    data, network = circles(30), MLP((2, 8, 2), seed=0)
    g = gradient(network, data)
    epsilon = 1e-6
    before, after = descend(Kind("classic", None, 1, ()), epsilon, data, seed=0).readings
    assert (before.loss - after.loss) / epsilon == pytest.approx(g @ g, rel=1e-3)


def test_the_noise_falls_as_the_batch_grows_and_is_gone_with_all_examples() -> None:
    noises = measure_noise(circles(100), seed=0, draws=40)
    assert [noise.size for noise in noises] == [1, 4, 32, 100]
    distances = [noise.distance for noise in noises]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] == 0 < distances[-2]


def test_the_noise_is_shown(parts: list[Part]) -> None:
    table = next(part for part in parts if isinstance(part, Table))
    assert [row[0] for row in table.rows] == ["1", "4", "32", "120 (all)"]


def descents(examples: tuple[int, ...], seconds: tuple[float, ...]) -> Descents:
    """Three descents that reach the goal at their last reading."""
    return Descents(
        examples=900,
        draws=1,
        noises=[],
        trajectories=[
            Trajectory(kind, 0.1, [Reading(0, 0, 0.0, 1.0), Reading(10, n, s, 0.1)])
            for kind, n, s in zip(KINDS, examples, seconds, strict=True)
        ],
    )


@pytest.mark.parametrize(
    ("seconds", "fast", "slow", "why"),
    [
        ((3, 1, 6), "Mini-batch", "online descent needs 6.0", "Mini-batches are"),
        ((1, 2, 3), "Classic", "online descent needs 3.0", "Here a step with all examples"),
        ((4, 2, 1), "Online", "classic descent needs 4.0", "Here the examples are so similar"),
    ],
)
def test_the_verdict_follows_what_was_measured(
    seconds: tuple[float, ...], fast: str, slow: str, why: str
) -> None:
    found = descents((900, 300, 200), seconds)
    assert found.goal == 0.1
    text = str(_verdict(found)[0])
    assert text.startswith("Online descent needs the fewest examples.")
    assert f"{fast} descent needs the least time on this machine, and {slow} times as much. {why}" in text


def test_all_reach_the_goal_at_the_numbers_in_the_table(found: Descents, parts: list[Part]) -> None:
    table = [part for part in parts if isinstance(part, Table)][-1]
    assert [row[0] for row in table.rows] == ["classic", "mini-batch", "online"]
    assert [row[2] for row in table.rows] == [1, 4, 120]
    assert f"down to {found.goal:.3g}. " in table.caption
    assert found.goal < 0.8
    for row, kind in zip(table.rows, KINDS, strict=True):
        assert row[1] in kind.rates
        assert 0 < row[4] <= kind.steps


def test_the_slip_quotes_the_rates(found: Descents) -> None:
    rates = [path.rate for path in found.trajectories]
    assert f"{rates[0]:g} for classic, 1 for mini-batch, 0.1 for online descent" in slip(found)


def test_losses_do_not_depend_on_the_clock() -> None:
    data = circles(64)
    first, second = (descend(KINDS[1], 1.0, data, seed=2).readings for _ in range(2))
    assert [r.loss for r in first] == [r.loss for r in second]


def test_there_is_a_picture_for_wide_and_for_narrow_windows(parts: list[Part]) -> None:
    (picture,) = [part for part in parts if isinstance(part, Illustration)]
    assert picture.narrow is not None
    assert picture.svg.startswith("<svg")
    assert picture.narrow.startswith("<svg")
    assert picture.narrow != picture.svg
