"""Splits, batches and scalers."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.data import Data, batches, folds, one_hot, split
from nn.scaling import Scaler


def numbered(count: int, targets: Any = None) -> Data:
    """Data whose examples are their own indices, so that they can be found again."""
    return Data(np.arange(count)[:, np.newaxis], np.zeros(count) if targets is None else targets)


def numbers(*parts: Data) -> list[int]:
    return [int(x) for part in parts for x in part.inputs[:, 0]]


def targets_follow(data: Data, part: Data) -> bool:
    return np.array_equal(part.targets, data.targets[part.inputs[:, 0]])


# Data


def test_data_is_arrays_with_the_examples_first() -> None:
    data = Data([[1, 2], [3, 4], [5, 6]], [0.5, 1.5, 2.5])
    assert len(data) == 3
    assert data.inputs.shape == (3, 2)
    some = data.take([2, 0])
    assert some.inputs.tolist() == [[5, 6], [1, 2]]
    assert some.targets.tolist() == [2.5, 0.5]
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.inputs = data.targets


@pytest.mark.parametrize(
    ("inputs", "targets", "error", "message"),
    [
        ([[1.0], [2.0]], [1], ValueError, "2 inputs and 1 targets"),
        ([], [], ValueError, "no examples"),
        (1.0, [1], ValueError, "the inputs are a single number"),
        ([1.0], 1, ValueError, "the targets are a single number"),
        ([[1.0], [2.0, 3.0]], [1, 2], ValueError, "the inputs do not form an array: their rows"),
        (
            [[1.0], [2.0]],
            ["a", "b"],
            TypeError,
            r"the targets must be real numbers, not <U1 as in \['a', 'b'\]",
        ),
        ([[1j]], [1], TypeError, "the inputs must be real numbers, not complex128"),
        ([[None]], [1], TypeError, "the inputs must be real numbers, not object"),
    ],
)
def test_invalid_data(inputs: Any, targets: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Data(inputs, targets)


# split


@given(
    counts=st.lists(st.integers(5, 40), min_size=1, max_size=6),
    fractions=st.sampled_from([(0.6, 0.2, 0.2), (0.7, 0.15, 0.15), (0.34, 0.33, 0.33), (0.2, 0.3, 0.5)]),
    seed=st.integers(0, 2**32),
)
def test_each_part_has_its_share_of_each_class(
    counts: list[int], fractions: tuple[float, ...], seed: int
) -> None:
    data = numbered(sum(counts), np.repeat(np.arange(len(counts)), counts))
    parts = split(data.inputs, data.targets, fractions=fractions, seed=seed)
    assert sorted(numbers(*parts)) == list(range(len(data)))
    for part, fraction in zip(parts, fractions, strict=True):
        assert targets_follow(data, part)
        for label, count in enumerate(counts):
            got = np.count_nonzero(part.targets == label)
            assert got >= 1
            assert abs(got - fraction * count) < 1


@given(count=st.integers(3, 200), seed=st.integers(0, 2**32), decimals=st.booleans())
def test_without_classes_all_examples_are_split_together(count: int, seed: int, decimals: bool) -> None:
    data = numbered(count, np.arange(count) + (0.5 if decimals else 0))
    parts = split(data.inputs, data.targets, stratify=decimals, seed=seed)
    assert sorted(numbers(*parts)) == list(range(count))
    for part, fraction in zip(parts, (0.6, 0.2, 0.2), strict=True):
        assert targets_follow(data, part)
        assert abs(len(part) - fraction * count) < 1


def test_a_share_that_is_whole_is_met_exactly() -> None:
    # The share is not whole in floats, and the class before left the validation part one short.
    assert 0.28 * 50 > 14
    parts = split(np.zeros((62, 1)), np.repeat([0, 1], [12, 50]), fractions=(0.57, 0.28, 0.15))
    assert np.count_nonzero(parts.validation.targets == 0) < 0.28 * 12
    assert np.count_nonzero(parts.validation.targets == 1) == 14


def test_the_rounding_of_many_classes_does_not_add_up() -> None:
    # Forty classes whose shares are 4.2, 1.4 and 1.4.
    parts = split(np.zeros((280, 1)), np.repeat(np.arange(40), 7))
    assert [len(part) for part in parts] == pytest.approx([168, 56, 56], abs=1)


@pytest.mark.parametrize("targets", [np.eye(4)[np.arange(40) % 4], np.arange(40)[:, None], np.arange(40.0)])
def test_rows_and_real_numbers_are_not_classes(targets: np.ndarray) -> None:
    data = numbered(40, targets)
    stratified, together = (split(data.inputs, targets, stratify=s, seed=3) for s in (True, False))
    assert [numbers(part) for part in stratified] == [numbers(part) for part in together]


def test_true_and_false_are_classes() -> None:
    parts = split(np.zeros((100, 1)), np.arange(100) < 10)
    assert [np.count_nonzero(part.targets) for part in parts] == [6, 2, 2]


def test_a_seed_fixes_the_split_and_the_order_stays() -> None:
    data = numbered(60, np.arange(60) % 3)
    first, again, other = (split(data.inputs, data.targets, seed=seed) for seed in (1, 1, 2))
    assert numbers(*first) == numbers(*again)
    assert numbers(*first) != numbers(*other)
    assert all(numbers(part) == sorted(numbers(part)) for part in first)
    assert numbers(first.train) != list(range(36))


@pytest.mark.parametrize(
    "fractions",
    [
        (0.6, 0.2, 0.3),
        (0.5, 0.6),
        (1.0,),
        1.0,
        (0.4, 0.2, 0.2, 0.2),
        (1.0, 0.0, 0.0),
        (1.2, -0.1, -0.1),
        (float("nan"), 0.5, 0.5),
        ("0.6", 0.2, 0.2),
    ],
)
def test_invalid_fractions(fractions: Any) -> None:
    with pytest.raises(ValueError, match="three positive numbers with sum 1, not"):
        split(np.zeros((10, 1)), np.zeros(10), fractions=fractions)


@pytest.mark.parametrize(
    ("targets", "options", "message"),
    [
        ([0, 0, 0, 4, 4], {}, "too few examples of class 4, 2, for each of 3 parts .* or stratify=False"),
        ([0] * 9, {"fractions": (0.98, 0.01, 0.01)}, "too few examples of class 0, 9, for"),
        ([0.5, 1.5], {}, "too few examples, 2, for each of 3 parts"),
        ([0, 1], {"stratify": False}, "too few examples, 2, .* other parts$"),
    ],
)
def test_too_few_examples(targets: list[float], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split(np.zeros((len(targets), 1)), targets, **options)


def test_a_split_needs_a_target_for_each_input() -> None:
    with pytest.raises(ValueError, match="10 inputs and 9 targets"):
        split(np.zeros((10, 1)), np.zeros(9))


# folds


@given(
    counts=st.lists(st.integers(5, 30), min_size=1, max_size=5),
    k=st.integers(2, 5),
    seed=st.integers(0, 2**32),
    stratify=st.booleans(),
)
def test_each_example_is_validated_on_once(counts: list[int], k: int, seed: int, stratify: bool) -> None:
    data = numbered(sum(counts), np.repeat(np.arange(len(counts)), counts))
    pairs = list(folds(data, k, stratify=stratify, seed=seed))
    assert len(pairs) == k
    assert sorted(numbers(*(validation for _, validation in pairs))) == list(range(len(data)))
    for train, validation in pairs:
        assert sorted(numbers(train, validation)) == list(range(len(data)))
        assert targets_follow(data, train)
        assert targets_follow(data, validation)
        for label, count in enumerate(counts if stratify else []):
            assert abs(np.count_nonzero(validation.targets == label) - count / k) < 1
    sizes = [len(validation) for _, validation in pairs]
    assert max(sizes) - min(sizes) <= 1


def test_a_seed_fixes_the_folds() -> None:
    first, again, other = ([numbers(v) for _, v in folds(numbered(30), 3, seed=seed)] for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("k", [1, 0, -2, 2.0, "3"])
def test_an_invalid_number_of_folds(k: Any) -> None:
    with pytest.raises(
        ValueError, match=f"the number of folds must be a whole number, at least 2, not {k!r}"
    ):
        folds(numbered(30), k)


def test_more_folds_than_examples() -> None:
    with pytest.raises(ValueError, match="too few examples, 4, for each of 5 parts"):
        folds(numbered(4), 5)
    with pytest.raises(ValueError, match="too few examples of class 1, 3, for each of 4 parts"):
        folds(numbered(9, [0] * 6 + [1] * 3), 4)


# batches


@given(count=st.integers(1, 40), size=st.integers(1, 50), shuffle=st.booleans())
def test_each_example_is_in_one_batch(count: int, size: int, shuffle: bool) -> None:
    data = numbered(count, np.arange(count) * 2)
    found = list(batches(data, size, rng=np.random.default_rng(0), shuffle=shuffle))
    assert sorted(numbers(*found)) == list(range(count))
    assert all(len(batch) == size for batch in found[:-1])
    assert 1 <= len(found[-1]) <= size
    assert all(targets_follow(data, batch) for batch in found)


def test_the_three_kinds_of_descent() -> None:
    data = numbered(10)
    assert [len(batch) for batch in batches(data)] == [10]
    assert [len(batch) for batch in batches(data, 4, shuffle=False)] == [4, 4, 2]
    assert [len(batch) for batch in batches(data, 1, shuffle=False)] == [1] * 10


def test_classic_descent_takes_all_in_order_and_draws_nothing() -> None:
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    assert numbers(*batches(numbered(10), None, rng=rng)) == list(range(10))
    assert rng.bit_generator.state == before


def test_unshuffled_batches_are_in_order() -> None:
    assert numbers(*batches(numbered(10), 3, shuffle=False)) == list(range(10))


def test_every_pass_has_another_order() -> None:
    rng = np.random.default_rng(0)
    first, second = (numbers(*batches(numbered(20), 6, rng=rng)) for _ in range(2))
    assert first != second
    assert first != sorted(first)


def test_training_resumes_with_the_state_of_the_generator() -> None:
    data, rng = numbered(20), np.random.default_rng(5)
    numbers(*batches(data, 6, rng=rng))
    state = rng.bit_generator.state
    expected = [numbers(*batches(data, 6, rng=rng)) for _ in range(2)]
    resumed = np.random.default_rng()
    resumed.bit_generator.state = state
    assert [numbers(*batches(data, 6, rng=resumed)) for _ in range(2)] == expected


def test_the_order_is_made_on_the_call() -> None:
    data, rng = numbered(20), np.random.default_rng(5)
    waiting = batches(data, 6, rng=rng)
    rng.random(1000)
    assert numbers(*waiting) == numbers(*batches(data, 6, rng=np.random.default_rng(5)))


def test_a_last_batch_that_is_not_full_can_be_dropped() -> None:
    rng = np.random.default_rng(0)
    assert [len(b) for b in batches(numbered(10), 4, rng=rng, drop_last=True)] == [4, 4]
    assert [len(b) for b in batches(numbered(8), 4, rng=rng, drop_last=True)] == [4, 4]
    assert [len(b) for b in batches(numbered(8), 8, rng=rng, drop_last=True)] == [8]
    with pytest.raises(ValueError, match="8 examples do not fill a batch of 9"):
        batches(numbered(8), 9, rng=rng, drop_last=True)


@pytest.mark.parametrize("size", [0, -1, 2.5, "all"])
def test_invalid_sizes(size: Any) -> None:
    with pytest.raises(ValueError, match=f"whole number, at least 1, or None for all, not {size!r}"):
        batches(numbered(8), size, rng=np.random.default_rng(0))


@pytest.mark.parametrize("rng", [None, 0])
def test_shuffling_needs_a_generator(rng: Any) -> None:
    with pytest.raises(TypeError, match=rf"default_rng\(seed\), made once for all passes, not {rng}"):
        batches(numbered(8), 2, rng=rng)


# Scaler


def test_training_inputs_get_mean_0_and_deviation_1() -> None:
    x = np.random.default_rng(0).normal([5, -300, 0.01], [2, 40, 0.001], size=(50, 3))
    scaler = Scaler.fit(x)
    np.testing.assert_allclose(scaler.mean, x.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(scaler.deviation, x.std(axis=0), rtol=1e-12)
    np.testing.assert_allclose(scaler(x).mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaler(x).std(axis=0), 1, rtol=1e-12)


def test_other_inputs_are_scaled_by_the_training_part() -> None:
    scaler = Scaler.fit([[0, 10], [4, 30]])
    assert scaler([[2, 20], [6, 50]]).tolist() == [[0, 0], [2, 3]]
    assert scaler([6, 50]).tolist() == [2, 3]
    assert scaler.inverse([[0, 0], [2, 3]]).tolist() == [[2, 20], [6, 50]]


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1, 1)), min_size=1, max_size=20))
def test_the_inverse_undoes_the_scaling(rows: list[tuple[float, float]]) -> None:
    scaler = Scaler.fit(rows)
    greatest = np.abs(rows).max(axis=0)
    assert np.all(np.abs(scaler.inverse(scaler(rows)) - rows) <= 1e-12 * greatest)


@given(value=st.floats(-1e300, 1e300), count=st.integers(1, 30))
def test_a_constant_feature_is_only_centred(value: float, count: int) -> None:
    scaler = Scaler.fit(np.full((count, 1), value))
    assert scaler.deviation.tolist() == [1]
    assert not scaler(np.full((count, 1), value)).any()


def test_a_deviation_too_small_to_square_counts_as_zero() -> None:
    assert Scaler.fit([[0.0], [1e-300]]).deviation.tolist() == [1]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_a_feature_that_cannot_be_scaled_is_named(value: float) -> None:
    with pytest.raises(ValueError, match="feature 1 cannot be scaled by mean"):
        Scaler.fit([[1.0, 2.0], [2.0, value], [4.0, 1.0]])


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        ([1.0, 2.0], ValueError, r"of shape \(examples, features\), not \(2,\)"),
        (np.zeros((0, 3)), ValueError, r"of shape \(examples, features\), not \(0, 3\)"),
        (np.zeros((2, 3, 4)), ValueError, r"not \(2, 3, 4\)"),
        ([["a"]], TypeError, "the inputs must be real numbers, not <U1"),
    ],
)
def test_inputs_that_a_scaler_refuses(inputs: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Scaler.fit(inputs)


@pytest.mark.parametrize("inputs", [[[1.0, 2.0]], [1.0, 2.0, 3.0, 4.0], 1.0])
def test_another_number_of_features(inputs: Any) -> None:
    scaler = Scaler.fit([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]])
    for scale in (scaler, scaler.inverse):
        with pytest.raises(ValueError, match=r"takes 3 features on the last axis, not inputs of shape \("):
            scale(inputs)


def test_a_scaler_made_from_means_and_deviations() -> None:
    fitted = Scaler.fit([[0, 10], [4, 40]])
    again = Scaler(fitted.mean.tolist(), fitted.deviation.tolist())
    assert again([[1, 2]]).tolist() == fitted([[1, 2]]).tolist()


@pytest.mark.parametrize(
    ("mean", "deviation", "message"),
    [
        ([0.0, 1.0], [1.0], r"not arrays of shapes \(2,\) and \(1,\)"),
        ([[0.0]], [[1.0]], r"not arrays of shapes \(1, 1\) and \(1, 1\)"),
        ([0.0, 1.0], [1.0, 0.0], "feature 1 cannot be scaled by mean 1.0 and deviation 0.0"),
        ([0.0], [-1.0], "feature 0 cannot be scaled by mean 0.0 and deviation -1.0"),
    ],
)
def test_invalid_means_and_deviations(mean: Any, deviation: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Scaler(mean, deviation)


# one_hot


@given(st.lists(st.integers(0, 6), min_size=1, max_size=20))
def test_one_hot_rows_have_their_1_at_the_label(labels: list[int]) -> None:
    rows = one_hot(labels, 7)
    assert rows.shape == (len(labels), 7)
    assert rows.dtype == np.float64
    assert rows.argmax(axis=1).tolist() == labels
    assert rows.sum(axis=1).tolist() == [1] * len(labels)
    assert set(rows.flat) <= {0, 1}


def test_one_hot_adds_an_axis() -> None:
    assert one_hot(2, 3).tolist() == [0, 0, 1]
    assert one_hot([[0, 1]], 2).tolist() == [[[1, 0], [0, 1]]]
    assert one_hot([True, False], 2).tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("labels", "classes", "error", "message"),
    [
        ([0, 3], 3, ValueError, "a label for 3 classes must be from 0 to 2, not 3"),
        ([0, -1], 3, ValueError, "from 0 to 2, not -1"),
        ([0.0, 1.0], 3, TypeError, "labels must have an integer type, not float64"),
        ([0], 0, ValueError, "the number of classes must be a whole number, at least 1, not 0"),
        ([0], 2.0, ValueError, "whole number, at least 1, not 2.0"),
    ],
)
def test_labels_that_one_hot_refuses(labels: Any, classes: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        one_hot(labels, classes)


def test_a_pair_of_arrays_is_refused() -> None:
    pair: Any = (np.ones((4, 2)), np.ones(4))
    for use in (lambda: batches(pair, shuffle=False), lambda: folds(pair, 2)):
        with pytest.raises(
            TypeError, match=r"the data must be examples, such as Data\(inputs, targets\), not tuple"
        ):
            use()


def test_two_fractions_give_two_parts() -> None:
    x, y = np.arange(40.0)[:, np.newaxis], np.arange(40) % 4
    train, validation = split(x, y, fractions=(0.8, 0.2))
    assert (len(train), len(validation)) == (32, 8)
    assert np.bincount(validation.targets).tolist() == [2, 2, 2, 2]
    assert sorted([*train.inputs[:, 0], *validation.inputs[:, 0]]) == x[:, 0].tolist()
    parts = split(x, y, fractions=(0.5, 0.5), seed=3)
    assert parts.train.inputs.tolist() != parts.validation.inputs.tolist()


MASKED = np.ma.array([1.0, 2.0], mask=[False, True])


@pytest.mark.parametrize("x", [MASKED, MASKED[:, np.newaxis], [MASKED, MASKED], ([MASKED], [MASKED])])
def test_a_mask_is_not_dropped(x: Any) -> None:
    with pytest.raises(TypeError, match=r"the inputs have masked elements.*leave these examples out"):
        Data(x, [0, 1])
    with pytest.raises(TypeError, match="the targets have masked elements"):
        Data([[1.0], [2.0]], x)
    with pytest.raises(TypeError, match="masked elements"):
        Scaler.fit(x)


def test_an_array_without_masked_elements() -> None:
    assert Data(np.ma.array([[1.0], [2.0]]), [0, 1]).inputs.tolist() == [[1.0], [2.0]]


@pytest.mark.parametrize(
    "labels", [np.array(["no", "yes"]), ["no", "yes"], np.array(["no", "yes"], object), [b"no", b"yes"]]
)
def test_labels_in_words(labels: Any) -> None:
    with pytest.raises(TypeError, match=r"number the classes, np.unique\(labels, return_inverse=True\)\[1\]"):
        Data([[1.0], [2.0]], labels)
    with pytest.raises(TypeError, match="number the classes"):
        one_hot(labels, 2)
    assert Data([[1.0], [2.0]], np.unique(labels, return_inverse=True)[1]).targets.tolist() == [0, 1]


def test_a_table_of_columns_of_several_types() -> None:
    table = np.array([[1, 0.5, True], [2, 1.5, False]], dtype=object)
    data = Data(table, [0, 1])
    assert data.inputs.dtype == np.float64
    assert data.inputs.tolist() == [[1.0, 0.5, 1.0], [2.0, 1.5, 0.0]]
    with pytest.raises(TypeError, match="the inputs must be real numbers, not object"):
        Data(np.array([[1.0], [None]], dtype=object), [0, 1])


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("scale", [1e-20, 1.0, -3e8])
def test_rounding_is_no_variation(kind: Any, scale: float) -> None:
    same = np.full((3, 1), 0.3 * scale, kind)
    same[1] = np.nextafter(same[0], kind(1))
    assert np.ptp(same) > 0
    scaler = Scaler.fit(same)
    assert scaler.deviation[0] == pytest.approx(max(1, 0.3 * abs(scale)))
    assert np.abs(scaler(same)).max() < 1e-6


def test_small_variation_is_variation() -> None:
    apart = Scaler.fit(1.0 + 1e-13 * np.arange(10.0)[:, np.newaxis])
    assert apart.deviation[0] == pytest.approx(2.87e-13, rel=0.01)
    whole = Scaler.fit(np.array([[10**15], [10**15 + 2]]))
    assert whole.deviation.tolist() == [1.0]
    assert Scaler.fit(np.array([[1.0], [1.005]], np.float16)).deviation[0] < 0.01
    assert whole(np.array([[10**15 + 2]])).tolist() == [[1.0]]


def test_features_in_one_axis() -> None:
    with pytest.raises(ValueError, match=r"not \(3,\): give inputs\[:, None\], one feature"):
        Scaler.fit([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"of shape \(3,\): give inputs\[:, None\]"):
        Scaler.fit([[1.0], [2.0]])([1.0, 2.0, 3.0])
