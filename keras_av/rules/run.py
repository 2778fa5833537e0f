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

from keras_av.callbacks import Backup, StopOnNaN
from keras_av.layers import LogMelSpectrogram, log_mel_statistics
from keras_av.ops.types import Array
from keras_av.report import read_log
from keras_av.rules.clip_spec import Clips
from keras_av.rules.component import Component
from keras_av.rules.dataset import Dataset
from keras_av.workspace.build.target_folder import write_json

_BATCH_SIZE = 32


@dataclasses.dataclass
class Run:
    """What is known when a run begins, and how it trains.

    Args:
        dataset: Files to train and to test on.
        clip_spec: Specification of the clips.
        seed: Integer that governs everything random.
        folder: Folder of the run.
        optimizer: Component of the optimizer; none where nothing trains.
        epochs: Number of epochs. Defaults to 0.
        batch_size: Clips in a batch. Defaults to 32.
        callbacks: Components of further callbacks. Defaults to none.
        repeats: Clips of each file in an epoch. Defaults to 1.

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
        """A value in which components have become objects.

        One component is one object, however often it is named.

        Args:
            value: Component, list or dict of such, or anything else.
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
        """Clips to train on, in random order."""
        return self.dataset.train_clips(
            self.clip_spec,
            self.batch_size,
            seed=self.seed,
            repeats=self.repeats,
        )

    @functools.cached_property
    def train_in_order(self) -> tf.data.Dataset:
        """The same files in order, for statistics, banks and probes."""
        return self.dataset.train_clips(self.clip_spec, self.batch_size, False)

    @functools.cached_property
    def test_clips(self) -> tf.data.Dataset:
        """Clips to test on, in order."""
        return self.dataset.test_clips(self.clip_spec, self.batch_size)

    def statistics(self, layer: LogMelSpectrogram) -> tuple[Array, Array]:
        """Mean and standard deviation of a spectrogram's bins.

        They are measured once on the clips to train on and kept in the
        folder: some decoders of sound make up noise, which must not show in
        a run that resumes.

        Args:
            layer: Layer without statistics.
        """
        bins = layer.num_mel_bins
        file = self.folder / f"log_mel_statistics_{bins}.json"
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
            clips: Batches to train on. Defaults to `train_clips`.
            callbacks: Callbacks of the method, before those of the run.
                Defaults to none.

        Returns:
            Logged values by name, one for each epoch.
        """
        clips = self.train_clips if clips is None else clips
        self.num_steps = self.epochs * int(clips.cardinality())
        model.compile(self.made(self.optimizer))
        backup, log = self.folder / "backup", self.folder / "log.csv"
        model.fit(
            clips,
            epochs=self.epochs,
            # A bar with the time left, or, into a file, a line for an epoch.
            verbose=1 if sys.stdout.isatty() else 2,
            callbacks=[
                Backup(backup, clips=clips),
                *callbacks,
                *self.made(list(self.callbacks)),
                StopOnNaN(clips),
                keras.callbacks.CSVLogger(log, append=backup.exists()),
            ],
        )
        if hasattr(clips, "report"):
            print(clips.report.summary(), flush=True)
        return read_log(log)


def check_batch_size(batch_size: int, dataset: Dataset) -> None:
    """Refuse a batch that is larger than the data set.

    Args:
        batch_size: Clips in a batch.
        dataset: Data set that it would be of.

    Raises:
        ValueError: It is larger, or not positive.
    """
    num_train = dataset.num_train
    if batch_size < 1 or (num_train is not None and batch_size > num_train):
        raise ValueError(
            "batch_size must be from 1 to the number of training files, "
            f"{num_train}. Received: batch_size={batch_size}"
        )
