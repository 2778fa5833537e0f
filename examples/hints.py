"""Distil a video network into a smaller one, level by level and by classes.

    python examples/hints.py                   # the generated set
    python examples/hints.py --data=FOLDER     # FOLDER/class/clip.mp4
    KERAS_BACKEND=torch python examples/hints.py --scale=smoke

For each seed a teacher learns the classes from most of the training files, and
students a quarter as wide from the others: from labels alone, and with hints at
three levels, attention transfer at the same levels, or softened class
probabilities beside them. The run ends with accuracy, its 95 % interval over
the seeds and the cost, and leaves in --output all networks as presets and
table.json. A run that was killed goes on where it stopped.
"""

import common
from absl import app, flags

from keras_av import rules
from keras_av.evaluation import count_flops

FLAGS = flags.FLAGS
flags.DEFINE_integer("seeds", 3, "Number of runs.", lower_bound=2)
flags.DEFINE_float("share", 0.15, "Of the training files, for the students.")

LEVELS = ("stage1", "stage2", "stage3")
STUDENTS = {
    "student alone": {},
    "with hints": {"taps": LEVELS},
    "with attention": {"taps": LEVELS, "loss": "attention"},
    "with KD": {"kd_weight": 0.9, "label_weight": 0.1},
}
# Passes over the clips: teacher, students; and a student's width of the
# teacher's.
EPOCHS = {"smoke": (1, 1), "small": (16, 60)}
NARROWER = 0.25


def main(_):
    """Train and measure teachers and students, for each seed."""
    folder = common.output_folder("hints")
    dataset = common.prepare_dataset(folder, by_sight=True)
    rows, costs = {}, {}
    for seed in range(FLAGS.seed, FLAGS.seed + FLAGS.seeds):
        for name, model in train(dataset, folder / f"seed_{seed}", seed):
            scores = rules.evaluate(model.folder / "measured", model=model)
            accuracy = scores.values()["top_1"]
            rows.setdefault(name, []).append({"accuracy": accuracy})
            shape = common.scale().spec.video_shape
            flops = count_flops(model.load_classifier(), shape)
            costs[name] = flops / 1e6
            print(f"seed {seed}, {name}: {accuracy:.3f}", flush=True)
    common.print_intervals(rows, folder, "student alone", MFLOPs=costs)
    print(f"The last student: {model.backbone_folder('video')}")


def train(dataset, folder, seed):
    """The teacher of one seed, then each student."""
    few, most = common.few_and_most(dataset, seed)
    teacher_epochs, epochs = EPOCHS[FLAGS.scale]
    width = common.scale().width
    teacher = rules.supervised(
        folder / "teacher",
        **common.learning(most, seed, **common.WARMUP),
        encoder=rules.resnet3d(depth=10, width=width),
        epochs=teacher_epochs,
    )
    yield "teacher", teacher
    narrow = rules.resnet3d(depth=10, width=max(2, int(NARROWER * width)))
    for name, options in STUDENTS.items():
        taught = {"teacher": teacher, **options} if options else {}
        yield (
            name,
            rules.hints(
                folder / name.replace(" ", "_"),
                **common.learning(few, seed, **common.WARMUP),
                encoder=narrow,
                epochs=epochs,
                **taught,
            ),
        )


if __name__ == "__main__":
    app.run(main)
