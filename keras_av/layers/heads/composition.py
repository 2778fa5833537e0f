"""A teacher's embedding made to fit what the student sees."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_av.ops.types import Tensor
from keras_av.ops.unit_length import unit_length


@keras.saving.register_keras_serializable(package="keras_av")
class Composition(keras.layers.Layer):
    """Residual composition of a teacher's and a video's embedding.

        x_tv = x_t + W [norm(x_t); norm(x_v)] + b

    The correction is one linear layer of both, teacher first; the residual
    is the teacher's embedding as it came. It closes the gap between a
    teacher of another modality and the video. With zeros for `W` and `b` it
    gives the teacher back.

    References:
        - [Chen et al., 2021](https://arxiv.org/abs/2104.10955)

    Args:
        dim: Size of the teacher's embedding and of the result.
        normalize_inputs: Whether the linear layer sees unit vectors. Defaults
            to True.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        teacher: `(batch, dim)`.
        video: `(batch, channels)`.

    Output shape:
        `(batch, dim)`, float32 whatever the dtype policy.

    Raises:
        ValueError: The teacher's embedding has another size than `dim`.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import Composition
    >>> composition = Composition(dim=6)
    >>> tuple(composition(np.ones((2, 6)), np.ones((2, 6))).shape)
    (2, 6)
    """

    def __init__(
        self, dim: int, normalize_inputs: bool = True, **kwargs: Any
    ) -> None:
        # Lengths of unbounded embeddings overflow in float16.
        super().__init__(**{"autocast": False, **kwargs})
        self.dim = dim
        self.normalize_inputs = normalize_inputs
        self.correction = keras.layers.Dense(
            dim, dtype="float32", name="correction"
        )

    def build(
        self,
        teacher_shape: Sequence[int | None],
        video_shape: Sequence[int | None],
    ) -> None:
        if teacher_shape[-1] != self.dim:
            raise ValueError(
                f"The teacher's embedding must have dim={self.dim} features, "
                f"as the result. Received the shape {tuple(teacher_shape)}."
            )
        self.correction.build((None, self.dim + (video_shape[-1] or 0)))

    def call(self, teacher: Tensor, video: Tensor) -> Tensor:
        teacher = ops.cast(teacher, "float32")
        inputs = [teacher, ops.cast(video, "float32")]
        if self.normalize_inputs:
            inputs = [unit_length(x) for x in inputs]
        return teacher + self.correction(ops.concatenate(inputs, axis=-1))

    def compute_output_spec(
        self, teacher: keras.KerasTensor, video: keras.KerasTensor
    ) -> keras.KerasTensor:
        return keras.KerasTensor(tuple(teacher.shape), "float32")

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "dim": self.dim,
            "normalize_inputs": self.normalize_inputs,
        }
