"""One run of `fit` in the folder of a target."""

import pathlib
import sys
import time
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from keras_av.callbacks import Backup, StopOnNaN
from keras_av.rules.dataset import Dataset
from keras_av.rules.optimizer import Optimizer


def check_batch_size(batch_size: int, dataset: Dataset) -> None:
    """Refuse a batch that is larger than the set.

    Args:
        batch_size: Clips in a batch.
        dataset: That it would be of.

    Raises:
        ValueError: If it is, or is no positive number.
    """
    num_train = dataset.num_train
    if batch_size < 1 or (num_train is not None and batch_size > num_train):
        raise ValueError(
            "batch_size must be from 1 to the number of files to learn from, "
            f"{num_train}. Received: batch_size={batch_size}"
        )


def compile_model(
    model: keras.Model, optimizer: Optimizer, num_steps: int
) -> None:
    """Compile a model as it trains fastest.

    Args:
        model: To compile.
        optimizer: Made for as many steps as there will be.
        num_steps: Number of them.

    Examples:

    >>> import keras
    >>> from keras_av.rules import adam, compile_model
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> compile_model(model, adam(), 10)
    >>> model.compiled
    True
    """
    # On CPUs XLA's three-dimensional convolutions are slow; JAX has no other.
    jit = keras.backend.backend() == "jax"
    model.compile(optimizer.make(num_steps), jit_compile=jit)


def run_training(
    model: keras.Model,
    clips: tf.data.Dataset,
    epochs: int,
    optimizer: Optimizer,
    output: pathlib.Path,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> dict[str, list[float]]:
    """Compile and fit a model; a killed run goes on where it stopped.

    Args:
        model: To train.
        clips: To train on.
        epochs: Number of them.
        optimizer: Made for as many steps as there will be.
        output: Folder for the backup and for `log.csv`.
        callbacks: Further ones. Defaults to none.

    Returns:
        What was logged, `(epochs,)` each.

    Examples:

    >>> import pathlib, tempfile
    >>> import keras
    >>> from keras_av.methods import Supervised
    >>> from keras_av.rules import (
    ...     adam, clip_spec, generated_dataset, run_training
    ... )
    >>> dataset = generated_dataset(num_train=8, num_test=8)
    >>> clips = dataset.train_clips(clip_spec(num_frames=4, size=32), 4)
    >>> classifier = keras.Sequential(
    ...     [keras.Input((4, 32, 32, 3)), keras.layers.Flatten(),
    ...      keras.layers.Dense(8)]
    ... )
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> log = run_training(Supervised(classifier), clips, 2, adam(), folder)
    epoch 1 of 2: ...
    >>> log["epoch"]
    [0.0, 1.0]
    """
    compile_model(model, optimizer, epochs * int(clips.cardinality()))
    backup = output / "backup"
    log = output / "log.csv"
    model.fit(
        clips,
        epochs=epochs,
        # A bar with the time left, or, into a file, one line an epoch.
        verbose=int(sys.stdout.isatty()),
        callbacks=[
            Backup(backup, clips=clips),
            *callbacks,
            StopOnNaN(clips),
            keras.callbacks.CSVLogger(log, append=backup.exists()),
            *([] if sys.stdout.isatty() else [_EpochLines(epochs)]),
        ],
    )
    if hasattr(clips, "report"):
        print(clips.report.summary(), flush=True)
    return read_log(log)


class _EpochLines(keras.callbacks.Callback):
    """Prints a line after each epoch, with the time that is left."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self._epochs = epochs
        self._start = 0.0
        self._first: int | None = None

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        if self._first is None:
            self._first, self._start = epoch, time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        done = epoch + 1 - (self._first or 0)
        left = (time.monotonic() - self._start) / done
        left *= self._epochs - epoch - 1
        # Losses that are off in a phase are not numbers.
        values = [
            f"{name}: {value:.4g}"
            for name, value in (logs or {}).items()
            if np.isfinite(value)
        ]
        print(
            f"epoch {epoch + 1} of {self._epochs}: {', '.join(values)}; "
            f"{left:.0f} s left",
            flush=True,
        )


def read_log(path: pathlib.Path) -> dict[str, list[float]]:
    """What a run logged, by name; of each epoch the last that was logged."""
    log = np.atleast_1d(np.genfromtxt(path, delimiter=",", names=True))
    # A killed run may have logged an epoch that was then done again.
    _, last = np.unique(log["epoch"][::-1], return_index=True)
    return {
        name: log[name][::-1][last].tolist() for name in log.dtype.names or ()
    }
