"""Batch normalization by one kernel."""

import keras
from keras import ops

from keras_av.ops.normalize_batch import HAS_KERNEL, normalize_batch
from keras_av.ops.types import Tensor

_DTYPES = ("float32", "bfloat16", "float16")


@keras.saving.register_keras_serializable(package="keras_av")
class BatchNormalization(keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization`, in training by one kernel.

    Arguments, config and weights are those of the layer of Keras, and so are
    the results, up to rounding. That one computes moments, and casts inputs of
    half precision to float32 and back; the kernels of TensorFlow and PyTorch
    take and give half precision, and keep statistics in float32. In several
    processes of PyTorch they are those of the global batch. What has no
    kernel is left to Keras: masks, renormalization, statistics over replicas,
    other axes than the last, no scale or offset, inference, and JAX.

    Call arguments:
        inputs: Tensor, `(batch, ..., channels)`.
        training: Whether to normalize by the moments of the batch.
        mask: Boolean tensor, `(batch, ...)`, of the places that count.

    Output shape:
        That of the inputs.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import BatchNormalization
    >>> y = BatchNormalization()(np.array([[1.0], [3.0]]), training=True)
    >>> [round(float(value), 2) for value in y[:, 0]]
    [-1.0, 1.0]
    """

    def call(
        self,
        inputs: Tensor,
        training: bool | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        if not (training and self.trainable and self._fits(inputs, mask)):
            return super().call(inputs, training=training, mask=mask)
        outputs, *moments = normalize_batch(
            inputs,
            ops.convert_to_tensor(self.gamma),
            ops.convert_to_tensor(self.beta),
            self.epsilon,
        )
        for moving, moment in zip(
            (self.moving_mean, self.moving_variance), moments
        ):
            kept = moving * self.momentum
            moving.assign(kept + moment * (1.0 - self.momentum))
        return outputs

    def _fits(self, inputs: Tensor, mask: Tensor | None) -> bool:
        """Whether there is a kernel for it."""
        dtype = keras.backend.standardize_dtype(inputs.dtype)
        return (
            HAS_KERNEL
            and mask is None
            and not (self.renorm or self.synchronized)
            and self.axis in (-1, len(inputs.shape) - 1)
            and self.scale
            and self.center
            and dtype == self.compute_dtype
            and dtype in _DTYPES
        )
