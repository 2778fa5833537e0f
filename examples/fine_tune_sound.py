"""Fine-tune an audio backbone on sound files, by the official folds.

    python examples/fine_tune_sound.py --data=ESC-50-master
    python examples/fine_tune_sound.py --data=ESC-10 --preset=audio_backbone

--data is a folder in the layout of ESC-50 or with its file names. Each fold is
tested once by a network trained on the others; a recording gets the class of
the greatest mean probability over its windows. Without --preset a ResNet-10 of
random weights is trained.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from absl import app, flags

from keras_av.data import ClipSpec, Manifest, clips
from keras_av.evaluation import cross_validate, fine_tune, mean_and_interval
from keras_av.layers import (
    LogMelSpectrogram,
    SpecAugment,
    log_mel_statistics,
)
from keras_av.models import Backbone, ResNetBackbone

FLAGS = flags.FLAGS
flags.DEFINE_string("data", None, "Folder of sound files.", required=True)
flags.DEFINE_string("preset", None, "A preset's folder; default: none.")
flags.DEFINE_integer("epochs", 40, "Epochs for each fold.")
flags.DEFINE_integer("folds", 0, "Only the first so many; default: all.")
flags.DEFINE_float("seconds", 2.0, "Length of a window.")
flags.DEFINE_float("learning_rate", 1e-3, "Of Adam.")
flags.DEFINE_integer("seed", 0, "Governs everything random.")


def make_backbone(spec, train_clips):
    """The preset, or a new network with the statistics of the set."""
    if FLAGS.preset:
        return Backbone.from_preset(FLAGS.preset)
    mean, std = log_mel_statistics(LogMelSpectrogram(), train_clips)
    front = keras.Sequential(
        [
            LogMelSpectrogram(sequence_stride=320, mean=mean, std=std),
            SpecAugment(max_time_width=10, seed=FLAGS.seed),
        ]
    )
    return ResNetBackbone(10, 16, spec.audio_shape, preprocessor=front)


def main(_):
    """Train and test once for each fold."""
    manifest = Manifest.from_esc50(FLAGS.data)
    spec = ClipSpec(num_frames=0, audio_seconds=FLAGS.seconds)

    def measure(train_rows, test_rows):
        keras.utils.set_random_seed(FLAGS.seed)
        train, test = manifest.subset(train_rows), manifest.subset(test_rows)
        read = dict(spec=spec, batch_size=32, cache=True, seed=FLAGS.seed)
        train_clips = clips(train, training=True, repeats=2, **read)
        accuracy, _ = fine_tune(
            make_backbone(spec, clips(train, **read)),
            train_clips,
            clips(test, repeats=5, **read),
            num_classes=manifest.num_classes,
            epochs=FLAGS.epochs,
            learning_rate=FLAGS.learning_rate,
            key="audio",
        )
        print(f"fold {manifest.fold[test_rows[0]]}: {accuracy:.3f}", flush=True)
        return accuracy

    if FLAGS.folds:
        chosen = np.unique(manifest.fold)[: FLAGS.folds]
        manifest = manifest.subset(np.isin(manifest.fold, chosen))
    accuracies = cross_validate(measure, manifest.fold)
    mean, half = mean_and_interval(accuracies)
    print(f"{len(accuracies)} folds: {mean:.3f} ± {half:.3f} (95 %)")


if __name__ == "__main__":
    app.run(main)
