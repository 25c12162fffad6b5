"""Examples in frames and series, of pandas and polars, and in pairs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from nn import MLP, Data, Scaler, fit, predict, split
from tests.nn.examples import DATA, VALIDATION, numbers

COLUMNS = {"width": [1, 2, 3], "height": [0.5, 1.5, 2.5], "wet": [True, False, True]}


@pytest.fixture(params=["pandas", "polars"])
def library(request: pytest.FixtureRequest) -> Any:
    return pytest.importorskip(request.param)


def test_a_frame_is_its_columns(library: Any) -> None:
    frame = library.DataFrame(COLUMNS)
    data = Data(frame, frame["width"], frame["height"])
    np.testing.assert_array_equal(data.inputs, [[1, 0.5, 1], [2, 1.5, 0], [3, 2.5, 1]])
    assert data.inputs.dtype == np.float64
    assert data.targets.tolist() == [1, 2, 3]
    assert data.targets.dtype.kind == "i"  # so that they are classes
    assert data.total_weight == 4.5
    assert Data(frame[["width"]], [1, 2, 3]).inputs.dtype.kind == "i"


def test_integers_that_may_be_missing(library: Any) -> None:
    name = "Int64" if library.__name__ == "pandas" else library.Int64
    series = library.Series([1, 0, 1], dtype=name)
    assert Data(series, series).targets.tolist() == [1, 0, 1]
    assert Data(series, series).targets.dtype.kind == "i"


@pytest.mark.parametrize(
    ("values", "kind", "error", "message"),
    [
        (
            ["a", "b", "a"],
            None,
            TypeError,
            "the inputs have text in the column 'x', not numbers: encode them",
        ),
        (["a", "b", "a"], "Categorical", TypeError, "the inputs have categories in the column 'x', not numb"),
        (
            [1.0, None, None],
            None,
            ValueError,
            "missing values in the column 'x', 2 of 3: drop those rows",
        ),
        ([1, None, 2], "Int64", ValueError, "the inputs have missing values in the column 'x', 1 of 3"),
        (
            [True, None, False],
            "Boolean",
            ValueError,
            "the inputs have missing values in the column 'x', 1 of 3",
        ),
        (["a", None, "a"], None, TypeError, "the inputs have text in the column 'x'"),
        (
            [[1, 2], [3, 4], [5, 6]],
            None,
            TypeError,
            r"in the column 'x', such as .*\[1, 2\].*, not real numb",
        ),
        (
            [[1, 2], [3], [5, 6]],
            None,
            TypeError,
            "not real numbers: convert them, and give each number a col",
        ),
        ([Decimal(1), Decimal(2), Decimal(3)], None, TypeError, "in the column 'x', such as Decimal.'1'.,"),
    ],
)
def test_a_column_that_is_not_numbers_is_named(
    library: Any, values: Any, kind: str | None, error: type[Exception], message: str
) -> None:
    if kind is None:
        column = library.Series(values)
    elif library.__name__ == "pandas":
        column = library.Series(
            values, dtype={"Categorical": "category", "Boolean": "boolean"}.get(kind, kind)
        )
    else:
        column = library.Series(values, dtype=getattr(library, kind))
    frame = library.DataFrame({"y": [1, 2, 3], "x": column})
    with pytest.raises(error, match=message):
        Data(frame, [0, 1, 2])


def test_labels_that_are_not_numbers(library: Any) -> None:
    labels = library.Series(["setosa", "virginica", "setosa"])
    with pytest.raises(
        TypeError, match=r"the targets have text, not numbers: number them, for example by np\.unique"
    ):
        Data([1.0, 2.0, 3.0], labels)


def test_dates_and_equal_names() -> None:
    pandas = pytest.importorskip("pandas")
    dates = pandas.Series(pandas.to_datetime(["2026-01-01", "2026-01-02"]))
    with pytest.raises(TypeError, match=r"the inputs have values of type datetime64.*, not real numbers"):
        Data(dates, [0, 1])
    with pytest.raises(ValueError, match="the inputs have two columns named 'a': rename one"):
        Data(pandas.DataFrame([[1, 2]], columns=["a", "a"]), [0])


def test_numbers_beyond_64_bits_are_floats() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"x": pandas.Series([2**70, 1], dtype=object)})
    assert Data(frame, [0, 1]).inputs.tolist() == [[2.0**70], [1.0]]


def test_a_lazy_frame_is_to_be_collected() -> None:
    polars = pytest.importorskip("polars")
    with pytest.raises(TypeError, match=r"the inputs are a LazyFrame, .* give its collect\(\)"):
        Data(polars.LazyFrame(COLUMNS), [0, 1, 0])


def test_a_training_on_frames_is_that_on_arrays(library: Any) -> None:
    def frame(data: Data) -> tuple[Any, Any]:
        columns = {"a": data.inputs[:, 0], "b": data.inputs[:, 1]}
        return library.DataFrame(columns), library.Series(data.targets)

    models = MLP([2, 3]), MLP([2, 3])
    for model, data, validation in (
        (models[0], DATA, VALIDATION),
        (models[1], frame(DATA), frame(VALIDATION)),
    ):
        fit(model, data, epochs=2, validation=validation)
    assert numbers(models[0]) == numbers(models[1])
    inputs, _ = frame(DATA)
    np.testing.assert_array_equal(predict(models[0], inputs), predict(models[0], DATA.inputs))
    np.testing.assert_array_equal(Scaler.fit(inputs).mean, Scaler.fit(DATA.inputs).mean)
    assert len(split(*frame(DATA)).train) == len(split(DATA.inputs, DATA.targets).train)


def test_examples_as_a_tuple() -> None:
    weights = np.arange(1.0, len(DATA) + 1)
    models = MLP([2, 3]), MLP([2, 3])
    fit(models[0], Data(DATA.inputs, DATA.targets, weights), epochs=1)
    fit(models[1], (DATA.inputs, DATA.targets, weights), epochs=1)
    assert numbers(models[0]) == numbers(models[1])
    with pytest.raises(TypeError, match=r"the data must be examples, such as .*, not TwoWaySplit"):
        fit(models[0], split(DATA.inputs, DATA.targets, fractions=(0.5, 0.5)), epochs=1)  # type: ignore
