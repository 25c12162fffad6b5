"""What every page of the study measures and draws again, always the same, is shared by all tests of pages."""

from collections.abc import Iterator
from functools import cache

import pytest

from demos.complexity import command, page
from demos.complexity.limit_curves import LimitCurve
from demos.page.parts import Illustration


@pytest.fixture(scope="session", autouse=True)
def measured_once() -> Iterator[None]:
    """Share the descents and the cases where backprop does not win, which depend on the seed alone."""
    limits, draw = cache(page.limits), LimitCurve.illustration
    drawn: dict[int, Illustration] = {}  # by curves that are kept by the cache

    def illustration(curve: LimitCurve) -> Illustration:
        if id(curve) not in drawn:
            drawn[id(curve)] = draw(curve)
        return drawn[id(curve)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "descents", cache(page.descents))
        patch.setattr(page, "limits", limits)
        patch.setattr(command, "limits", limits)
        patch.setattr(LimitCurve, "illustration", illustration)
        yield
