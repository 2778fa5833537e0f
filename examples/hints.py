"""Distil a video network into a smaller one, level by level and by classes.

    python examples/hints.py                   # the generated set
    python examples/hints.py --data=FOLDER     # FOLDER/class/clip.mp4
    KERAS_BACKEND=torch python examples/hints.py --scale=smoke

For each seed a teacher learns the classes from most of the training files, and
students a quarter as wide from the others: from labels alone, and with hints at
three levels, attention transfer at the same levels, or softened class
probabilities beside them. The run ends with accuracy, its 95 % interval over
the seeds and the cost, and leaves in --output the last student's backbone as a
preset and table.json.
"""

import common
import keras
from absl import app, flags

from keras_av.evaluation import (
    count_flops,
    predict_videos,
    video_scores,
)
from keras_av.methods import Hint, HintDistillation, Supervised
from keras_av.models import Preset, ResNet3DBackbone

FLAGS = flags.FLAGS
flags.DEFINE_integer("seeds", 3, "Number of runs.", lower_bound=2)
flags.DEFINE_float("share", 0.15, "Of the training files, for the students.")

LEVELS = ("stage1", "stage2", "stage3")
STUDENTS = {
    "student alone": {},
    "with hints": {"hints": [Hint(tap, tap) for tap in LEVELS]},
    "with attention": {
        "hints": [Hint(tap, tap, "attention") for tap in LEVELS]
    },
    "with KD": {"kd_weight": 0.9, "label_weight": 0.1},
}
# Passes over the clips: teacher, students; and a student's width of the
# teacher's.
EPOCHS = {"smoke": (1, 1), "small": (16, 60)}
NARROWER = 0.25


def main(_):
    """Train teachers and students, for each seed."""
    folder = common.output_folder("hints")
    train, test = common.load_manifests(by_sight=True)
    test_clips = common.make_clips(test)
    rows, costs = {}, {}
    epochs = EPOCHS[FLAGS.scale]
    for seed in range(FLAGS.seed, FLAGS.seed + FLAGS.seeds):
        keras.utils.set_random_seed(seed)
        few, most = train.split_by_group(1 - FLAGS.share, seed)
        clips = common.make_clips(most, training=True)
        few_clips = common.make_clips(few, training=True)
        teacher, _ = network(train.num_classes)
        model = Supervised(teacher, "video")
        models = {"teacher": common.fit(model, clips, epochs[0])}
        for name, options in STUDENTS.items():
            student, backbone = network(train.num_classes, NARROWER)
            options = {"teacher": teacher, **options} if options else {}
            model = HintDistillation(student, **options)
            models[name] = common.fit(model, few_clips, epochs[1])
        for name, model in models.items():
            found = predict_videos(model, test_clips, key=None)
            accuracy = video_scores(found)["top_1"]
            rows.setdefault(name, []).append({"accuracy": accuracy})
            plain = getattr(model, "student", None) or model.classifier
            flops = count_flops(plain, common.scale().spec.video_shape)
            costs[name] = flops / 1e6
            print(f"seed {seed}, {name}: {accuracy:.3f}", flush=True)
    backbone.save_to_preset(folder / "student")
    common.print_intervals(rows, folder, "student alone", MFLOPs=costs)
    backbone = Preset.from_preset(folder / "student")
    print(f"The student, from its file, gives {backbone.output_shape}.")


def network(num_classes, share=1.0):
    """A classifier of clips, and the backbone inside it."""
    sizes = common.scale()
    backbone = ResNet3DBackbone(
        10,
        max(2, int(share * sizes.width)),
        sizes.spec.video_shape,
        preprocessor=keras.layers.Rescaling(1 / 127.5, -1.0),
    )
    head = keras.layers.Dense(num_classes, dtype="float32")
    return keras.Sequential([backbone, head]), backbone


if __name__ == "__main__":
    app.run(main)
