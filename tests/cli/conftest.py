"""A workspace outside of the repository, with a rule of its own."""

import pytest

OWN_RULE = '''
"""A rule of one's own."""

import keras

from keras_av.rules import Encoder
from keras_av.workspace import rule


@rule()
def dense_encoder(*, units: int = 4) -> Encoder:
    """A network of frames that is not in the library."""

    def make(run):
        return keras.Sequential(
            [
                keras.Input(run.clip_spec.spec.video_shape),
                keras.layers.Rescaling(1 / 255),
                keras.layers.AveragePooling3D((1, 4, 4)),
                keras.layers.Flatten(),
                keras.layers.Dense(units, activation="relu"),
            ]
        )

    return Encoder("video", make)
'''

BUILD = """
load("@keras_av//:rules.bzl", "adam", "clip_spec", "evaluate", \
"generated_dataset", "report", "resnet3d_backbone", "supervised")

adam(name = "adam")

clip_spec(
    name = "clips",
    num_frames = 4,
    size = 32,
)

generated_dataset(
    name = "files",
    num_test = 8,
    num_train = 8,
)

resnet3d_backbone(
    name = "encoder",
    depth = 10,
    width = 2,
)

supervised(
    name = "model",
    batch_size = 4,
    clip_spec = ":clips",
    dataset = ":files",
    encoder = ":encoder",
    epochs = 3,
    optimizer = ":adam",
)

evaluate(
    name = "accuracy",
    model = ":model",
)

report(
    name = "report",
    columns = {"supervised": [":accuracy"]},
)
"""


@pytest.fixture
def workspace(tmp_path):
    """A folder with targets for a small classifier."""
    (tmp_path / "WORKSPACE").touch()
    (tmp_path / "BUILD").write_text(BUILD)
    (tmp_path / "own_rules.py").write_text(OWN_RULE)
    return tmp_path
