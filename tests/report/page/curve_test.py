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
