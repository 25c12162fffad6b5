"""`source_lines`: the line of the program that made a node."""

import sys

import numpy as np

from autograd import Tensor, Value, no_grad, source_lines


def test_within_source_lines_each_node_has_its_origin():
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


def test_the_origin_is_the_line_inside_a_called_function():
    def double(v):
        return v * 2

    with source_lines():
        x = Value(1.0)
        y = double(x)
    assert y.origin.line < x.origin.line


def test_source_lines_record_nothing_within_no_grad():
    x = Value(1.0)
    with no_grad(), source_lines():
        assert (x * x).is_constant
    with source_lines(), no_grad():
        assert (x * x).is_constant
    assert (x * x).origin is None
