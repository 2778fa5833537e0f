"""Take a trained backbone into Keras models of your own, under any backend.

    python examples/sscl.py
    KERAS_BACKEND=torch python examples/take_away.py

A preset loads under any backend, whichever trained it. What prepares raw clips
is inside: the model takes 8-bit frames or a waveform. The run shows four ways
to use it on a few labelled clips of each class, beside random weights: frozen,
fine-tuned at a lower rate, two stages alone, and on smaller frames. A second
run under another backend compares its descriptors with those of the first.
"""

from keras_av.cli.quiet_start import quiet_start

quiet_start()

import pathlib

import keras
import numpy as np
from absl import flags

from keras_av.cli.run_program import run_program
from keras_av.data import ClipSpec, Manifest, clips, generated_set
from keras_av.models import Backbone
from keras_av.report import format_table
from keras_av.training import CoupledAdam

FLAGS = flags.FLAGS
flags.DEFINE_string("preset", "out/sscl/video_backbone", "A preset's folder.")
flags.DEFINE_string("data", None, "Folder of videos; default: generated ones.")
flags.DEFINE_string("output", "out/take_away", "Folder for the descriptors.")
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


def load(way):
    """A network from raw clips to descriptors, for each way to use it."""
    backbone = Backbone.from_preset(FLAGS.preset)
    if way == "random weights":
        return type(backbone).from_config(backbone.get_config())
    if way == "frozen":
        backbone.trainable = False
    if way == "two stages":
        # Any named output will do; the rest of the network is left out.
        maps = backbone.taps["stage2"]
        pool = keras.layers.GlobalAveragePooling2D
        if len(maps.shape) == 5:
            pool = keras.layers.GlobalAveragePooling3D
        return keras.Model(backbone.input, pool()(maps))
    if way == "middle alone":
        # No weight depends on the size of the frames.
        frames, height, width, channels = backbone.input_shape[1:]
        smaller = backbone.resized((frames, height - 8, width - 8, channels))
        crop = keras.layers.Cropping3D((0, 4, 4))
        return keras.Sequential(
            [keras.Input(backbone.input_shape[1:]), crop, smaller]
        )
    return backbone


def make_classifier(way, num_classes):
    """Any Keras model may hold a backbone: it is a layer."""
    network = load(way)
    classes = keras.layers.Dense(num_classes, name="classes")
    model = keras.Sequential(
        [keras.Input(network.input_shape[1:]), network, classes]
    )
    # The new layer learns ten times as fast as what is already trained.
    rate, factor = (1e-4, 10.0) if way == "lower rate" else (1e-3, 1.0)
    model.compile(
        CoupledAdam(rate, rate_factors={"classes": factor}),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def compare(descriptors):
    """With what the same preset gave under another backend."""
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    for other in sorted(output.glob("*.npy")):
        before = np.load(other)
        if before.shape == descriptors.shape:
            share = np.abs(before - descriptors).max() / np.abs(before).max()
            print(f"differs from {other.stem} by {share:.1e} of the largest")
    np.save(output / f"{keras.backend.backend()}.npy", descriptors)


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
    compare(backbone.predict(test_data[0], verbose=0))

    # 3. Each way to use it, beside random weights.
    print(f"{keras.backend.backend()}, {len(train_data[1])} labelled clips")
    ways = ["random weights", "frozen", "lower rate", "two stages"]
    ways += ["middle alone"] * (key == "video")
    columns = {}
    for way in ways:
        keras.utils.set_random_seed(FLAGS.seed)
        model = make_classifier(way, files.num_classes)
        epochs = 1 if smoke else 15
        model.fit(*train_data, batch_size=16, epochs=epochs, verbose=0)
        columns[way] = model.evaluate(*test_data, verbose=0, return_dict=True)
    chance = np.bincount(test_data[1]).max() / len(test_data[1])
    columns["chance"] = {"accuracy": chance}
    print(format_table(columns, len(test_data[1])))


if __name__ == "__main__":
    run_program(main)
