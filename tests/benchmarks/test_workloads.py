"""By hand, eager and compiled give the same numbers, and a wrong one would be noticed."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from benchmarks.peers import by_hand, whygrad
from benchmarks.workloads import WORKLOADS, Digits, classifier, language, moons, numbers

SMALLER = {
    "moons": partial(moons, examples=4),
    "gpt": partial(language, vocabulary=5, block=6, width=4, heads=2, name="abc"),
}


@pytest.mark.parametrize("workload", by_hand.WAYS)
def test_by_hand_agrees_with_every_way_of_ours(workload):
    found = [
        numbers(make(SMALLER.get(workload, WORKLOADS[workload].problem)())())
        for ways in (by_hand.WAYS, whygrad.WAYS)
        for way, make in ways[workload].items()
        if not way.endswith("C")  # which takes a compiler its time
    ]
    assert len(found) > 2
    for other in found[1:]:
        np.testing.assert_allclose(
            other, found[0], rtol=0, atol=WORKLOADS[workload].tolerance * abs(found[0]).max()
        )


def test_every_method_is_counted_on_the_same_chain():
    found = [numbers(make(20)())[0] for make in whygrad.WAYS["counted"].values()]
    assert len(found) == 10  # estimates have no right answer
    np.testing.assert_allclose(found, found[0], rtol=1e-6)


def test_a_study_and_a_picture_say_how_much_there_is():
    (study,) = whygrad.WAYS["complexity"].values()
    totals = numbers(study(("--layers", "1:2", "--methods", "backprop,paths"))())
    assert totals.shape == (4,)
    assert totals.min() > 0
    (picture,) = whygrad.WAYS["picture"].values()
    nodes, characters = numbers(picture(moons(examples=4))())
    assert nodes > 2000
    assert characters > 1000


def test_a_batch_in_c_or_a_word_about_it():
    problem = classifier((2, 4, 2), 10)
    try:
        step = whygrad.classifier_native(problem)
    except RuntimeWarning as warning:
        assert "no native code" in str(warning)  # noqa: PT017 - there may be no compiler
    else:
        by_hand_step = by_hand.classifier(problem)
        for _ in range(2):
            np.testing.assert_allclose(numbers(step()), numbers(by_hand_step()), rtol=1e-12)


def test_descent_goes_on_from_where_it_got_to():
    step = by_hand.classifier(classifier((2, 4, 2), 10))
    losses = [step()[0] for _ in range(3)]
    assert losses[0] > losses[1] > losses[2]


def test_numbers_of_containers_and_of_what_gives_them_later():
    assert numbers([1, (2.0, [np.array([[3, 4]])]), lambda: 5]).tolist() == [1, 2, 3, 4, 5]


def test_a_training_ends_at_its_goal_or_with_an_error():
    none = np.empty(0)
    problem = Digits(none, none, none, none, limit=3)
    assert problem.run(iter([0.5, 0.97]))
    with pytest.raises(RuntimeError, match="below 97% after 3 epochs"):
        problem.run(iter([0.5] * 4))


def test_fit_stops_at_the_goal():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    inputs = rng.normal(size=(60, 3)) + 4 * labels[:, None]
    problem = Digits(inputs, labels, inputs, labels, sizes=(3, 4, 2), rate=0.05)
    assert whygrad.digits(problem)()
    with pytest.raises(RuntimeError, match="after 1 epochs"):
        whygrad.digits(problem._replace(goal=1.1, limit=1))()
