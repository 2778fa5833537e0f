"""Loading of the weights of the original skimming network."""

from collections.abc import Mapping

import keras
import numpy as np

from keras_av.methods.skimming.skimming import Skimming
from keras_av.ops.types import Array

# Attributes of the model, and the corresponding modules of the original.
_DENSE = {
    "fusion.hidden_layer": "net_imageAudio.imageAudio_fc1",
    "fusion.output_layer": "net_imageAudio.imageAudio_fc2",
    "classifier": "net_classifier.classifier",
    "prediction": "prediction_fc",
    "gate": "modality_attention",
}
_ATTENTION_DENSE = {
    "hidden_dense": "queryfeature_mlp.0",
    "query_dense": "queryfeature_mlp.3",
    "key_dense": "key_conv1x1.0",
}
_ATTENTION_NORM = {
    "hidden_norm": "queryfeature_mlp.1",
    "key_norm": "key_conv1x1.1",
}


def load_skimming_weights(model: Skimming, state: Mapping[str, Array]) -> None:
    """Load a state dict of the original program into a `Skimming` model.

    PyTorch is not required: the state is a mapping from names, such as
    `rnn.weight_ih_v`, to arrays in PyTorch's layouts. The original LSTM has
    two biases that are always added; here they are one.

    Args:
        model: Model of the same sizes.
        state: Arrays by name, without a prefix such as `module.`.

    Raises:
        ValueError: If a name is missing or an array has another shape; the
            model is then left unchanged.

    Examples:

    >>> from keras_av.methods import Skimming, load_skimming_weights
    >>> model = Skimming(5, dim=4, hidden_units=8, key_units=4)
    >>> load_skimming_weights(model, {})
    Traceback (most recent call last):
        ...
    ValueError: The state has no 'net_imageAudio.imageAudio_fc1.weight'. ...
    """
    found = []
    for path, module in _DENSE.items():
        found.append((_layer(model, path), _dense(state, module)))
    for modality in ("image", "audio"):
        attention = getattr(model, f"{modality}_attention")
        for name, module in _ATTENTION_DENSE.items():
            arrays = _dense(state, f"{modality}_{module}")
            found.append((getattr(attention, name), arrays))
        for name, module in _ATTENTION_NORM.items():
            arrays = [
                _get(state, f"{modality}_{module}.{tensor}")
                for tensor in ("weight", "bias", "running_mean", "running_var")
            ]
            found.append((getattr(attention, name), arrays))
    found.append((model.cell, _cell(state)))
    for layer, arrays in found:
        expected = [tuple(weight.shape) for weight in layer.weights]
        received = [array.shape for array in arrays]
        if expected != received:
            raise ValueError(
                f"Received arrays of shapes {received} for {layer.path!r}. "
                f"Expected {expected}: compare num_classes, dim, hidden_units "
                "and key_units."
            )
    for layer, arrays in found:
        layer.set_weights(arrays)


def _layer(model: Skimming, path: str) -> keras.layers.Layer:
    layer = model
    for name in path.split("."):
        layer = getattr(layer, name)
    return layer


def _get(state: Mapping[str, Array], name: str) -> Array:
    if name not in state:
        raise ValueError(
            f"The state has no {name!r}. Received the names "
            f"{sorted(state)[:5]} and so on."
        )
    return np.asarray(state[name])


def _dense(state: Mapping[str, Array], module: str) -> list[Array]:
    kernel = _get(state, f"{module}.weight")
    # A 1x1 convolution is a dense layer.
    kernel = kernel.reshape(kernel.shape[:2])
    return [kernel.T, _get(state, f"{module}.bias")]


def _cell(state: Mapping[str, Array]) -> list[Array]:
    arrays = []
    for name in ("ih", "hh"):
        arrays.append(_get(state, f"rnn.weight_{name}_v").T)
        arrays.append(_get(state, f"rnn.weight_{name}_g")[:, 0])
    return [
        *arrays,
        _get(state, "rnn.bias_ih") + _get(state, "rnn.bias_hh"),
    ]
