"""Small methods of all kinds, on the vectors of `toy`."""

import keras
import numpy as np

from keras_av.layers import FusionMLP
from keras_av.methods import (
    CompositionalContrastive,
    Hint,
    HintDistillation,
    ListenToLook,
    Skimming,
    Supervised,
)
from keras_av.models import ImageAudioEncoder, with_descriptor
from tests.training import toy


def listen_to_look():
    teacher = keras.Sequential(
        [toy.tower(12, 7), keras.layers.BatchNormalization()]
    )
    teacher.add(keras.layers.Dense(3, kernel_initializer=initializer()))
    student = ImageAudioEncoder(
        None, toy.tower(10, 3, 0.3), FusionMLP(8, 8, initializer())
    )
    model = ListenToLook(student, with_descriptor(teacher), kl_weight=2.0)
    model.classifier.kernel.assign(np.eye(8, 3))
    return model


def supervised():
    classifier = toy.tower(10, 3, 0.3)
    return Supervised(classifier, "audio", mixup_alpha=0.4, seed=0)


def compositional_contrastive():
    teachers = {"audio": toy.tower(10, 7)}
    return CompositionalContrastive(toy.tower(12, 3, 0.3), 3, teachers, seed=0)


def hint_distillation():
    teacher, student = toy.tower(10, 7), toy.tower(10, 3, 0.3)
    names = [network.layers[-2].name for network in (teacher, student)]
    return HintDistillation(
        student,
        teacher,
        [Hint(*names, match="linear")],
        student_key="audio",
        teacher_key="audio",
    )


def skimming():
    fusion = FusionMLP(8, 8, initializer())
    head = keras.layers.Dense(3, kernel_initializer=initializer())
    sizes = dict(dim=5, hidden_units=8, key_units=4, num_steps=2)
    return Skimming(
        3, fusion=fusion, classifier=head, start="random", seed=0, **sizes
    )


def initializer():
    return keras.initializers.GlorotUniform(5)


def batches(**arrays):
    banks = np.random.default_rng(0).normal(size=(2, toy.NUM_CLIPS, 6, 5))
    return toy.dataset(
        image_features=banks[0].astype("float32"),
        audio_features=banks[1].astype("float32"),
        mask=np.ones((toy.NUM_CLIPS, 6), bool),
        **arrays,
    )
