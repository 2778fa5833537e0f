import keras
import numpy as np
import pytest
from keras import ops

from keras_av.models import load_torch_weights

# The environment of the lowest versions lacks it.
torch = pytest.importorskip("torch")

_RNG = np.random.default_rng(0)


def random(*shape):
    return _RNG.standard_normal(shape).astype("float32")


@pytest.mark.parametrize(
    "module, layer, shape",
    [
        (
            torch.nn.Linear(4, 3),
            keras.layers.Dense(3),
            (2, 4),
        ),
        (
            torch.nn.Linear(4, 3, bias=False),
            keras.layers.Dense(3, use_bias=False),
            (2, 4),
        ),
        (
            torch.nn.LayerNorm(4, eps=1e-5),
            keras.layers.LayerNormalization(epsilon=1e-5),
            (2, 3, 4),
        ),
        (
            torch.nn.Conv1d(3, 4, 5, 2),
            keras.layers.Conv1D(4, 5, 2),
            (2, 16, 3),
        ),
        (
            torch.nn.Conv2d(3, 4, (3, 5)),
            keras.layers.Conv2D(4, (3, 5)),
            (2, 6, 7, 3),
        ),
        (
            torch.nn.Conv3d(3, 4, (2, 3, 5)),
            keras.layers.Conv3D(4, (2, 3, 5)),
            (2, 4, 6, 7, 3),
        ),
        (
            torch.nn.Conv2d(3, 6, (3, 5), groups=3),
            keras.layers.DepthwiseConv2D((3, 5), depth_multiplier=2),
            (2, 6, 7, 3),
        ),
        (
            torch.nn.Conv1d(3, 6, 5, groups=3),
            keras.layers.DepthwiseConv1D(5, depth_multiplier=2),
            (2, 9, 3),
        ),
        (
            torch.nn.BatchNorm2d(3).eval(),
            keras.layers.BatchNormalization(epsilon=1e-5),
            (2, 6, 7, 3),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_layer_computes_what_its_module_does(module, layer, shape):
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.is_floating_point():
                tensor.copy_(torch.from_numpy(np.abs(random(*tensor.shape))))
    layer.name = "net"
    model = keras.Sequential([keras.Input(shape[1:]), layer])
    state = {f"net.{name}": t for name, t in module.state_dict().items()}
    load_torch_weights(model, state)
    x = random(*shape)
    channels_last = isinstance(module, (torch.nn.Linear, torch.nn.LayerNorm))
    there = x if channels_last else np.moveaxis(x, -1, 1)
    with torch.no_grad():
        expected = module(torch.from_numpy(there.copy())).numpy()
    if not channels_last:
        expected = np.moveaxis(expected, 1, -1)
    np.testing.assert_allclose(
        ops.convert_to_numpy(model(x)), expected, rtol=1e-4, atol=1e-4
    )
