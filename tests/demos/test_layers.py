"""Question 12: the study in short."""

import pytest

from demos.layers import COMPARED, answer, measure
from demos.page.parts import Illustration, Table
from demos.page.publish import page
from viz import LayoutError


def test_the_growth_of_every_method_is_measured() -> None:
    found = answer(0, layers=5, width=4, budget=120_000)
    (table,) = (part for part in found.parts if isinstance(part, Table))
    growths = {row[0]: row[1] for row in table.rows}
    assert growths["backprop"] == "linear"
    assert growths["chain rule per layer"] == growths["forward mode"] == "quadratic"
    assert growths["sum over paths"] == growths["tree recursion"] == "exponential"
    assert len(growths) == len(COMPARED)
    assert found.parts[0].startswith("In short: for L layers of equal width")
    assert any(
        "The formula is met exactly at every depth." in part for part in found.parts if isinstance(part, str)
    )
    assert "the sum over paths is quadratic" in found.slip
    pictures = [part for part in found.parts if isinstance(part, Illustration)]
    assert [picture.scrolls for picture in pictures] == [False, False, True, False]
    assert all(picture.narrow for picture in pictures if not picture.scrolls)
    assert "How does the complexity depend" in page([found], command="x")


def test_few_layers_settle_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise LayoutError("no Graphviz here")

    monkeypatch.setattr("demos.layers.compare", fail)
    found = answer(1, layers=3, width=2, budget=30_000)
    assert found.parts[0].startswith("In short, over the few depths measured here: backprop: undecided")
    assert not any(isinstance(part, Illustration) and part.scrolls for part in found.parts)


def test_what_is_measured() -> None:
    found = measure(0, layers=3, width=2, batch=4, budget=2_000)
    assert [row.method for row in found.scalars[: len(COMPARED)]] == list(COMPARED)
    assert found.deepest.layers == 3
    assert all(row.cost.total <= 2_000 for row in found.scalars if row.measured)
    assert [law.layers for law in found.laws] == [1, 2, 3]
    assert all(law.found == law.formula for law in found.laws)
    assert len(found.chain.costs) == 3
    for method, one in found.growths.items():
        assert one.deepest == max(
            (row for row in found.scalars if row.method == method and row.measured),
            key=lambda row: row.problem.layers,
        )
    assert found.picture is not None
    assert found.picture.walked > found.picture.edges
