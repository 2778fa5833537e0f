"""Whether clips are too few to tell an accuracy from chance."""

from scipy import stats

_LEVEL = 0.95


def is_chance(value: float, chance: float, num_clips: int) -> bool:
    """Whether the 95% interval of a mean over clips holds its value at chance.

    The interval is Wilson's for the share of `round(value * num_clips)` clips.
    Of all means of values from 0 to 1, such as average precisions, a share is
    the one that varies most, so that no other has a wider interval.

    References:
        - [Wilson, 1927](https://doi.org/10.1080/01621459.1927.10502953)

    Args:
        value: Mean over the clips of values from 0 to 1, such as an accuracy.
        chance: Its value at chance, from 0 to 1.
        num_clips: Positive number of clips, which are independent.

    Returns:
        Whether the clips are too few to tell both apart.

    Raises:
        ValueError: If an argument is out of range.

    Examples:

    >>> from keras_av.evaluation import is_chance
    >>> is_chance(0.4, 0.25, num_clips=20), is_chance(0.4, 0.25, num_clips=200)
    (True, False)
    """
    if num_clips < 1 or not (0 <= value <= 1 and 0 <= chance <= 1):
        raise ValueError(
            "value and chance must be from 0 to 1, and num_clips positive. "
            f"Received: value={value}, chance={chance}, num_clips={num_clips}"
        )
    test = stats.binomtest(round(value * num_clips), num_clips)
    low, high = test.proportion_ci(_LEVEL, method="wilson")
    return bool(low <= chance <= high)
