import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import panns_log_mel
from keras_av.models import PANNsBackbone, load_torch_weights
from tests import harness

# The environment of the lowest versions lacks it.
torch = pytest.importorskip("torch")
nn = torch.nn


@pytest.mark.slow
@pytest.mark.parametrize(
    "variant, dim, expected",
    [
        ("cnn6", None, 4837455),
        ("cnn10", None, 5219279),
        ("cnn14", None, 80753615),
        ("cnn14", 512, 76796879),
    ],
)
def test_number_of_weights_with_527_classes(variant, dim, expected):
    backbone = PANNsBackbone(variant, embedding_dim=dim)
    total = sum(np.prod(w.shape) for w in backbone.trainable_weights)
    assert total + (backbone.output_shape[-1] + 1) * 527 == expected


def torch_cnn(num_blocks, size, num_convs, width, dim):
    """The network in PyTorch, as its paper says."""
    network = nn.Module()
    network.bn0 = nn.BatchNorm2d(64)
    inputs = 1
    for number in range(1, num_blocks + 1):
        block = nn.Module()
        for index in range(1, num_convs + 1):
            filters = width * 2 ** (number - 1)
            conv = nn.Conv2d(
                inputs, filters, size, padding=size // 2, bias=False
            )
            block.add_module(f"conv{index}", conv)
            block.add_module(f"bn{index}", nn.BatchNorm2d(filters))
            inputs = filters
        network.add_module(f"conv_block{number}", block)
    network.fc1 = nn.Linear(inputs, dim)
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if hasattr(module, "running_var"):
            module.running_var.uniform_(0.5, 1.5, generator=generator)
            module.running_mean.normal_(0, 0.1, generator=generator)
    return network.eval()


def descriptor(network, mel, num_blocks, num_convs):
    """The descriptor of `(batch, time, mel)`."""
    with torch.no_grad():
        x = torch.from_numpy(mel)[:, None].transpose(1, 3)
        x = network.bn0(x).transpose(1, 3)
        for number in range(1, num_blocks + 1):
            block = getattr(network, f"conv_block{number}")
            for index in range(1, num_convs + 1):
                x = getattr(block, f"conv{index}")(x)
                x = torch.relu(getattr(block, f"bn{index}")(x))
            if number < 6:
                x = nn.functional.avg_pool2d(x, 2)
        x = x.mean(3)
        x = x.max(2).values + x.mean(2)
        return torch.relu(network.fc1(x)).numpy()


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize(
    "variant, sizes, width, dim",
    [
        ("cnn6", (4, 5, 1), 4, None),
        ("cnn10", (4, 3, 2), 4, None),
        ("cnn14", (6, 3, 2), 2, 12),
    ],
)
def test_computes_what_pytorch_does(variant, sizes, width, dim):
    num_blocks, size, num_convs = sizes
    last = width * 2 ** (num_blocks - 1)
    network = torch_cnn(num_blocks, size, num_convs, width, dim or last)
    backbone = PANNsBackbone(variant, width, embedding_dim=dim)
    left = load_torch_weights(backbone, network.state_dict())
    assert {name.rpartition(".")[2] for name in left} == {"num_batches_tracked"}
    mel = np.random.default_rng(0).normal(size=(2, 75, 64)).astype("float32")
    np.testing.assert_allclose(
        ops.convert_to_numpy(backbone(mel[..., None])),
        descriptor(network, mel, num_blocks, num_convs),
        rtol=1e-4,
        atol=1e-5,
    )


def test_drops_in_training_only():
    backbone = PANNsBackbone("cnn6", 2, dropout=(0.0, 0.5))
    mel = np.random.default_rng(0).normal(size=(2, 40, 64, 1))
    plain = ops.convert_to_numpy(backbone(mel))
    np.testing.assert_array_equal(ops.convert_to_numpy(backbone(mel)), plain)
    assert (ops.convert_to_numpy(backbone(mel, training=True)) != plain).any()


def test_refuses_wrong_arguments():
    with pytest.raises(ValueError, match="cnn14"):
        PANNsBackbone("cnn8")
    with pytest.raises(ValueError, match="preprocessor"):
        PANNsBackbone("cnn6", input_shape=(16000,))


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.slow_on_tensorflow
def test_stands(tmp_path):
    def make():
        return PANNsBackbone(
            "cnn6",
            2,
            (None,),
            dropout=(0.0, 0.0),
            preprocessor=panns_log_mel(16000),
        )

    sound = 0.1 * np.random.default_rng(0).standard_normal((2, 8000))
    harness.check_backbone(make, sound.astype("float32"), tmp_path)


def test_keeps_its_head():
    network = torch_cnn(4, 5, 1, 2, 16)
    network.fc_audioset = nn.Linear(16, 5)
    head = keras.layers.Dense(5, name="fc_audioset")
    backbone = PANNsBackbone("cnn6", 2)
    model = keras.Sequential([backbone, head])
    load_torch_weights(model, network.state_dict())
    kernel = network.fc_audioset.weight.detach().numpy().T
    np.testing.assert_array_equal(head.get_weights()[0], kernel)
