"""Residual composition of teacher and video embeddings."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_av.ops.types import Tensor
from keras_av.ops.unit_length import unit_length


@keras.saving.register_keras_serializable(package="keras_av")
class Composition(keras.layers.Layer):
    """Residual composition of a teacher embedding and a video embedding.

        x_tv = x_t + W [norm(x_t); norm(x_v)] + b

    The correction is one linear layer of both, teacher first; the residual is
    the teacher embedding itself. It closes the gap between a teacher of another
    modality and the video. If `W` and `b` are zero, the result is the teacher
    embedding.

    References:
        - [Chen et al., 2021](https://arxiv.org/abs/2104.10955)

    Args:
        dim: Size of the teacher embedding and of the result.
        normalize_inputs: Whether to scale the inputs of the linear layer to
            unit length. Defaults to True.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        teacher: Teacher embeddings, `(batch, dim)`.
        video: Video embeddings, `(batch, channels)`.

    Output shape:
        `(batch, dim)`, float32 regardless of the dtype policy.

    Raises:
        ValueError: If the size of the teacher embedding is not `dim`.

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
        # Norms of unbounded embeddings overflow in float16.
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
                f"The teacher embedding must have dim={self.dim} features, "
                f"like the result. Received shape {tuple(teacher_shape)}."
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
