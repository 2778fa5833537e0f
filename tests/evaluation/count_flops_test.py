import warnings

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_av.evaluation import count_flops
from keras_av.layers import (
    LogMelSpectrogram,
    MemoryBank,
    ProjectionHead,
    SpatialConv,
    TemporalConv,
)
from keras_av.methods import CrossModalContrastive, Supervised
from keras_av.models import R2Plus1DBackbone, ResNet3DBackbone, ResNetBackbone


@pytest.fixture(autouse=True)
def zero_weights(monkeypatch):
    """Large networks are counted, not run."""
    for initializer in (
        keras.initializers.HeNormal,
        keras.initializers.GlorotUniform,
    ):
        monkeypatch.setattr(
            initializer, "__call__", lambda self, shape, dtype: np.zeros(shape)
        )


def classifier(backbone, num_classes):
    return keras.Sequential([backbone, layers.Dense(num_classes)])


# What torchvision states for its own networks, in 1e9 multiply-adds, and for
# ResNet-50 with its strides in the first convolutions the original paper.
PUBLISHED = {
    "r2plus1d_18": (
        lambda: classifier(R2Plus1DBackbone(18), 400),
        (16, 112, 112, 3),
        40.519,
    ),
    "resnet18": (
        lambda: classifier(ResNetBackbone(18), 1000),
        (224, 224, 3),
        1.814,
    ),
    "resnet34": (
        lambda: classifier(ResNetBackbone(34), 1000),
        (224, 224, 3),
        3.664,
    ),
    "resnet50": (
        lambda: keras.applications.ResNet50(weights=None),
        None,
        3.858,
    ),
    "mobilenet_v2": (
        lambda: keras.applications.MobileNetV2(weights=None),
        None,
        0.301,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_networks(name):
    build, shape, published = PUBLISHED[name]
    got = count_flops(build(), shape) / 1e9
    assert abs(got - published) <= 0.0005, got


@pytest.mark.slow
def test_why_the_authors_count_more_for_r2plus1d():
    extra = 0
    # Places and filters of the first block of each stage that doubles them.
    for places, filters in (
        (8 * 28**2, 128),
        (4 * 14**2, 256),
        (2 * 7**2, 512),
    ):
        own = 27 * filters**2 // (12 * filters)
        shared = 27 * filters**2 // 2 // (9 * filters // 2 + 3 * filters)
        extra += places * (own - shared) * 12 * filters
    build, shape, _ = PUBLISHED["r2plus1d_18"]
    assert round((count_flops(build(), shape) + extra) / 1e9, 1) == 41.5


# Layer, shape of one sample, multiply-adds by hand.
BY_HAND = {
    "dense": (lambda: layers.Dense(5), (7,), 7 * 5),
    "dense over an axis": (lambda: layers.Dense(5), (4, 7), 4 * 7 * 5),
    "einsum": (
        lambda: layers.EinsumDense("abc,cde->abde", (None, 2, 3)),
        (4, 7),
        4 * 7 * 2 * 3,
    ),
    "einsum of two axes": (
        lambda: layers.EinsumDense("...bc,bcd->...d", 6),
        (5, 4, 7),
        5 * 4 * 7 * 6,
    ),
    "conv1d": (lambda: layers.Conv1D(4, 3), (10, 2), 8 * 4 * 3 * 2),
    "strided conv2d": (
        lambda: layers.Conv2D(4, 3, 2, padding="same"),
        (9, 9, 2),
        5 * 5 * 4 * 3 * 3 * 2,
    ),
    "conv2d in groups": (
        lambda: layers.Conv2D(6, 3, groups=2, padding="same"),
        (5, 5, 4),
        5 * 5 * 6 * 9 * 2,
    ),
    "conv3d": (
        lambda: layers.Conv3D(4, (3, 1, 1)),
        (5, 4, 4, 2),
        3 * 4 * 4 * 4 * 3 * 2,
    ),
    "depthwise": (
        lambda: layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same"),
        (5, 5, 4),
        5 * 5 * 8 * 9,
    ),
    "separable": (
        lambda: layers.SeparableConv2D(6, 3, padding="same"),
        (5, 5, 4),
        5 * 5 * (4 * 9 + 4 * 6),
    ),
    "transposed": (
        lambda: layers.Conv2DTranspose(6, 2, 2),
        (5, 5, 4),
        5 * 5 * 4 * 2 * 2 * 6,
    ),
    "attention": (
        lambda: SelfAttention(),
        (5, 8),
        4 * 5 * 8 * 6 + 2 * 5 * 5 * 2 * 3,
    ),
    "lstm": (lambda: layers.LSTM(3), (6, 5), 6 * 4 * (5 * 3 + 3 * 3)),
    "gru": (lambda: layers.GRU(3), (6, 5), 6 * 3 * (5 * 3 + 3 * 3)),
    "simple rnn": (lambda: layers.SimpleRNN(3), (6, 5), 6 * (15 + 9)),
    "both ways": (
        lambda: layers.Bidirectional(layers.LSTM(3)),
        (6, 5),
        2 * 6 * 4 * (15 + 9),
    ),
    "stacked cells": (
        lambda: layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)]),
        (6, 5),
        6 * (4 * (15 + 9) + 3 * (6 + 4)),
    ),
    "conv lstm": (
        lambda: layers.ConvLSTM2D(3, 3, padding="same"),
        (4, 6, 6, 2),
        4 * 6 * 6 * 4 * 9 * (2 * 3 + 3 * 3),
    ),
    "conv lstm, sequences": (
        lambda: layers.ConvLSTM2D(3, 3, padding="same", return_sequences=True),
        (4, 6, 6, 2),
        4 * 6 * 6 * 4 * 9 * (2 * 3 + 3 * 3),
    ),
    "each frame": (
        lambda: layers.TimeDistributed(layers.Conv2D(4, 3)),
        (7, 5, 5, 2),
        7 * 3 * 3 * 4 * 9 * 2,
    ),
    "each frame by a model": (
        lambda: layers.TimeDistributed(
            keras.Sequential([layers.Flatten(), layers.Dense(3)])
        ),
        (7, 5, 2),
        7 * 10 * 3,
    ),
    "spatial conv": (
        lambda: SpatialConv(4, 3, strides=2, temporal_strides=2),
        (5, 9, 9, 2),
        3 * 5 * 5 * 4 * 9 * 2,
    ),
    "temporal conv": (
        lambda: TemporalConv(4, 3, strides=2),
        (5, 3, 3, 2),
        3 * 3 * 3 * 4 * 3 * 2,
    ),
    "log-mel": (
        lambda: LogMelSpectrogram(num_mel_bins=40),
        (16000,),
        101 * (1.25 * 512 * 9 + 257 * 40),
    ),
    "head": (
        lambda: ProjectionHead(8, hidden_units=(16,)),
        (4, 4, 32),
        32 * 16 + 16 * 8,
    ),
    "no products": (
        lambda: keras.Sequential(
            [layers.Embedding(9, 4), layers.LayerNormalization()]
        ),
        (6,),
        0,
    ),
}


