"""Mixup: blending a batch with a permutation of itself."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops
from scipy.special import betaincinv

from keras_av.ops.types import Tensor

# Number of steps of the quantile table.
_NUM_STEPS = 4096


@keras.saving.register_keras_serializable(package="keras_av")
class Mixup(keras.layers.Layer):
    """Blends each clip of a batch, and its target, with another one.

    With `j` a random permutation of the batch and `s_i` a share drawn from
    Beta(alpha, alpha) independently for each clip `i`,

        x_i <- s_i x_i + (1 - s_i) x_j(i).

    All tensors of a clip, such as its frames, sound and one-hot target, are
    blended with the same partner and the same share. Outside training they are
    only cast.

    Clips of different `groups` are not blended: a clip whose partner is in
    another group is left unchanged. With `groups=has_audio`, clips with sound
    are never blended with silent ones, so `has_audio` stays valid.

    The share is computed from a uniform number with a table of 4096 steps of
    the inverse distribution function, since rejection samplers, such as those
    for the gamma distribution, do not compile under XLA.

    References:
        - [Zhang et al., 2018](https://arxiv.org/abs/1710.09412)

    Args:
        alpha: Positive parameter of the Beta distribution. Lower values give
            shares closer to 0 and 1. Defaults to 0.2.
        seed: Integer seed, or None for a random one. Defaults to None.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: A tensor `(batch, ...)`, integer or float, or a dict of them.
        groups: Optional integers or booleans, `(batch,)`.
        training: Whether to blend the clips.

    Returns:
        The same structure as `inputs`, float32.

    Raises:
        ValueError: `alpha` is not positive.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import Mixup
    >>> clips = np.zeros((4, 2, 8, 8, 3), "uint8")
    >>> mixed = Mixup(0.2, seed=0)(
    ...     {"video": clips, "target": np.eye(4)}, training=True)
    >>> tuple(mixed["video"].shape), tuple(mixed["target"].shape)
    ((4, 2, 8, 8, 3), (4, 4))
    """

    def __init__(
        self, alpha: float = 0.2, seed: int | None = None, **kwargs: Any
    ) -> None:
        # Without autocast, a waveform is not rounded to half precision first.
        super().__init__(autocast=False, **kwargs)
        if not alpha > 0:
            raise ValueError(
                f"Received alpha={alpha}. Expected a positive number: remove "
                "the layer for no blending."
            )
        self.alpha = alpha
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        steps = np.linspace(0, 1, _NUM_STEPS + 1)
        self._quantiles = betaincinv(alpha, alpha, steps).astype("float32")

    def call(
        self,
        inputs: Tensor | Mapping[str, Tensor],
        groups: Tensor | None = None,
        training: bool = False,
    ) -> Any:
        inputs = keras.tree.map_structure(
            lambda x: ops.cast(x, "float32"), inputs
        )
        if not training:
            return inputs
        size = ops.shape(keras.tree.flatten(inputs)[0])[0]
        partner = ops.argsort(self._uniform(size))
        share = self._share(size)
        if groups is not None:
            groups = ops.cast(groups, "int32")
            same = groups == ops.take(groups, partner, axis=0)
            share = ops.where(same, share, 1.0)

        def blend(x: Tensor) -> Tensor:
            part = ops.reshape(share, (-1,) + (1,) * (len(x.shape) - 1))
            return part * x + (1.0 - part) * ops.take(x, partner, axis=0)

        return keras.tree.map_structure(blend, inputs)

    def _uniform(self, size: Tensor) -> Tensor:
        return keras.random.uniform(
            (size,), dtype="float32", seed=self.seed_generator
        )

    def _share(self, size: Tensor) -> Tensor:
        place = self._uniform(size) * _NUM_STEPS
        below = ops.minimum(ops.cast(place, "int32"), _NUM_STEPS - 1)
        quantiles = ops.convert_to_tensor(self._quantiles)
        low = ops.take(quantiles, below)
        high = ops.take(quantiles, below + 1)
        return low + (place - ops.cast(below, "float32")) * (high - low)

    def compute_output_spec(
        self, inputs: Any, groups: Any = None, training: bool = False
    ) -> Any:
        return keras.tree.map_structure(
            lambda x: keras.KerasTensor(x.shape, "float32"), inputs
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "alpha": self.alpha,
            "seed": self.seed,
        }
