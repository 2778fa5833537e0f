"""Steps of an optimizer with coupled weight decay beside PyTorch's."""

import keras
import numpy as np

START = np.random.default_rng(0).normal(size=(2, 3)).astype("float32")
GRADIENTS = np.random.default_rng(1).normal(size=(6, 2, 3)).astype("float32")
RATE = 0.05


class Named(keras.layers.Layer):
    """A layer with one weight."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=shape, name="kernel")


def layer(name):
    made = Named(name=name)
    made.build(START.shape)
    made.kernel.assign(START)
    return made


def theirs(peer, rate, decay, options):
    import torch

    weight = torch.nn.Parameter(torch.tensor(START))
    optimizer = peer([weight], lr=rate, weight_decay=decay, **options)
    for gradient in GRADIENTS:
        weight.grad = torch.tensor(gradient)
        optimizer.step()
    return weight.detach().numpy()


def check(optimizer, peer, decay, **options):
    """Steps of two layers, of which the classifier has a tenth of the rate."""
    weights = [layer(name).kernel for name in ("encoder", "classifier")]
    for gradient in GRADIENTS:
        gradient = keras.ops.convert_to_tensor(gradient)
        optimizer.apply([gradient, gradient], weights)
    for weight, rate in zip(weights, (RATE, RATE / 10)):
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(weight),
            theirs(peer, rate, decay, options),
            rtol=1e-4,
            atol=1e-6,
        )
