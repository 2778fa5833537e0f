import re
from xml.etree import ElementTree

import numpy as np

from keras_av.report.page.curve import curve


def points(svg):
    (text,) = re.findall(r'points="([^"]*)"', svg)
    return np.array([pair.split(",") for pair in text.split()], float)


def test_higher_is_higher_and_gaps_are_left_out():
    svg = curve("loss", [3.0, float("nan"), 1.0, 2.0])
    drawn = points(svg)
    assert len(drawn) == 3 and (np.diff(drawn[:, 0]) > 0).all()
    high, low, middle = drawn[:, 1]
    assert high < middle < low
    title = ElementTree.fromstring(svg).find("title").text
    assert title == "loss: 3 to 2, epochs 1 to 4"


def test_phases_have_bands():
    svg = curve("loss", [3.0, 2.0, 1.0, 1.0], phases=[0, 0, 1, 2])
    assert svg.count('class="band"') == 1
    assert "class" not in curve("loss", [3.0, 2.0])


def test_names_are_text():
    svg = curve("<script>", [1.0])
    assert "<script>" not in svg and "&lt;script&gt;" in svg


def test_one_value_and_a_constant_are_drawn():
    for values in ([1.0], [2.0, 2.0]):
        assert np.isfinite(points(curve("a", values))).all()


def test_runs_share_their_axes():
    svg = curve("loss", [4.0, 2.0], [3.0, 3.0, 0.0], [float("nan")])
    first, second, none = (
        np.array([pair.split(",") for pair in text.split()], float)
        for text in re.findall(r'points="([^"]*)"', svg)
    )
    assert len(none) == 0
    # Both begin at the left, and the longer run ends at the right.
    assert first[0, 0] == second[0, 0] and first[-1, 0] < second[-1, 0]
    assert first[0, 1] < second[0, 1] < first[1, 1] < second[2, 1]
    assert len(set(re.findall(r"stroke: (#\w+)", svg))) == 3
    title = ElementTree.fromstring(svg).find("title").text
    assert title.endswith("; 3 to 0, epochs 1 to 3; not measured")
