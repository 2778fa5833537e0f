"""Backups that a killed run goes on from."""

import functools
import os
import pathlib
import shutil
from typing import Any

import keras
import numpy as np
import tensorflow as tf

_ASIDE = "aside"
_PLACE = "place.npz"
_FILES = "files.txt"


class Backup(keras.callbacks.Callback):
    """Backs up a run after each epoch, whole or not at all.

    A run that was killed and is started again goes on after its last finished
    epoch with the weights, memory banks, optimizer and random generators that
    it had, and so ends as if nothing had happened.

    With `save_freq` batches it goes on inside an epoch: with the clips that
    had not come yet, as they would have come, and with the sums that the
    epoch's logs are made of. None of those before is read again.

    It is `keras.callbacks.BackupAndRestore` made safe. That one overwrites
    its weights and then, in a second file, the number of the epoch: killed
    between the two it repeats an epoch on newer weights, and killed inside
    one of them it cannot be started again. Here each backup is a folder of
    its own, which gets its name when all is written; only then the former
    one is deleted.

    Put it before the other callbacks; it saves an epoch when all of them have
    seen its end, so that logs miss none. When training ends the folder is
    deleted, unless `delete_checkpoint` is False: then `fit`, called again,
    finds all epochs done and repeats none.

    Args:
        directory: Folder for the backups of this run alone, on a local disk;
            for several processes one each.
        save_freq: `"epoch"` (default), or a number of batches: after each so
            many, too.
        clips: Training dataset, as `keras_av.data.clips` made it; needed
            if `save_freq` is a number. With it a run goes on only if the
            files are those of the backup, in the same rows, which memory
            banks are made of.

        delete_checkpoint: Whether the folder is deleted when training ends.
            Defaults to True.

    Raises:
        ValueError: If `save_freq` is something else, or a number without
            `clips`. When training begins, if the folder holds anything else,
            or the backup is of other files.

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

    def __init__(
        self,
        directory: str | os.PathLike[str],
        save_freq: str | int = "epoch",
        clips: tf.data.Dataset | None = None,
        delete_checkpoint: bool = True,
    ):
        super().__init__()
        self.directory = pathlib.Path(directory)
        self.save_freq = save_freq
        self.clips: Any = clips
        self.delete_checkpoint = delete_checkpoint
        self._epoch = self._saved = 0
        self._finished_epochs: int | None = None
        self._unfinished: pathlib.Path | None = None
        if save_freq == "epoch":
            return
        if not isinstance(save_freq, int) or save_freq < 1:
            raise ValueError(
                'save_freq must be "epoch" or a number of batches, at least '
                f"1. Received: save_freq={save_freq!r}"
            )
        if not hasattr(clips, "position"):
            raise ValueError(
                "save_freq as a number of batches needs clips, the dataset "
                "that keras_av.data.clips made, without a service, and fit "
                "trains on, to find the place in the epoch again. Received: "
                f"clips={clips!r}"
            )

    @functools.cached_property
    def _digest(self) -> str | None:
        """Of the files, which do not change and may be a million."""
        return self.clips.digest() if hasattr(self.clips, "digest") else None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        finished = self._finished()
        self._unfinished = self._finished_epochs = None
        if finished:
            self._check_files(finished[-1])
            self._keras_backup(finished[-1]).on_train_begin()
            if (finished[-1] / _PLACE).exists():
                self._unfinished = finished[-1]

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._epoch, self._saved = epoch, 0
        self._save_finished()
        if self._unfinished is None:
            return
        if self.clips is None:
            raise ValueError(
                f"{self.directory} holds a backup from inside epoch {epoch}. "
                "To find the place again Backup needs clips, the dataset "
                "that fit trains on. Received: clips=None"
            )
        with np.load(self._unfinished / _PLACE, allow_pickle=False) as file:
            place = dict(file)
        self.clips.set_epoch(epoch, place.pop("position"))
        for variable, value in zip(
            self.model.metrics_variables, place.values()
        ):
            variable.assign(value)
        self._unfinished = None

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        done = batch + 1
        if isinstance(self.save_freq, str):
            return
        if done - self._saved < self.save_freq:
            return
        self._saved = done
        position = self.clips.position(self._epoch, done)
        self._save(self._epoch, position)

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._finished_epochs = epoch + 1

    def _save_finished(self) -> None:
        """Save after an epoch whose end all other callbacks have seen.

        One that was saved before they measure and log it would be missing in
        the log of a run that is killed meanwhile.
        """
        if self._finished_epochs is not None:
            self._save(self._finished_epochs)
            self._finished_epochs = None

    def _save(self, epoch: int, position: int | None = None) -> None:
        """Write what an epoch begins with, or goes on with at a position."""
        former = self._finished()
        aside = self._clear_aside()
        # Keras names the epoch after the one that ended.
        self._keras_backup(aside).on_epoch_end(epoch - 1)
        name = str(epoch)
        if position is not None:
            name = f"{epoch}-{position}"
            # Which Keras does not keep with the weights.
            sums = map(np.array, self.model.metrics_variables)
            np.savez(aside / _PLACE, *sums, position=position)
        if self._digest is not None:
            (aside / _FILES).write_text(self._digest)
        for file in aside.iterdir():
            # Its content must be on the disk before its name is.
            with open(file, "rb+") as opened:
                os.fsync(opened.fileno())
        os.rename(aside, self.directory / name)
        for folder in former:
            shutil.rmtree(folder)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if not self.delete_checkpoint:
            self._save_finished()
            return
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
        foreign = [f.name for f in folders if not _order(f)]
        if foreign:
            raise ValueError(
                f"{self.directory} holds {sorted(foreign)}, which Backup did "
                "not write and would delete. Give it a folder of its own."
            )
        return sorted(folders, key=_order)

    def _check_files(self, folder: pathlib.Path) -> None:
        """Refuse to go on with other files, or with the same in other rows."""
        file = folder / _FILES
        if not file.exists() or self._digest is None:
            return
        if file.read_text() != self._digest:
            raise ValueError(
                f"{self.directory} holds a backup of a run on other files: "
                "since then some were added, removed, renamed or labelled "
                "otherwise, and rows of a memory bank would be other files "
                "than they were. Put them back, read the same table of files "
                "(Manifest.to_csv, from_csv), or start over by removing the "
                "folder."
            )

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


def _order(folder: pathlib.Path) -> list[int]:
    """Epoch and position of a backup; empty if it is none."""
    numbers = folder.name.split("-")
    if len(numbers) > 2 or not all(n.isdecimal() for n in numbers):
        return []
    return [int(number) for number in numbers]
