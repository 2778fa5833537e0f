"""Mapping of student features to the shape of teacher features."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_av.layers.convolution.batch_norm import batch_norm
from keras_av.ops.types import Tensor

MATCHES = ("conv", "linear", "pool")
_CONVS = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
)
_PADDINGS = (
    keras.layers.ZeroPadding1D,
    keras.layers.ZeroPadding2D,
    keras.layers.ZeroPadding3D,
)
_TRANSPOSED = (
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
)


@keras.saving.register_keras_serializable(package="keras_av")
class FeatureRegressor(keras.layers.Layer):
    """A small network from student features to the shape of the teacher's.

    `"conv"` is the regressor of FitNets: one convolution, batch normalization
    and ReLU. Along each axis, the kernel size is 3 with stride 2 if the student
    has twice as many positions; 4, transposed, with stride 2 if it has half as
    many; and otherwise the difference plus one, without padding. `"linear"` is
    a linear map at each position. `"pool"` is the mean over all positions,
    followed by a linear map if the numbers of channels differ.

    References:
        - [Romero et al., 2015](https://arxiv.org/abs/1412.6550)

    Args:
        target_shape: Shape of the teacher features without the batch axis,
            `(*positions, channels)`.
        match: `"conv"`, `"linear"` or `"pool"`. Defaults to `"conv"`.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        features: Student features, `(batch, *positions, channels)`, with the
            same number of axes, one to three of them positions; `"linear"` and
            `"pool"` also take none.
        training: Whether to use batch statistics.

    Output shape:
        `(batch, *target_shape)`, or `(batch, channels)` for `"pool"`.

    Raises:
        ValueError: If the shapes cannot be matched.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import FeatureRegressor
    >>> regressor = FeatureRegressor((4, 7, 7, 16))
    >>> tuple(regressor(np.zeros((2, 4, 14, 14, 8))).shape)
    (2, 4, 7, 7, 16)
    """

    def __init__(
        self, target_shape: Sequence[int], match: str = "conv", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if match not in MATCHES:
            raise ValueError(
                f"match must be one of {MATCHES}. Received: {match!r}"
            )
        self.target_shape = tuple(target_shape)
        self.match = match
        self.steps: list[keras.layers.Layer] = []

    def build(self, input_shape: Sequence[Any]) -> None:
        sizes, wanted = tuple(input_shape[1:-1]), self.target_shape[:-1]
        channels = self.target_shape[-1]
        if self.match == "pool":
            self.steps = []
            if input_shape[-1] != channels:
                self.steps = [self._dense(channels)]
            shape = (None, input_shape[-1])
        elif self.match == "linear":
            if sizes != wanted:
                self._refuse(input_shape)
            self.steps = [self._dense(channels)]
            shape = tuple(input_shape)
        else:
            if (
                None in (*sizes, *wanted)
                or len(sizes) != len(wanted)
                or not 1 <= len(sizes) <= len(_CONVS)
            ):
                self._refuse(input_shape)
            self.steps = [
                *self._convolution(input_shape),
                batch_norm(),
                keras.layers.ReLU(dtype=self.dtype_policy),
            ]
            shape = tuple(input_shape)
        for step in self.steps:
            step.build(shape)
            shape = step.compute_output_shape(shape)

    def _dense(self, channels: int) -> keras.layers.Layer:
        return keras.layers.Dense(channels, dtype=self.dtype_policy)

    def _convolution(
        self, input_shape: Sequence[Any]
    ) -> list[keras.layers.Layer]:
        pairs = list(zip(input_shape[1:-1], self.target_shape[:-1]))
        rank, channels = len(pairs) - 1, self.target_shape[-1]
        options = {"dtype": self.dtype_policy, "data_format": "channels_last"}
        if any(2 * size == wanted for size, wanted in pairs):
            if any(wanted not in (size, 2 * size) for size, wanted in pairs):
                self._refuse(input_shape)
            double = [wanted == 2 * size for size, wanted in pairs]
            layer = _TRANSPOSED[rank](
                channels,
                kernel_size=[4 if twice else 1 for twice in double],
                strides=[2 if twice else 1 for twice in double],
                padding="same",
                **options,
            )
            return [layer]
        if any(size < wanted for size, wanted in pairs):
            self._refuse(input_shape)
        half = [size == 2 * wanted for size, wanted in pairs]
        kernel = [
            3 if halved else 1 + size - wanted
            for halved, (size, wanted) in zip(half, pairs)
        ]
        edges = tuple((1, 1) if halved else (0, 0) for halved in half)
        return [
            _PADDINGS[rank](
                edges if rank else edges[0], dtype=self.dtype_policy
            ),
            _CONVS[rank](
                channels,
                kernel,
                strides=[2 if halved else 1 for halved in half],
                **options,
            ),
        ]

    def call(self, features: Tensor, training: bool = False) -> Tensor:
        if self.match == "pool":
            features = pool_positions(features)
        for step in self.steps:
            if isinstance(step, keras.layers.BatchNormalization):
                features = step(features, training=training)
            else:
                features = step(features)
        return features

    def compute_output_shape(
        self, input_shape: Sequence[int | None]
    ) -> tuple[int | None, ...]:
        shape = self.target_shape
        if self.match == "pool":
            shape = shape[-1:]
        return (input_shape[0], *shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "target_shape": list(self.target_shape),
            "match": self.match,
        }

    def _refuse(self, input_shape: Sequence[Any]) -> None:
        raise ValueError(
            f"match={self.match!r} cannot map features of shape "
            f"{tuple(input_shape)} to {(None, *self.target_shape)}. Expected "
            "the same number of axes and, along each axis, at least as many "
            "positions or exactly half ('conv'), or the same number "
            "('linear'); match='pool' takes any shape."
        )


def pool_positions(features: Tensor) -> Tensor:
    """The mean over all positions, `(batch, channels)`."""
    axes = tuple(range(1, len(features.shape) - 1))
    return ops.mean(features, axis=axes) if axes else features
