"""A small method with two towers of vectors, as all training tests need."""

import keras
import numpy as np

from keras_av.layers import MemoryBank
from keras_av.methods import SSCL, CrossModalContrastive

NUM_CLIPS = 32


def tower(dim, seed, dropout=0.0):
    initializer = keras.initializers.GlorotUniform
    return keras.Sequential(
        [
            keras.Input((dim,)),
            keras.layers.Dense(16, kernel_initializer=initializer(seed)),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.ReLU(),
            keras.layers.Dropout(dropout, seed=seed),
            keras.layers.Dense(8, kernel_initializer=initializer(seed + 1)),
        ]
    )


def model(cls=CrossModalContrastive, bank=True, dropout=0.0, **kwargs):
    if bank:
        kwargs["bank"] = MemoryBank(NUM_CLIPS, 128, num_negatives=16)
    kwargs.setdefault("seed", 3)
    return cls(tower(12, 1, dropout), tower(10, 11, dropout), **kwargs)


def sscl(**kwargs):
    return model(SSCL, **kwargs)


def clips(seed=0):
    """Vectors in place of clips; both come from one hidden cause."""
    rng = np.random.default_rng(seed)
    cause = rng.normal(size=(NUM_CLIPS, 4))
    noise = rng.normal(size=(NUM_CLIPS, 22)) * 0.1
    mixed = cause @ rng.normal(size=(4, 22)) + noise
    return {
        "video": mixed[:, :12].astype("float32"),
        "audio": mixed[:, 12:].astype("float32"),
        "index": np.arange(NUM_CLIPS, dtype="int32"),
        "label": np.argmax(cause[:, :3], axis=1).astype("int32"),
    }


def dataset(batch_size=8, **arrays):
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices({**clips(), **arrays})
    return data.batch(batch_size)


def state(model):
    """All weights, banks included, and random generators."""
    return {
        f"{i}: {v.name}": keras.ops.convert_to_numpy(v)
        for i, v in enumerate(model.variables)
    }
