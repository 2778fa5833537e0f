import keras
import numpy as np
import pytest

from keras_av.models import R2Plus1DBackbone


@pytest.mark.slow
@pytest.mark.parametrize(
    "variant, depth, num_classes, expected",
    [
        ("torchvision", 18, 400, 31505325),
        ("ccl", 10, 51, 14391466),
        ("avid", 10, 0, 7015616),
        ("avid", 18, 0, 15379136),
        ("avid", 34, 0, 28861632),
    ],
)
def test_number_of_weights(variant, depth, num_classes, expected):
    backbone = R2Plus1DBackbone(depth, variant=variant)
    total = sum(np.prod(w.shape) for w in backbone.trainable_weights)
    assert total + 513 * num_classes == expected


@pytest.mark.parametrize("variant", ["torchvision", "ccl"])
def test_shapes_of_the_feature_maps(variant):
    taps = R2Plus1DBackbone(10, variant=variant).taps
    assert {name: x.shape[1:] for name, x in taps.items()} == {
        "stem": (16, 56, 56, 64),
        "stage1": (16, 56, 56, 64),
        "stage2": (8, 28, 28, 128),
        "stage3": (4, 14, 14, 256),
        "stage4": (2, 7, 7, 512),
    }


def test_shapes_of_avid():
    backbone = R2Plus1DBackbone(10, 64, (8, 224, 224, 3), variant="avid")
    assert [x.shape[1:] for x in backbone.taps.values()] == [
        (8, 56, 56, 64),
        (8, 56, 56, 64),
        (4, 28, 28, 128),
        (2, 14, 14, 256),
        (1, 7, 7, 512),
    ]


@pytest.mark.slow
def test_trains_a_step(jit_compile):
    shape = (4, 16, 16, 3)
    model = keras.Sequential(
        [
            keras.Input(shape),
            R2Plus1DBackbone(10, 4, shape),
            keras.layers.Dense(2),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, jit_compile=jit_compile)
    x = np.random.default_rng(0).standard_normal((4, *shape))
    before = model.get_weights()
    model.train_on_batch(x, np.arange(4) % 2)
    for a, b in zip(model.get_weights(), before):
        assert np.isfinite(a).all() and (a != b).any()