class SelfAttention(layers.Layer):
    """Two heads of size 3 over features of size 8."""

    def __init__(self):
        super().__init__()
        self.attention = layers.MultiHeadAttention(2, 3)

    def build(self, shape):
        self.attention.build(shape, shape)

    def call(self, x):
        return self.attention(x, x)


# Its loop takes long to trace.
SLOW = "conv lstm, sequences"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name == SLOW else ())
        for name in BY_HAND
    ],
)
def test_layers_by_hand(name):
    build, shape, expected = BY_HAND[name]
    model = keras.Sequential([keras.Input(shape), build()])
    assert count_flops(model) == expected


def test_grouped_attention_by_hand():
    x = keras.Input((5, 8))
    y = layers.GroupQueryAttention(3, 4, 2)(x, x)
    projections = 5 * 8 * (4 * 3 + 2 * 3 + 2 * 3 + 4 * 3)
    assert count_flops(keras.Model(x, y)) == projections + 2 * 25 * 4 * 3


def test_a_shared_layer_counts_each_time():
    dense = layers.Dense(4)
    x = keras.Input((4,))
    assert count_flops(keras.Model(x, dense(dense(dense(x))))) == 3 * 16


def test_nested_and_own_models():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = keras.Sequential([layers.Dense(4), layers.Dense(2)])

        def call(self, batch):
            return self.inner(batch["x"]) + self.inner(batch["y"])

    model = Own()
    shapes = {"x": (3,), "y": (3,)}
    assert count_flops(model, shapes) == 2 * (3 * 4 + 4 * 2)
    # Built by the first time.
    assert count_flops(model, shapes) == 2 * (3 * 4 + 4 * 2)
    with pytest.raises(ValueError, match="Pass input_shapes"):
        count_flops(Own())


def test_sizes_must_be_known():
    model = ResNetBackbone(10, 2)
    with pytest.raises(ValueError, match="any size"):
        count_flops(model)
    small, large = (count_flops(model, (s, s, 3)) for s in (32, 64))
    assert large == 4 * small


def test_counting_leaves_the_layers_as_they_were():
    original = keras.layers.Layer.__call__
    count_flops(keras.Sequential([keras.Input((2,)), layers.Dense(2)]))
    assert keras.layers.Layer.__call__ is original


class Mixer(layers.Layer):
    def build(self, shape):
        self.matrix = self.add_weight(shape=(shape[-1], shape[-1]))

    def call(self, x):
        return ops.matmul(x, self.matrix)


def test_unknown_layers_with_weights_are_named():
    model = keras.Sequential([keras.Input((5, 6)), Mixer(name="mix")])
    with pytest.raises(ValueError, match=r"'mix' \(Mixer\)"):
        count_flops(model)
    rules = {Mixer: lambda layer, inputs, output: np.prod(output) * 6}
    assert count_flops(model, rules=rules) == 5 * 6 * 6


def test_methods_count_and_name_what_rests():
    towers = [
        keras.Sequential([keras.Input((4,)), layers.Dense(3)]) for _ in range(2)
    ]
    model = CrossModalContrastive(*towers, bank=MemoryBank(8, 128), seed=0)
    shapes = {"video": (4,), "audio": (4,)}
    with pytest.warns(UserWarning, match="video_bank"):
        got = count_flops(model, shapes)
    assert got == 2 * (4 * 3 + 3 * 128)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        supervised = Supervised(towers[0], mixup_alpha=0.2)
        assert count_flops(supervised, {"video": (4,)}) == 4 * 3


@pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="asks PyTorch's own counter"
)
@pytest.mark.parametrize("kind", [R2Plus1DBackbone, ResNet3DBackbone])
def test_agrees_with_the_counter_of_pytorch(kind):
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    model = kind(18, 4, input_shape=(8, 32, 32, 3))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(np.zeros((1, 8, 32, 32, 3), "float32"))
    assert counter.get_total_flops() == 2 * count_flops(model)
