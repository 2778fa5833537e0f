"""The parts of `listen_to_look.py`: each trains or measures one model."""

import json
import logging
import shutil
import warnings

import common
import keras
import numpy as np
from absl import flags

from keras_av.data import (
    ClipSpec,
    feature_sequences,
    generated_long_set,
    long_clips,
)
from keras_av.evaluation import (
    count_flops,
    measure_latency,
    predict_videos,
    video_scores,
    write_features,
)
from keras_av.layers import FusionMLP, LogMelSpectrogram, log_mel_statistics
from keras_av.methods import ListenToLook, SelectedClips, Skimming, Supervised
from keras_av.models import (
    ImageAudioEncoder,
    Preset,
    listen_to_look_audio,
    listen_to_look_image,
    with_descriptor,
)
from keras_av.report import format_table, plot_cost

# A student of descriptors alone trains no classifier, one step no attention.
warnings.filterwarnings("ignore", "Gradients do not exist")
# Every model has functions of its own, which TensorFlow takes for a mistake.
logging.getLogger("tensorflow").setLevel(logging.ERROR)

FLAGS = flags.FLAGS
flags.DEFINE_float("kl_weight", 100.0, "Weight of the teacher's classes.")
flags.DEFINE_float("hop", 1.0, "Seconds between the clips of a long video.")

# Clips that are looked at in a long video.
STEPS = {"smoke": (1, 2), "small": (1, 2, 4, 8)}
# Passes over the data: teacher, students, fine-tuning, skimming.
EPOCHS = {"smoke": (1, 1, 1, 2), "small": (40, 30, 8, 60)}
# Long videos to learn from and to test on.
LONG = {"smoke": (32, 16), "small": (160, 80)}
# The student's networks are a little narrower than the teacher's.
NARROWER = 0.75


