"""Small networks of every kind that can be exported."""

import keras
import numpy as np

from keras_av.layers import FusionMLP
from keras_av.models import (
    ImageAudioEncoder,
    R2Plus1DBackbone,
    ResNet3DBackbone,
    YAMNetBackbone,
    listen_to_look_audio,
    listen_to_look_image,
)


def _trained(model):
    """With statistics and offsets that are not those of a new network."""
    random = np.random.default_rng(1)
    for weight in model.weights:
        if weight.path.endswith(("moving_mean", "beta")):
            weight.assign(random.normal(0, 0.1, weight.shape))
        if weight.path.endswith(("moving_variance", "gamma")):
            weight.assign(random.uniform(0.5, 2, weight.shape))
    return model


def seeing():
    keras.utils.set_random_seed(0)
    scale = keras.layers.Rescaling(1 / 127.5, offset=-1)
    return _trained(
        ResNet3DBackbone(10, (8, 8, 8, 8), (8, 32, 32, 3), preprocessor=scale)
    )


def seeing_in_steps():
    keras.utils.set_random_seed(0)
    scale = keras.layers.Rescaling(1 / 127.5, offset=-1)
    return _trained(R2Plus1DBackbone(10, 8, (8, 32, 32, 3), preprocessor=scale))


def hearing(width=4, **options):
    keras.utils.set_random_seed(0)
    return _trained(
        listen_to_look_audio(None, depth=10, width=width, **options)
    )


def by_patches():
    """Any number of windows, which a runtime has to count."""
    keras.utils.set_random_seed(0)
    return YAMNetBackbone()


def fused():
    keras.utils.set_random_seed(0)
    image = _trained(listen_to_look_image(None, depth=10, width=4))
    return ImageAudioEncoder(image, hearing(), FusionMLP(8, 16))
