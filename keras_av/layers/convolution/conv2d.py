"""A convolution in two dimensions by the quickest kernel."""

import keras

from keras_av.ops.convolution import convolution
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class Conv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D`, without copies of its inputs on PyTorch.

    Arguments, config and weights are those of `keras.layers.Conv2D`, and so
    are the results, up to rounding.

    Call arguments:
        inputs: Images, `(batch, height, width, channels)`.

    Output shape:
        `(batch, height, width, filters)`, less for strides and padding.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import Conv2D
    >>> tuple(Conv2D(8, 3, padding="same")(np.zeros((2, 10, 11, 3))).shape)
    (2, 10, 11, 8)
    """

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """Convolve inputs with a kernel."""
        return convolution(
            inputs,
            kernel,
            self.strides,
            self.padding,
            self.dilation_rate,
            self.data_format,
        )
