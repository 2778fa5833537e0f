"""Long videos: features of their clips, and what to look at, as rules."""

import dataclasses
import pathlib
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from keras_av.data import ClipSpec, Manifest, feature_sequences, long_clips
from keras_av.evaluation import write_features
from keras_av.methods import SelectedClips, Skimming
from keras_av.rules.dataset import Dataset
from keras_av.rules.model import Model
from keras_av.rules.optimizer import Optimizer
from keras_av.rules.scores import Scores
from keras_av.rules.training_run import check_batch_size, run_training
from keras_av.workspace import Provider, rule

_BATCH_SIZE = 32
# Of random clips, whose accuracies are averaged.
_DRAWS = 10


@dataclasses.dataclass(frozen=True)
class Features(Provider):
    """Features of all clips of long videos.

    Args:
        folder: Where they are.
        dataset: The videos.
        model: That they are features of.

    Examples:

    >>> from keras_av.rules import Features
    >>> [field for field in Features.__dataclass_fields__]
    ['folder', 'dataset', 'model']
    """

    folder: pathlib.Path
    dataset: Dataset
    model: Model

    def sequences(
        self, training: bool, batch_size: int, seed: int = 0
    ) -> tf.data.Dataset:
        """Batches of videos, each a sequence of features.

        Args:
            training: Whether they are those to learn from, in random order.
            batch_size: Videos in a batch.
            seed: Governs the order. Defaults to 0.
        """
        return feature_sequences(
            self.place(training),
            self.files(training),
            batch_size,
            training=training,
            seed=seed,
            length_range=None,
        )

    def place(self, training: bool) -> pathlib.Path:
        """The folder of the features of one side."""
        return self.folder / ("train" if training else "test")

    def files(self, training: bool) -> Manifest:
        """The videos to learn from, or those to test on."""
        return self.dataset.train if training else self.dataset.test


def _plan_features(
    folder: pathlib.Path,
    *,
    model: Model,
    dataset: Dataset | None,
    hop: float,
    **_: Any,
) -> Features:
    if model.modalities != ("image", "audio"):
        raise ValueError(
            "model must be one of listen_to_look() with both encoders. "
            f"Received: one with the backbones {list(model.modalities)}"
        )
    if hop <= 0:
        raise ValueError(f"hop must be above 0 seconds. Received: hop={hop}")
    return Features(folder, dataset or model.dataset, model)


@rule(plan=_plan_features)
def clip_features(
    output: Features,
    *,
    model: Model,
    dataset: Dataset | None = None,
    hop: float = 1.0,
) -> None:
    """Encode long videos, clip by clip.

    See `keras_av.evaluation.write_features`.

    Args:
        output: Folder of its own.
        model: Of `listen_to_look` with both encoders.
        dataset: Long videos. Defaults to the files of the model.
        hop: Seconds from one clip to the next. Defaults to 1.

    Gives:
        `Features` of the videos to learn from and of those to test on.

    Examples:

    >>> from keras_av.rules import clip_features
    >>> clip_features.executes
    True
    """
    student = model.load_classifier().student
    clips = model.clip_spec.spec
    spec = ClipSpec(
        num_frames=1,
        size=clips.size,
        sampling_rate=clips.sampling_rate,
        audio_seconds=clips.audio_seconds,
        audio_alignment="start",
    )
    for side in (True, False):
        batches = long_clips(output.files(side), spec, hop, _BATCH_SIZE)
        write_features(student, batches, output.place(side))
        print(batches.report.summary(), flush=True)


def _plan_selection(
    folder: pathlib.Path,
    *,
    features: Features,
    num_steps: int,
    batch_size: int,
    **_: Any,
) -> Scores:
    check_batch_size(batch_size, features.dataset)
    if num_steps < 1:
        raise ValueError(
            f"num_steps must be at least 1. Received: num_steps={num_steps}"
        )
    return Scores(folder)


@rule(plan=_plan_selection)
def skimming(
    output: Scores,
    *,
    features: Features,
    optimizer: Optimizer,
    epochs: int,
    selection: Literal["skimming", "all", "uniform", "random"] = "skimming",
    num_steps: int = 10,
    batch_size: int = 32,
    seed: int = 0,
) -> None:
    """Classify long videos by some of their clips.

    See `keras_av.methods.Skimming` and `SelectedClips`.

    Args:
        output: Folder of its own, in which `classifier.keras` is.
        features: Of the clips of long videos.
        optimizer: For all steps.
        epochs: Passes over the videos.
        selection: Which clips: those that an attention LSTM looks at
            (default), `"all"`, `"uniform"` or `"random"`.
        num_steps: Number of clips, where not all. Defaults to 10.
        batch_size: Videos in a batch. Defaults to 32.
        seed: Governs everything random. Defaults to 0.

    Gives:
        `Scores` with `accuracy`.

    Examples:

    >>> from keras_av.rules import skimming
    >>> skimming.executes
    True
    """
    keras.utils.set_random_seed(seed)
    trained = features.model.load_classifier()
    student = trained.student
    student.fusion.trainable = False
    shared = {
        "num_classes": trained.num_classes,
        "dim": student.image_encoder.output_shape[-1],
        "fusion": student.fusion,
        "classifier": trained.classifier,
        "num_steps": num_steps,
        "seed": seed,
    }
    if selection == "skimming":
        units = student.units
        model = Skimming(
            **shared, hidden_units=2 * units, key_units=max(units // 2, 1)
        )
    else:
        model = SelectedClips(**shared, selection=selection)
    videos = features.sequences(True, batch_size, seed)
    run_training(model, videos, epochs, optimizer, output.folder)
    test = features.sequences(False, _BATCH_SIZE)
    found = [
        model.evaluate(test, verbose=0, return_dict=True)["accuracy"]
        for _ in range(_DRAWS if selection == "random" else 1)
    ]
    model.save(output.folder / "classifier.keras")
    output.save({"accuracy": float(np.mean(found))})
