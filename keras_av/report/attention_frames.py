"""Frames with the places that a sound comes from."""

from collections.abc import Iterable

import matplotlib
import numpy as np

from keras_av.metrics.sounding_objects import SoundingObject, over_time
from keras_av.ops.types import Array

_COLORS = "inferno"
# How much of the frame is hidden where most attention is.
_COVER = 0.65
_ARM = 0.06


def attention_frames(
    frames: Array,
    attention: Array,
    objects: Iterable[SoundingObject] = (),
    magnify: int = 4,
    window: int = 5,
) -> Array:
    """Draw attention, and objects as crosses, upon the frames of a clip.

    Args:
        frames: Frames, `(frames, height, width, 3)`, from 0 to 255.
        attention: Logarithms of shares, `(steps, h, w)`, of
            `Synchronization.attention`. With fewer steps than frames, each is
            shown for several.
        objects: Objects of `sounding_objects`. Defaults to none.
        magnify: Factor by which small frames are enlarged. Defaults to 4.
        window: Number of steps over which attention is averaged. Defaults to
            5.

    Returns:
        Frames, `(frames, magnify * height, magnify * width, 3)`, uint8, as
        `keras_av.data.write_video` and `keras.utils.save_img` take them.

    Examples:

    >>> import numpy as np
    >>> from keras_av.report import attention_frames
    >>> drawn = attention_frames(np.zeros((6, 16, 16, 3)), np.zeros((6, 4, 4)))
    >>> drawn.shape, drawn.dtype.name
    ((6, 64, 64, 3), 'uint8')
    """
    smooth = over_time(np.asarray(attention, "float64"), window)
    smooth = np.exp(smooth - smooth.max(axis=(1, 2), keepdims=True))
    steps = np.arange(len(frames)) * len(smooth) // len(frames)
    height, width = (magnify * size for size in frames.shape[1:3])
    colors = matplotlib.colormaps[_COLORS]
    drawn = np.empty((len(frames), height, width, 3), np.uint8)
    for number, step in enumerate(steps):
        large = frames[number].repeat(magnify, axis=0).repeat(magnify, axis=1)
        strength = _enlarged(smooth[step], height, width)
        hidden = _COVER * strength[..., None]
        color = 255 * colors(strength)[..., :3]
        image = (1 - hidden) * large + hidden * color
        for one in objects:
            _cross(image, one.places[step])
        drawn[number] = np.clip(image + 0.5, 0, 255)
    return drawn


def _enlarged(values: Array, height: int, width: int) -> Array:
    """A small map of the size of a frame, linear in between."""
    rows, columns = map(_in_between, values.shape, (height, width))
    return rows @ values @ columns.T


def _in_between(count: int, size: int) -> Array:
    """What each of some cells adds to each of some pixels, `(size, count)`."""
    places = (np.arange(size) + 0.5) * count / size - 0.5
    cells = np.arange(count)
    ones = [np.interp(places, cells, one) for one in np.eye(count)]
    return np.stack(ones, axis=1)


def _cross(image: Array, place: Array) -> None:
    """Draw a white cross."""
    height, width = image.shape[:2]
    row, column = int(place[0] * height), int(place[1] * width)
    arm = max(round(_ARM * height), 1)
    image[max(row - arm, 0) : row + arm + 1, column] = 255
    image[row, max(column - arm, 0) : column + arm + 1] = 255
