"""Clips of another ClipSpec than that of a network."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_av.data import ClipSpec
from keras_av.layers import FeatureQueue, FusionMLP, MemoryBank
from keras_av.methods import (
    CompositionalContrastive,
    CrossModalContrastive,
    HintDistillation,
    InstanceDiscrimination,
    MomentumContrast,
    Supervised,
)
from keras_av.methods.distillation.frozen_teacher import FrozenTeacher
from keras_av.models import ImageAudioEncoder
from keras_av.models.clip_shape import check_clip_shape

SPEC = ClipSpec(num_frames=2, frame_stride=1, size=8, audio_seconds=0.01)
OTHER = ClipSpec(num_frames=2, frame_stride=1, size=16, audio_seconds=0.02)


def network(shape, name):
    return keras.Sequential(
        [keras.Input(shape), layers.Flatten(), layers.Dense(4)], name=name
    )


def see():
    return network(SPEC.video_shape, "see")


def hear():
    return network(SPEC.audio_shape, "hear")


def batch(video=SPEC, audio=SPEC):
    size = video.size
    return {
        "video": np.zeros((3, *video.video_shape), "float32"),
        "image": np.zeros((3, size, size, 3), "float32"),
        "audio": np.zeros((3, *audio.audio_shape), "float32"),
        "label": np.zeros(3, "int32"),
        "index": np.arange(3, dtype="int32"),
    }


METHODS = {
    "contrastive": lambda: CrossModalContrastive(see(), hear()),
    "moco": lambda: MomentumContrast(see(), hear(), queue=FeatureQueue(6, 128)),
    "discrimination": lambda: InstanceDiscrimination(
        see(), "video", bank=MemoryBank(3, 16, num_negatives=2)
    ),
    "supervised": lambda: Supervised(see(), key="video"),
    "ccl": lambda: CompositionalContrastive(see(), num_classes=4),
    "hints": lambda: HintDistillation(see(), hints=(), student_key="video"),
    "teacher": lambda: FrozenTeacher(see(), outputs=("descriptor",)),
}


@pytest.mark.backend
@pytest.mark.parametrize("name", METHODS)
def test_methods_name_the_network_and_the_spec(name):
    method = METHODS[name]()
    method(batch())
    with pytest.raises(ValueError) as told:
        method(batch(video=OTHER))
    for said in (
        "The network 'see' takes `video` of the shape (2, 8, 8, 3). "
        "Received clips of (2, 16, 16, 3). Expected a network for the "
        "ClipSpec",
        "spec.video_shape",
    ):
        assert said in str(told.value)


def test_sound_and_single_images_are_looked_at_too():
    with pytest.raises(ValueError, match="'hear' takes `audio`.*audio_shape"):
        CrossModalContrastive(see(), hear())(batch(audio=OTHER))
    look = network((8, 8, 3), "look")
    encoder = ImageAudioEncoder(look, hear(), FusionMLP(4, 4))
    assert encoder(batch())["fused"].shape == (3, 4)
    with pytest.raises(ValueError, match="'look' takes `image`.*spec.size"):
        encoder(batch(video=OTHER))
    with pytest.raises(ValueError, match="'hear' takes `audio`"):
        encoder(batch(audio=OTHER))
    middle = {k: v for k, v in batch(video=OTHER).items() if k != "image"}
    with pytest.raises(ValueError, match="'look' takes `image`"):
        encoder(middle)


@pytest.mark.parametrize(
    "shape, found",
    [
        ((None, 8, 8, 3), (5, 8, 8, 3)),
        ((2, 8, 8, 3), (None, 8, 8, 3)),
        # Keras adds the axis.
        ((8, 1), (8,)),
    ],
)
def test_what_is_not_known_fits(shape, found):
    reader = keras.Sequential([keras.Input(shape), layers.Identity()])
    check_clip_shape(reader, "video", keras.KerasTensor((3, *found)))


def test_networks_of_other_inputs_are_not_asked():
    inputs = {k: keras.Input((n,), name=k) for k, n in (("a", 2), ("b", 3))}
    several = keras.Model(inputs, layers.Concatenate()(list(inputs.values())))
    for reader in (None, several, keras.Sequential(), lambda x: x):
        check_clip_shape(reader, "video", np.zeros((3, 4)))
