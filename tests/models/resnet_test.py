import keras
import numpy as np
import pytest

from keras_av.models import ResNetBackbone


@pytest.mark.parametrize(
    "depth, channels, expected",
    [
        (10, 1, 4899520),
        (18, 3, 11176512),
        (18, 1, 11170240),
        (34, 3, 21284672),
        (50, 3, 23508032),
    ],
)
@pytest.mark.slow_on_tensorflow
def test_number_of_weights(depth, channels, expected):
    backbone = ResNetBackbone(depth, input_shape=(None, None, channels))
    total = sum(np.prod(w.shape) for w in backbone.trainable_weights)
    assert total == expected


def test_stem_stride_1_gives_a_total_stride_of_16():
    backbone = ResNetBackbone(10, 4, (101, 40, 1), stem_strides=1)
    assert backbone.taps["stage4"].shape == (None, 7, 3, 32)
    assert backbone.get_config()["stem_strides"] == 1


@pytest.mark.slow
def test_trains(jit_compile):
    model = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            ResNetBackbone(10, 4, (16, 16, 1)),
            keras.layers.Dense(2),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.003), loss, jit_compile=jit_compile)
    rng = np.random.default_rng(0)
    y = np.arange(8) % 2
    x = rng.standard_normal((8, 16, 16, 1)) + y[:, None, None, None]
    history = model.fit(x, y, batch_size=8, epochs=6, verbose=0)
    assert history.history["loss"][-1] < 0.5 * history.history["loss"][0]
