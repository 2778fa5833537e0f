"""Convolutions by the kernel that is quickest on each backend."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_av.ops.types import Tensor

if keras.backend.backend() == "torch":
    import torch
    import torch.nn.functional as F

    _MEMORY = {4: torch.channels_last, 5: torch.channels_last_3d}
    _CONVOLVE = {4: F.conv2d, 5: F.conv3d}

    def _convolve(
        x: Tensor, kernel: Tensor, strides: Sequence[int], padding: str
    ) -> Tensor:
        """A convolution of the tensor as it lies, without a copy.

        PyTorch calls axes by the order of channels first, and its kernels take
        tensors whose channels lie last. Keras copies them to and fro.
        """
        rank = x.ndim - 2
        space = range(rank)
        kernel = kernel.permute(rank + 1, rank, *space)
        kernel = kernel.contiguous(memory_format=_MEMORY[x.ndim])
        same = padding == "same"
        margins = [size // 2 if same else 0 for size in kernel.shape[2:]]
        view = x.permute(0, rank + 1, *(axis + 1 for axis in space))
        y = _CONVOLVE[x.ndim](view, kernel, None, strides, margins)
        return y.permute(0, *(axis + 2 for axis in space), 1)

elif keras.backend.backend() == "jax":
    import jax

    def _convolve(
        x: Tensor, kernel: Tensor, strides: Sequence[int], padding: str
    ) -> Tensor:
        """On a CPU, in two dimensions, with the places in time as channels.

        XLA takes up to 20 times as long for three dimensions there.
        """
        if x.ndim == 4 or jax.default_backend() != "cpu":
            return ops.conv(
                x, kernel, strides, padding, data_format="channels_last"
            )
        length = kernel.shape[0]
        if padding == "same":
            margin = length // 2
            x = ops.pad(x, ((0, 0), (margin, margin), *3 * ((0, 0),)))
        batch, frames, *size = x.shape
        count = (frames - length) // strides[0] + 1
        end = (count - 1) * strides[0] + 1
        x = ops.concatenate(
            [x[:, k : k + end : strides[0]] for k in range(length)], axis=-1
        )
        x = ops.reshape(x, (batch * count, *size[:2], length * size[2]))
        kernel = ops.reshape(
            ops.moveaxis(kernel, 0, 2),
            (*kernel.shape[1:3], length * size[2], kernel.shape[-1]),
        )
        y = ops.conv(
            x, kernel, strides[1:], padding, data_format="channels_last"
        )
        return ops.reshape(y, (batch, count, *y.shape[1:]))

else:

    def _convolve(
        x: Tensor, kernel: Tensor, strides: Sequence[int], padding: str
    ) -> Tensor:
        return ops.conv(
            x, kernel, strides, padding, data_format="channels_last"
        )


def convolution(
    x: Tensor,
    kernel: Tensor,
    strides: Sequence[int],
    padding: str,
    dilation_rate: Sequence[int],
    data_format: str,
) -> Tensor:
    """`keras.ops.conv`, by the kernel that is quickest on each backend.

    Args:
        x: Images, `(batch, height, width, channels)`, or clips, `(batch,
            frames, height, width, channels)`, in the order of `data_format`.
        kernel: Kernel, `(*size, channels, filters)`.
        strides: Strides along the axes of the kernel.
        padding: `"valid"` or `"same"`.
        dilation_rate: Dilation along the axes of the kernel.
        data_format: `"channels_last"` or `"channels_first"`.

    Returns:
        The convolution, with the channels where `data_format` says.

    Examples:

    >>> import numpy as np
    >>> from keras_av.ops.convolution import convolution
    >>> x, kernel = np.ones((1, 5, 5, 2)), np.ones((3, 3, 2, 4))
    >>> y = convolution(x, kernel, (1, 1), "same", (1, 1), "channels_last")
    >>> tuple(y.shape), float(y[0, 2, 2, 0])
    ((1, 5, 5, 4), 18.0)
    """
    x, kernel = ops.convert_to_tensor(x), ops.convert_to_tensor(kernel)
    size = kernel.shape[:-2]
    # Padding of the same size on both sides.
    even = padding == "valid" or (
        all(step == 1 for step in strides) and all(s % 2 for s in size)
    )
    fits = (
        even
        and len(size) > 1
        and data_format == "channels_last"
        and x.shape[-1] == kernel.shape[-2]
        and all(rate == 1 for rate in dilation_rate)
    )
    if not fits:
        return ops.conv(
            x,
            kernel,
            list(strides),
            padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
        )
    if all(length == 1 for length in size):
        # oneDNN's gradient of such a kernel with strides writes beyond its
        # memory where there are few channels.
        x = x[:, *(slice(None, None, step) for step in strides)]
        strides = len(size) * (1,)
    return _convolve(x, kernel, tuple(strides), padding)
