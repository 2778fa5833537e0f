"""Augmentations of published methods."""

import dataclasses
import math

import keras

from keras_av.layers.augmentation.clip_augmentation import ClipAugmentation
from keras_av.layers.augmentation.random_gain import RandomGain
from keras_av.layers.augmentation.random_resized_crop import RandomResizedCrop


@dataclasses.dataclass(frozen=True)
class _Recipe:
    """Augmentation settings of a method; None turns one off.

    Args:
        area: `area` of `RandomResizedCrop`; its aspect ratio is 3 / 4 to 4 / 3.
        jitter: Brightness, contrast, saturation and hue of
            `ClipAugmentation`; there is no conversion to grayscale.
        gain: `gain` of `RandomGain`, in dB.
    """

    area: tuple[float, float]
    jitter: tuple[float, float, float, float] | None = None
    gain: tuple[float, float] | None = None


# Volume of 90 % to 110 %.
_TEN_PERCENT = (20 * math.log10(0.9), 20 * math.log10(1.1))
_AVID = _Recipe((0.08, 1.0), (0.4, 0.4, 0.4, 0.2), _TEN_PERCENT)

_RECIPES = {
    # AVID, whose code defines all of it but the aspect ratio.
    "cross_modal_contrastive": _AVID,
    # Its authors published neither code nor these numbers: those of AVID,
    # the closest method that did.
    "sscl": _AVID,
    # From the authors' code. The audio is a fixed embedding.
    "compositional_contrastive": _Recipe((0.25, 1.0)),
}


def augmentation_recipe(
    name: str, size: int | tuple[int, int], seed: int | None = None
) -> tuple[keras.layers.Layer, keras.layers.Layer]:
    """Make the augmentation layers of a published method.

    | name | area | brightness, contrast, saturation, hue | volume |
    | --- | --- | --- | --- |
    | `"cross_modal_contrastive"` | 0.08 to 1 | 0.4, 0.4, 0.4, 0.2 | ± 10 % |
    | `"sscl"` | 0.08 to 1 | 0.4, 0.4, 0.4, 0.2 | ± 10 % |
    | `"compositional_contrastive"` | 0.25 to 1 | none | none |

    The first and the last follow the code of AVID and CCL. The code of SSCL
    was not published: its row is that of AVID, not of the paper. All three
    mirror half of the clips, as `keras_av.data.clips` does in training. There
    is no recipe for Listen to Look, whose augmentation is not known.

    Put the layers first in the preprocessor of an encoder. Clips should be
    somewhat larger than `size`, such as 128 pixels for a size of 112.

    References:
        - [Morgado et al., 2021](https://arxiv.org/abs/2004.12943) (AVID)
        - [Chen et al., 2021](https://arxiv.org/abs/2104.10955) (CCL)

    Args:
        name: Name of the method, as in the table.
        size: Height and width of the frames in pixels, or one number for
            both.
        seed: Integer seed, or None for a random one. The layers use this and
            the following integers. Defaults to None.

    Returns:
        A layer of clips, `(batch, frames, height, width, 3)`, in [0, 255],
        and one of waveforms, `(batch, samples)`.

    Raises:
        ValueError: If the name is unknown.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import augmentation_recipe
    >>> look, listen = augmentation_recipe("sscl", size=112, seed=0)
    >>> clips = np.zeros((2, 4, 128, 128, 3), "uint8")
    >>> tuple(look(clips, training=True).shape)
    (2, 4, 112, 112, 3)
    >>> tuple(listen(np.zeros((2, 16000)), training=True).shape)
    (2, 16000)
    """
    if name not in _RECIPES:
        raise ValueError(
            f"Received name={name!r}. Expected one of {list(_RECIPES)}."
        )
    recipe = _RECIPES[name]
    # With the same seed, all layers would draw the same numbers.
    seeds = [None if seed is None else seed + number for number in range(3)]
    look: list[keras.layers.Layer] = [
        RandomResizedCrop(size, recipe.area, seed=seeds[0])
    ]
    if recipe.jitter:
        brightness, contrast, saturation, hue = recipe.jitter
        look.append(
            ClipAugmentation(
                brightness, contrast, saturation, 0.0, seed=seeds[1], hue=hue
            )
        )
    listen: keras.layers.Layer = keras.layers.Identity(dtype="float32")
    if recipe.gain:
        listen = RandomGain(recipe.gain, seed=seeds[2])
    return keras.Sequential(look), listen
