import numpy as np
import pytest

from keras_av.models import WaveCNNBackbone
from tests import harness


@pytest.mark.parametrize(
    "depth, kernels, millions",
    [
        (3, 80 * 256 + 3 * 256**2, 0.2),
        (5, 80 * 128 + 3 * 128**2 * (1 + 2 + 8), 0.6),
        (
            11,
            80 * 64 + 3 * 64**2 * (2 + 2 + 4 + 8 + 2 * 16 + 32 + 64),
            1.8,
        ),
        (18, 80 * 64 + 3 * 64**2 * (4 + 2 + 12 + 8 + 48 + 32 + 192), 3.7),
    ],
)
def test_the_number_of_weights_is_that_of_the_paper(depth, kernels, millions):
    backbone = WaveCNNBackbone(depth)
    found = sum(
        np.prod(w.shape) for w in backbone.weights if w.path.endswith("kernel")
    )
    assert found == kernels
    assert round(found / 1e6, 1) == millions


def test_every_stage_is_a_quarter_as_long():
    taps = WaveCNNBackbone(5, 4, (32000,)).taps
    lengths = [x.shape[1] for x in taps.values()]
    assert lengths == [2000, 500, 125, 32]
    assert [x.shape[2] for x in taps.values()] == [4, 4, 8, 16]


def test_refuses_wrong_arguments():
    with pytest.raises(ValueError, match="depth"):
        WaveCNNBackbone(7)
    with pytest.raises(ValueError, match=r"\(batch, samples\)"):
        WaveCNNBackbone(input_shape=(100, 64))


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_stands(tmp_path):
    sound = 0.1 * np.random.default_rng(0).standard_normal((2, 4000))
    harness.check_backbone(
        lambda: WaveCNNBackbone(5, 4, pooling="max"),
        sound.astype("float32"),
        tmp_path,
    )
