import numpy as np
import pytest

from keras_av.layers import LogMelSpectrogram
from keras_av.models import SoundCNNBackbone
from tests import harness


def test_shapes_and_number_of_weights():
    backbone = SoundCNNBackbone(16, (250, 64, 1))
    assert {name: x.shape[1:] for name, x in backbone.taps.items()} == {
        "stem": (125, 32, 16),
        "stage1": (63, 16, 32),
        "stage2": (32, 8, 64),
        "stage3": (16, 4, 128),
        "stage4": (16, 1, 128),
    }
    total = sum(np.prod(w.shape) for w in backbone.trainable_weights)
    # Kernels, and a scale and an offset for each filter.
    kernels = 25 * 16 + 9 * (16 * 32 + 32 * 64 + 64 * 128) + 4 * 128
    assert total == kernels + 2 * (16 + 32 + 64 + 128 + 128)


def test_needs_to_know_the_frequencies():
    with pytest.raises(ValueError, match="mel bins"):
        SoundCNNBackbone(input_shape=(None, None, 1))


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.slow_on_tensorflow
def test_stands(tmp_path):
    def make():
        return SoundCNNBackbone(
            2, (None,), preprocessor=LogMelSpectrogram(num_mel_bins=40)
        )

    sound = 0.1 * np.random.default_rng(0).standard_normal((2, 4000))
    harness.check_backbone(make, sound.astype("float32"), tmp_path)
