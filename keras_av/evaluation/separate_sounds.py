"""Separation of sounds of any length."""

import math
from collections.abc import Iterator

import numpy as np

from keras_av.methods.separation import Separation
from keras_av.ops.types import Array


def separate_sounds(
    model: Separation,
    video: Array,
    audio: Array,
    num_samples: int,
    batch_size: int = 8,
) -> Array:
    """Take the sound of a video out of a mixture of any length.

    Windows as long as the model's clips, each of which begins in the middle of
    the one before, are separated by themselves. They are faded into one another
    by a Hann window, and the sum is divided by that of the windows, so what
    the model lets through everywhere comes out as it was.

    Args:
        model: Trained method.
        video: Frames at the rate of the model's clips, `(frames, height, width,
            3)`, from the beginning of the sound to its end.
        audio: The mixture, `(samples,)`, at the rate of the model's clips.
        num_samples: Length of the model's clips, in samples: `num_samples` of
            their `ClipSpec`.
        batch_size: Number of windows that are separated at once. Defaults to
            8.

    Returns:
        The separated sound, `(samples,)`, float32.

    Raises:
        ValueError: If the shapes do not fit, or the lengths of video and sound
            differ by more than half a window; the last frame is repeated, or
            left out, where they differ by less.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.evaluation import separate_sounds
    >>> from keras_av.methods import Separation
    >>> from keras_av.models import SeparationUNet
    >>> look = keras.Sequential(
    ...     [keras.Input((4, 8, 8, 3)), keras.layers.Conv3D(2, (1, 8, 8))])
    >>> unet = SeparationUNet((11, 257, 2), (4, 2), widths=(2, 2))
    >>> model = Separation(look, unet)
    >>> sound = separate_sounds(
    ...     model, np.zeros((20, 8, 8, 3)), np.zeros(8000), 1600)
    >>> sound.shape
    (8000,)
    """
    num_frames = model.video_encoder.input_shape[1]
    rate = num_samples / num_frames
    _check(video, audio, num_frames, rate)
    step = max(num_frames // 2, 1)
    count = 1 + max(math.ceil((len(audio) / rate - num_frames) / step), 0)
    frames = step * np.arange(count)
    starts = np.round(frames * rate).astype(int)
    # Half a sample from its ends, where it would be 0.
    window = np.sin(np.pi * (np.arange(num_samples) + 0.5) / num_samples) ** 2

    total = np.zeros(starts[-1] + num_samples)
    weights = np.zeros(len(total))
    padded = np.pad(audio, (0, len(total) - len(audio)))
    last = len(video) - 1
    for some in _batches(count, min(batch_size, count)):
        places = frames[some, None] + np.arange(num_frames)
        times = starts[some, None] + np.arange(num_samples)
        batch = {
            "video": video[np.minimum(places, last)],
            "audio": padded[times].astype("float32"),
        }
        found = model.predict_on_batch(batch)["audio"]
        # Windows that fill up a batch are not added once more.
        for row in np.unique(some, return_index=True)[1]:
            total[times[row]] += window * found[row]
            weights[times[row]] += window
    return (total / weights)[: len(audio)].astype("float32")


def _batches(count: int, size: int) -> Iterator[Array]:
    """Numbers of all windows, so many at a time that none is compiled anew."""
    for first in range(0, count, size):
        yield np.minimum(first + np.arange(size), count - 1)


def _check(video: Array, audio: Array, num_frames: int, rate: float) -> None:
    """Refuse what is no video with sound."""
    if video.ndim != 4 or audio.ndim != 1:
        raise ValueError(
            f"Received video of shape {video.shape} and audio of shape "
            f"{audio.shape}. Expected (frames, height, width, 3) and "
            "(samples,)."
        )
    expected = math.ceil(len(audio) / rate)
    if not len(audio) or abs(len(video) - expected) > num_frames / 2:
        raise ValueError(
            f"Received {len(video)} frames and {len(audio)} samples. A clip of "
            f"the model has a frame for each {rate:g} samples. Expected some "
            f"sound, and about {expected} frames: read both at the rates of "
            "the model's clips."
        )
