"""Distil a video network into a smaller one, level by level and by classes.

    python examples/hints.py                   # the generated set
    python examples/hints.py --data=FOLDER     # FOLDER/class/clip.mp4

A teacher learns the classes from most of the training files, and students a
quarter as wide from the few others: from labels alone, with hints at three
levels, and with the teacher's softened class probabilities. The run ends with
accuracy and cost, and leaves in --output all networks and report.html. Run it
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
from keras_av.evaluation import count_flops
from keras_av.methods import Hint, HintDistillation, Supervised
from keras_av.models import Backbone, ResNet3DBackbone
from keras_av.report import RunPage, format_table, read_log

FLAGS = flags.FLAGS
flags.DEFINE_string("data", None, "Folder of videos; default: generated ones.")
flags.DEFINE_string("output", "out/hints", "Folder for the results.")
flags.DEFINE_enum("scale", "small", ["smoke", "small"], "How much to train.")
flags.DEFINE_integer("seed", 0, "Governs everything random.")

LEVELS = ("stage1", "stage2", "stage3")
STUDENTS = {
    "student alone": {},
    "with hints": {"hints": [Hint(level, level) for level in LEVELS]},
    "with KD": {"kd_weight": 0.9, "label_weight": 0.1},
}


def adam(train, epochs):
    """Adam, whose learning rate warms up and falls."""
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, epochs * int(train.cardinality()), 0.02, "rate", 1e-3, 4
    )
    return keras.optimizers.Adam(rate)


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

    # 2. Clips of frames, kept in memory.
    spec = ClipSpec(
        num_frames=8 if smoke else 16,
        frame_stride=4 if smoke else 2,
        size=32 if smoke else 48,
        audio_seconds=0.0,
    )

    def random_clips(part):
        size = min(16, len(part) // 2)
        return clips(
            part, spec, size, training=True, seed=FLAGS.seed, cache=True
        )

    train, teaching = random_clips(few), random_clips(most)
    test = clips(test_files, spec, 32, cache=True)

    def classifier(width):
        scale = keras.layers.Rescaling(1 / 127.5, -1.0)
        backbone = ResNet3DBackbone(
            10, width, spec.video_shape, preprocessor=scale
        )
        head = keras.layers.Dense(files.num_classes, name="logits")
        return keras.Sequential([backbone, head]), backbone

    columns, logs, answers = {}, {}, {}

    def measure(name, model, network):
        found = model.evaluate(test, verbose=0, return_dict=True)
        flops = count_flops(network, spec.video_shape)
        columns[name] = {"accuracy": found["accuracy"], "MFLOPs": flops / 1e6}
        answers[name] = model.predict(test, verbose=0).argmax(axis=1)

    # 3. The teacher learns from labels.
    width, epochs = 8 if smoke else 16, 1 if smoke else 16
    teacher, _ = classifier(width)
    model = Supervised(teacher)
    model.compile(adam(teaching, epochs))
    path = output / "teacher_backup"
    backup = Backup(path, clips=teaching, delete_checkpoint=False)
    model.fit(teaching, epochs=epochs, callbacks=[backup], verbose=2)
    measure("teacher", model, teacher)

    # 4. Students learn from fewer labels, and from the teacher.
    epochs = 1 if smoke else 60
    for name, options in STUDENTS.items():
        keras.utils.set_random_seed(FLAGS.seed)
        student, backbone = classifier(max(2, width // 4))
        taught_by = teacher if options else None
        model = HintDistillation(student, taught_by, **options)
        model.compile(adam(train, epochs))
        folder = output / name.replace(" ", "_")
        backup = Backup(folder / "backup", clips=train, delete_checkpoint=False)
        log = EpochLog(folder / "log.csv")
        model.fit(train, epochs=epochs, callbacks=[backup, log], verbose=2)
        logs[name] = read_log(folder / "log.csv")
        measure(name, model, student)
        backbone.save_to_preset(folder / "video_backbone", overwrite=True)

    # 5. What was learned, beside chance.
    chance = np.bincount(test_files.label).max() / len(test_files)
    columns["chance"] = {"accuracy": chance}
    print(format_table(columns, len(test_files)))
    page = RunPage("Distillation of hints")
    page.add_table(columns, num_clips=len(test_files))
    page.add_cost(columns)
    page.add_answers(answers, test, files.class_names)
    page.add_comparison(logs)
    page.write(output / "report.html")

    # 6. The backbone goes into any other Keras model, under any backend.
    backbone = Backbone.from_preset(output / "with_hints" / "video_backbone")
    other = keras.Sequential([backbone, keras.layers.Dense(5)])
    print(f"{backbone.name} inside another model: {other.output_shape}")


if __name__ == "__main__":
    run_program(main)
