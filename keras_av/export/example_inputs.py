"""Inputs that an exported model is tried on."""

from collections.abc import Iterator

import keras
import numpy as np

from keras_av.models.presets.find_in_config import find_in_config
from keras_av.ops.types import Array

# Numbers of clips of a batch.
_BATCHES = (1, 3)
# What sizes of an axis that may have any are tried: seconds of sound; frames,
# height and width.
_SECONDS = (1.0, 1.5)
_SIZES = ((8, 12), (64, 96), (64, 96))


def example_inputs(model: keras.Model) -> Iterator[dict[str, Array]]:
    """Batches of two numbers of clips and, where a model takes any, two sizes.

    Args:
        model: Model made by `serving_model`.

    Yields:
        Arrays by the name of the input: noise, which of sound is low and
        fades out.

    Examples:

    >>> from keras_av.export.example_inputs import example_inputs
    >>> from keras_av.export.serving_model import serving_model
    >>> from keras_av.models import listen_to_look_audio
    >>> served = serving_model(listen_to_look_audio(None, depth=10, width=2))
    >>> [batch["audio"].shape for batch in example_inputs(served)]
    [(1, 16000), (3, 24000)]
    """
    random = np.random.default_rng(0)
    rate = find_in_config(model.get_config(), "sampling_rate") or 16000
    for number, batch in enumerate(_BATCHES):
        yield {
            one.name: _noise(
                random, (batch, *_sizes(one.shape[1:], number, rate)), one.dtype
            )
            for one in model.inputs
        }


def _sizes(
    shape: tuple[int | None, ...], number: int, rate: int
) -> tuple[int, ...]:
    if len(shape) == 1:
        anything = [round(_SECONDS[number] * rate)]
    else:
        spare = [3, *(sizes[number] for sizes in reversed(_SIZES))]
        anything = spare[: len(shape)][::-1]
    return tuple(
        other if size is None else size for size, other in zip(shape, anything)
    )


def _noise(
    random: np.random.Generator, shape: tuple[int, ...], dtype: str
) -> Array:
    if dtype == "uint8":
        return random.integers(0, 256, shape, "uint8")
    if dtype == "bool":
        return np.arange(shape[0]) % 2 == 0
    noise = random.normal(0, 0.1, shape)
    if len(shape) == 2:
        # From loud to silent, and with empty bands: as recordings are.
        noise = np.cumsum(noise, axis=1) * np.geomspace(1e-1, 1e-5, shape[1])
    return noise.astype(dtype)
