"""One frame of each clip, for a teacher of images."""

import keras
from keras import ops

from keras_av.ops.types import Tensor


def one_frame(
    video: Tensor, training: bool, generator: keras.random.SeedGenerator
) -> Tensor:
    """A random frame for the whole batch in training, else the middle one.

    Args:
        video: Clips, `(batch, frames, height, width, 3)`.
        training: Whether the frame is random.
        generator: Random generator.
    """
    num_frames = video.shape[1]
    if not training:
        return video[:, num_frames // 2]
    index = keras.random.randint((), 0, num_frames, seed=generator)
    return ops.take(video, index, axis=1)
