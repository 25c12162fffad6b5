"""One algorithm in different orders."""

from math import cos, sin

import pytest

from demos.orders import ORDERS, Count, answer, measure, random_graph, small_graph
from demos.page.parts import Illustration, Table
from demos.page.publish import page
from tests.demos.pages import check_page
from viz import LayoutError


def test_every_order_is_measured() -> None:
    found = measure(0, random_graphs=20)
    counts = {order: count.multiplications for order, count in found.small.orders.items()}
    assert counts == {"reverse": 7, "forward": 6, "markowitz": 5, "optimal": 5}
    assert {count.additions for count in found.small.orders.values()} == {2}
    for order, dropped in found.drops.items():
        assert sorted(name for name, _ in dropped) == ["a", "b", "c", "d", "y"]
        assert sum(n for _, n in dropped) == counts[order]
    assert found.drops["reverse"][0][0] == "y"
    assert found.drops["forward"][-1][0] == "y"
    assert found.equal == found.random_graphs == 20
    assert len(found.pictures) == 2


def test_the_directions_are_the_two_methods_on_networks() -> None:
    found = measure(1, random_graphs=0)
    for counted in found.networks:
        assert counted.orders["reverse"] == counted.backprop
        assert counted.orders["forward"] == counted.forward
    golden = {
        "network 2-4-2": (62, 194, 62),
        "network 2-2-2-2": (50, 216, 50),
        "network 4-4-4-3": (171, 1603, 223),
    }
    for counted in found.networks:
        assert tuple(count.multiplications for count in counted.orders.values()) == golden[counted.title]
    assert found.jacobian["markowitz"].total < 0.6 * min(
        found.jacobian["reverse"].total, found.jacobian["forward"].total
    )


def test_the_page_tells_what_was_measured() -> None:
    found = answer(0, random_graphs=3)
    words = " ".join(part for part in found.parts if isinstance(part, str))
    assert "On 3 of 3 random graphs" in words
    first, second = (part for part in found.parts if isinstance(part, Table))
    assert [row[0] for row in first.rows] == list(ORDERS)
    assert second.rows[1][1] == second.rows[1][2] == "62 ×, 4 +"
    assert len([part for part in found.parts if isinstance(part, Illustration)]) == 2
    check_page(page([found], command="x"))


def test_without_graphviz_there_are_no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise LayoutError("no Graphviz here")

    monkeypatch.setattr("demos.orders.side_by_side", fail)
    found = answer(0, random_graphs=1)
    assert not any(isinstance(part, Illustration) for part in found.parts)


def test_the_graphs() -> None:
    root, (p,) = small_graph()
    root.backward()
    a = sin(0.6)
    slope = -a * (a - sin(a)) + cos(0.6) * (cos(0.6) - cos(a) * cos(0.6))
    assert p.grad == pytest.approx(slope)
    assert str(Count(1234, 5)) == "1,234 ×, 5 +"
    for seed in range(5):
        y, _ = random_graph(seed)
        assert len(y.inputs) == 2
