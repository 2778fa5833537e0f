"""A convolution in three dimensions by the quickest kernel."""

import keras

from keras_av.layers.convolution.quick_convolution import QuickConvolution


@keras.saving.register_keras_serializable(package="keras_av")
class Conv3D(QuickConvolution, keras.layers.Conv3D):
    """`keras.layers.Conv3D`, quick on PyTorch and on JAX on a CPU.

    Arguments, config and weights are those of `keras.layers.Conv3D`, and so
    are the results, up to rounding. PyTorch does not copy the inputs. XLA on a
    CPU, which is slow in three dimensions, computes a convolution in two of
    them, with the frames that the kernel sees as channels.

    Call arguments:
        inputs: Clips, `(batch, frames, height, width, channels)`.

    Output shape:
        `(batch, frames, height, width, filters)`, less for strides and
        padding.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import Conv3D
    >>> tuple(Conv3D(8, 3, padding="same")(np.zeros((2, 4, 10, 11, 3))).shape)
    (2, 4, 10, 11, 8)
    """
