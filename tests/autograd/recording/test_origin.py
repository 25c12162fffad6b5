"""The line of the program that made a node."""

import sys

import numpy as np

from autograd import Tensor, Value, no_grad, source_lines


def test_the_line_that_made_a_node_is_noted_where_that_is_asked_for():
    before = Value(1.0)
    with source_lines():
        x = Value(2.0)
        y = x * x
        z = np.sum(np.array([y, 3 + y]))
        t = (Tensor([1.0, 2.0]) * 2).sum()
        with no_grad():
            constant = x * 2
    file, line = x.origin
    assert file == sys._getframe().f_code.co_filename
    assert y.origin == (file, line + 1)
    assert z.origin == z.inputs[1].origin == (file, line + 2), "not the line in NumPy"
    assert t.origin == t.inputs[0].origin == (file, line + 3)
    assert constant.is_constant
    assert before.origin is None
    assert (x * x).origin is None


def test_it_is_the_line_of_a_function_called_there():
    def double(v):
        return v * 2

    with source_lines():
        x = Value(1.0)
        y = double(x)
    assert y.origin.line < x.origin.line


def test_it_records_nothing_that_is_not_recorded_without_it():
    x = Value(1.0)
    with no_grad(), source_lines():
        assert (x * x).is_constant
    with source_lines(), no_grad():
        assert (x * x).is_constant
    assert (x * x).origin is None
