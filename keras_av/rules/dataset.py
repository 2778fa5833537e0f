"""Training and test files."""

import functools
import hashlib
import os
import pathlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from keras_av import data
from keras_av.data import FileTable
from keras_av.rules.clip_spec import Clips
from keras_av.workspace import Provider
from keras_av.workspace.provider import MISSING, missing_path

if TYPE_CHECKING:
    import tensorflow as tf


class Dataset(Provider):
    """Training files and test files.

    The test files are those of `test_fold`, if given; otherwise those of
    `test_split`, if the manifest has splits; otherwise a random share of the
    groups.

    Args:
        read: Function that returns the manifest of all files.
        path: Path that must exist, or `None` if none is needed.
        test_split: Name of the test split. Defaults to `"test"`.
        test_fold: Number of the test fold, from 1, or 0 to use splits.
            Defaults to 0.
        test_share: Share of test files if there are neither folds nor splits.
            Defaults to 0.25.
        exclude_classes: Names of classes to leave out. Defaults to none.
        seed: Integer seed of the random share. Defaults to 0.

    Examples:

    >>> from keras_av.data import Manifest
    >>> from keras_av.rules import Dataset
    >>> paths = ["a/1.mp4", "a/2.mp4", "b/3.mp4", "b/4.mp4"]
    >>> manifest = Manifest("videos", paths, fold=[1, 1, 2, 2])
    >>> dataset = Dataset(lambda: manifest, test_fold=2)
    >>> [str(path) for path in dataset.test.path]
    ['b/3.mp4', 'b/4.mp4']
    """

    def __init__(
        self,
        read: Callable[[], FileTable],
        path: str | os.PathLike[str] | None = None,
        *,
        test_split: str = "test",
        test_fold: int = 0,
        test_share: float = 0.25,
        exclude_classes: Sequence[str] = (),
        seed: int = 0,
    ) -> None:
        self._read = read
        self._path = None if path is None else pathlib.Path(path)
        self._test_split = test_split
        self._test_fold = test_fold
        self._test_share = test_share
        self._exclude_classes = list(exclude_classes)
        self._seed = seed

    @functools.cached_property
    def files(self) -> FileTable:
        """All files."""
        manifest = self._read()
        unknown = set(self._exclude_classes) - set(manifest.class_names)
        if unknown:
            raise ValueError(
                f"exclude_classes must be among {manifest.class_names}. "
                f"Received: {sorted(unknown)}"
            )
        if self._exclude_classes:
            names = np.array(manifest.class_names)[manifest.label]
            keep = ~np.isin(names, self._exclude_classes)
            manifest = manifest.subset(keep)
        return manifest

    @functools.cached_property
    def _sides(self) -> tuple[FileTable, FileTable]:
        files = self.files
        if self._test_fold:
            is_test = files.fold == self._test_fold
            if not is_test.any() or is_test.all():
                raise ValueError(
                    f"test_fold must be one of {sorted(set(files.fold))}. "
                    f"Received: test_fold={self._test_fold}"
                )
            return files.subset(~is_test), files.subset(is_test)
        if self._test_split in files.split:
            test = files.where(split=self._test_split)
            return files.where(split="train"), test
        return files.split_by_group(self._test_share, self._seed)

    @property
    def train(self) -> FileTable:
        """Training files."""
        return self._sides[0]

    @property
    def test(self) -> FileTable:
        """Test files."""
        return self._sides[1]

    @property
    def num_train(self) -> int | None:
        """Number of training files; `None` if they do not exist."""
        return None if self.missing() else len(self.train)

    @property
    def num_classes(self) -> int | None:
        """Number of classes; `None` if the files do not exist."""
        return None if self.missing() else self.files.num_classes

    def missing(self) -> str | None:
        return None if self._path is None else missing_path(self._path)

    def digest(self) -> str:
        if self.missing():
            return MISSING
        digest = hashlib.sha256()
        for side in (self.train, self.test):
            digest.update(side.digest().encode())
            for row in range(len(side)):
                digest.update(str(_size(side.full_path(row))).encode())
        return digest.hexdigest()

    def train_clips(
        self,
        clip_spec: Clips,
        batch_size: int,
        training: bool = True,
        seed: int = 0,
        repeats: int = 1,
    ) -> "tf.data.Dataset":
        """Training clips; in order if not `training`."""
        return _clips(
            self.train, clip_spec, batch_size, training, seed, repeats
        )

    def test_clips(
        self, clip_spec: Clips, batch_size: int, repeats: int = 1
    ) -> "tf.data.Dataset":
        """Test clips, in order."""
        return _clips(self.test, clip_spec, batch_size, repeats=repeats)

    def clips_once(
        self, side: str, clip_spec: Clips, batch_size: int, repeats: int = 1
    ) -> "tf.data.Dataset":
        """Clips of the `"train"` or `"test"` files, in order, for one pass."""
        files = self.train if side == "train" else self.test
        return _clips(files, clip_spec, batch_size, repeats=repeats, keep=False)


def _clips(
    manifest: FileTable,
    clip_spec: Clips,
    batch_size: int,
    training: bool = False,
    seed: int = 0,
    repeats: int = 1,
    keep: bool = True,
) -> "tf.data.Dataset":
    # A prepared set decides by itself whether memory is large enough. To keep
    # it, all frames of its files are decoded, not only those of the clips.
    cache = (None if keep else False) if manifest.is_prepared else True
    return data.clips(
        manifest,
        clip_spec.spec,
        batch_size,
        training=training,
        seed=seed,
        repeats=repeats,
        cache=cache,
    )


def _size(path: str) -> int:
    """Size of a file in bytes; -1 if it does not exist."""
    try:
        return os.path.getsize(path)
    except (OSError, ValueError):
        return -1
