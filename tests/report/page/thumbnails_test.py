import base64
import io

import numpy as np
from PIL import Image

from keras_av.report.page.thumbnails import thumbnails


def test_pictures_are_those_of_the_moments():
    images = np.stack([np.full((8, 8, 3), 40 * k) for k in range(4)])
    shown = thumbnails(images, [2])
    assert [(one.number, one.order) for one in shown] == [
        (1, 0),
        (2, 0),
        (3, 1),
        (4, 0),
    ]
    for number, one in enumerate(shown):
        data = base64.b64decode(one.picture.partition(",")[2])
        pixels = np.asarray(Image.open(io.BytesIO(data)))
        assert abs(int(pixels.mean()) - 40 * number) <= 2


def test_of_a_long_video_all_that_were_chosen_are_there():
    images = np.zeros((200, 4, 4, 3))
    shown = thumbnails(images, [199, 7, 199])
    assert len(shown) <= 50
    assert {one.number: one.order for one in shown if one.order} == {
        200: 1,
        8: 2,
    }
    numbers = [one.number for one in shown]
    assert numbers == sorted(numbers)
