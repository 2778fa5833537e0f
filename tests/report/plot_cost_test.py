import keras
import numpy as np
import pytest

from keras_av.report import plot_cost

# As a comparison of networks and of ways to skim would look.
POINTS = {
    "video": [(405.2, 0.81)],
    "image and sound": [(22.7, 0.748), (11.7, 0.717), (45.4, 0.761)],
    "image": [(18.1, 0.60), (9.0, 0.57), (36.2, 0.61)],
    "MobileNetV2": [(3.0, 0.52)],
}


def test_draws_points_and_curves(tmp_path):
    path = tmp_path / "cost.png"
    plot_cost(POINTS, path, score="top-1")
    picture = keras.utils.img_to_array(keras.utils.load_img(path))
    assert picture.shape == (400, 600, 3)
    # Four colours of their own.
    colours = {tuple(c) for c in picture.reshape(-1, 3)}
    vivid = [c for c in colours if max(c) - min(c) > 100]
    assert len(vivid) >= 4


def test_the_axis_of_costs_is_logarithmic(tmp_path):
    def columns(costs):
        path = tmp_path / "cost.png"
        plot_cost({"a": [(cost, 0.5) for cost in costs]}, path)
        picture = keras.utils.img_to_array(keras.utils.load_img(path))
        blue = (picture[..., 2] - picture[..., 0] > 100)[100:330]
        # Marks are higher than the line between them.
        heights = blue.sum(axis=0)
        marks = np.flatnonzero(heights >= heights.max() - 1)
        return [
            group.mean()
            for group in np.split(marks, np.flatnonzero(np.diff(marks) > 5) + 1)
        ]

    left, middle, right = columns([1, 10, 100])
    assert abs((middle - left) - (right - middle)) < 4


@pytest.mark.parametrize(
    "points, message",
    [
        ({}, "no points"),
        ({"a": []}, "least one"),
        ({"a": [(0.0, 0.5)]}, "positive"),
    ],
)
def test_wrong_points(tmp_path, points, message):
    with pytest.raises(ValueError, match=message):
        plot_cost(points, tmp_path / "cost.png")
