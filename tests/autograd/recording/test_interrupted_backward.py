"""An interrupt anywhere within `backward` leaves every gradient as it was, or complete."""

import sys
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value


class Interrupter:
    """Raises KeyboardInterrupt at one line of the engine."""

    def __init__(self, line: int) -> None:
        self.left = line

    def __call__(self, frame: Any, event: str, argument: Any) -> Any:
        if event == "line" and "autograd" in frame.f_code.co_filename and frame.f_trace is self:
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self


@pytest.mark.parametrize("retain_graph", [True, False])
@pytest.mark.parametrize("kind", [Value, Tensor])
def test_every_line(kind: Any, retain_graph: bool) -> None:
    seen = set()
    line, interrupted = 0, True
    while interrupted:
        line += 1
        x, w = kind(0.5), kind(2.0)
        (x * w).backward()
        x_before, w_before = float(x.grad), float(w.grad)
        y = (x * w).tanh() * x
        before = sys.gettrace()
        sys.settrace(Interrupter(line))
        try:
            y.backward(retain_graph=retain_graph)
            interrupted = False
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
        seen.add((float(x.grad), float(w.grad)))
    assert line > (2 if kind is Value else 20)
    slope = 1 - np.tanh(1.0) ** 2
    complete = (x_before + np.tanh(1.0) + 0.5 * 2 * slope, w_before + 0.5 * 0.5 * slope)
    for grads in seen:
        assert grads == (x_before, w_before) or grads == pytest.approx(complete)
    assert len(seen) == 2
