"""Backups from which an interrupted run resumes."""

import errno
import functools
import math
import os
import pathlib
import shutil
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from keras_av.callbacks.common_places import (
    PLACE,
    check_own_folder,
    common_places,
    on_any_worker,
    order_of,
    place_of,
)
from keras_av.ops.telling_of_full_disk import telling_of_full_disk
from keras_av.training.workers import num_workers

_ASIDE = "aside"
_FILES = "files.txt"
_WEIGHTS = "latest.weights.h5"
# More than HDF5 adds to the numbers: at the start, and for each array.
_HEADERS, _HEADER = 65536, 4096
_FULL = (
    "No space left for a backup. What was saved before is intact: make room "
    "and run again to resume"
)


class Backup(keras.callbacks.Callback):
    """Backs up a run atomically after each epoch.

    An interrupted run that is started again resumes after its last finished
    epoch with the same weights, memory banks, optimizer and random generators,
    and ends with the same result as an uninterrupted one.

    If `save_freq` is a number of batches, it also resumes within an epoch, with
    the remaining clips in the same order and the accumulated logs of the
    epoch. Earlier clips are not read again.

    It is a safe version of `keras.callbacks.BackupAndRestore`, which
    overwrites its weights and then the epoch number in a second file: if it is
    killed between the two, it repeats an epoch on newer weights, and if it is
    killed while writing one of them, the run cannot be restarted. Here each
    backup is written to a new folder, which is renamed when complete. The two
    newest are kept, if the disk has room for a third: a run resumes from the
    newest that can be read and is finite. Remove its folder to go further back.

    A loss or weights that are not finite are never saved: within an epoch the
    former backup is kept, so that `StopOnNaN` can name the clips, and after
    the epoch an error is raised.

    If several processes train one model, each backs up its own state in its own
    folder. A kill may fall between the saves of two of them, so they agree on
    the newest backup that all of them can use, and none deletes its backups
    before all are done.

    Put it before the other callbacks. It saves an epoch after all of them have
    seen its end, so logs are complete. The folder is deleted when training
    ends unless `delete_checkpoint` is False: then another call of `fit` finds
    all epochs finished and repeats none.

    Args:
        directory: Folder for the backups of this run only, on a local disk;
            one per process.
        save_freq: `"epoch"`, or a number of batches after which to save as
            well. Defaults to `"epoch"`.
        clips: Training dataset, as returned by `keras_av.data.clips`; required
            if `save_freq` is a number. If given, a run only resumes if its
            files are those of the backup, in the same rows, since rows of
            memory banks belong to files.
        delete_checkpoint: Whether to delete the folder when training ends.
            Defaults to True.

    Raises:
        FloatingPointError: After an epoch with a loss or weights that are not
            finite.
        OSError: If the disk is full, or there are backups, but none that can
            be read and is finite, or none that all processes have.
        ValueError: If `save_freq` is invalid, or a number without `clips`.
            When training begins: if the folder has other contents or is that
            of another process, or the backup belongs to other files.

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

    # `fit` warns of clips that cannot be told at which epoch to resume.
    resumes = True

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
        # Batches of the epoch since it was resumed, and before that.
        self._epoch = self._saved = self._before = 0
        self._finished_epochs: int | None = None
        self._loss = 0.0
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
                "save_freq as a number of batches needs clips, the training "
                "dataset returned by keras_av.data.clips without a service, "
                "to restore the position in the epoch. Received: "
                f"clips={clips!r}"
            )

    @functools.cached_property
    def _digest(self) -> str | None:
        """Digest of the files, cached since there may be millions."""
        return self.clips.digest() if hasattr(self.clips, "digest") else None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._unfinished = self._finished_epochs = None
        self._loss = 0.0
        check_own_folder(self.directory, self._strategy)
        folder = self._restore()
        if num_workers(self._strategy) > 1:
            self._forget_after(folder)
        if folder is not None and (folder / PLACE).exists():
            self._unfinished = folder

    def _forget_after(self, folder: pathlib.Path | None) -> None:
        """Delete what not all workers have; it will be made again."""
        for other in self._finished():
            if folder is None or order_of(other) > order_of(folder):
                shutil.rmtree(other)

    @property
    def _strategy(self) -> Any:
        """The strategy of TensorFlow that the model is trained with."""
        return getattr(self.model, "distribute_strategy", None)

    def _restore(self) -> pathlib.Path | None:
        """Read the newest backup that is whole and finite, if there is one.

        Of several workers, the newest that is so on all of them.
        """
        error: OSError | None = None
        faults: list[str] = []
        folders = {place_of(folder): folder for folder in self._finished()}
        for place in common_places(folders, self._strategy):
            folder = folders[place]
            self._check_files(folder)
            try:
                if not (folder / _WEIGHTS).exists():
                    raise OSError(f"{folder / _WEIGHTS} is missing")
                self._keras_backup(folder).on_train_begin()
            except OSError as found:
                error, fault = error or found, str(found)
            else:
                fault = self._fault()
            if not on_any_worker(bool(fault), self._strategy):
                return folder
            fault = fault or "another worker cannot use it"
            faults.append(f"{folder.name}: {fault}")
        if faults:
            raise OSError(
                f"No backup in {self.directory} can be used. Remove the "
                f"folder to start anew. {'; '.join(faults)}"
            ) from error
        return None

    def _fault(self) -> str:
        """Why the state must not be saved; empty if all of it is finite."""
        if not np.isfinite(self._loss):
            return f"the loss is {self._loss}"
        for variable in self._variables():
            if "float" not in variable.dtype:
                continue
            values = keras.ops.convert_to_numpy(variable)
            with np.errstate(invalid="ignore"):
                # Finite only if all are, without an array of their size.
                total = np.sum(values, dtype="float64")
            if not np.isfinite(total):
                return f"{variable.path} is not finite"
        return ""

    def _variables(self) -> list[keras.Variable]:
        """Weights of the model, and those of its optimizer."""
        optimizer = getattr(self.model, "optimizer", None)
        slots = [] if optimizer is None else optimizer.variables
        return [*self.model.weights, *slots]

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._epoch, self._saved, self._before = epoch, 0, 0
        self._save_finished()
        # For callbacks that change the model before an epoch.
        self.model.within_epoch = self._unfinished is not None
        if self._unfinished is None:
            return
        if self.clips is None:
            raise ValueError(
                f"{self.directory} holds a backup from inside epoch {epoch}. "
                "To restore the position Backup needs clips, the training "
                "dataset. Received: clips=None"
            )
        with np.load(self._unfinished / PLACE, allow_pickle=False) as file:
            place = dict(file)
        self._before = int(place.pop("batches", 0))
        self.clips.set_epoch(epoch, place.pop("position"))
        for variable, value in zip(
            self.model.metrics_variables, place.values()
        ):
            # Sums of losses that a phase lacks are NaN. Processes of JAX
            # compare what each assigns, and NaN is not equal to itself: it
            # has to be a result.
            zero = ops.zeros_like(ops.convert_to_tensor(variable))
            variable.assign(zero + value)
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
        # A callback after this one may say more. If none does, the end of
        # the epoch will.
        self._loss = float((logs or {}).get("loss", 0.0))
        if not self._fault():
            self._save(self._epoch, position)

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self.model.within_epoch = False
        self._finished_epochs = epoch + 1
        self._loss = float((logs or {}).get("loss", 0.0))

    def _save_finished(self, save: bool = True) -> None:
        """Save an epoch after all other callbacks have seen its end.

        If it were saved earlier and the run were killed before the others
        measure and log it, the epoch would be missing from the logs.
        """
        if self._finished_epochs is None:
            return
        fault = self._fault()
        if fault:
            kept = [folder.name for folder in self._finished()][-1:]
            raise FloatingPointError(
                f"After epoch {self._finished_epochs - 1} {fault}, so it is "
                f"not saved. Backups that are kept in {self.directory}: "
                f"{kept}. StopOnNaN names the clips at which a loss is not "
                "finite; a smaller learning rate or gradient clipping often "
                "helps. Run again to resume from the backup."
            )
        if save:
            self._save(self._finished_epochs)
        self._finished_epochs = None

    def _save(self, epoch: int, position: int | None = None) -> None:
        """Write the state at the start of an epoch or at a position in it."""
        name = str(epoch) if position is None else f"{epoch}-{position}"
        target, aside = self.directory / name, self._clear_aside()
        former = [f for f in self._finished() if order_of(f) < order_of(target)]
        try:
            with telling_of_full_disk(self.directory, _FULL):
                self._make_room(former[:-1])
                self._write(aside, epoch, position)
        except OSError:
            self._clear_aside()
            raise
        if target.exists():
            # It could not be used, or the run would be past it.
            shutil.rmtree(target)
        os.rename(aside, target)
        for folder in self._finished():
            if folder not in (target, *former[-1:]):
                shutil.rmtree(folder)

    def _write(
        self, aside: pathlib.Path, epoch: int, position: int | None
    ) -> None:
        """Write the files of a backup, and see that they reach the disk."""
        # Keras names the epoch after the one that ended.
        self._keras_backup(aside).on_epoch_end(epoch - 1)
        if position is not None:
            # Keras does not save these with the weights.
            sums = map(np.array, self.model.metrics_variables)
            batches = self._before + self._saved
            np.savez(aside / PLACE, *sums, position=position, batches=batches)
        if self._digest is not None:
            (aside / _FILES).write_text(self._digest)
        for file in aside.iterdir():
            # The contents must be on disk before the rename.
            with open(file, "rb+") as opened:
                os.fsync(opened.fileno())

    def _make_room(self, folders: list[pathlib.Path]) -> None:
        """Delete old backups if there is no room for another one.

        HDF5 reports a full disk in many words, and only after writing.
        """
        needed = _HEADERS + sum(
            math.prod(v.shape) * np.dtype(v.dtype).itemsize + _HEADER
            for v in self._variables()
        )
        self.directory.mkdir(parents=True, exist_ok=True)
        for folder in folders:
            if shutil.disk_usage(self.directory).free < needed:
                shutil.rmtree(folder)
        if shutil.disk_usage(self.directory).free < needed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._save_finished(save=not self.delete_checkpoint)
        if not self.delete_checkpoint:
            return
        # A worker that dies before the end would lack the others' backups.
        on_any_worker(False, self._strategy)
        # If killed here, it must not leave a partial backup to load.
        for folder in self._finished():
            os.rename(folder, self._clear_aside())
        if self.directory.exists():
            shutil.rmtree(self.directory)

    def _finished(self) -> list[pathlib.Path]:
        """Folders of complete backups, the newest last."""
        if not self.directory.is_dir():
            return []
        folders = [f for f in self.directory.iterdir() if f.name != _ASIDE]
        foreign = [f.name for f in folders if not order_of(f)]
        if foreign:
            raise ValueError(
                f"{self.directory} holds {sorted(foreign)}, which Backup did "
                "not write and would delete. Give it a separate folder."
            )
        return sorted(folders, key=order_of)

    def _check_files(self, folder: pathlib.Path) -> None:
        """Refuse to resume with other files or in another order."""
        file = folder / _FILES
        if not file.exists() or self._digest is None:
            return
        if file.read_text() != self._digest:
            raise ValueError(
                f"{self.directory} holds a backup of a run on other files: "
                "since then some were added, removed, renamed or relabelled, "
                "so rows of a memory bank would refer to other files. Restore "
                "the files, read the same table of files (Manifest.to_csv, "
                "from_csv), or start over by removing the folder."
            )

    def _clear_aside(self) -> pathlib.Path:
        """An empty temporary folder, cleared of an interrupted run's files."""
        aside = self.directory / _ASIDE
        if aside.exists():
            shutil.rmtree(aside)
        return aside

    def _keras_backup(
        self, folder: pathlib.Path
    ) -> keras.callbacks.BackupAndRestore:
        """Keras's callback for one folder, used for one read or write."""
        backup = keras.callbacks.BackupAndRestore(folder)
        backup.set_model(self.model)
        return backup
