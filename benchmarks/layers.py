"""What layers of this library cost beside those of Keras that they replace.

    python benchmarks/layers.py
    KERAS_BACKEND=torch python benchmarks/layers.py --policy=mixed_bfloat16

Each layer is trained alone, by `train_on_batch`, in turns with Keras's: the
median of the ratios of processor time, and milliseconds of a step of both. The
last line is the time that it takes to make two small backbones.
"""

import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
from absl import app, flags

import keras_av
from keras_av.models import ResNet3DBackbone, ResNetBackbone

FLAGS = flags.FLAGS
flags.DEFINE_string("policy", "float32", "Dtype policy.")
flags.DEFINE_integer("turns", 9, "Turns that count.")
flags.DEFINE_integer("steps", 3, "Steps in a turn.")

# Shape of the input, and how each kind is made of the layers of a module.
_CASES = {
    "Conv2D 3x3": (
        (32, 32, 32),
        lambda layers: layers.Conv2D(32, 3, padding="same", use_bias=False),
    ),
    "Conv2D 3x3, strides 2": (
        (33, 33, 32),
        lambda layers: layers.Conv2D(64, 3, 2, use_bias=False),
    ),
    "Conv3D 3x3x3": (
        (8, 16, 16, 16),
        lambda layers: layers.Conv3D(16, 3, padding="same", use_bias=False),
    ),
    "Conv3D 3x3x3, strides 2": (
        (9, 17, 17, 16),
        lambda layers: layers.Conv3D(32, 3, 2, use_bias=False),
    ),
    "BatchNormalization": (
        (8, 16, 16, 32),
        lambda layers: layers.BatchNormalization(),
    ),
}


def trained(shape, layer):
    """A function that trains a layer for a step, and waits for it."""
    inputs = keras.Input(shape)
    outputs = keras.layers.Flatten(dtype="float32")(layer(inputs))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(1e-3), "mse")
    rng = np.random.default_rng(0)
    x = keras.ops.convert_to_tensor(
        rng.standard_normal((16, *shape), "float32")
    )
    y = keras.ops.zeros((16, outputs.shape[-1]))
    return lambda: float(np.ravel(model.train_on_batch(x, y))[0])


def milliseconds(step):
    """Processor time of a step."""
    start = time.process_time()
    for _ in range(FLAGS.steps):
        step()
    return 1e3 * (time.process_time() - start) / FLAGS.steps


def main(_):
    """Measure and print."""
    keras.config.set_dtype_policy(FLAGS.policy)
    print(f"{keras.backend.backend()}, {FLAGS.policy}, 16 inputs")
    print(f"{'':26}{'ours, ms':>10}{'Keras':>10}{'ratio':>8}")
    for name, (shape, make) in _CASES.items():
        steps = [
            trained(shape, make(layers))
            for layers in (keras_av.layers, keras.layers)
        ]
        for step in steps:
            step()
        turns = [
            [milliseconds(step) for step in steps] for _ in range(FLAGS.turns)
        ]
        ours, theirs = np.median(turns, axis=0)
        ratio = np.median([a / b for a, b in turns])
        print(f"{name:26}{ours:10.1f}{theirs:10.1f}{ratio:8.2f}", flush=True)
    start = time.process_time()
    ResNet3DBackbone(10, 8, (8, 32, 32, 3))
    ResNetBackbone(10, 8, (100, 64, 1))
    print(f"two backbones made in {time.process_time() - start:.1f} s of CPU")


if __name__ == "__main__":
    app.run(main)
