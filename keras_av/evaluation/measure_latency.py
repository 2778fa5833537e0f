"""How long a forward pass takes."""

import time
from typing import Any

import keras
import numpy as np


def measure_latency(
    model: keras.Model, inputs: Any, repeats: int = 20, warm_up: int = 3
) -> tuple[float, float]:
    """Median and spread of the time of a forward pass.

    What is timed is `model.predict_on_batch`: the compiled pass, with the
    handing over of the inputs, until its results are arrays of NumPy. They
    are there when it returns, on every backend. For the time of one clip give
    a batch of one; count on other work of the machine in the upper half of
    the measurements, which the median forgives.

    Args:
        model: The network, built.
        inputs: One batch, an array or a structure of them, as the model takes
            it.
        repeats: Number of passes that are timed. Defaults to 20.
        warm_up: Number of passes before, the first of which compiles.
            Defaults to 3.

    Returns:
        The median, and the distance from the first to the third quartile, in
        seconds.

    Raises:
        ValueError: `repeats` or `warm_up` is not positive.

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
