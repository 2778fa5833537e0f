import numpy as np
import pytest

from keras_av.cli.convert import convert
from keras_av.models import Backbone
from keras_av.workspace import ConfigError
from tests.models.panns_test import torch, torch_cnn


def test_writes_a_preset_and_says_how_to_load_it(tmp_path):
    network = torch_cnn(4, 5, 1, 64, 512)
    path, output = str(tmp_path / "net.pth"), str(tmp_path / "preset")
    torch.save({"model": network.state_dict(), "iteration": 3}, path)
    lines = convert("panns:cnn6", path, output)
    assert "(None, None) to (None, 512)" in lines[0] and output in lines[1]
    loaded = Backbone.from_preset(output)
    kernel = loaded.get_layer("conv_block1_conv1").get_weights()[0]
    weight = network.conv_block1.conv1.weight.detach().numpy()
    np.testing.assert_array_equal(kernel, np.transpose(weight, (2, 3, 1, 0)))


def test_says_what_is_missing(tmp_path):
    path = tmp_path / "net.npz"
    np.savez(path, weight=np.zeros(3))
    with pytest.raises(ConfigError, match="--output"):
        convert("panns:cnn6", str(path), None)
    with pytest.raises(ConfigError, match="torchvision:r2plus1d_18"):
        convert(None, str(path), str(tmp_path / "preset"))
    with pytest.raises(ConfigError, match="Received a state without"):
        convert("panns:cnn6", str(path), str(tmp_path / "preset"))
    assert not (tmp_path / "preset").exists()
