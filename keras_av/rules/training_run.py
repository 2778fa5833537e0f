"""One run of `fit` in the folder of a target."""

import pathlib
import sys
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from keras_av.callbacks import Backup, StopOnNaN
from keras_av.rules.optimizer import Optimizer


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
    Epoch 1/2
    ...
    >>> log["epoch"]
    [0.0, 1.0]
    """
    num_steps = epochs * int(clips.cardinality())
    # On CPUs XLA's three-dimensional convolutions are slow; JAX has no other.
    jit = keras.backend.backend() == "jax"
    model.compile(optimizer.make(num_steps), jit_compile=jit)
    backup = output / "backup"
    log = output / "log.csv"
    model.fit(
        clips,
        epochs=epochs,
        # A bar with the time left, or, into a file, one line an epoch.
        verbose=1 if sys.stdout.isatty() else 2,
        callbacks=[
            Backup(backup),
            *callbacks,
            StopOnNaN(clips),
            keras.callbacks.CSVLogger(log, append=backup.exists()),
        ],
    )
    print(clips.report.summary())
    return read_log(log)


def read_log(path: pathlib.Path) -> dict[str, list[float]]:
    """What a run logged, by name; of each epoch the last that was logged."""
    log = np.atleast_1d(np.genfromtxt(path, delimiter=",", names=True))
    # A killed run may have logged an epoch that was then done again.
    _, last = np.unique(log["epoch"][::-1], return_index=True)
    return {
        name: log[name][::-1][last].tolist() for name in log.dtype.names or ()
    }
