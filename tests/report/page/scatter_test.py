from xml.etree import ElementTree

import numpy as np

from keras_av.report.page.scatter import COLORS, scatter


def test_places_are_principal_components():
    rng = np.random.default_rng(0)
    # Far from the origin, which is no component.
    x = 20 + rng.standard_normal((20, 6)) * [5, 2, 0.1, 0.1, 0.1, 0.1]
    svg = ElementTree.fromstring(scatter(x, x, np.zeros(20, int)))
    circles = [dict(c.items()) for c in svg if c.tag == "circle"]
    across = np.array([float(c["cx"]) for c in circles])
    down = np.array([float(c["cy"]) for c in circles])
    # Signs of components are free.
    assert abs(np.corrcoef(across, x[:, 0])[0, 1]) > 0.99
    assert abs(np.corrcoef(down, x[:, 1])[0, 1]) > 0.95
    assert 0 <= across.min() and across.max() <= 480
    # One scale for both axes.
    assert 1.5 < across.std() / down.std() < 4


def test_classes_have_colors_and_modalities_shapes():
    svg = scatter(np.eye(3), np.eye(3) * 2, [0, 1, 11])
    assert svg.count(COLORS[0]) == 2 and svg.count(COLORS[1]) == 4
    assert svg.count("<circle") == svg.count("<rect") == 3


def test_one_dimension_and_one_clip_are_drawn():
    assert "nan" not in scatter(np.ones((4, 1)), np.zeros((4, 1)), [0] * 4)
    assert "nan" not in scatter(np.ones((1, 3)), np.ones((1, 3)), [0])
