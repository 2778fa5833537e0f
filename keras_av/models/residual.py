"""Parts of residual networks for images and video.

Layers have the names of the modules in the PyTorch networks, with `_` instead
of `.`, which `load_torch_weights` uses to find their weights.
"""

from collections.abc import Callable, Sequence

import keras

from keras_av.layers.convolution.batch_norm import batch_norm
from keras_av.layers.convolution.conv2d import Conv2D
from keras_av.layers.convolution.conv3d import Conv3D
from keras_av.layers.convolution.he_normal import HeNormal
from keras_av.layers.convolution.spatial_conv import SpatialConv
from keras_av.ops.types import Tensor

# Function of (inputs, filters, strides, name) that returns outputs.
Block = Callable[[Tensor, int, int, str], Tensor]

# One size for all axes, or one per axis.
Sizes = int | tuple[int, ...]

# Of basic blocks, and from 50 layers on of bottlenecks.
_NUM_BLOCKS = {
    10: (1, 1, 1, 1),
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}

DEPTHS = tuple(_NUM_BLOCKS)

# Filters that a bottleneck returns for each filter of its middle.
EXPANSION = 4


def residual_stages(
    x: Tensor, blocks: Sequence[Block], depth: int, width: int | Sequence[int]
) -> dict[str, Tensor]:
    """Apply the stages of a residual network.

    The first block of every stage but the first halves all axes.

    Args:
        x: Output of the stem.
        blocks: Function that applies one block, for each stage.
        depth: Number of layers with weights.
        width: Number of filters of the first stage, doubled in each later
            stage, or the numbers of one to four stages.

    Returns:
        A dict with `x` as `stem` and the outputs of the stages as `stage1` to
        `stage4`, or fewer.
    """
    taps = {"stem": x}
    for stage, filters in enumerate(stage_widths(width), start=1):
        for index in range(_NUM_BLOCKS[depth][stage - 1]):
            strides = 2 if stage > 1 and index == 0 else 1
            x = blocks[stage - 1](x, filters, strides, f"layer{stage}_{index}")
        taps[f"stage{stage}"] = x
    return taps


def check_depth(depth: int, depths: Sequence[int]) -> None:
    """Refuse depths that a network does not have.

    Args:
        depth: Number of layers with weights.
        depths: Those that the network has.

    Raises:
        ValueError: If it is not among them.
    """
    if depth not in depths:
        raise ValueError(
            f"Received depth={depth}. Expected one of {list(depths)}."
        )


def block_of_depth(depth: int) -> Block:
    """The block of a network: a bottleneck from 50 layers on.

    Args:
        depth: Number of layers with weights.
    """
    return bottleneck_block if depth >= 50 else basic_block


def stage_widths(width: int | Sequence[int]) -> tuple[int, ...]:
    """Return the numbers of filters of the stages.

    Raises:
        ValueError: If there are none, or more than four.
    """
    if isinstance(width, int):
        return tuple(width * 2**stage for stage in range(4))
    if not 1 <= len(width) <= 4:
        raise ValueError(
            f"Received width={tuple(width)}. Expected one number, or up to "
            "four: one per stage."
        )
    return tuple(width)


def basic_block(x: Tensor, filters: int, strides: int, name: str) -> Tensor:
    """Apply two convolutions of size 3 and add the input."""
    y = conv(x, filters, 3, strides, f"{name}_conv1")
    y = norm_relu(y, f"{name}_bn1")
    y = conv(y, filters, 3, 1, f"{name}_conv2")
    y = batch_norm(f"{name}_bn2")(y)
    return add_input(y, x, strides, name)


def bottleneck_block(
    x: Tensor, filters: int, strides: int, name: str
) -> Tensor:
    """Apply convolutions of sizes 1, 3 and 1 and add the input.

    The last one has four times as many filters. The one of size 3 is strided,
    as in the networks of torchvision.
    """
    y = conv(x, filters, 1, 1, f"{name}_conv1")
    y = norm_relu(y, f"{name}_bn1")
    y = conv(y, filters, 3, strides, f"{name}_conv2")
    y = norm_relu(y, f"{name}_bn2")
    y = conv(y, EXPANSION * filters, 1, 1, f"{name}_conv3")
    y = batch_norm(f"{name}_bn3")(y)
    return add_input(y, x, strides, name)


def add_input(
    y: Tensor,
    x: Tensor,
    strides: int,
    name: str,
    across: Block | None = None,
) -> Tensor:
    """Add the input of a block to what its convolutions give.

    If the shapes differ, the input first passes through a convolution of size
    1 and a batch normalization.

    Args:
        y: Output of the convolutions.
        x: Input of the block.
        strides: Stride of the block.
        name: Name of the block.
        across: That convolution. Defaults to `shortcut`.
    """
    filters = y.shape[-1]
    if strides > 1 or x.shape[-1] != filters:
        convolve = across or shortcut
        x = convolve(x, filters, strides, f"{name}_downsample_0")
        x = batch_norm(f"{name}_downsample_1")(x)
    return add_relu(y, x, name)


def shortcut(x: Tensor, filters: int, strides: int, name: str) -> Tensor:
    """Apply a convolution of size 1, strided along all axes."""
    if len(x.shape) == 5:
        return SpatialConv(filters, 1, strides, strides, name=name)(x)
    return conv(x, filters, 1, strides, name)


def conv(
    x: Tensor, filters: int, kernel_size: Sizes, strides: Sizes, name: str
) -> Tensor:
    """Apply a convolution with symmetric zero padding and no bias.

    `padding="same"` in Keras shifts a strided convolution of an even size by
    one position; without strides it is symmetric and faster.
    """
    is_video = len(x.shape) == 5
    layer = Conv3D if is_video else Conv2D
    if strides != 1:
        x = _pad(x, kernel_size)
    return layer(
        filters,
        kernel_size,
        strides,
        padding="same" if strides == 1 else "valid",
        use_bias=False,
        kernel_initializer=HeNormal(),
        data_format="channels_last",
        name=name,
    )(x)


def max_pool(x: Tensor, pool_size: Sizes, strides: Sizes) -> Tensor:
    """Apply max pooling to the output of a ReLU, with symmetric padding."""
    is_video = len(x.shape) == 5
    layer = keras.layers.MaxPooling3D if is_video else keras.layers.MaxPooling2D
    # After a ReLU, padding with zeros is equivalent to -inf.
    x = _pad(x, pool_size)
    return layer(pool_size, strides, data_format="channels_last")(x)


def _pad(x: Tensor, kernel_size: Sizes) -> Tensor:
    rank = len(x.shape) - 2
    if isinstance(kernel_size, int):
        kernel_size = (kernel_size,) * rank
    if all(size == 1 for size in kernel_size):
        return x
    layer = (
        keras.layers.ZeroPadding3D if rank == 3 else keras.layers.ZeroPadding2D
    )
    margins = tuple(size // 2 for size in kernel_size)
    return layer(margins, data_format="channels_last")(x)


def norm_relu(x: Tensor, name: str) -> Tensor:
    """Apply batch normalization and a ReLU."""
    return keras.layers.ReLU(name=f"{name}_relu")(batch_norm(name)(x))


def add_relu(x: Tensor, y: Tensor, name: str) -> Tensor:
    """Add two feature maps and apply a ReLU."""
    total = keras.layers.Add(name=f"{name}_add")([x, y])
    return keras.layers.ReLU(name=f"{name}_relu")(total)
