"""Contrast of a pair of embeddings, if it is active."""

import typing
from collections.abc import Collection
from typing import Literal

from keras import ops

from keras_av.losses.multi_class_nce import multi_class_nce
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean

Pair = Literal["video_composition", "video_teacher", "composition_teacher"]
PAIRS: tuple[Pair, ...] = typing.get_args(Pair)


def pair_contrast(
    pair: str,
    x: Tensor,
    y: Tensor,
    *,
    pairs: Collection[str],
    labels: Tensor,
    weights: Tensor,
    temperature: float,
    symmetric: bool,
    legacy_eps: bool,
) -> Tensor:
    """`S(x, y)` of compositional contrastive learning over the global batch.

    Args:
        pair: Name of the pair.
        x: Embeddings, `(batch, dim)`.
        y: Embeddings, `(batch, dim)`.
        pairs: Names of the active pairs.
        labels: Integer classes, `(batch,)`.
        weights: Weights of the clips, `(batch,)`.
        temperature: Positive number by which cosines are divided.
        symmetric: Whether to add the loss from `y` to `x`.
        legacy_eps: Whether to add 1e-10 inside logarithms.

    Returns:
        A scalar, 0 for an inactive pair.
    """
    if pair not in pairs:
        return ops.zeros(())
    directions = [(x, y), (y, x)] if symmetric else [(x, y)]
    values = [
        multi_class_nce(
            *both, labels, temperature, mask=weights > 0, legacy_eps=legacy_eps
        )
        for both in directions
    ]
    return batch_mean(sum(values[1:], start=values[0]), weights)
