"""Places spread over a sequence."""

import numpy as np


def evenly(num: int, most: int) -> list[int]:
    """Places spread evenly over a sequence, its first and last among them.

    Args:
        num: Length of the sequence.
        most: Number of places, if there are so many.

    Examples:

    >>> from keras_av.report.evenly import evenly
    >>> evenly(9, 3), evenly(2, 3)
    ([0, 4, 8], [0, 1])
    """
    return np.linspace(0, num - 1, min(most, num)).astype(int).tolist()
