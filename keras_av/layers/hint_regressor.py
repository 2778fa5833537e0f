"""From a student's feature map to the shape of its teacher's."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_av.layers.batch_norm import batch_norm
from keras_av.ops.types import Tensor

_CONV = {1: "Conv1D", 2: "Conv2D", 3: "Conv3D"}


@keras.saving.register_keras_serializable(package="keras_av")
class HintRegressor(keras.layers.Layer):
    """Brings a feature map to another size and number of channels.

    It is trained with the student and not needed afterwards. `"conv"` is a
    convolution, batch normalisation and a ReLU; along an axis of positions

    - that is twice as long as wanted its width is 3 and its stride 2;
    - that is half as long it is a transposed one of width 4 and stride 2;
    - that is longer by n, or as long, its width is n + 1, without padding.

    `"linear"` is a dense layer at each position.

    References:
        - [Romero et al., 2015](https://arxiv.org/abs/1412.6550)

    Args:
        target_shape: Shape of the teacher's map without the batch axis,
            `(*positions, channels)`.
        kind: `"conv"` or `"linear"`. Defaults to `"conv"`.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: `(batch, *positions, channels)` with one axis of positions
            (sequences), two (images, spectrograms) or three (videos); for
            `"linear"` with any number of them.

    Output shape:
        `(batch, *target_shape)`.

    Raises:
        ValueError: The kind is unknown; when built, the map cannot be brought
            to that shape.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import HintRegressor
    >>> regressor = HintRegressor((4, 4, 16))
    >>> tuple(regressor(np.zeros((2, 8, 8, 3), "float32")).shape)
    (2, 4, 4, 16)
    """

    def __init__(
        self, target_shape: Sequence[int], kind: str = "conv", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if kind not in ("conv", "linear"):
            raise ValueError(
                f"kind must be 'conv' or 'linear'. Received: {kind!r}"
            )
        self.target_shape = tuple(target_shape)
        self.kind = kind
        self.margins: tuple[int, ...] = ()
        self.norm: keras.layers.Layer | None = None

    def build(self, input_shape: tuple[Any, ...]) -> None:
        positions = tuple(input_shape[1:-1]), self.target_shape[:-1]
        if self.kind == "linear":
            self._check(input_shape, positions[0] == positions[1])
            self.project = keras.layers.Dense(
                self.target_shape[-1], dtype=self.dtype_policy
            )
            self.project.build(input_shape)
            return
        self._check(
            input_shape,
            len(positions[0]) == len(positions[1])
            and len(positions[0]) in _CONV
            and None not in (*positions[0], *positions[1]),
        )
        steps = [_step(*sizes) for sizes in zip(*positions)]
        self.project = self._convolution(input_shape, steps)
        self.margins = tuple(int(step == (3, 2)) for step in steps)
        self.norm = batch_norm("norm")
        # Positions that are padded are no part of what is built here.
        self.project.build((None, *[None] * len(steps), input_shape[-1]))
        self.norm.build((None, *self.target_shape))

    def _convolution(
        self,
        input_shape: tuple[Any, ...],
        steps: list[tuple[int, int] | None],
    ) -> keras.layers.Layer:
        known = [step for step in steps if step is not None]
        # One layer does not both stretch an axis and shrink another.
        stretched = (4, 2) in known
        self._check(
            input_shape,
            len(known) == len(steps)
            and (not stretched or set(known) <= {(4, 2), (1, 1)}),
        )
        name = _CONV[len(steps)] + ("Transpose" if stretched else "")
        return getattr(keras.layers, name)(
            self.target_shape[-1],
            tuple(width for width, _ in known),
            tuple(stride for _, stride in known),
            padding="same" if stretched else "valid",
            use_bias=False,
            kernel_initializer="he_normal",
            data_format="channels_last",
            dtype=self.dtype_policy,
            name="conv",
        )

    def _check(self, input_shape: tuple[Any, ...], fits: bool) -> None:
        if not fits:
            raise ValueError(
                f"A map of {tuple(input_shape[1:])} cannot be brought to "
                f"{self.target_shape} by {self.kind!r}. Expected "
                + (
                    "the same positions."
                    if self.kind == "linear"
                    else "one to three axes of positions of known sizes, each "
                    "twice or half as long as wanted or longer; not some to "
                    "be shortened and some to be stretched."
                )
            )

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        x = inputs
        if any(self.margins):
            sides = [(0, 0), *((m, m) for m in self.margins), (0, 0)]
            x = ops.pad(x, sides)
        x = self.project(x)
        if self.norm is None:
            return x
        x = ops.relu(self.norm(x, training=training))
        return ops.cast(x, self.compute_dtype)

    def compute_output_shape(
        self, input_shape: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        return (input_shape[0], *self.target_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "target_shape": list(self.target_shape),
            "kind": self.kind,
        }


def _step(size: int, wanted: int) -> tuple[int, int] | None:
    """Width and stride of the convolution from one size to another."""
    if size == 2 * wanted:
        return 3, 2
    if 2 * size == wanted:
        return 4, 2
    if size >= wanted:
        return 1 + size - wanted, 1
    return None
