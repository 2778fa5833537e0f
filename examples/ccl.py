"""Teach a video network by what another knows of the classes (CCL).

    python examples/ccl.py                   # the generated set
    python examples/ccl.py --data=FOLDER     # FOLDER/class/clip.mp4
    KERAS_BACKEND=torch python examples/ccl.py --scale=smoke

An audio network learns the classes from most of the training files, and becomes
the teacher of a video network that has the few others. The run ends with the
accuracy and the retrieval of clips of the same class, beside a network that has
the labels alone, and leaves in --output all networks and report.html. Run it
again: an interrupted run resumes, a finished one is not repeated.
"""

from keras_av.cli.quiet_start import quiet_start

quiet_start()

import pathlib

import keras
import numpy as np
from absl import flags

from keras_av.callbacks import Backup, EpochLog
from keras_av.cli.run_program import run_program
from keras_av.data import ClipSpec, Manifest, clips, generated_set
from keras_av.evaluation import class_retrieval, extract_features
from keras_av.layers import (
    ClipAugmentation,
    LogMelSpectrogram,
    log_mel_statistics,
)
from keras_av.methods import CompositionalContrastive, Supervised
from keras_av.models import Backbone, R2Plus1DBackbone, ResNetBackbone
from keras_av.report import RunPage, format_table, read_log

FLAGS = flags.FLAGS
flags.DEFINE_string("data", None, "Folder of videos; default: generated ones.")
flags.DEFINE_string("output", "out/ccl", "Folder for the results.")
flags.DEFINE_enum("scale", "small", ["smoke", "small"], "How much to train.")
flags.DEFINE_integer("seed", 0, "Governs everything random.")


def main(_):
    smoke, output = FLAGS.scale == "smoke", pathlib.Path(FLAGS.output)
    keras.utils.set_random_seed(FLAGS.seed)

    # 1. Files: a manifest says which there are, and of which class.
    if FLAGS.data is None:
        num_train, num_test = (32, 16) if smoke else (320, 128)
        files = generated_set(num_train=num_train, num_test=num_test)
        # By sight these look like others, which the networks cannot hear.
        names = np.array(files.class_names)[files.label]
        files = files.subset(~np.isin(names, ["metal_ball", "hammer_metal"]))
        train_files, test_files = (
            files.where(split=s) for s in ("train", "test")
        )
    else:
        files = Manifest.from_folder(FLAGS.data)
        train_files, test_files = files.split_by_group(0.25, seed=FLAGS.seed)
    share = 0.5 if smoke else 0.85
    few, most = train_files.split_by_group(share, seed=FLAGS.seed)

    # 2. Clips: frames and the sound of the same moment, kept in memory.
    spec = ClipSpec(
        num_frames=8 if smoke else 16,
        frame_stride=4 if smoke else 2,
        size=32 if smoke else 48,
        audio_seconds=2.0,
    )

    def random_clips(part):
        size = min(16, len(part) // 2)
        return clips(
            part, spec, size, training=True, seed=FLAGS.seed, cache=True
        )

    train, teaching = random_clips(few), random_clips(most)
    in_order = clips(train_files, spec, 32, cache=True)
    test = clips(test_files, spec, 32, cache=True)

    # 3. The teacher: a classifier of the sound.
    width, classes = 8 if smoke else 16, files.num_classes
    mean, std = log_mel_statistics(LogMelSpectrogram(), in_order)
    listen = LogMelSpectrogram(sequence_stride=320, mean=mean, std=std)
    teacher = ResNetBackbone(10, width, spec.audio_shape, preprocessor=listen)
    classifier = keras.Sequential([teacher, keras.layers.Dense(classes)])
    columns, logs, answers = {}, {}, {}

    def fit(name, model, train, epochs):
        num_steps = epochs * int(train.cardinality())
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, num_steps, 0.02, "rate", 1e-3, min(20, num_steps // 4)
        )
        model.compile(keras.optimizers.Adam(rate))
        path = output / f"{name}_backup"
        backup = Backup(path, clips=train, delete_checkpoint=False)
        log = EpochLog(output / f"{name}.csv")
        model.fit(train, epochs=epochs, callbacks=[backup, log], verbose=2)
        logs[name] = read_log(output / f"{name}.csv")
        found = model.evaluate(test, verbose=0, return_dict=True)
        columns[name] = {"accuracy": found["accuracy"]}
        answers[name] = model.predict(test, verbose=0).argmax(axis=1)

    fit(
        "teacher", Supervised(classifier, "audio"), teaching, 1 if smoke else 16
    )

    # 4. Students: by labels alone, and by the sound as well.
    for name, teachers in (("baseline", None), ("CCL-A", {"audio": teacher})):
        keras.utils.set_random_seed(FLAGS.seed)
        look = keras.Sequential(
            [
                ClipAugmentation(seed=FLAGS.seed),
                keras.layers.Rescaling(1 / 127.5, -1.0),
            ]
        )
        student = R2Plus1DBackbone(
            10, width, spec.video_shape, preprocessor=look, variant="ccl"
        )
        model = CompositionalContrastive(
            student, classes, teachers, seed=FLAGS.seed
        )
        fit(name, model, train, 1 if smoke else 60)
        sides = (extract_features(student, side) for side in (in_order, test))
        ranked = class_retrieval(*sides)
        columns[name] |= {"map": ranked["map"]}
        student.save_to_preset(output / f"{name}_backbone", overwrite=True)

    # 5. What was learned, beside chance.
    chance = np.bincount(test_files.label).max() / len(test_files)
    by_chance = {"accuracy": chance, "map": ranked["chance_map"]}
    columns["chance"] = by_chance
    print(format_table(columns, len(test_files)))
    page = RunPage("Compositional contrastive learning")
    page.add_table(columns, num_clips=len(test_files))
    page.add_answers(answers, test, files.class_names)
    page.add_comparison(logs)
    page.add_text("Test clips", test.report.summary())
    page.write(output / "report.html")

    # 6. The backbone goes into any other Keras model, under any backend.
    backbone = Backbone.from_preset(output / "CCL-A_backbone")
    other = keras.Sequential([backbone, keras.layers.Dense(5)])
    print(f"{backbone.name} inside another model: {other.output_shape}")


if __name__ == "__main__":
    run_program(main)
