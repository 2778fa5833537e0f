import re

import pytest

from keras_av.report.page.cost_chart import cost_chart


def places(chart):
    pairs = re.findall(r'<circle cx="([0-9.]+)" cy="([0-9.]+)"', chart)
    return [(float(x), float(y)) for x, y in pairs]


def test_the_axis_of_cost_is_logarithmic_and_better_is_higher():
    chart = cost_chart(
        {"a": (1, 0.2), "c": (10, 0.5), "b": (100, 0.8)}, "s", "top"
    )
    (x1, y1), (x10, y10), (x100, y100) = places(chart)
    assert x10 - x1 == pytest.approx(x100 - x10, abs=0.2)
    assert y1 - y10 == pytest.approx(y10 - y100, abs=0.2) and y100 < y1


def test_one_point_has_a_place():
    chart = cost_chart({"a": (3, 0.5)}, "<c>", "s")
    assert len(places(chart)) == 1
    assert "&lt;c&gt;" in chart


@pytest.mark.parametrize("points", [{}, {"a": (0, 1)}])
def test_refuses_what_has_no_place(points):
    with pytest.raises(ValueError, match="positive costs"):
        cost_chart(points, "c", "s")
