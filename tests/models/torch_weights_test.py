import json
import zlib

import keras
import numpy as np
import pytest
from keras import ops

from keras_av.models import (
    R2Plus1DBackbone,
    ResNet3DBackbone,
    ResNetBackbone,
    load_torch_weights,
)


def fill(name, shape):
    """The tensor that stands in the network of the fixture."""
    rng = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))
    x = rng.standard_normal(shape).astype(np.float32)
    if name.endswith("running_var"):
        return 0.5 + np.abs(x)
    if name.endswith("running_mean"):
        return 0.1 * x
    if len(shape) == 1 and name.endswith("weight"):
        return 1 + 0.1 * x
    if len(shape) == 1:
        return 0.1 * x
    return x * np.float32(np.sqrt(2.0 / np.prod(shape[1:])))


def check_torchvision(path, make, taps):
    """Same taps and logits as the network in torchvision."""
    golden = np.load(path, allow_pickle=False)
    state = {
        name: fill(name, shape)
        for name, shape in json.loads(str(golden["state"])).items()
    }
    rng = np.random.Generator(np.random.PCG64(int(golden["input_seed"])))
    x = rng.standard_normal(golden["input_shape"]).astype(np.float32)
    x = np.moveaxis(x, 1, -1)
    backbone = make(x.shape[1:])
    assert load_torch_weights(backbone, state) == ["fc.weight", "fc.bias"]
    outputs = {name: backbone.taps[name] for name in taps}
    model = keras.Model(backbone.input, (outputs, backbone.output))
    maps, descriptor = model.predict(x, verbose=0)
    for name, torch_name in taps.items():
        got = np.moveaxis(maps[name], -1, 1)
        assert_close(got, golden[f"tap_{torch_name}"])
    logits = descriptor @ state["fc.weight"].T + state["fc.bias"]
    assert_close(logits, golden["output"])


def assert_close(got, expected):
    assert got.shape == expected.shape
    error = np.abs(got - expected).max() / np.abs(expected).max()
    assert error < 1e-4


@pytest.mark.slow
def test_torchvision_r2plus1d_18(shared):
    check_torchvision(
        shared("fixtures/backbones/torchvision_r2plus1d_18.npz"),
        lambda shape: R2Plus1DBackbone(18, input_shape=shape),
        {"stem": "stem", "stage1": "layer1", "stage4": "layer4"},
    )


def test_torchvision_resnet_18(shared):
    check_torchvision(
        shared("fixtures/backbones/torchvision_resnet18.npz"),
        lambda shape: ResNetBackbone(18, input_shape=shape),
        {"stem": "maxpool", "stage4": "layer4"},
    )


def test_kenshohara_resnet3d_10(vectors):
    golden = vectors("blocks")
    state = {
        name.removeprefix("r3d10_tiny/w/"): array
        for name, array in golden.items()
        if name.startswith("r3d10_tiny/w/")
    }
    x = np.moveaxis(golden["r3d10_tiny/x"], 1, -1)
    backbone = ResNet3DBackbone(10, (2, 3, 4, 5), x.shape[1:])
    assert load_torch_weights(backbone, state) == ["fc.weight", "fc.bias"]
    descriptor = ops.convert_to_numpy(backbone(x))
    logits = descriptor @ state["fc.weight"].T + state["fc.bias"]
    np.testing.assert_allclose(logits, golden["r3d10_tiny/y"], atol=1e-5)


def tiny_state():
    """Something for every weight of a tiny network, in PyTorch's layout."""
    backbone = ResNetBackbone(10, 4, (8, 8, 1))
    state = {}
    for layer in backbone.layers:
        name = layer.name
        if isinstance(layer, keras.layers.Conv2D):
            kernel = layer.get_weights()[0]
            state[f"{name}.weight"] = kernel.transpose(3, 2, 0, 1)
        elif layer.weights:
            kinds = ("weight", "bias", "running_mean", "running_var")
            for kind, weight in zip(kinds, layer.get_weights()):
                state[f"{name}.{kind}"] = weight
    return backbone, state


def test_reads_a_state_and_names_what_it_did_not_use():
    source, state = tiny_state()
    state["bn1.num_batches_tracked"] = np.array(7)
    target = ResNetBackbone(10, 4, (8, 8, 1))
    assert load_torch_weights(target, state) == ["bn1.num_batches_tracked"]
    for a, b in zip(target.get_weights(), source.get_weights()):
        np.testing.assert_array_equal(a, b)


def test_wrong_states_change_nothing():
    _, state = tiny_state()
    missing = dict(state)
    del missing["layer4_0_bn2.running_var"]
    wider = {**state, "layer4_0_conv2.weight": np.zeros((33, 32, 3, 3))}
    target = ResNetBackbone(10, 4, (8, 8, 1))
    before = target.get_weights()
    with pytest.raises(ValueError, match="layer4_0_bn2.running_var"):
        load_torch_weights(target, missing)
    with pytest.raises(ValueError, match="layer4_0_conv2"):
        load_torch_weights(target, wider)
    for a, b in zip(target.get_weights(), before):
        np.testing.assert_array_equal(a, b)


def test_refuses_layers_it_does_not_know():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="Dense"):
        load_torch_weights(model, {})
