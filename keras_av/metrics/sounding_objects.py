"""Objects that sound comes from: peaks of attention, followed over time."""

import dataclasses

import numpy as np

from keras_av.ops.types import Array


@dataclasses.dataclass(frozen=True)
class SoundingObject:
    """Something in a video that sound comes from.

    Args:
        places: Its place in each frame, `(frames, 2)`: shares of the height
            and of the width, from 0 to 1.
        attention: Mean attention along these places.

    Examples:

    >>> import numpy as np
    >>> from keras_av.metrics import SoundingObject
    >>> SoundingObject(np.array([[0.5, 0.25]]), -1.0).attention
    -1.0
    """

    places: Array
    attention: float


def attention_peaks(
    attention: Array, num_peaks: int = 4, distance: float = 0.25
) -> Array:
    """The highest places of a map that are apart (non-maximum suppression).

    Args:
        attention: Map, `(height, width)`.
        num_peaks: Maximum number of peaks. Defaults to 4, as in the original.
        distance: Least distance of two peaks, as a share of the frame.
            Defaults to 0.25.

    Returns:
        Shares of the height and of the width, `(peaks, 2)`, highest first.

    Examples:

    >>> import numpy as np
    >>> from keras_av.metrics import attention_peaks
    >>> attention_peaks(np.eye(4), num_peaks=2, distance=0.5).tolist()
    [[0.125, 0.125], [0.625, 0.625]]
    """
    places = _centers(attention.shape)
    left = np.array(attention, "float64").ravel()
    found: list[Array] = []
    while len(found) < num_peaks and np.isfinite(left.max()):
        found.append(places[left.argmax()])
        left[_apart(places, found[-1]) < distance] = -np.inf
    return np.stack(found)


def sounding_objects(
    attention: Array,
    num_objects: int = 4,
    distance: float = 0.25,
    window: int = 5,
) -> list[SoundingObject]:
    """Follow the peaks of attention over time.

    The attention is averaged over time, peaks are found in each frame, and each
    continues the nearest object of the frame before, if that is less than
    `distance` away, or is a new one. An object without a peak stays where it
    is. The objects with most attention along their way are returned, as far as
    they are `distance` apart on average.

    The original sums attention along the trajectories of optical flow, and
    looks for peaks in the sum. There is no flow here: peaks are linked because
    they are near.

    References:
        - [Afouras et al., 2020](https://arxiv.org/abs/2008.04237)

    Args:
        attention: Maps, `(frames, height, width)`, such as of
            `Synchronization.attention`.
        num_objects: Maximum number of objects. Defaults to 4, as in the
            original.
        distance: Least distance of two objects, and greatest of an object from
            one frame to the next, as a share of the frame. Defaults to 0.25.
        window: Number of frames that are averaged. Defaults to 5, as in the
            original.

    Returns:
        A list of `SoundingObject`, that with most attention first.

    Raises:
        ValueError: If the maps are of another rank, or a number is not
            positive.

    Examples:

    >>> import numpy as np
    >>> from keras_av.metrics import sounding_objects
    >>> attention = np.zeros((3, 4, 4))
    >>> attention[:, 1, 2] = 1.0
    >>> first = sounding_objects(attention)[0]
    >>> first.places.tolist(), first.attention
    ([[0.375, 0.625], [0.375, 0.625], [0.375, 0.625]], 1.0)
    """
    attention = np.asarray(attention, "float64")
    if attention.ndim != 3 or not attention.size:
        raise ValueError(
            "attention must be of the shape (frames, height, width), such as "
            "one clip of Synchronization.attention. Received: shape="
            f"{attention.shape}"
        )
    if min(num_objects, distance, window) <= 0:
        raise ValueError(
            "num_objects, distance and window must be positive. Received: "
            f"num_objects={num_objects}, distance={distance}, window={window}"
        )
    smooth = over_time(attention, window)
    ways: list[list[Array]] = []
    for number, frame in enumerate(smooth):
        peaks = attention_peaks(frame, num_objects, distance)
        _continue(ways, peaks, number, distance)
    found = [_object(smooth, np.stack(way)) for way in ways]
    found.sort(key=lambda one: -one.attention)
    return _separate(found, num_objects, distance)


def over_time(attention: Array, window: int) -> Array:
    """Average over so many frames around each, fewer at both ends.

    Args:
        attention: Maps, `(frames, ...)`.
        window: Number of frames.
    """
    before, after = (window - 1) // 2, window // 2 + 1
    return np.stack(
        [
            attention[max(0, number - before) : number + after].mean(axis=0)
            for number in range(len(attention))
        ]
    )


def _centers(shape: tuple[int, ...]) -> Array:
    """Places of the cells of a map, `(height * width, 2)`."""
    grid = np.moveaxis(np.indices(shape), 0, -1).reshape(-1, 2)
    return (grid + 0.5) / shape


def _apart(places: Array, place: Array) -> Array:
    return np.hypot(*(places - place).T)


def _continue(
    ways: list[list[Array]], peaks: Array, frame: int, distance: float
) -> None:
    """Take each way on to the peaks of a frame."""
    free = list(ways)
    for peak in peaks:
        gaps = [float(_apart(way[-1][None], peak)[0]) for way in free]
        if gaps and min(gaps) < distance:
            free.pop(int(np.argmin(gaps))).append(peak)
        else:
            # It was there before, unnoticed.
            ways.append((frame + 1) * [peak])
    for way in free:
        way.append(way[-1])


def _object(attention: Array, places: Array) -> SoundingObject:
    cells = (places * attention.shape[1:]).astype(int)
    along = attention[np.arange(len(cells)), cells[:, 0], cells[:, 1]]
    return SoundingObject(places, float(along.mean()))


def _separate(
    objects: list[SoundingObject], num_objects: int, distance: float
) -> list[SoundingObject]:
    kept: list[SoundingObject] = []
    for one in objects:
        gaps = [_apart(one.places, other.places).mean() for other in kept]
        if len(kept) < num_objects and min(gaps, default=distance) >= distance:
            kept.append(one)
    return kept
