import keras
import numpy as np
import pytest

from keras_av.models import ResNet3DBackbone


@pytest.mark.parametrize(
    "depth, expected", [(10, 14604624), (18, 33409104), (34, 63718736)]
)
@pytest.mark.slow_on_tensorflow
def test_number_of_weights_with_400_classes(depth, expected):
    backbone = ResNet3DBackbone(depth)
    total = sum(np.prod(w.shape) for w in backbone.trainable_weights)
    assert total + 513 * 400 == expected


def test_shapes_of_the_feature_maps():
    taps = ResNet3DBackbone(10).taps
    assert {name: x.shape[1:] for name, x in taps.items()} == {
        "stem": (8, 28, 28, 64),
        "stage1": (8, 28, 28, 64),
        "stage2": (4, 14, 14, 128),
        "stage3": (2, 7, 7, 256),
        "stage4": (1, 4, 4, 512),
    }


@pytest.mark.slow
def test_trains_a_step(jit_compile):
    shape = (4, 16, 16, 1)
    model = keras.Sequential(
        [
            keras.Input(shape),
            ResNet3DBackbone(10, 4, shape),
            keras.layers.Dense(2),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, jit_compile=jit_compile)
    y = np.arange(4) % 2
    x = np.random.default_rng(0).standard_normal((4, *shape))
    before = model.get_weights()
    model.train_on_batch(x, y)
    for a, b in zip(model.get_weights(), before):
        assert np.isfinite(a).all() and (a != b).any()
