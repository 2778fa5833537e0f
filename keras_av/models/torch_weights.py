"""Loading of weights of PyTorch networks."""

from collections.abc import Callable, Mapping

import keras
import numpy as np

from keras_av.layers.sound.spectrogram_pooling import SpectrogramPooling
from keras_av.layers.video.spatial_conv import SpatialConv
from keras_av.layers.video.temporal_conv import TemporalConv
from keras_av.ops.types import Array

_NORM_TENSORS = ("weight", "bias", "running_mean", "running_var")


def load_torch_weights(
    model: keras.Model, state: Mapping[str, Array]
) -> list[str]:
    """Load the weights of the same network in PyTorch into a backbone.

    PyTorch is not required: the state dict is a mapping from names to arrays,
    made in an environment with PyTorch by

        {name: tensor.numpy() for name, tensor in net.state_dict().items()}

    and saved with `numpy.savez`. Names are matched with the layers of the
    model, with `_` instead of `.`; remove a prefix such as `module.` first.
    `ResNetBackbone` and `R2Plus1DBackbone` load the networks of torchvision,
    `ResNet3DBackbone` those of kenshohara/3D-ResNets-PyTorch.

    Args:
        model: A backbone, or another functional model of convolutions and
            batch normalizations with matching names.
        state: Arrays by name, in the layouts of PyTorch.

    Returns:
        Unused names in `state`, such as those of the classifier.

    Raises:
        ValueError: If a weight of the model is missing or has another shape,
            or the model has weights of an unknown kind. The model is then left
            unchanged.

    Examples:

    >>> import numpy as np
    >>> from keras_av.models import load_torch_weights
    >>> import keras
    >>> model = keras.Sequential(
    ...     [keras.Input((8, 8, 3)), keras.layers.Conv2D(
    ...         4, 3, use_bias=False, name="layer1_conv")]
    ... )
    >>> state = {"layer1.conv.weight": np.ones((4, 3, 3, 3)), "fc.bias": 0}
    >>> load_torch_weights(model, state)
    ['fc.bias']
    """
    modules = {
        name.rpartition(".")[0].replace(".", "_"): name.rpartition(".")[0]
        for name in state
    }
    unused = set(state)
    found = []
    for layer in model.layers:
        if not layer.weights or layer is getattr(model, "preprocessor", None):
            continue
        module = modules.get(layer.name, layer.name)
        names, convert = _recipe(layer)
        arrays = []
        for name in (f"{module}.{tensor}" for tensor in names):
            if name not in state:
                raise ValueError(
                    f"Received a state without {name!r}, which the layer "
                    f"{layer.name!r} needs. Expected the state dict of the "
                    "same network: compare depth, variant and prefixes."
                )
            arrays.append(convert(np.asarray(state[name])))
            unused.discard(name)
        _check_shapes(layer, arrays)
        found.append((layer, arrays))
    for layer, arrays in found:
        layer.set_weights(arrays)
    return [name for name in state if name in unused]


def _recipe(
    layer: keras.layers.Layer,
) -> tuple[tuple[str, ...], Callable[[Array], Array]]:
    """Names of the tensors of a layer, and functions to convert them."""
    if isinstance(layer, keras.layers.BatchNormalization):
        return _NORM_TENSORS, lambda array: array
    if isinstance(layer, SpatialConv):
        return ("weight",), lambda array: _channels_last(array[:, :, 0])
    if isinstance(layer, TemporalConv):
        return ("weight",), lambda array: _channels_last(array[..., 0])
    if isinstance(layer, SpectrogramPooling):
        # In PyTorch: (1, frequencies, 1, 1) and (1,).
        return ("weight", "bias"), lambda array: array.reshape(array.shape[1:2])
    if isinstance(layer, (keras.layers.Conv2D, keras.layers.Conv3D)):
        return ("weight",), _channels_last
    raise ValueError(
        f"Received a model whose layer {layer.name!r} is a "
        f"{type(layer).__name__} with weights. Expected only convolutions and "
        "batch normalizations."
    )


def _channels_last(kernel: Array) -> Array:
    """Transpose (out, in, ...) to (..., in, out)."""
    return np.moveaxis(kernel, (1, 0), (-2, -1))


def _check_shapes(layer: keras.layers.Layer, arrays: list[Array]) -> None:
    received = [array.shape for array in arrays]
    expected = [tuple(weight.shape) for weight in layer.weights]
    if received != expected:
        raise ValueError(
            f"Received weights of shapes {received} for the layer "
            f"{layer.name!r}. Expected {expected}: compare width and channels."
        )
