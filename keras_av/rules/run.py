"""One run of `fit`, in the folder of a target."""

import dataclasses
import functools
import json
import pathlib
import sys
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_av.callbacks import Backup, EpochLog, StopOnNaN
from keras_av.layers import (
    DecibelSpectrogram,
    LogMelSpectrogram,
    log_mel_statistics,
)
from keras_av.ops.types import Array
from keras_av.report import read_log
from keras_av.rules.clip_spec import Clips
from keras_av.rules.component import Component, snake
from keras_av.rules.dataset import Dataset
from keras_av.workspace.build.target_folder import write_json

_BATCH_SIZE = 32
# The file of the numbers of updates and of clips seen.
COST = "cost.json"


@dataclasses.dataclass
class Run:
    """The data and settings of a training run.

    Args:
        dataset: Training and test files.
        clip_spec: Specification of the clips.
        seed: Integer seed of all random numbers.
        folder: Folder of the run.
        optimizer: Component of the optimizer, or None if nothing is trained.
        epochs: Number of epochs. Defaults to 0.
        batch_size: Number of clips in a batch. Defaults to 32.
        callbacks: Components of further callbacks. Defaults to none.
        repeats: Number of clips per file in an epoch. Defaults to 1.

    Examples:

    >>> import pathlib
    >>> from keras_av import rules
    >>> run = rules.Run(rules.generated_dataset(), rules.clip_spec(), 0,
    ...                 pathlib.Path("out"))
    >>> run.made(rules.sgd(momentum=0.5)).momentum
    0.5
    """

    dataset: Dataset
    clip_spec: Clips
    seed: int
    folder: pathlib.Path
    optimizer: Component | None = None
    epochs: int = 0
    batch_size: int = _BATCH_SIZE
    callbacks: Sequence[Component] = ()
    repeats: int = 1

    def __post_init__(self) -> None:
        self.num_steps = 0
        self._made: dict[int, tuple[Component, Any]] = {}

    @property
    def num_classes(self) -> int:
        """Number of classes of the files."""
        return self.dataset.files.num_classes

    def made(self, value: Any) -> Any:
        """Replace components in a value with the objects that they create.

        Each component is created only once, however often it is used.

        Args:
            value: Component, list or dict of components, or any other value.
        """
        if isinstance(value, Component):
            if id(value) not in self._made:
                options = {k: self.made(v) for k, v in value.options.items()}
                self._made[id(value)] = value, value.make(self, options)
            return self._made[id(value)][1]
        if isinstance(value, dict):
            return {key: self.made(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.made(one) for one in value]
        return value

    @functools.cached_property
    def train_clips(self) -> tf.data.Dataset:
        """Training clips, in random order."""
        return self.dataset.train_clips(
            self.clip_spec,
            self.batch_size,
            seed=self.seed,
            repeats=self.repeats,
        )

    @functools.cached_property
    def train_in_order(self) -> tf.data.Dataset:
        """Training clips in order, for statistics, banks and probes."""
        return self.dataset.train_clips(self.clip_spec, self.batch_size, False)

    @functools.cached_property
    def test_clips(self) -> tf.data.Dataset:
        """Test clips, in order."""
        return self.dataset.test_clips(self.clip_spec, self.batch_size)

    def statistics(
        self, layer: LogMelSpectrogram | DecibelSpectrogram
    ) -> tuple[Array, Array]:
        """Mean and standard deviation of a spectrogram's bins.

        They are computed once on the training clips and stored in the folder,
        since some audio decoders are not deterministic, which must not affect
        a resumed run.

        Args:
            layer: Layer without statistics.
        """
        num_bins = layer.compute_output_shape((None, None))[2]
        name = snake(type(layer).__name__)
        file = self.folder / f"{name}_statistics_{num_bins}.json"
        if not file.exists():
            found = log_mel_statistics(layer, self.train_in_order)
            write_json(file, [np.asarray(one).tolist() for one in found])
        mean, std = json.loads(file.read_text("utf-8"))
        return np.array(mean, "float32"), np.array(std, "float32")

    def fit(
        self,
        model: keras.Model,
        clips: tf.data.Dataset | None = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
    ) -> dict[str, list[float]]:
        """Compile and fit a model; an interrupted run resumes.

        Args:
            model: Model to train.
            clips: Training batches. Defaults to `train_clips`.
            callbacks: Callbacks of the method, placed before those of the run.
                Defaults to none.

        Returns:
            Logged values by name, one per epoch.
        """
        clips = self.train_clips if clips is None else clips
        self.num_steps = self.epochs * int(clips.cardinality())
        model.compile(self.made(self.optimizer))
        log = self.folder / "log.csv"
        model.fit(
            clips,
            epochs=self.epochs,
            # A progress bar, or one line per epoch if the output is a file.
            verbose=1 if sys.stdout.isatty() else 2,
            callbacks=[
                Backup(self.folder / "backup", clips=clips),
                *callbacks,
                *self.made(list(self.callbacks)),
                StopOnNaN(clips),
                EpochLog(log),
            ],
        )
        if hasattr(clips, "report"):
            print(clips.report.summary(), flush=True)
        updates = int(model.optimizer.iterations)
        found = {"updates": updates, "clips": updates * self.batch_size}
        write_json(self.folder / COST, found)
        return read_log(log)


def check_batch_size(batch_size: int, dataset: Dataset) -> None:
    """Raise an error if a batch is larger than the dataset.

    Args:
        batch_size: Number of clips in a batch.
        dataset: Dataset of the clips.

    Raises:
        ValueError: If the batch size is too large or not positive.
    """
    num_train = dataset.num_train
    if batch_size < 1 or (num_train is not None and batch_size > num_train):
        raise ValueError(
            "batch_size must be from 1 to the number of training files, "
            f"{num_train}. Received: batch_size={batch_size}"
        )
