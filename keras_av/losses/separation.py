"""Separation of sounds: masks of spectrograms, and triplets of embeddings."""

from keras import ops

from keras_av.ops.types import Tensor
from keras_av.ops.unit_length import unit_length

# Power below it is silence.
_LEAST = 1e-12


def ratio_mask(sound: Tensor, mixture: Tensor, bound: float = 5.0) -> Tensor:
    """Complex ratio mask: the factor that makes a sound of a mixture.

    With `S` and `M` the complex spectrograms of a sound and of the mixture that
    it is in,

        S conj(M) / |M|^2,

    whose real and imaginary parts are clipped. Times the mixture it is the
    sound, where nothing was clipped. It is 1 where nothing else is heard, and 0
    where the mixture is silent.

    References:
        - [Gao and Grauman, 2021](https://arxiv.org/abs/2101.03149)

    Args:
        sound: Spectrogram, `(..., 2)`: real and imaginary parts.
        mixture: Spectrogram of the mixture, of the same shape.
        bound: Positive number at which both parts are clipped. Defaults to 5.

    Returns:
        The mask, of the shape of the spectrograms, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import ratio_mask
    >>> sound = np.array([[3.0, 4.0]], "float32")
    >>> np.array(ratio_mask(sound, 2 * sound)).tolist()
    [[0.5, 0.0]]
    """
    sound, mixture = ops.cast(sound, "float32"), ops.cast(mixture, "float32")
    power = ops.sum(ops.square(mixture), axis=-1, keepdims=True)
    product = _times(sound, mixture * ops.convert_to_tensor([1.0, -1.0]))
    return ops.clip(product / ops.maximum(power, _LEAST), -bound, bound)


def apply_mask(mask: Tensor, mixture: Tensor) -> Tensor:
    """Multiply a spectrogram by a complex mask.

    Args:
        mask: Mask, `(..., 2)`: real and imaginary parts.
        mixture: Spectrogram of the same shape.

    Returns:
        The spectrogram of what the mask lets through, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import apply_mask
    >>> turn = np.array([[0.0, 1.0]], "float32")  # times i
    >>> np.array(apply_mask(turn, np.array([[3.0, 4.0]]))).tolist()
    [[-4.0, 3.0]]
    """
    return _times(ops.cast(mask, "float32"), ops.cast(mixture, "float32"))


def _times(x: Tensor, y: Tensor) -> Tensor:
    """Product of complex numbers."""
    real = x[..., 0] * y[..., 0] - x[..., 1] * y[..., 1]
    imaginary = x[..., 0] * y[..., 1] + x[..., 1] * y[..., 0]
    return ops.stack([real, imaginary], axis=-1)


def mask_loss(mask: Tensor, target: Tensor, mixture: Tensor) -> Tensor:
    """Squared error of a mask, where the mixture is loud above all.

    The mean over time, frequency and both parts of

        log(1 + |M|) (mask - target)^2

    with `M` the spectrogram of the mixture.

    References:
        - [Gao and Grauman, 2021](https://arxiv.org/abs/2101.03149)

    Args:
        mask: Predicted mask, `(batch, frames, bins, 2)`.
        target: True mask, such as `ratio_mask`, of the same shape.
        mixture: Spectrogram of the mixture, of the same shape.

    Returns:
        Losses, `(batch,)`, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import mask_loss
    >>> mask, silence = np.ones((2, 5, 4, 2)), np.zeros((2, 5, 4, 2))
    >>> round(float(mask_loss(mask, 3 * mask, mask)[0]), 3)  # 4 log(1 + 2^.5)
    3.525
    >>> round(float(mask_loss(mask, 3 * mask, silence)[0]), 3)
    0.0
    """
    mask, target, mixture = (
        ops.cast(x, "float32") for x in (mask, target, mixture)
    )
    power = ops.sum(ops.square(mixture), axis=-1, keepdims=True)
    # The root of 0 has no gradient.
    weight = ops.log1p(ops.sqrt(ops.maximum(power, _LEAST)))
    errors = weight * ops.square(mask - target)
    return ops.mean(errors, axis=tuple(range(1, len(errors.shape))))


def cosine_triplet(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 0.5
) -> Tensor:
    """Triplet loss on the cosine distance.

    With `d(x, y) = 1 - cos(x, y)`,

        max(0, d(anchor, positive) - d(anchor, negative) + margin).

    References:
        - [Gao and Grauman, 2021](https://arxiv.org/abs/2101.03149)

    Args:
        anchor: Vectors, `(batch, dim)`.
        positive: Vectors that the anchors should be near, `(batch, dim)`.
        negative: Vectors that they should be farther from, `(batch, dim)`.
        margin: By how much farther. Defaults to 0.5.

    Returns:
        Losses, `(batch,)`, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import cosine_triplet
    >>> x, y = np.eye(2, dtype="float32")[:, None]
    >>> float(cosine_triplet(x, x, y)[0]), float(cosine_triplet(x, y, x)[0])
    (0.0, 1.5)
    """
    anchor, positive, negative = (
        unit_length(ops.cast(x, "float32"))
        for x in (anchor, positive, negative)
    )
    nearer = ops.sum(anchor * (positive - negative), axis=-1)
    return ops.relu(margin - nearer)
