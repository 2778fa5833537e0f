"""Long videos: the skimmers of `listen_to_look.py` and their baselines."""

import common
import keras
import numpy as np
from absl import flags

from keras_av import rules
from keras_av.evaluation import count_flops, measure_latency

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
        self.table, self.folder = clips.table, clips.folder
        self.optimizer = clips.learning["optimizer"]
        dataset = None
        if FLAGS.data is None:
            num_train, num_test = SIZES[FLAGS.scale]
            dataset = rules.generated_long_dataset(
                num_train=num_train, num_test=num_test
            )
        self.features = rules.clip_features(
            self.folder / "features",
            model=model,
            dataset=dataset,
            hop=FLAGS.hop,
        )
        self.train = self.features.files(training=True)
        self.test = self.features.sequences(False, batch_size=32)
        lengths = [np.sum(batch["mask"], axis=1) for batch in self.test]
        self.num_clips = float(np.mean(np.concatenate(lengths)))
        student = model.load_classifier().student
        shapes = {key: value.shape[1:] for key, value in clips.clip.items()}
        self.flops = count_flops(student, shapes)
        self.seconds = measure_latency(student, clips.clip)[0]

    def measure(self, selection, num_steps=10):
        """Add a classifier of videos to the table, encoding included."""
        name = "all clips"
        if selection != "all":
            name = f"{selection}, T = {num_steps}"
        scores = rules.skimming(
            self.folder / f"{selection}_{num_steps}",
            features=self.features,
            optimizer=self.optimizer,
            epochs=EPOCHS[FLAGS.scale],
            selection=selection,
            num_steps=num_steps,
            batch_size=common.batch_size(self.train),
            seed=FLAGS.seed,
        )
        model = keras.saving.load_model(
            scores.folder / "classifier.keras", compile=False
        )
        batch = next(iter(self.test.unbatch().batch(1)))
        inputs = {
            key: np.asarray(batch[key])
            for key in ("image_features", "audio_features", "mask")
        }
        shapes = {key: value.shape[1:] for key, value in inputs.items()}
        encodes_all = selection in ("all", "skimming")
        num_clips = self.num_clips if encodes_all else num_steps
        self.table.add(
            "videos",
            name,
            scores.values()["accuracy"],
            num_clips * self.flops + count_flops(model, shapes),
            num_clips * self.seconds + measure_latency(model, inputs)[0],
        )
