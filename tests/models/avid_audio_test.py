import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import DecibelSpectrogram
from keras_av.models import AVIDAudioBackbone, load_torch_weights
from keras_av.models.avid_audio import double_block
from tests import harness


def test_shapes_and_number_of_weights():
    backbone = AVIDAudioBackbone()
    assert {name: x.shape[1:] for name, x in backbone.taps.items()} == {
        "stem": (100, 129, 64),
        "stage1": (50, 65, 64),
        "stage2": (25, 33, 128),
        "stage3": (13, 17, 256),
        "stage4": (13, 17, 512),
    }
    total = sum(np.prod(w.shape) for w in backbone.trainable_weights)
    assert total == 4_725_696


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_golden(vectors):
    golden, name = vectors("blocks"), "avid_basic2d_down"
    state = {
        "b." + key.removeprefix(f"{name}/w/"): array
        for key, array in golden.items()
        if key.startswith(f"{name}/w/")
    }
    x = np.moveaxis(golden[f"{name}/x"], 1, -1)
    inputs = keras.Input(x.shape[1:])
    model = keras.Model(inputs, double_block(inputs, 4, 2, "b"))
    assert load_torch_weights(model, state) == []
    found = np.moveaxis(ops.convert_to_numpy(model(x)), -1, 1)
    np.testing.assert_allclose(found, golden[f"{name}/y"], atol=1e-5)


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_stands(tmp_path):
    def make():
        return AVIDAudioBackbone(
            (2, 3, 4, 5), (6000,), preprocessor=DecibelSpectrogram(128, 200)
        )

    sound = 0.1 * np.random.default_rng(0).standard_normal((2, 6000))
    harness.check_backbone(make, sound.astype("float32"), tmp_path)
