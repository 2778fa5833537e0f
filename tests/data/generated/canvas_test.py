import numpy as np
import pytest

from keras_av.data.generated.canvas import Canvas

WHITE = np.ones(3)


def blank(size=64):
    return Canvas(np.zeros((size, size, 3)))


@pytest.mark.parametrize("radius", [0.06, 0.1, 0.15])
def test_the_area_of_a_sphere(radius):
    canvas = blank()
    canvas.sphere(0.4, 0.6, radius, WHITE)
    covered = (canvas.image[..., 0] > 0.15).sum() / 64**2
    assert covered == pytest.approx(np.pi * radius**2, rel=0.12)
    rows, columns = np.nonzero(canvas.image[..., 0])
    assert (columns.mean() + 0.5) / 64 == pytest.approx(0.4, abs=0.02)
    assert (rows.mean() + 0.5) / 64 == pytest.approx(0.6, abs=0.02)


def test_a_sphere_is_lit_from_above_on_the_left():
    canvas = blank()
    canvas.sphere(0.5, 0.5, 0.2, 0.5 * WHITE)
    assert canvas.image[26, 26, 0] > canvas.image[38, 38, 0] + 0.1


def test_the_area_of_a_rod_and_a_rectangle():
    canvas = blank()
    canvas.rod((0.2, 0.3), (0.7, 0.3), 0.1, WHITE)
    area = (canvas.image[..., 0] > 0.3).mean()
    assert area == pytest.approx(0.5 * 0.1 + np.pi * 0.05**2, rel=0.1)
    canvas = blank()
    canvas.rectangle(0.25, 0.5, 0.75, 0.75, WHITE)
    assert (canvas.image[..., 0] > 0.5).mean() == pytest.approx(0.125, rel=0.1)


def test_small_movements_are_seen():
    images = []
    for shift in (0.0, 0.2 / 64):
        canvas = blank()
        canvas.sphere(0.5 + shift, 0.5, 0.1, WHITE)
        images.append(canvas.image)
    assert abs(images[0] - images[1]).max() > 0.02


def test_shapes_may_reach_beyond_the_image():
    canvas = blank()
    canvas.sphere(0.0, 1.0, 0.2, WHITE)
    canvas.sphere(2.0, -2.0, 0.1, WHITE)
    canvas.rod((-0.5, 0.5), (1.5, 0.5), 0.02, WHITE)
    canvas.rectangle(0.9, 0.9, 1.5, 1.5, WHITE)
    assert canvas.image.min() >= 0 and canvas.image.max() <= 1


def test_a_shadow_darkens_only():
    canvas = Canvas(np.full((64, 64, 3), 0.5))
    canvas.shadow(0.5, 0.5, 0.1, 0.05, 0.6)
    assert canvas.image.max() <= 0.5
    assert canvas.image[32, 32, 0] == pytest.approx(0.2, abs=0.02)
    assert canvas.image[0, 0, 0] == 0.5
