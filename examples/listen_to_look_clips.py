"""Clips: the teacher and the students of `listen_to_look.py`."""

import warnings

import common
import keras
from absl import flags

from keras_av.evaluation import (
    count_flops,
    measure_latency,
    predict_videos,
    video_scores,
)
from keras_av.layers import FusionMLP, LogMelSpectrogram, log_mel_statistics
from keras_av.methods import ListenToLook, Supervised
from keras_av.models import (
    ImageAudioEncoder,
    listen_to_look_audio,
    listen_to_look_image,
    with_descriptor,
)

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
        self.table = table
        self.train, self.test = common.load_manifests()
        self.clips = common.make_clips(self.train, training=True)
        self.test_clips = common.make_clips(self.test)
        self.epochs = EPOCHS[FLAGS.scale]
        self.spec = common.scale().spec
        self.dim = 8 * common.scale().width
        ordered = common.make_clips(self.train)
        self.video_encoder, _ = common.make_encoders(ordered)
        front = LogMelSpectrogram(sequence_stride=320, num_mel_bins=40)
        mean, std = log_mel_statistics(front, ordered)
        config = {**front.get_config(), "mean": mean, "std": std}
        self.front = LogMelSpectrogram.from_config(config)
        one = next(iter(ordered.unbatch().batch(1).as_numpy_iterator()))
        self.clip = {name: one[name] for name in ("video", "audio")}

    def train_teacher(self):
        """A classifier of clips by their frames, frozen from here on."""
        dense = keras.layers.Dense(self.train.num_classes, dtype="float32")
        classifier = keras.Sequential([self.video_encoder, dense])
        model = Supervised(classifier, label_smoothing=0.1, seed=FLAGS.seed)
        common.fit(model, self.clips, self.epochs[0])
        return classifier

    def distil(
        self, teacher, image=True, audio=True, kl_weight=None, l1_weight=1.0
    ):
        """A student of the teacher, by both losses or by one."""
        width = int(NARROWER * common.scale().width)
        size = self.spec.height_width[0]
        look = listen_to_look_image(size, 10, width) if image else None
        listen = None
        if audio:
            listen = listen_to_look_audio(
                self.spec.num_samples,
                depth=10,
                width=width,
                preprocessor=self.front,
            )
        fusion = FusionMLP(self.dim, 2 * self.dim, "he_normal")
        model = ListenToLook(
            ImageAudioEncoder(look, listen, fusion),
            with_descriptor(teacher),
            kl_weight=FLAGS.kl_weight if kl_weight is None else kl_weight,
            l1_weight=l1_weight,
        )
        common.fit(model, self.clips, self.epochs[1])
        # The same without its teacher, and ready to learn from labels.
        alone = ListenToLook(
            model.student,
            num_classes=model.num_classes,
            kl_weight=0.0,
            l1_weight=0.0,
            label_weight=1.0,
        )
        # From descriptors alone no classifier is learned; they are to mean
        # what the teacher's mean, whose own classifier reads them.
        by_classes = model.loss_weights["kl"] > 0
        head = model.classifier if by_classes else teacher.layers[-1]
        alone.classifier.set_weights(head.get_weights())
        return alone

    def fine_tune(self, model):
        """Train the fusion and the classifier by labels."""
        for name in ("image_encoder", "audio_encoder"):
            getattr(model.student, name).trainable = False
        common.fit(model, self.clips, self.epochs[2])

    def measure(self, name, model, key=None):
        """Add a classifier of clips to the table."""
        found = predict_videos(model, self.test_clips, key)
        inputs = self.clip if key is None else self.clip[key]
        shapes = keras.tree.map_structure(lambda x: x.shape[1:], inputs)
        self.table.add(
            "clips",
            name,
            video_scores(found)["top_1"],
            count_flops(model, shapes),
            measure_latency(model, inputs)[0],
        )
