"""Examples are read from text, and a row that does not fit is named."""

import pytest

from viz.csv_text import MOST, examples_of


@pytest.mark.parametrize(
    "text",
    ["1,2,0\n3,4,1", "1;2;0\n\n3;4;1\n", "a\tb\tc\n1\t2\t0\n3\t4\t1", "1 2 0\r\n3 4 1", "\ufeff1,2,0\n3,4,1"],
)
def test_any_usual_separator_is_read(text):
    inputs, targets = examples_of(text, 2, classes=2)
    assert inputs.tolist() == [[1, 2], [3, 4]]
    assert targets.tolist() == [0, 1]


def test_names_of_classes_are_numbered_in_order():
    assert examples_of('1,"dog, big"\n2,cat\n3,cat', 1, classes=2)[1].tolist() == [1, 0, 0]


def test_other_numbers_of_classes_are_numbered_by_size():
    assert examples_of("1,-1\n2,1\n3,-10", 1, classes=3)[1].tolist() == [1, 2, 0]


def test_numbers_stay_numbers():
    assert examples_of("1,0.5\n2,-3e2", 1, classes=0)[1].tolist() == [0.5, -300]


@pytest.mark.parametrize(
    ("text", "classes", "message"),
    [
        ("", 2, f"from 1 to {MOST:,} rows"),
        ("x,y,z", 2, "not 0"),
        ("1,2,0\n1,2", 2, "line 2 has 2 fields: the model takes 2 inputs"),
        ("1,5;2,5;0\n3;4;1", 2, "line 1 has '1,5' where a finite number"),
        ("1,2,0\n\n1,inf,0", 2, "line 3 has 'inf' where a finite number"),
        ("1,2,0\n1,2,7", 2, "the class 7, and the model has 2 outputs"),
        ("1,2,0\n1,2,up", 0, "line 2 has the target 'up'"),
        ("1,2,0\n1,2,up", 2, "line 2 has the target 'up', which is not a finite number"),
        ("1,2,up\n1,2,0", 2, "line 2 has the target '0' among names"),
        ("1,2,0\n1,2,nan", 2, "line 2 has the target 'nan'"),
        ("1,2,up\n\n1,2,", 2, "line 3 has no target"),
        ("a,b,c\n1", 2, "line 2 has 1 field: "),
        ("1,2,0\n" * (MOST + 1), 2, "rows of numbers"),
        ("0" * 2_000_001, 2, "over the limit"),
    ],
)
def test_what_does_not_fit_is_refused(text, classes, message):
    with pytest.raises(ValueError, match=message):
        examples_of(text, 2, classes=classes)
