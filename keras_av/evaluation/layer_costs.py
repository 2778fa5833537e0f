"""Multiply-adds of a call of each kind of layer."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import keras

from keras_av.layers.sequences.bank_attention import BankAttention
from keras_av.layers.sound.log_mel_spectrogram import LogMelSpectrogram
from keras_av.layers.sound.spectrogram_pooling import SpectrogramPooling

Shape = tuple[int, ...]

# Takes the layer, the list of its input shapes, and its output shape.
Rule = Callable[[Any, list[Shape], Shape], int]


def find_rule(
    layer: keras.layers.Layer, rules: Mapping[type, Rule]
) -> Rule | None:
    """The rule of the nearest class in the MRO that has one."""
    for kind in type(layer).__mro__:
        if kind in rules:
            return rules[kind]
    # How `keras.layers.RNN` recognizes a cell.
    return _cell if hasattr(layer, "state_size") else None


def _nothing(layer: Any, inputs: list[Shape], output: Shape) -> int:
    return 0


def _dense(layer: Any, inputs: list[Shape], output: Shape) -> int:
    return math.prod(output) * layer.kernel.shape[0]


def _einsum_dense(layer: Any, inputs: list[Shape], output: Shape) -> int:
    terms, result = layer.equation.split("->")
    kernel = terms.split(",")[1]
    summed = [
        size
        for axis, size in zip(kernel, layer.kernel.shape)
        if axis not in result
    ]
    return math.prod(output) * math.prod(summed)


def _conv(layer: Any, inputs: list[Shape], output: Shape) -> int:
    places = math.prod(output) // layer.filters
    return places * math.prod(layer.kernel.shape)


def _depthwise_conv(layer: Any, inputs: list[Shape], output: Shape) -> int:
    return math.prod(output) * math.prod(layer.kernel_size)


def _separable_conv(layer: Any, inputs: list[Shape], output: Shape) -> int:
    places = math.prod(output) // layer.filters
    kernels = (layer.depthwise_kernel, layer.pointwise_kernel)
    return places * sum(math.prod(kernel.shape) for kernel in kernels)


def _conv_transpose(layer: Any, inputs: list[Shape], output: Shape) -> int:
    places = math.prod(inputs[0]) // layer.kernel.shape[-1]
    return places * math.prod(layer.kernel.shape)


def _attention(layer: Any, inputs: list[Shape], output: Shape) -> int:
    """Scores and weighted sums; the projections are separate layers."""
    query, value = inputs[:2]
    batch, times = query[0], math.prod(query[1:-1])
    pairs = batch * times * math.prod(value[1:-1])
    config = layer.get_config()
    size = config["key_dim"] + (config["value_dim"] or config["key_dim"])
    return pairs * config["num_heads"] * size


def _grouped_attention(layer: Any, inputs: list[Shape], output: Shape) -> int:
    query, value = inputs[:2]
    config = layer.get_config()
    size = 2 * config["num_query_heads"] * config["head_dim"]
    return query[0] * query[1] * value[1] * size


def _cell(layer: Any, inputs: list[Shape], output: Shape) -> int:
    """One step: the input and the state, each multiplied by a matrix."""
    return inputs[0][0] * _matrices(layer)


def _rnn(layer: Any, inputs: list[Shape], output: Shape) -> int:
    return math.prod(inputs[0][:2]) * _matrices(layer.cell)


def _conv_rnn(layer: Any, inputs: list[Shape], output: Shape) -> int:
    places = math.prod(output) // layer.cell.filters
    if not layer.return_sequences:
        places *= inputs[0][1]
    return places * _matrices(layer.cell)


def _matrices(cell: Any) -> int:
    """Number of weights in matrices and kernels."""
    # The two biases of a GRU are one matrix, too.
    kernels = [w for w in cell.weights if "bias" not in w.name]
    return sum(math.prod(w.shape) for w in kernels if len(w.shape) > 1)


def _log_mel(layer: Any, inputs: list[Shape], output: Shape) -> int:
    frames = math.prod(output[:2])
    length = layer.fft_length
    # A fast transform of n real numbers takes 2.5 n log2(n) operations.
    transform = round(1.25 * length * math.log2(length))
    return frames * (transform + (length // 2 + 1) * layer.num_mel_bins)


def _pooling(layer: Any, inputs: list[Shape], output: Shape) -> int:
    return math.prod(inputs[0]) if layer.freq_pool == "conv" else 0


def _scores(layer: Any, inputs: list[Shape], output: Shape) -> int:
    """The keys times the query; its dense layers are separate layers."""
    return math.prod(inputs[1])


_LAYERS = keras.layers

RULES: dict[type, Rule] = {
    _LAYERS.Dense: _dense,
    _LAYERS.EinsumDense: _einsum_dense,
    _LAYERS.Conv1D: _conv,
    _LAYERS.Conv2D: _conv,
    _LAYERS.Conv3D: _conv,
    _LAYERS.DepthwiseConv1D: _depthwise_conv,
    _LAYERS.DepthwiseConv2D: _depthwise_conv,
    _LAYERS.SeparableConv1D: _separable_conv,
    _LAYERS.SeparableConv2D: _separable_conv,
    _LAYERS.Conv1DTranspose: _conv_transpose,
    _LAYERS.Conv2DTranspose: _conv_transpose,
    _LAYERS.Conv3DTranspose: _conv_transpose,
    _LAYERS.MultiHeadAttention: _attention,
    _LAYERS.GroupQueryAttention: _grouped_attention,
    _LAYERS.RNN: _rnn,
    _LAYERS.ConvLSTM1D: _conv_rnn,
    _LAYERS.ConvLSTM2D: _conv_rnn,
    _LAYERS.ConvLSTM3D: _conv_rnn,
    LogMelSpectrogram: _log_mel,
    SpectrogramPooling: _pooling,
    BankAttention: _scores,
    # At most one operation per element, which is conventionally not counted.
    _LAYERS.BatchNormalization: _nothing,
    _LAYERS.LayerNormalization: _nothing,
    _LAYERS.GroupNormalization: _nothing,
    _LAYERS.RMSNormalization: _nothing,
    _LAYERS.Normalization: _nothing,
    _LAYERS.Embedding: _nothing,
    _LAYERS.PReLU: _nothing,
}
