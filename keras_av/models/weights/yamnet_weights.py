"""Reading of the published files of YAMNet."""

import os
import pathlib
from typing import Any

import h5py
import keras
import numpy as np

from keras_av.ops.types import Array


def read_yamnet_weights(
    path: str | os.PathLike[str], network: keras.Model
) -> list[Array]:
    """Read the weights of the convolutions of YAMNet.

    An `.h5` file holds them as the authors wrote them, with batch
    normalization. In an `.onnx` file batch normalization may be folded into
    kernels and biases: then means are 0, variances 1 and offsets the biases.
    The classifier is left out.

    Args:
        path: Path of the file.
        network: The MobileNet, whose weights tell the order and the shapes.

    Returns:
        Arrays in the order of the weights of the network.

    Raises:
        ImportError: If onnx is missing.
        ValueError: If the file is damaged, or holds another network.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise ValueError(f"Received weights={str(path)!r}. Expected a file.")
    read = _read_onnx if path.suffix == ".onnx" else _read_h5
    try:
        arrays = read(path, network)
    except ImportError:
        raise
    except Exception as error:
        raise ValueError(
            f"Received weights={str(path)!r}, which holds no YAMNet: "
            f"{type(error).__name__}: {error}"
        ) from error
    expected = [tuple(weight.shape) for weight in network.weights]
    received = [array.shape for array in arrays]
    if received != expected or not all(np.isfinite(a).all() for a in arrays):
        raise ValueError(
            f"Received weights={str(path)!r}, which holds arrays of shapes "
            f"{received[:4]} ... Expected {expected[:4]} ..., finite numbers."
        )
    return arrays


def _read_h5(path: pathlib.Path, network: keras.Model) -> list[Array]:
    """Arrays by the names that the authors gave their layers."""
    arrays: dict[str, Array] = {}

    def keep(name: str, entry: Any) -> None:
        if isinstance(entry, h5py.Dataset):
            arrays[name] = np.asarray(entry)

    with h5py.File(path, "r") as file:
        file.visititems(keep)
    found = []
    for layer in network.layers:
        # layer1_conv_bn is layer1/conv/bn there.
        place = layer.name.replace("_bn", "/bn").replace("_", "/", 1) + "/"
        for weight in layer.weights:
            tensor = weight.name.replace("depthwise_kernel", "kernel")
            ends = [f"{place}{name}:0" for name in (tensor, weight.name)]
            ends.append(f"{place}depthwise_kernel:0")
            (name,) = [n for n in arrays if n.endswith(tuple(set(ends)))]
            found.append(arrays[name])
    return found


def _read_onnx(path: pathlib.Path, network: keras.Model) -> list[Array]:
    """Arrays of the convolutions in the order of the graph."""
    try:
        import onnx
    except ImportError as error:
        raise ImportError(
            f"Reading {str(path)!r} needs onnx: pip install keras_av[onnx]."
        ) from error
    graph = onnx.load(str(path)).graph
    tensors = {t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer}
    made = {name: node for node in graph.node for name in node.output}

    def float_tensor(name: str) -> Array:
        # Through what quantizes it.
        while name not in tensors or tensors[name].dtype != np.float32:
            name = made[name].input[0]
        return tensors[name]

    convs = [node for node in graph.node if node.op_type == "Conv"]
    found: list[Array] = []
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            bias = found.pop()
            variance = np.full(bias.shape, 1 - layer.epsilon, "float32")
            found += [bias, np.zeros_like(bias), variance]
        elif layer.weights:
            node = convs.pop(0)
            kernel = float_tensor(node.input[1])
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
            axes = (2, 3, 0, 1) if depthwise else (2, 3, 1, 0)
            found += [kernel.transpose(axes), float_tensor(node.input[2])]
    return found
