"""Inference of a batch, on any number of devices."""

from typing import Any

import keras

if keras.backend.backend() == "jax":
    from jax import process_count
else:

    def process_count() -> int:
        """On other backends each process has its own outputs."""
        return 1


def predict_batch(model: keras.Model, clips: Any, batch_size: int) -> Any:
    """Outputs of a model for some clips.

    Args:
        model: Any model.
        clips: Its inputs, an array or a dict of arrays.
        batch_size: Number of clips that are computed at once.

    Returns:
        Its outputs, NumPy arrays.

    Raises:
        ValueError: In one of several processes of JAX.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.ops.predict_batch import predict_batch
    >>> encoder = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    >>> predict_batch(encoder, np.ones((3, 4)), batch_size=2).shape
    (3, 2)
    """
    if process_count() > 1:
        raise ValueError(
            "In several processes of JAX a model cannot encode clips, as "
            "probes, features and phases that refresh a memory bank do: each "
            "process holds a part of the outputs. Measure in one process, "
            "after training, and pass refresh_student_bank=False to "
            f"sscl_phases. Received: {process_count()} processes."
        )
    # `predict_on_batch` returns every row once per replica.
    return model.predict(clips, batch_size=batch_size, verbose=0)
