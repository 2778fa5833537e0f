"""What quick convolutions of two and three dimensions share."""

from typing import Any

from keras_av.ops.convolution import convolution
from keras_av.ops.types import Tensor


class QuickConvolution:
    """Gives a convolution layer of Keras the quickest kernel of the backend.

    A base beside the layer of Keras, whose arguments, config and weights stay.
    """

    def convolution_op(self: Any, inputs: Tensor, kernel: Tensor) -> Tensor:
        """Convolve inputs with a kernel."""
        return convolution(
            inputs,
            kernel,
            self.strides,
            self.padding,
            self.dilation_rate,
            self.data_format,
        )
