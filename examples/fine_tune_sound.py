"""Fine-tune an audio backbone on sound files, by the official folds.

    python examples/fine_tune_sound.py --data=ESC-50-master
    python examples/fine_tune_sound.py --data=ESC-10 --preset=audio_backbone

--data is a folder in the layout of ESC-50 or with its file names. Each fold is
tested once by a network trained on the others; a recording gets the class of
the greatest mean probability over its windows. Without --preset a ResNet-10 of
random weights is trained. Run it again: an interrupted run resumes, finished
folds are not repeated.
"""

from keras_av.cli.quiet_start import quiet_start

quiet_start()

import pathlib

import keras
import numpy as np
from absl import flags

from keras_av.callbacks import Backup, EpochLog
from keras_av.cli.run_program import run_program
from keras_av.data import ClipSpec, Manifest, clips
from keras_av.evaluation import (
    cross_validate,
    mean_and_interval,
    predict_videos,
    video_scores,
)
from keras_av.layers import (
    LogMelSpectrogram,
    SpecAugment,
    log_mel_statistics,
)
from keras_av.methods import Supervised
from keras_av.models import Backbone, ResNetBackbone
from keras_av.report import RunPage, read_log

FLAGS = flags.FLAGS
flags.DEFINE_string("data", None, "Folder of sound files.", required=True)
flags.DEFINE_string("preset", None, "A preset's folder; default: none.")
flags.DEFINE_string("output", "out/fine_tune_sound", "Folder for the results.")
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
    output = pathlib.Path(FLAGS.output)
    # 1. Files: with the fold and the class of each.
    manifest = Manifest.from_esc50(FLAGS.data)
    # 2. Clips: windows of sound alone.
    spec = ClipSpec(num_frames=0, audio_seconds=FLAGS.seconds)
    logs = {}
    read = dict(spec=spec, batch_size=32, cache=True, seed=FLAGS.seed)

    def measure(train_rows, test_rows):
        keras.utils.set_random_seed(FLAGS.seed)
        fold = manifest.fold[test_rows[0]]
        train_files = manifest.subset(train_rows)
        train = clips(train_files, training=True, repeats=2, **read)
        test = clips(manifest.subset(test_rows), repeats=5, **read)

        # 3. A classifier: the backbone and one layer.
        backbone = make_backbone(spec, clips(train_files, **read))
        logits = keras.layers.Dense(manifest.num_classes, name="logits")
        classifier = keras.Sequential([backbone, logits])
        model = Supervised(classifier, "audio")
        num_steps = FLAGS.epochs * int(train.cardinality())
        rate = keras.optimizers.schedules.CosineDecay(
            FLAGS.learning_rate, num_steps
        )
        model.compile(keras.optimizers.Adam(rate))

        # 4. Training: resumes, and repeats no finished fold.
        path = output / f"fold_{fold}_backup"
        backup = Backup(path, clips=train, delete_checkpoint=False)
        log, epochs = EpochLog(output / f"fold_{fold}.csv"), FLAGS.epochs
        model.fit(train, epochs=epochs, callbacks=[backup, log], verbose=2)
        logs[f"fold {fold}"] = read_log(output / f"fold_{fold}.csv")
        backbone.save_to_preset(
            output / f"fold_{fold}_backbone", overwrite=True
        )

        # 5. A recording has the class of its windows' mean probability.
        found = predict_videos(classifier, test, "audio")
        accuracy = video_scores(found)["top_1"]
        print(f"fold {fold}: {accuracy:.3f}", flush=True)
        return accuracy

    if FLAGS.folds:
        chosen = np.unique(manifest.fold)[: FLAGS.folds]
        manifest = manifest.subset(np.isin(manifest.fold, chosen))
    accuracies = cross_validate(measure, manifest.fold)
    mean, half = mean_and_interval(accuracies)
    chance = np.bincount(manifest.label).max() / len(manifest)
    print(
        f"{len(accuracies)} folds: {mean:.3f} ± {half:.3f} (95 %); "
        f"chance: {chance:.3f}"
    )
    page = RunPage("Fine-tuning on sound")
    column = dict(zip(logs, accuracies)) | {"mean": (mean, half)}
    page.add_table({"accuracy": column | {"chance": chance}})
    page.add_comparison(logs)
    page.write(output / "report.html")

    # 6. The backbone goes into any other Keras model, under any backend.
    backbone = Backbone.from_preset(
        output / f"fold_{manifest.fold[0]}_backbone"
    )
    other = keras.Sequential([backbone, keras.layers.Dense(5)])
    print(f"{backbone.name} inside another model: {other.output_shape}")


if __name__ == "__main__":
    run_program(main)
