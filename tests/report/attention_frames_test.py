import numpy as np

from keras_av.metrics import SoundingObject
from keras_av.report import attention_frames


def attention(steps=4, place=(1, 2)):
    found = np.full((steps, 4, 4), -20.0)
    found[:, place[0], place[1]] = 0.0
    return found


def test_shows_where_the_attention_is():
    frames = np.full((4, 32, 32, 3), 100.0)
    drawn = attention_frames(frames, attention(), magnify=2)
    assert drawn.shape == (4, 64, 64, 3)
    changed = np.abs(drawn[0].astype(int) - 100).max(axis=-1)
    rows, columns = np.nonzero(changed > 0.9 * changed.max())
    # The cell in row 1 and column 2 of 4.
    assert (rows.mean() + 0.5) / 64 == np.float64(1.5 / 4)
    assert (columns.mean() + 0.5) / 64 == np.float64(2.5 / 4)
    np.testing.assert_array_equal(drawn[0, 50:, :16], 100)


def test_frames_without_a_step_of_their_own_show_the_one_before():
    steps = np.concatenate([attention(1, (0, 0)), attention(1, (3, 3))])
    drawn = attention_frames(np.zeros((4, 16, 16, 3)), steps, window=1)
    np.testing.assert_array_equal(drawn[0], drawn[1])
    np.testing.assert_array_equal(drawn[2], drawn[3])
    assert drawn[0, :20, :20].max() > 100 > drawn[2, :20, :20].max()


def test_crosses_are_where_the_objects_are():
    places = np.array([[0.25, 0.75], [0.5, 0.0]])
    flat = np.zeros((2, 4, 4))
    frames = np.zeros((2, 16, 16, 3))
    objects = [SoundingObject(places, 0.0)]
    drawn = attention_frames(frames, flat, objects, magnify=4)
    without = attention_frames(frames, flat, magnify=4)
    different = (drawn != without).any(axis=-1)
    assert drawn[0, 16, 48].tolist() == [255, 255, 255]
    assert different[0].sum() == 2 * 9 - 1
    # At the border a part of it is seen.
    assert drawn[1, 32, 0].tolist() == [255, 255, 255]
    assert different[1].sum() == 9 + 4
