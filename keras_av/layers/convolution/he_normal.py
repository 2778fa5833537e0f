"""Initial weights of networks with ReLUs."""

import math
from collections.abc import Sequence

import keras

from keras_av.ops.truncated_normal import truncated_normal
from keras_av.ops.types import Tensor

# Standard deviation of a standard normal distribution cut off at two.
_CUT_OFF = 0.87962566103423978


@keras.saving.register_keras_serializable(package="keras_av")
class HeNormal(keras.initializers.HeNormal):
    """`keras.initializers.HeNormal`, which JAX does not compile for each shape.

    Weights are drawn from a normal distribution of standard deviation
    `sqrt(2 / fan_in)`, cut off at two deviations. On TensorFlow and PyTorch
    they are those that Keras draws; on JAX NumPy draws others.

    References:
        - [He et al., 2015](https://arxiv.org/abs/1502.01852)

    Args:
        seed: Integer seed, or None for a random one. Defaults to None.

    Examples:

    >>> import keras
    >>> from keras_av.layers import HeNormal
    >>> kernel = HeNormal(seed=0)((3, 3, 8, 16))
    >>> tuple(kernel.shape), round(float(keras.ops.std(kernel)), 1)
    ((3, 3, 8, 16), 0.2)
    """

    def __call__(
        self, shape: Sequence[int], dtype: str | None = None
    ) -> Tensor:
        fan_in = max(1, math.prod(shape[:-1]))
        stddev = math.sqrt(2 / fan_in) / _CUT_OFF
        dtype = dtype or keras.config.floatx()
        return truncated_normal(shape, stddev, dtype, self.seed)
