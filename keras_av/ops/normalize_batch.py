"""Normalization over a batch by one kernel, where a backend has it."""

import keras

from keras_av.ops.replicas import replica_count, replica_sum
from keras_av.ops.types import Tensor

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    HAS_KERNEL = True

    def normalize_batch(
        x: Tensor, gamma: Tensor, beta: Tensor, epsilon: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Normalize over all axes but the last.

        Args:
            x: Tensor in float16, bfloat16 or float32, `(..., channels)`.
            gamma: Scale in float32, `(channels,)`.
            beta: Offset in float32, `(channels,)`.
            epsilon: Number added to the variance.

        Returns:
            The normalized tensor, in the type of `x`; mean and biased variance
            of the batch in float32, without gradients.
        """
        flat = tf.reshape(x, (1, 1, -1, x.shape[-1]))
        y, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            flat, gamma, beta, epsilon=epsilon
        )
        # It returns the unbiased estimate.
        count = tf.cast(tf.shape(flat)[2], "float32")
        variance *= (count - 1) / count
        y = tf.ensure_shape(tf.reshape(y, tf.shape(x)), x.shape)
        return y, tf.stop_gradient(mean), tf.stop_gradient(variance)

elif keras.backend.backend() == "torch":
    import torch

    HAS_KERNEL = True

    def normalize_batch(
        x: Tensor, gamma: Tensor, beta: Tensor, epsilon: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Normalize over all axes but the last, and over replicas.

        Args:
            x: Tensor in float16, bfloat16 or float32, `(..., channels)`.
            gamma: Scale in float32, `(channels,)`.
            beta: Offset in float32, `(channels,)`.
            epsilon: Number added to the variance.

        Returns:
            The normalized tensor, in the type of `x`; mean and biased variance
            of the batch in float32, without gradients.
        """
        if replica_count() > 1:
            return _over_replicas(x, gamma, beta, epsilon)
        # As an image of one column whose channels lie last.
        flat = x.reshape(1, -1, 1, x.shape[-1]).permute(0, 3, 1, 2)
        y, mean, inverse = torch.native_batch_norm(
            flat, gamma, beta, None, None, True, 0.0, epsilon
        )
        variance = inverse.detach().pow(-2).sub(epsilon).clamp_min(0)
        return y.permute(0, 2, 3, 1).reshape(x.shape), mean.detach(), variance

    def _over_replicas(
        x: Tensor, gamma: Tensor, beta: Tensor, epsilon: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        axes = tuple(range(x.ndim - 1))
        size = torch.tensor(x[..., 0].numel(), device=x.device)
        count = replica_sum(size)
        wide = x.float()
        mean = replica_sum(wide.sum(axes)) / count
        centred = wide - mean
        variance = replica_sum(centred.square().sum(axes)) / count
        y = centred * torch.rsqrt(variance + epsilon) * gamma + beta
        return y.to(x.dtype), mean.detach(), variance.detach()


else:
    # XLA makes few kernels of it by itself.
    HAS_KERNEL = False

    def normalize_batch(
        x: Tensor, gamma: Tensor, beta: Tensor, epsilon: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Not there on JAX."""
        raise NotImplementedError
