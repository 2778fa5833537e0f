"""Teach a video network by what image and sound know of the classes.

    python examples/ccl.py                   # the generated set
    python examples/ccl.py --data=FOLDER     # FOLDER/class/clip.mp4
    KERAS_BACKEND=torch python examples/ccl.py --scale=smoke

For each seed an image and an audio network learn the classes from most of the
training files, and become the teachers of video networks that have the other
files and their labels: the baseline from labels alone, CCL-A, CCL-I and CCL-AI
with one teacher or both. The run ends with accuracy and retrieval by class and
their leads over the baseline, each with its 95 % interval over the seeds, and
leaves in --output all networks as presets and table.json. A run that was killed
goes on where it stopped.
"""

import common
from absl import app, flags

from keras_av import rules

FLAGS = flags.FLAGS
flags.DEFINE_integer("seeds", 5, "Number of runs.", lower_bound=2)
flags.DEFINE_float("share", 0.05, "Of the training files, for the students.")

STUDENTS = {
    "baseline": (),
    "CCL-A": ("audio",),
    "CCL-I": ("image",),
    "CCL-AI": ("image", "audio"),
}
# Passes over the clips: teachers, students.
EPOCHS = {"smoke": (1, 1), "small": (16, 60)}


def main(_):
    """Train and measure teachers and students, for each seed."""
    folder = common.output_folder("ccl")
    dataset = common.prepare_dataset(folder, by_sight=True)
    rows = {}
    for seed in range(FLAGS.seed, FLAGS.seed + FLAGS.seeds):
        for name, student in train(dataset, folder / f"seed_{seed}", seed):
            found = measure(student)
            rows.setdefault(name, []).append(found)
            print(f"seed {seed}, {name}: {found}", flush=True)
    common.print_intervals(rows, folder, "baseline")
    print(f"The last student: {student.backbone_folder('video')}")


def train(dataset, folder, seed):
    """The teachers of one seed, then each student."""
    few, most = common.few_and_most(dataset, seed)
    teaching = common.learning(most, seed, **common.WARMUP)
    learning = common.learning(few, seed, **common.WARMUP)
    teacher_epochs, epochs = EPOCHS[FLAGS.scale]
    teachers = {}
    for sense in ("image", "audio"):
        teachers[sense] = rules.supervised(
            folder / f"{sense}_teacher",
            **teaching,
            encoder=common.encoder(sense),
            epochs=teacher_epochs,
        )
        place = folder / f"{sense}_teacher_accuracy"
        found = rules.evaluate(place, model=teachers[sense]).values()
        print(f"{sense} teacher: {found['top_1']:.3f}", flush=True)
    for name, senses in STUDENTS.items():
        yield (
            name,
            rules.ccl(
                folder / name,
                **learning,
                encoder=common.encoder("video"),
                epochs=epochs,
                teachers={sense: teachers[sense] for sense in senses},
            ),
        )


def measure(student):
    """Accuracy, and retrieval of training videos by test videos."""
    place = student.folder / "measured"
    classes = rules.evaluate(place / "classes", model=student).values()
    found = rules.class_retrieval(
        place / "retrieval", model=student, modality="video"
    ).values()
    return {
        "accuracy": classes["top_1"],
        "recall@1": found["video_class_recall_1"],
        "recall@5": found["video_class_recall_5"],
        "map": found["video_class_map"],
    }


if __name__ == "__main__":
    app.run(main)
