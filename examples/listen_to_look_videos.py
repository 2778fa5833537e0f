"""Long videos: the skimmers of `listen_to_look.py` and their baselines."""

import shutil

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
from keras_av.evaluation import count_flops, measure_latency, write_features
from keras_av.methods import SelectedClips, Skimming

FLAGS = flags.FLAGS
flags.DEFINE_float("hop", 1.0, "Seconds between the clips of a long video.")

# Clips that are looked at in a long video.
STEPS = {"smoke": (1, 2), "small": (1, 2, 4, 8)}
EPOCHS = {"smoke": 2, "small": 60}
# Generated videos to learn from and to test on.
SIZES = {"smoke": (32, 16), "small": (160, 80)}


class Videos:
    """Trains and measures classifiers of the features of many clips."""

    def __init__(self, clips, model):
        self.clips, self.table = clips, clips.table
        self.dim, self.epochs = clips.dim, EPOCHS[FLAGS.scale]
        self.student, self.classifier = model.student, model.classifier
        self.student.fusion.trainable = False
        self.train, self.test = self._encode()
        lengths = [np.sum(batch["mask"], axis=1) for batch in self.test]
        self.num_clips = float(np.mean(np.concatenate(lengths)))
        shapes = {key: value.shape[1:] for key, value in clips.clip.items()}
        self.flops = count_flops(self.student, shapes)
        self.seconds = measure_latency(self.student, clips.clip)[0]

    def _encode(self):
        """Write the features of all clips to files; batches of them."""
        manifests = self.clips.train, self.clips.test
        if FLAGS.data is None:
            num_train, num_test = SIZES[FLAGS.scale]
            long = generated_long_set(num_train=num_train, num_test=num_test)
            manifests = long.where(split="train"), long.where(split="test")
        spec = ClipSpec(
            num_frames=1,
            size=self.clips.spec.size,
            audio_seconds=self.clips.spec.audio_seconds,
            audio_alignment="start",
        )
        sequences = []
        for manifest, name in zip(manifests, ("train", "test")):
            folder = self.table.folder / "features" / name
            # Those of an earlier run are another encoder's.
            shutil.rmtree(folder, ignore_errors=True)
            dataset = long_clips(manifest, spec, FLAGS.hop, 32)
            write_features(self.student, dataset, folder)
            sequences.append(
                feature_sequences(
                    folder,
                    manifest,
                    min(32, len(manifest) // 2),
                    training=name == "train",
                    seed=FLAGS.seed,
                    length_range=None,
                )
            )
        return sequences

    def select(self, selection, num_steps=10):
        """A classifier of the mean features of some clips of a video."""
        model = SelectedClips(
            **self._psi(),
            selection=selection,
            num_steps=num_steps,
            seed=FLAGS.seed,
        )
        common.fit(model, self.train, self.epochs)
        return model

    def skim(self, num_steps):
        """A classifier that learns which clips to look at."""
        model = Skimming(
            **self._psi(),
            hidden_units=2 * self.dim,
            key_units=self.dim // 2,
            num_steps=num_steps,
            seed=FLAGS.seed,
        )
        common.fit(model, self.train, self.epochs)
        return model

    def _psi(self):
        """The fusion, frozen, and a copy of the classifier."""
        classifier = keras.layers.Dense(self.classifier.units, dtype="float32")
        classifier.build((None, self.dim))
        classifier.set_weights(self.classifier.get_weights())
        return {
            "num_classes": classifier.units,
            "dim": self.student.image_encoder.output_shape[-1],
            "fusion": self.student.fusion,
            "classifier": classifier,
        }

    def measure(self, name, model):
        """Add a classifier of videos to the table, encoding included."""
        scores = [
            model.evaluate(self.test, verbose=0, return_dict=True)["accuracy"]
            for _ in range(10 if name.startswith("random") else 1)
        ]
        batch = next(iter(self.test.unbatch().batch(1)))
        inputs = {
            key: np.asarray(batch[key])
            for key in ("image_features", "audio_features", "mask")
        }
        shapes = {key: value.shape[1:] for key, value in inputs.items()}
        encodes_all = name.startswith(("all", "skimming"))
        num_clips = self.num_clips if encodes_all else model.num_steps
        self.table.add(
            "videos",
            name,
            float(np.mean(scores)),
            num_clips * self.flops + count_flops(model, shapes),
            num_clips * self.seconds + measure_latency(model, inputs)[0],
        )
