"""Take a trained backbone into a Keras model of your own and fine-tune it.

    python examples/sscl.py
    KERAS_BACKEND=torch python examples/load_backbone.py

A preset loads under any backend, whichever trained it. What prepares raw clips
is inside: the model takes 8-bit frames or a waveform. The run compares the
pre-trained backbone with the same architecture of random weights on a few
labelled clips of each class.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
from absl import app, flags

from keras_av.data import ClipSpec, Manifest, clips, generated_set
from keras_av.models import Backbone
from keras_av.report import format_table

FLAGS = flags.FLAGS
flags.DEFINE_string("preset", "out/sscl/video_backbone", "A preset's folder.")
flags.DEFINE_string("data", None, "Folder of videos; default: generated ones.")
flags.DEFINE_enum("scale", "small", ["smoke", "small"], "Clips of the preset.")
flags.DEFINE_integer("labels", 10, "Labelled training clips of each class.")
flags.DEFINE_integer("seed", 0, "Governs everything random.")


def read(files, spec, key):
    """Clips and labels in memory; of sound those that can be heard."""
    batches = list(clips(files, spec, batch_size=16).as_numpy_iterator())
    data = {
        name: np.concatenate([batch[name] for batch in batches])
        for name in (key, "label", "has_audio")
    }
    kept = (data["has_audio"] | (key == "video")) & (data["label"] >= 0)
    return data[key][kept], data["label"][kept]


def make_classifier(backbone, num_classes):
    """Any Keras model may hold a backbone: it is a layer."""
    model = keras.Sequential(
        [
            keras.Input(backbone.input_shape[1:]),
            backbone,
            keras.layers.Dropout(0.2),
            keras.layers.Dense(num_classes, name="classes"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def main(_):
    smoke = FLAGS.scale == "smoke"
    # 1. Files: a few labelled ones of each class to train on.
    if FLAGS.data is None:
        num_train, num_test = (32, 16) if smoke else (320, 128)
        files = generated_set(num_train=num_train, num_test=num_test)
        train, test = (files.where(split=s) for s in ("train", "test"))
    else:
        files = Manifest.from_folder(FLAGS.data)
        train, test = files.split_by_group(0.25, seed=FLAGS.seed)
    rows = [
        np.flatnonzero(train.label == label)[: FLAGS.labels]
        for label in range(files.num_classes)
    ]
    few = train.subset(np.concatenate(rows))

    # 2. Clips: those that the backbone was trained on.
    spec = ClipSpec(
        num_frames=8 if smoke else 16,
        frame_stride=4 if smoke else 2,
        size=32 if smoke else 48,
        audio_seconds=2.0,
    )
    backbone = Backbone.from_preset(FLAGS.preset)
    key = "video" if len(backbone.input_shape) == 5 else "audio"
    train_data, test_data = read(few, spec, key), read(test, spec, key)

    # 3. The pre-trained backbone, beside one of random weights.
    print(f"{keras.backend.backend()}, {len(train_data[1])} labelled clips")
    chance = np.bincount(test_data[1]).max() / len(test_data[1])
    columns = {}
    for name in ("random weights", "pre-trained"):
        keras.utils.set_random_seed(FLAGS.seed)
        backbone = Backbone.from_preset(FLAGS.preset)
        if name == "random weights":
            backbone = type(backbone).from_config(backbone.get_config())
        model = make_classifier(backbone, files.num_classes)
        epochs = 1 if smoke else 15
        model.fit(*train_data, batch_size=16, epochs=epochs, verbose=0)
        found = model.evaluate(*test_data, verbose=0, return_dict=True)
        columns[name] = {"test accuracy": found["accuracy"]}
    print(format_table({**columns, "chance": {"test accuracy": chance}}))


if __name__ == "__main__":
    app.run(main)