class Run:
    """The data, the sizes and what has been measured."""

    def __init__(self):
        keras.utils.set_random_seed(FLAGS.seed)
        self.folder = common.output_folder("listen_to_look")
        self.train, self.test = common.load_manifests()
        self.clips = common.make_clips(self.train, training=True)
        self.test_clips = common.make_clips(self.test)
        self.epochs = EPOCHS[FLAGS.scale]
        self.spec = common.scale().spec
        self.dim = 8 * common.scale().width
        self.rows, self.points = {}, {"clips": {}, "videos": {}}
        ordered = common.make_clips(self.train)
        self.video_encoder, _ = common.make_encoders(ordered)
        front = LogMelSpectrogram(sequence_stride=320, num_mel_bins=40)
        mean, std = log_mel_statistics(front, ordered)
        config = {**front.get_config(), "mean": mean, "std": std}
        self.front = LogMelSpectrogram.from_config(config)
        one = next(iter(ordered.unbatch().batch(1).as_numpy_iterator()))
        self.clip = {name: one[name] for name in ("video", "audio")}

    def fit(self, model, dataset, epochs):
        """Train with Adam, whose learning rate warms up and then falls."""
        num_steps = epochs * int(dataset.cardinality())
        rate = keras.optimizers.schedules.CosineDecay(
            0.0,
            num_steps,
            alpha=0.02,
            warmup_target=FLAGS.learning_rate,
            warmup_steps=min(20, num_steps // 4),
        )
        jit = keras.backend.backend() == "jax"
        model.compile(keras.optimizers.Adam(rate), jit_compile=jit)
        model.fit(dataset, epochs=epochs, verbose=0)

    def train_teacher(self):
        """A classifier of clips by their frames, frozen from here on."""
        dense = keras.layers.Dense(self.train.num_classes, dtype="float32")
        classifier = keras.Sequential([self.video_encoder, dense])
        model = Supervised(classifier, label_smoothing=0.1, seed=FLAGS.seed)
        self.fit(model, self.clips, self.epochs[0])
        return classifier

    def distil(
        self, teacher, image=True, audio=True, kl_weight=None, l1_weight=1.0
    ):
        """A student of the teacher, by both losses or by one."""
        width = int(NARROWER * common.scale().width)
        size = self.spec.height_width[0]
        look = listen_to_look_image(size, 10, width) if image else None
        samples = self.spec.num_samples
        listen = None
        if audio:
            listen = listen_to_look_audio(
                samples, depth=10, width=width, preprocessor=self.front
            )
        fusion = FusionMLP(self.dim, 2 * self.dim, "he_normal")
        model = ListenToLook(
            ImageAudioEncoder(look, listen, fusion),
            with_descriptor(teacher),
            kl_weight=FLAGS.kl_weight if kl_weight is None else kl_weight,
            l1_weight=l1_weight,
        )
        self.fit(model, self.clips, self.epochs[1])
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
        head = (
            model.classifier if model.loss_weights["kl"] else teacher.layers[-1]
        )
        alone.classifier.set_weights(head.get_weights())
        return alone

    def fine_tune(self, model):
        """Train the fusion and the classifier by labels."""
        for name in ("image_encoder", "audio_encoder"):
            getattr(model.student, name).trainable = False
        self.fit(model, self.clips, self.epochs[2])

    def encode_long_videos(self, encoder):
        """Write the features of all clips of the long videos to files."""
        long = self.train, self.test
        if FLAGS.data is None:
            num_train, num_test = LONG[FLAGS.scale]
            videos = generated_long_set(num_train=num_train, num_test=num_test)
            long = videos.where(split="train"), videos.where(split="test")
        spec = ClipSpec(
            num_frames=1,
            size=self.spec.size,
            audio_seconds=self.spec.audio_seconds,
            audio_alignment="start",
        )
        self.sequences = []
        for manifest, name in zip(long, ("train", "test")):
            folder = self.folder / "features" / name
            # Those of an earlier run are another encoder's.
            shutil.rmtree(folder, ignore_errors=True)
            write_features(
                encoder, long_clips(manifest, spec, FLAGS.hop, 32), folder
            )
            training = name == "train"
            self.sequences.append(
                feature_sequences(
                    folder,
                    manifest,
                    min(32, len(manifest) // 2),
                    training=training,
                    seed=FLAGS.seed,
                    length_range=None,
                )
            )
        lengths = [np.sum(batch["mask"], axis=1) for batch in self.sequences[1]]
        self.num_clips = float(np.mean(np.concatenate(lengths)))
        self.encoder = encoder

    def train_selected(self, student, selection, num_steps=10):
        """A classifier of the mean features of some clips of a video."""
        model = SelectedClips(
            **self.psi(student),
            selection=selection,
            num_steps=num_steps,
            seed=FLAGS.seed,
        )
        self.fit(model, self.sequences[0], self.epochs[3])
        return model

    def train_skimming(self, student, num_steps):
        """A classifier that learns which clips to look at."""
        model = Skimming(
            **self.psi(student),
            hidden_units=2 * self.dim,
            key_units=self.dim // 2,
            num_steps=num_steps,
            seed=FLAGS.seed,
        )
        self.fit(model, self.sequences[0], self.epochs[3])
        return model

    def psi(self, student):
        """The fusion, frozen, and a copy of the classifier."""
        student.student.fusion.trainable = False
        classifier = keras.layers.Dense(student.num_classes, dtype="float32")
        classifier.build((None, self.dim))
        classifier.set_weights(student.classifier.get_weights())
        return {
            "num_classes": student.num_classes,
            "dim": student.student.image_encoder.output_shape[-1],
            "fusion": student.student.fusion,
            "classifier": classifier,
        }

    def add_clip_row(self, name, model, key=None):
        """Measure a classifier of clips."""
        found = predict_videos(model, self.test_clips, key)
        inputs = self.clip if key is None else self.clip[key]
        shapes = keras.tree.map_structure(lambda x: x.shape[1:], inputs)
        self._add(
            "clips",
            name,
            video_scores(found)["top_1"],
            count_flops(model, shapes),
            measure_latency(model, inputs)[0],
        )

    def add_video_row(self, name, model):
        """Measure a classifier of long videos, encoding included."""
        self.fixed = getattr(self, "fixed", None) or self._encoder_cost()
        scores = [
            model.evaluate(self.sequences[1], verbose=0, return_dict=True)
            for _ in range(10 if name.startswith("random") else 1)
        ]
        batch = next(iter(self.sequences[1].unbatch().batch(1)))
        inputs = {
            key: np.asarray(batch[key])
            for key in ("image_features", "audio_features", "mask")
        }
        shapes = {key: value.shape[1:] for key, value in inputs.items()}
        all_clips = name.startswith(("all", "skimming"))
        num_clips = self.num_clips if all_clips else model.num_steps
        self._add(
            "videos",
            name,
            float(np.mean([score["accuracy"] for score in scores])),
            num_clips * self.fixed[0] + count_flops(model, shapes),
            num_clips * self.fixed[1] + measure_latency(model, inputs)[0],
        )

    def _encoder_cost(self):
        shapes = {key: value.shape[1:] for key, value in self.clip.items()}
        return (
            count_flops(self.encoder, shapes),
            measure_latency(self.encoder, self.clip)[0],
        )

    def _add(self, kind, name, accuracy, flops, seconds):
        self.rows[name] = {
            "accuracy": accuracy,
            "MFLOPs": flops / 1e6,
            "ms": 1000 * seconds,
        }
        print(f"{name}: {accuracy:.3f}, {flops / 1e6:.1f} MFLOPs", flush=True)
        curve = self.points[kind].setdefault(name.split(",")[0], [])
        curve.append((flops / 1e9, accuracy))

    def report(self):
        """Print the table; write it and the pictures."""
        columns = {
            title: {name: row[title] for name, row in self.rows.items()}
            for title in ("accuracy", "MFLOPs", "ms")
        }
        print(f"\n{format_table(columns)}\n")
        (self.folder / "table.json").write_text(json.dumps(columns, indent=1))
        for kind, points in self.points.items():
            plot_cost(points, self.folder / f"cost_of_{kind}.png")
        print(f"Student, table and pictures: {self.folder.resolve()}")


def inside_another_model(preset, manifest):
    """Use the student in a model of one's own."""
    encoder = Preset.from_preset(preset, trainable=False)
    clips = next(iter(common.make_clips(manifest)))
    inputs = {
        "image": keras.Input(clips["video"].shape[2:], name="image"),
        "audio": keras.Input(clips["audio"].shape[1:], name="audio"),
    }
    outputs = keras.layers.Dense(2)(encoder(inputs)["fused"])
    model = keras.Model(inputs, outputs)
    inputs = {
        "image": np.asarray(clips["video"])[:, 0],
        "audio": np.asarray(clips["audio"]),
    }
    shape = model.predict(inputs, verbose=0).shape
    print(f"The student inside another model gives {shape}.")
