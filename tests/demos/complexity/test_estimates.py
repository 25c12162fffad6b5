"""The estimates for networks that people train."""

import pytest

from demos.complexity.estimates import networks


def test_networks_on_paper() -> None:
    small, large, images = networks()
    assert [net.parameters for net in (small, large, images)] == [124_439_808, 174_604_259_328, 25_557_032]
    assert [f"{net.forward:.2e}" for net in (small, large, images)] == ["2.92e+11", "7.35e+14", "8.18e+09"]
    assert [round(net.path_power) for net in (small, large, images)] == [76, 843, 134]
    year = 365.25 * 86400
    assert small.backprop == pytest.approx(0.87, abs=0.01)
    assert small.per_layer == pytest.approx(2.2, abs=0.05)
    assert small.per_parameter / year == pytest.approx(1.15, abs=0.005)
    assert large.backprop == pytest.approx(2.2e-3, rel=0.01)
    assert large.per_layer == pytest.approx(36e-3, rel=0.02)
    assert large.per_parameter / year == pytest.approx(4.07, abs=0.005)
    assert images.backprop == pytest.approx(24.5e-3, rel=0.01)
    assert images.per_layer == pytest.approx(217e-3, rel=0.01)
    assert images.per_parameter / 86400 == pytest.approx(2.4, abs=0.05)
