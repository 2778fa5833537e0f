"""Small pictures of the moments of long videos."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from keras_av.ops.types import Array
from keras_av.report.page.movie_sources import picture

# Of a longer video every so-manieth moment is shown, and all that are chosen.
_MOST = 48


@dataclasses.dataclass(frozen=True)
class Thumbnail:
    """A moment of a video.

    Args:
        picture: Data URI of its image.
        number: Its number in the video, from 1.
        order: When it was chosen, from 1, or 0 for never.
    """

    picture: str
    number: int
    order: int


def thumbnails(images: Array, chosen: Sequence[int]) -> list[Thumbnail]:
    """The moments of a video, in order.

    Args:
        images: An image of each moment, `(moments, height, width, 3)`, from 0
            to 255.
        chosen: Numbers of the moments that were chosen, from 0, in the order
            in which they were; a negative one is none.

    Returns:
        A list of `Thumbnail`.

    Examples:

    >>> import numpy as np
    >>> from keras_av.report.page.thumbnails import thumbnails
    >>> shown = thumbnails(np.zeros((3, 8, 8, 3)), [2, 0, 2, -1])
    >>> [(one.number, one.order) for one in shown]
    [(1, 2), (2, 0), (3, 1)]
    """
    first: dict[int, int] = {}
    for moment in chosen:
        if moment >= 0:
            first.setdefault(int(moment), len(first) + 1)
    stride = -(-len(images) // _MOST)
    kept = sorted({*range(0, len(images), stride), *first})
    return [
        Thumbnail(picture(np.asarray(images[k])), k + 1, first.get(k, 0))
        for k in kept
    ]
