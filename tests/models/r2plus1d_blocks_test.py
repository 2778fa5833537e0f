import keras
import numpy as np
import pytest
from keras import ops

from keras_av.models import load_torch_weights
from keras_av.models.r2plus1d_blocks import (
    avid_block,
    avid_stem,
    ccl_block,
    ccl_stem,
    torchvision_stem,
)

BLOCKS = {
    "ccl_r21d_block_same": lambda x: ccl_block(x, 4, 1, "b"),
    "ccl_r21d_block_down": lambda x: ccl_block(x, 6, 2, "b"),
    "avid_r2p1d_same": lambda x: avid_block(x, 4, 1, "b"),
    # This stem's modules are the parts of one called conv1.
    "avid_stem": lambda x: avid_stem(x, 4),
}


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("name", BLOCKS)
def test_golden(name, vectors):
    golden = vectors("blocks")
    prefix = "conv1." if name == "avid_stem" else "b."
    state = {
        prefix + key.removeprefix(f"{name}/w/"): array
        for key, array in golden.items()
        if key.startswith(f"{name}/w/")
    }
    x = np.moveaxis(golden[f"{name}/x"], 1, -1)
    inputs = keras.Input(x.shape[1:])
    model = keras.Model(inputs, BLOCKS[name](inputs))
    assert load_torch_weights(model, state) == []
    got = np.moveaxis(ops.convert_to_numpy(model(x)), -1, 1)
    np.testing.assert_allclose(got, golden[f"{name}/y"], atol=1e-5)


@pytest.mark.parametrize(
    "stem, layer, middle",
    [(torchvision_stem, "stem_0", 45), (ccl_stem, "conv1_spatial_conv", 83)],
)
def test_middle_of_the_stem(stem, layer, middle):
    inputs = keras.Input((4, 16, 16, 3))
    model = keras.Model(inputs, stem(inputs, 64))
    assert model.output_shape == (None, 4, 8, 8, 64)
    assert model.get_layer(layer).filters == middle


@pytest.mark.parametrize(
    "channels, filters, strides, middles",
    [
        (64, 64, 1, (144, 144)),
        (64, 128, 2, (230, 288, 42)),
        (128, 256, 2, (460, 576, 85)),
        (256, 512, 2, (921, 1152, 170)),
    ],
)
def test_middles_of_ccl(channels, filters, strides, middles):
    inputs = keras.Input((4, 8, 8, channels))
    model = keras.Model(inputs, ccl_block(inputs, filters, strides, "b"))
    names = ("b_conv1", "b_conv2", "b_downsampleconv")[: len(middles)]
    got = [model.get_layer(f"{name}_spatial_conv").filters for name in names]
    assert tuple(got) == middles
