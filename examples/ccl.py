"""Teach a video network by what image and sound know of the classes.

    python examples/ccl.py                   # the generated set
    python examples/ccl.py --data=FOLDER     # FOLDER/class/clip.mp4
    KERAS_BACKEND=torch python examples/ccl.py --scale=smoke

For each seed an image and an audio network learn the classes from most of the
training files, and become the teachers of video networks that have the other
files and their labels: the baseline from labels alone, CCL-A, CCL-I and CCL-AI
with one teacher or both. The run ends with accuracy and retrieval by class and
their leads over the baseline, each with its 95 % interval over the seeds, and
leaves in --output the last student as a preset and table.json.
"""

import common
import keras
from absl import app, flags

from keras_av.evaluation import (
    class_retrieval,
    extract_features,
    predict_videos,
    video_scores,
)
from keras_av.methods import CompositionalContrastive, Supervised
from keras_av.models import Preset, listen_to_look_image

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
    """Train teachers and students, for each seed."""
    folder = common.output_folder("ccl")
    train, test = common.load_manifests(by_sight=True)
    test_clips = common.make_clips(test)
    rows = {}
    for seed in range(FLAGS.seed, FLAGS.seed + FLAGS.seeds):
        keras.utils.set_random_seed(seed)
        run = Run(train, test_clips, seed)
        teachers = {"image": run.teach("image"), "audio": run.teach("audio")}
        for name, senses in STUDENTS.items():
            model = run.distil({sense: teachers[sense] for sense in senses})
            found = run.measure(model)
            rows.setdefault(name, []).append(found)
            print(f"seed {seed}, {name}: {found}", flush=True)
    model.student.save_to_preset(folder / "student")
    common.print_intervals(rows, folder, "baseline")
    student = Preset.from_preset(folder / "student")
    print(f"The student, from its file, gives {student.output_shape}.")


class Run:
    """Networks of one seed."""

    def __init__(self, train, test_clips, seed):
        self.num_classes, self.test_clips = train.num_classes, test_clips
        few, most = train.split_by_group(1 - FLAGS.share, seed)
        self.clips = common.make_clips(most, training=True)
        self.few_clips = common.make_clips(few, training=True)
        self.ordered = common.make_clips(few)
        self.epochs = EPOCHS[FLAGS.scale]

    def encoder(self, sense):
        """A network of one sense; all give descriptors of one size."""
        sizes = common.scale()
        if sense == "image":
            size = sizes.spec.height_width[0]
            return listen_to_look_image(size, 10, sizes.width)
        video, audio = common.make_encoders(self.ordered)
        return video if sense == "video" else audio

    def teach(self, sense):
        """A teacher that has learned the classes by one sense."""
        network = self.encoder(sense)
        spec = common.scale().spec
        key = "audio" if sense == "audio" else "video"
        inputs = keras.Input(getattr(spec, f"{key}_shape"))
        seen = inputs
        if sense == "image":
            seen = inputs[:, spec.num_frames // 2]
        head = keras.layers.Dense(self.num_classes, dtype="float32")
        classifier = keras.Model(inputs, head(network(seen)))
        common.fit(Supervised(classifier, key), self.clips, self.epochs[0])
        found = predict_videos(classifier, self.test_clips, key)
        print(
            f"{sense} teacher: {video_scores(found)['top_1']:.3f}", flush=True
        )
        return network

    def distil(self, teachers):
        """A student of some teachers, or of none."""
        model = CompositionalContrastive(
            self.encoder("video"), self.num_classes, teachers
        )
        return common.fit(model, self.few_clips, self.epochs[1])

    def measure(self, model):
        """Accuracy, and retrieval of training videos by test videos."""
        found = predict_videos(model, self.test_clips, key=None)
        sides = [
            extract_features(model.student, clips)
            for clips in (self.ordered, self.test_clips)
        ]
        retrieved = class_retrieval(*sides)
        return {
            "accuracy": video_scores(found)["top_1"],
            **{
                name: retrieved[name]
                for name in ("recall@1", "recall@5", "map")
            },
        }


if __name__ == "__main__":
    app.run(main)
