"""A method whose batches do not divide among its replicas.

python -m tests.training.uneven COUNT
"""

import json
import sys

import keras
import numpy as np
import tensorflow as tf

from keras_av.ops import replica_gather
from keras_av.training import StepModel, batch_mean


class Fitting(StepModel):
    """Fits a weight to numbers, of which some do not count."""

    def __init__(self):
        super().__init__(loss_names=["share", "gathered"])
        self.weight = self.add_weight(shape=(), initializer="ones")
        self.built = True

    def compute_losses(self, batch, training):
        errors = (self.weight - batch["x"]) ** 2
        everywhere = replica_gather(errors)
        losses = {
            "share": batch_mean(errors, batch["x"] > 3),
            "gathered": batch_mean(everywhere),
        }
        return losses, None


def losses(strategy):
    """The losses of training and validation by name."""
    # Batches of 9, 9, 9 and 5; of the last, replicas may get none.
    x = {"x": np.arange(32, dtype="float32")}
    data = tf.data.Dataset.from_tensor_slices(x).batch(9)
    with strategy.scope():
        model = Fitting()
        model.compile(keras.optimizers.SGD(0.01), jit_compile=False)
    fitted = model.fit(data, epochs=2, validation_data=data, verbose=0)
    return fitted.history


def main(count):
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * count,
    )
    devices = [f"CPU:{number}" for number in range(count)]
    print(json.dumps(losses(tf.distribute.MirroredStrategy(devices))))


if __name__ == "__main__":
    main(int(sys.argv[1]))
