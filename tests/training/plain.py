"""Methods that several devices compute as one: nothing in them is random."""

import keras
import numpy as np

from keras_av.layers import FusionMLP
from keras_av.methods import (
    CompositionalContrastive,
    Hint,
    HintDistillation,
    ListenToLook,
    Supervised,
)
from keras_av.models import ImageAudioEncoder, with_descriptor


def tower(dim, seed, dropout=0.0, units=16):
    """Without BatchNormalization, whose statistics are each replica's."""
    initializer = keras.initializers.GlorotUniform
    return keras.Sequential(
        [
            keras.Input((dim,)),
            keras.layers.Dense(
                units, "relu", kernel_initializer=initializer(seed)
            ),
            keras.layers.Dense(8, kernel_initializer=initializer(seed + 1)),
        ]
    )


def growing():
    """A schedule of the momentum that is still on its way at the end."""
    return keras.optimizers.schedules.PolynomialDecay(0.1, 20, 0.9)


def distillation():
    logits = keras.layers.Dense(
        3, kernel_initializer=keras.initializers.GlorotUniform(9)
    )
    teacher = with_descriptor(keras.Sequential([tower(12, 7), logits]))
    fusion = FusionMLP(8, 16, keras.initializers.GlorotUniform(5))
    listen = tower(10, 3)
    model = ListenToLook(
        ImageAudioEncoder(None, listen, fusion),
        teacher,
        kl_weight=2.0,
        label_weight=1.0,
    )
    model.classifier.kernel.assign(np.eye(8, 3))
    return model


def classification():
    logits = keras.layers.Dense(
        3, kernel_initializer=keras.initializers.GlorotUniform(9)
    )
    classifier = keras.Sequential([tower(10, 3), logits])
    return Supervised(classifier, "audio", class_weights=[1.0, 2.0, 3.0])


def composition(leak=False):
    teachers = {"audio": tower(10, 3)}
    keras.utils.set_random_seed(0)
    return CompositionalContrastive(tower(12, 7), 3, teachers, leak=leak)


def hints():
    def classifier(dim, seed):
        kernel = keras.initializers.GlorotUniform(seed)
        head = keras.layers.Dense(3, kernel_initializer=kernel, name="head")
        rows = keras.layers.Reshape((4, 2), name="rows")
        flat = keras.layers.Flatten()
        return keras.Sequential([tower(dim, seed), rows, flat, head])

    def mean_square(student, teacher):
        return keras.ops.mean((student - teacher) ** 2)

    losses = ("similarity", "probabilistic", "relational", mean_square)
    keras.utils.set_random_seed(0)
    return HintDistillation(
        classifier(10, 3),
        classifier(12, 7),
        [
            *(Hint("head", "head", loss, 0.1) for loss in losses),
            Hint("rows", "rows", "hint", 0.1),
        ],
        kd_weight=1.0,
        student_key="audio",
        teacher_key="video",
    )
