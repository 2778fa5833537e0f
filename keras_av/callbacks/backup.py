"""Backups that a killed run goes on from."""

import os
import pathlib
import shutil

import keras

_ASIDE = "aside"


class Backup(keras.callbacks.Callback):
    """Backs up a run after each epoch, whole or not at all.

    A run that was killed and is started again goes on after its last finished
    epoch with the weights, memory banks, optimizer and random generators that
    it had, and so ends as if nothing had happened.

    It is `keras.callbacks.BackupAndRestore` made safe. That one overwrites
    its weights and then, in a second file, the number of the epoch: killed
    between the two it repeats an epoch on newer weights, and killed inside
    one of them it cannot be started again. Here each backup is a folder of
    its own, which gets its name when all is written; only then the former
    one is deleted.

    Put it before the other callbacks. When training ends the folder is
    deleted.

    Args:
        directory: Folder for the backups of this run alone, on a local disk;
            for several processes one each.

    Raises:
        ValueError: When training begins, if the folder holds anything else.

    Examples:

    >>> import os, tempfile
    >>> import keras, numpy as np
    >>> from keras_av.callbacks import Backup
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> x, y = np.ones((4, 2)), np.ones((4, 1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     backup = Backup(os.path.join(folder, "backup"))
    ...     history = model.fit(x, y, epochs=2, verbose=0, callbacks=[backup])
    ...     os.listdir(folder)
    []
    """

    def __init__(self, directory: str | os.PathLike[str]):
        super().__init__()
        self.directory = pathlib.Path(directory)

    def on_train_begin(self, logs: dict | None = None) -> None:
        finished = self._finished()
        if finished:
            self._keras_backup(finished[-1]).on_train_begin()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        former = self._finished()
        aside = self._clear_aside()
        self._keras_backup(aside).on_epoch_end(epoch)
        for file in aside.iterdir():
            # Its content must be on the disk before its name is.
            with open(file, "rb+") as opened:
                os.fsync(opened.fileno())
        os.rename(aside, self.directory / str(epoch + 1))
        for folder in former:
            shutil.rmtree(folder)

    def on_train_end(self, logs: dict | None = None) -> None:
        # Killed meanwhile, it must not leave a part of a backup to load.
        for folder in self._finished():
            os.rename(folder, self._clear_aside())
        if self.directory.exists():
            shutil.rmtree(self.directory)

    def _finished(self) -> list[pathlib.Path]:
        """Folders of whole backups, the newest one last."""
        if not self.directory.is_dir():
            return []
        folders = [f for f in self.directory.iterdir() if f.name != _ASIDE]
        foreign = [f.name for f in folders if not f.name.isdecimal()]
        if foreign:
            raise ValueError(
                f"{self.directory} holds {sorted(foreign)}, which Backup did "
                "not write and would delete. Give it a folder of its own."
            )
        return sorted(folders, key=lambda folder: int(folder.name))

    def _clear_aside(self) -> pathlib.Path:
        """A name for what is not whole, without what a killed run left."""
        aside = self.directory / _ASIDE
        if aside.exists():
            shutil.rmtree(aside)
        return aside

    def _keras_backup(
        self, folder: pathlib.Path
    ) -> keras.callbacks.BackupAndRestore:
        """Keras's callback for one folder, which reads and writes it once."""
        backup = keras.callbacks.BackupAndRestore(folder)
        backup.set_model(self.model)
        return backup
