"""A convolution in two dimensions by the quickest kernel."""

import keras

from keras_av.layers.convolution.quick_convolution import QuickConvolution


@keras.saving.register_keras_serializable(package="keras_av")
class Conv2D(QuickConvolution, keras.layers.Conv2D):
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
