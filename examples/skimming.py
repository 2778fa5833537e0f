"""Skim long videos: learn where in them to look and to listen.

    python examples/listen_to_look.py       # trains the student
    python examples/skimming.py             # generated videos of 40 seconds
    python examples/skimming.py --data=FOLDER --student=PRESET

An image and audio student encodes long videos second by second. An LSTM with
attention learns by their images which seconds to listen to, beside rivals that
take all, evenly spaced or random ones. A killed run resumes if run again.
"""

from keras_av.cli.quiet_start import quiet_start

quiet_start()

import pathlib

import keras
import numpy as np
from absl import flags

from keras_av.callbacks import Backup
from keras_av.cli.run_program import run_program
from keras_av.data import (
    ClipSpec,
    Manifest,
    feature_sequences,
    generated_long_set,
    long_clips,
)
from keras_av.evaluation import skim_videos, write_features
from keras_av.layers import FusionMLP
from keras_av.methods import SelectedClips, Skimming
from keras_av.models import (
    ImageAudioEncoder,
    Preset,
    listen_to_look_audio,
    listen_to_look_image,
)
from keras_av.report import RunPage, format_table

FLAGS = flags.FLAGS
flags.DEFINE_string("data", None, "Folder of long videos; default: generated.")
flags.DEFINE_string("student", "out/listen_to_look/student", "Preset folder.")
flags.DEFINE_string("output", "out/skimming", "Folder for the results.")
flags.DEFINE_enum("scale", "small", ["smoke", "small"], "How much to train.")
flags.DEFINE_integer("num_steps", 4, "Seconds of a video that are looked at.")
flags.DEFINE_integer("seed", 0, "Governs everything random.")


def main(_):
    smoke, output = FLAGS.scale == "smoke", pathlib.Path(FLAGS.output)
    keras.utils.set_random_seed(FLAGS.seed)

    # 1. Files: long videos, each of one class.
    if FLAGS.data is None:
        num_train, num_test = (16, 8) if smoke else (160, 80)
        files = generated_long_set(num_train=num_train, num_test=num_test)
        sides = {s: files.where(split=s) for s in ("train", "test")}
    else:
        files = Manifest.from_folder(FLAGS.data)
        parts = files.split_by_group(0.25, seed=FLAGS.seed)
        sides = dict(zip(("train", "test"), parts))

    # 2. The encoder: a student of Listen to Look, which sees and hears.
    size = 32 if smoke else 48
    if (pathlib.Path(FLAGS.student) / "config.json").is_file():
        student = Preset.from_preset(FLAGS.student, trainable=False)
    else:
        print("No --student: the features are those of random weights.")
        student = ImageAudioEncoder(
            listen_to_look_image(size, 10, 4),
            listen_to_look_audio(32000, depth=10, width=4),
            FusionMLP(32, 64),
        )

    # 3. Features: the middle frame and the sound of every second.
    spec = ClipSpec(
        num_frames=1, size=size, audio_seconds=2.0, audio_alignment="start"
    )
    for side, part in sides.items():
        seconds = long_clips(part, spec, 1.0, 32)
        write_features(student, seconds, output / "features" / side)

    def sequences(side, size):
        place, training = output / "features" / side, side == "train"
        return feature_sequences(
            place, sides[side], size, training=training, seed=FLAGS.seed
        )

    batch_size = min(8 if smoke else 32, len(sides["train"]) // 2)
    train, test = sequences("train", batch_size), sequences("test", 32)

    # 4. The skimmer and its baselines, each fitted alike.
    num_classes, dim = files.num_classes, student.image_encoder.output_shape[-1]
    shared = {"num_classes": num_classes, "dim": dim, "seed": FLAGS.seed}

    def make(name):
        # It starts from the fusion that the student has learned.
        fusion = FusionMLP.from_config(student.fusion.get_config())
        fusion.build([(None, dim)] * 2)
        fusion.set_weights(student.fusion.get_weights())
        options = {**shared, "fusion": fusion, "num_steps": FLAGS.num_steps}
        if name == "skimming":
            units = fusion.units
            options |= {"hidden_units": 2 * units, "key_units": units // 2}
            return Skimming(**options, index="image", hard=True)
        return SelectedClips(**options, selection=name)

    epochs, columns = 2 if smoke else 60, {}
    for name in ("all", "uniform", "random", "skimming"):
        keras.utils.set_random_seed(FLAGS.seed)
        model = make(name)
        num_steps = epochs * int(train.cardinality())
        rate = keras.optimizers.schedules.CosineDecay(1e-3, num_steps, 0.02)
        model.compile(keras.optimizers.Adam(rate))
        backup = Backup(output / f"{name}_backup", delete_checkpoint=False)
        model.fit(train, epochs=epochs, callbacks=[backup], verbose=2)
        found = model.evaluate(test, verbose=0, return_dict=True)
        counts = [
            model.encoded(model.predict_on_batch(batch), batch["mask"])
            for batch in test.as_numpy_iterator()
        ]
        means = np.concatenate(counts, axis=1).mean(axis=1)
        cost = dict(zip(("images", "sounds"), means))
        columns[name] = {"accuracy": found["accuracy"], **cost}
        model.save(output / f"{name}.keras")

    # 5. What was learned, beside chance.
    chance = np.bincount(sides["test"].label).max() / len(sides["test"])
    columns["chance"] = {"accuracy": chance}
    print(format_table(columns, len(sides["test"])))
    page = RunPage("Skimming")
    page.add_table(columns, num_clips=len(sides["test"]))
    page.add_cost(columns, "sounds")

    # 6. A file holds the whole skimmer; it encodes what it looks at alone.
    skimmer = keras.saving.load_model(output / "skimming.keras", compile=False)
    for row, path in enumerate(sides["test"].path[:4]):
        video = sides["test"].subset(np.arange(row, row + 1))
        seconds = list(long_clips(video, spec, 1.0, 256).as_numpy_iterator())
        found = skim_videos(skimmer, student, seconds)
        images = np.concatenate([one["video"][:, 0] for one in seconds])
        page.add_moments(images, found["chosen"][0], str(path))
        print(path, "heard:", *found["num_sounds"], "of", *found["num_clips"])
    page.write(output / "report.html")


if __name__ == "__main__":
    run_program(main)
