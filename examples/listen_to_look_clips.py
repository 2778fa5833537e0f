"""Clips: the teacher and the students of `listen_to_look.py`."""

import warnings

import common
import keras
from absl import flags

from keras_av import rules
from keras_av.evaluation import count_flops, measure_latency

# A student of descriptors alone trains no classifier, one step no attention.
warnings.filterwarnings("ignore", "Gradients do not exist")

FLAGS = flags.FLAGS
flags.DEFINE_float("kl_weight", 100.0, "Weight of the teacher's classes.")

# Passes over the clips: teacher, students, fine-tuning.
EPOCHS = {"smoke": (1, 1, 1), "small": (40, 30, 8)}
# The student's networks are a little narrower than the teacher's.
NARROWER = 0.75


class Clips:
    """Trains and measures classifiers of short clips."""

    def __init__(self, table):
        self.table, self.folder = table, table.folder
        self.dataset = common.prepare_dataset(self.folder)
        self.learning = common.learning(self.dataset, **common.WARMUP)
        self.epochs = EPOCHS[FLAGS.scale]
        one = self.dataset.test_clips(common.scale().clip_spec, 1)
        batch = next(iter(one.as_numpy_iterator()))
        self.clip = {name: batch[name] for name in ("video", "audio")}

    def teach(self):
        """A classifier of clips by their frames."""
        return rules.supervised(
            self.folder / "teacher",
            **self.learning,
            encoder=common.encoder("video"),
            epochs=self.epochs[0],
            label_smoothing=0.1,
        )

    def distil(self, name, teacher, **options):
        """A student of the teacher, by both losses or by one."""
        sizes = {"depth": 10, "width": int(NARROWER * common.scale().width)}
        encoders = {
            "image_encoder": rules.image_resnet(**sizes),
            "audio_encoder": rules.audio_resnet(
                **sizes,
                num_mel_bins=40,
                sequence_stride=320,
                spec_augment=False,
                tall=True,
            ),
        }
        defaults = {**encoders, "kl_weight": FLAGS.kl_weight}
        return rules.listen_to_look(
            self.folder / name.replace(" ", "_"),
            **self.learning,
            teacher=teacher,
            epochs=self.epochs[1],
            **{**defaults, **options},
        )

    def fine_tune(self, student):
        """The same, whose fusion and classifier learn from labels, too."""
        return rules.fine_tune_student(
            self.folder / "fine_tuned",
            model=student,
            optimizer=self.learning["optimizer"],
            epochs=self.epochs[2],
            batch_size=self.learning["batch_size"],
            seed=FLAGS.seed,
        )

    def measure(self, name, model):
        """Add a classifier of clips to the table."""
        scores = rules.evaluate(model.folder / "measured", model=model)
        network = model.load_classifier()
        key = model.classifier_key
        inputs = self.clip if key is None else self.clip[key]
        shapes = keras.tree.map_structure(lambda x: x.shape[1:], inputs)
        self.table.add(
            "clips",
            name,
            scores.values()["top_1"],
            count_flops(network, shapes),
            measure_latency(network, inputs)[0],
        )
