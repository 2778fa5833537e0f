"""Latency of a forward pass."""

import time
from typing import Any

import keras
import numpy as np


def measure_latency(
    model: keras.Model, inputs: Any, repeats: int = 20, warm_up: int = 3
) -> tuple[float, float]:
    """Median and interquartile range of the time of a forward pass.

    `model.predict_on_batch` is timed: the compiled forward pass, including
    the transfer of the inputs and of the results to NumPy arrays, on every
    backend. To measure a single clip, pass a batch of one. The median is
    robust to occasional slow passes caused by other processes.

    Args:
        model: A built model.
        inputs: One batch in the structure that the model takes.
        repeats: Number of timed passes. Defaults to 20.
        warm_up: Number of untimed passes before them, the first of which
            compiles. Defaults to 3.

    Returns:
        The median and the interquartile range, in seconds.

    Raises:
        ValueError: If `repeats` or `warm_up` is not positive.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.evaluation import measure_latency
    >>> model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
    >>> median, spread = measure_latency(model, np.ones((1, 8)), repeats=5)
    >>> 0 < median < 1
    True
    """
    if repeats < 1 or warm_up < 1:
        raise ValueError(
            f"Received repeats={repeats} and warm_up={warm_up}. Expected "
            "positive numbers: the first pass compiles."
        )
    for _ in range(warm_up):
        model.predict_on_batch(inputs)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        model.predict_on_batch(inputs)
        seconds.append(time.perf_counter() - start)
    low, median, high = np.quantile(seconds, [0.25, 0.5, 0.75])
    return float(median), float(high - low)
