"""Take a trained backbone into a Keras model of your own and fine-tune it.

    python examples/sscl.py
    KERAS_BACKEND=torch python examples/load_backbone.py \
        --preset=out/sscl/stage2/video_backbone

A preset loads under any backend, whichever trained it. What prepares raw clips
is inside: the model takes 8-bit frames or a waveform. The run compares the
pre-trained backbone with the same architecture of random weights on a few
labelled clips of each class.
"""

import common
import keras
import numpy as np
from absl import app, flags

from keras_av.data import clips
from keras_av.models import Backbone

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "preset", "out/sscl/stage2/video_backbone", "A preset's folder."
)
flags.DEFINE_integer("labels", 10, "Labelled training clips of each class.")


def read(manifest, key):
    """Clips and labels of a manifest in memory; none without sound to hear."""
    spec, size = common.scale().spec, common.batch_size(manifest)
    batches = list(clips(manifest, spec, size).as_numpy_iterator())
    data = {
        name: np.concatenate([batch[name] for batch in batches])
        for name in (key, "label", "has_audio")
    }
    kept = data["has_audio"] | (key == "video")
    return data[key][kept], data["label"][kept]


def few_of_each_class(manifest):
    """The first --labels files of every class."""
    rows = [
        np.flatnonzero(manifest.label == label)[: FLAGS.labels]
        for label in range(manifest.num_classes)
    ]
    return manifest.subset(np.concatenate(rows))


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
        optimizer=keras.optimizers.Adam(FLAGS.learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=keras.backend.backend() == "jax",
    )
    return model


def main(_):
    """Fine-tune the backbone, and one of random weights."""
    backbone = Backbone.from_preset(FLAGS.preset)
    key = "video" if len(backbone.input_shape) == 5 else "audio"
    dataset = common.load_dataset()
    train, test = dataset.train, dataset.test
    if train.num_classes < 2:
        raise app.UsageError("--data must hold a folder for each class")
    train_data = read(few_of_each_class(train), key)
    test_data = read(test.subset(test.label >= 0), key)
    epochs = 1 if FLAGS.scale == "smoke" else 15
    print(f"{keras.backend.backend()}, {len(train_data[1])} labelled clips")
    for name in ("random weights", "pre-trained"):
        keras.utils.set_random_seed(FLAGS.seed)
        backbone = Backbone.from_preset(FLAGS.preset)
        if name == "random weights":
            backbone = type(backbone).from_config(backbone.get_config())
        model = make_classifier(backbone, train.num_classes)
        model.fit(*train_data, batch_size=16, epochs=epochs, verbose=0)
        _, accuracy = model.evaluate(*test_data, batch_size=32, verbose=0)
        print(f"{name:16s} test accuracy {accuracy:.3f}")


if __name__ == "__main__":
    app.run(main)
