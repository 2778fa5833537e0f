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
from tests.models import torch_networks


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


@pytest.mark.slow_on_tensorflow
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
    model = keras.Sequential(
        [keras.Input((3, 4)), keras.layers.LSTM(2, name="memory")]
    )
    with pytest.raises(ValueError, match="LSTM"):
        load_torch_weights(model, {"other.weight": np.zeros(1)})
    with pytest.raises(ValueError, match="memory"):
        load_torch_weights(model, {"other.weight": np.zeros(1)}, skip=["no"])
    state = {"other.weight": np.zeros(1)}
    assert load_torch_weights(model, state, skip=["memory"]) == list(state)


@pytest.mark.parametrize(
    "make, backbone, shape",
    [
        pytest.param(
            lambda: torch_networks.resnet_50(4),
            lambda shape: ResNetBackbone(50, 4, shape),
            (2, 33, 40, 3),
            id="resnet_50",
        ),
        pytest.param(
            lambda: torch_networks.video_10(4, (3, 3, 3, 3)),
            lambda shape: ResNet3DBackbone(10, 4, shape, variant="r3d"),
            (2, 5, 17, 20, 3),
            id="r3d",
        ),
        pytest.param(
            lambda: torch_networks.video_10(4, (3, 1, 1, 1)),
            lambda shape: ResNet3DBackbone(10, 4, shape, variant="mc3"),
            (2, 5, 17, 20, 3),
            id="mc3",
        ),
        pytest.param(
            lambda: torch_networks.r2plus1d_152(4),
            lambda shape: R2Plus1DBackbone(152, 4, shape),
            (1, 5, 17, 20, 3),
            id="r2plus1d_152",
            marks=pytest.mark.slow,
        ),
    ],
)
@pytest.mark.slow_on_tensorflow
def test_networks_of_pytorch(make, backbone, shape):
    network = make()
    x = np.random.default_rng(0).standard_normal(shape).astype("float32")
    head = keras.layers.Dense(3, name="fc")
    model = keras.Sequential(
        [keras.Input(shape[1:]), backbone(shape[1:]), head]
    )
    left = load_torch_weights(model, network.state_dict())
    assert {name.rpartition(".")[2] for name in left} == {"num_batches_tracked"}
    assert_close(
        ops.convert_to_numpy(model(x)), torch_networks.logits(network, x)
    )


@pytest.mark.slow_on_tensorflow
def test_heads_prefixes_and_other_names():
    network = torch_networks.resnet_50(4)
    state = {
        f"module.encoder_q.{name.replace('fc.', 'head.')}": tensor
        for name, tensor in network.state_dict().items()
    }
    state["queue"] = np.zeros(3)
    shape = (40, 40, 3)
    head = keras.layers.Dense(3, name="fc")
    model = keras.Sequential(
        [keras.Input(shape), ResNetBackbone(50, 4, shape), head]
    )
    options = {"prefix": "module.encoder_q.", "rename": {"head.": "fc."}}
    left = load_torch_weights(model, state, **options)
    assert "queue" in left and "module.encoder_q.head.bias" not in left
    kernel = network.fc.weight.detach().numpy().T
    np.testing.assert_array_equal(head.get_weights()[0], kernel)
    other = keras.layers.Dense(5, name="fc")
    resized = keras.Sequential(
        [keras.Input(shape), ResNetBackbone(50, 4, shape), other]
    )
    before = other.get_weights()
    with pytest.raises(ValueError, match="classes"):
        load_torch_weights(resized, state, **options)
    load_torch_weights(resized, state, skip=["fc"], **options)
    np.testing.assert_array_equal(other.get_weights()[0], before[0])
    np.testing.assert_array_equal(
        resized.layers[0].get_layer("conv1").get_weights()[0],
        model.layers[0].get_layer("conv1").get_weights()[0],
    )
    with pytest.raises(ValueError, match="prefix='encoder_k.'"):
        load_torch_weights(model, state, prefix="encoder_k.")
    both = {**state, "module.encoder_q.fc.bias": np.zeros(3)}
    with pytest.raises(ValueError, match="both the 'bias' of 'fc'"):
        load_torch_weights(model, both, **options)


@pytest.mark.parametrize(
    "wrong",
    [
        np.array(["a", "b"]),
        np.array([None, 1], dtype=object),
        np.full((2,), np.nan, "float32"),
        np.zeros((), "float32"),
        np.zeros((2,), "complex64"),
    ],
)
def test_an_array_that_is_no_weight_changes_nothing(wrong):
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(3, name="a"),
            keras.layers.Dense(2, name="b"),
        ]
    )
    state = {
        "a.weight": np.ones((3, 4)),
        "a.bias": np.ones(3),
        "b.weight": np.ones((2, 3)),
        "b.bias": wrong,
    }
    before = model.get_weights()
    with pytest.raises(ValueError, match="'b"):
        load_torch_weights(model, state)
    for a, b in zip(model.get_weights(), before):
        np.testing.assert_array_equal(a, b)
