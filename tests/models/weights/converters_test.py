import json

import numpy as np
import pytest
from keras import ops

from keras_av.models import Backbone, convert_torch
from keras_av.models.weights.converters import SOURCES, standardization
from tests.models.weights.torch_weights_test import assert_close, fill


@pytest.mark.slow_on_tensorflow
def test_a_network_of_torchvision_takes_raw_images(shared, tmp_path):
    path = shared("fixtures/backbones/torchvision_resnet18.npz")
    golden = np.load(path, allow_pickle=False)
    state = {
        name: fill(name, shape)
        for name, shape in json.loads(str(golden["state"])).items()
    }
    np.savez(tmp_path / "net.npz", **state)
    backbone = convert_torch("torchvision:resnet18", tmp_path / "net.npz")
    backbone.save_to_preset(tmp_path / "preset")
    loaded = Backbone.from_preset(tmp_path / "preset")
    rng = np.random.Generator(np.random.PCG64(int(golden["input_seed"])))
    x = rng.standard_normal(golden["input_shape"]).astype(np.float32)
    mean = np.array([0.485, 0.456, 0.406])
    std = np.array([0.229, 0.224, 0.225])
    raw = 255 * (np.moveaxis(x, 1, -1) * std + mean)
    descriptor = ops.convert_to_numpy(loaded(raw.astype("float32")))
    logits = descriptor @ state["fc.weight"].T + state["fc.bias"]
    assert_close(logits, golden["output"])


def test_colors_are_standardized_by_their_own_statistics():
    layer = standardization((0.5, 0.25, 0.0), (0.5, 0.25, 1.0))
    got = layer(np.array([[0, 0, 0], [255, 255, 255]], "uint8"))
    expected = [[-1, -1, 0], [1, 3, 1]]
    np.testing.assert_allclose(ops.convert_to_numpy(got), expected, atol=1e-6)


def test_an_unknown_source_and_other_weights(tmp_path):
    np.savez(tmp_path / "net.npz", **{"fc.bias": np.zeros(3)})
    with pytest.raises(ValueError, match="panns:cnn14_emb512"):
        convert_torch("panns:cnn14_emb2048", tmp_path / "net.npz")
    with pytest.raises(ValueError, match="bn0"):
        convert_torch("panns:cnn6", tmp_path / "net.npz")


@pytest.mark.slow
@pytest.mark.parametrize("source", sorted(SOURCES))
def test_every_source_takes_any_size(source):
    backbone = SOURCES[source]()
    shape = {2: (1, 32000), 4: (1, 40, 50, 3), 5: (1, 5, 33, 40, 3)}
    x = np.zeros(shape[len(backbone.input_shape)], "float32")
    got = ops.convert_to_numpy(backbone(x))
    assert got.shape == (1, backbone.output_shape[-1])
    assert np.isfinite(got).all()
