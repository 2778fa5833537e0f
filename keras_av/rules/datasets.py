"""Rules for datasets."""

import pathlib
from collections.abc import Callable, Sequence

from keras_av.data import (
    FileTable,
    Manifest,
    PreparedSet,
    generated_long_set,
    generated_set,
    is_prepared,
)
from keras_av.rules.dataset import Dataset
from keras_av.workspace import rule


class _Generated(Dataset):
    """A generated dataset, which needs no files."""

    def __init__(
        self,
        read: Callable[[], FileTable],
        num_train: int,
        exclude_classes: Sequence[str] = (),
    ) -> None:
        super().__init__(read, exclude_classes=exclude_classes)
        self._num_train = None if exclude_classes else num_train

    @property
    def num_train(self) -> int | None:
        # Counted without generating the files.
        return self._num_train

    @property
    def num_classes(self) -> int | None:
        return None

    def digest(self) -> str:
        return ""


@rule()
def generated_dataset(
    *,
    num_train: int = 320,
    num_test: int = 128,
    exclude_classes: Sequence[str] = (),
) -> Dataset:
    """Videos with sound generated from physics; see `generated_set`.

    Args:
        num_train: Number of training files. Defaults to 320.
        num_test: Number of test files. Defaults to 128.
        exclude_classes: Names of classes to leave out. Defaults to none.

    Examples:

    >>> from keras_av.rules import generated_dataset
    >>> generated_dataset(num_train=8, num_test=8).num_train
    8
    """
    return _Generated(
        lambda: generated_set(num_train=num_train, num_test=num_test),
        num_train,
        exclude_classes,
    )


@rule()
def generated_long_dataset(
    *, num_train: int = 112, num_test: int = 48, seconds: float = 40.0
) -> Dataset:
    """Long videos generated from physics; see `generated_long_set`.

    Args:
        num_train: Number of training videos. Defaults to 112.
        num_test: Number of test videos. Defaults to 48.
        seconds: Length of each video in seconds. Defaults to 40.

    Examples:

    >>> from keras_av.rules import generated_long_dataset
    >>> generated_long_dataset(num_train=8, num_test=8).num_train
    8
    """
    return _Generated(
        lambda: generated_long_set(
            num_train=num_train, num_test=num_test, seconds=seconds
        ),
        num_train,
    )


@rule()
def folder_dataset(
    *,
    path: str,
    test_share: float = 0.25,
    seed: int = 0,
) -> Dataset:
    """Files in one folder per class, or a prepared dataset.

    Args:
        path: Path of the folder.
        test_share: Share of test files, unless a prepared dataset has splits.
            Defaults to 0.25.
        seed: Integer seed of the selection. Defaults to 0.

    Examples:

    >>> from keras_av.rules import folder_dataset
    >>> folder_dataset(path="/nowhere").missing()
    "there is no '/nowhere'. Put the files there, or give their path with \
--define or --set."
    """

    def read() -> FileTable:
        if is_prepared(path):
            return PreparedSet(path)
        return Manifest.from_folder(path)

    return Dataset(read, path, test_share=test_share, seed=seed)


@rule()
def csv_dataset(
    *,
    path: str,
    root: str,
    test_fold: int = 0,
    test_share: float = 0.25,
    seed: int = 0,
) -> Dataset:
    """Files listed in a CSV file; see `Manifest.from_csv`.

    Args:
        path: Path of the CSV file.
        root: Folder that the paths in the file are relative to.
        test_fold: Number of the test fold, from 1, or 0 to use splits.
            Defaults to 0.
        test_share: Share of test files if there are neither folds nor splits.
            Defaults to 0.25.
        seed: Integer seed of the selection. Defaults to 0.

    Examples:

    >>> from keras_av.rules import csv_dataset
    >>> csv_dataset(path="/nowhere.csv", root="/").num_train is None
    True
    """
    return Dataset(
        lambda: Manifest.from_csv(path, root),
        path,
        test_fold=test_fold,
        test_share=test_share,
        seed=seed,
    )


@rule()
def ucf101(*, path: str, split: int = 1) -> Dataset:
    """UCF101; see `Manifest.from_ucf101`.

    Args:
        path: Path of the folder with the class folders.
        split: Number of the split, 1, 2 or 3. Defaults to 1.

    Examples:

    >>> from keras_av.rules import ucf101
    >>> ucf101(path="/nowhere").num_train is None
    True
    """
    return Dataset(lambda: Manifest.from_ucf101(path, split), path)


@rule()
def hmdb51(*, path: str, split: int = 1) -> Dataset:
    """HMDB51; see `Manifest.from_hmdb51`.

    Args:
        path: Path of the folder with the class folders.
        split: Number of the split, 1, 2 or 3. Defaults to 1.

    Examples:

    >>> from keras_av.rules import hmdb51
    >>> hmdb51(path="/nowhere").num_train is None
    True
    """
    return Dataset(lambda: Manifest.from_hmdb51(path, split), path)


@rule()
def esc50(*, path: str, test_fold: int = 1, esc10: bool = False) -> Dataset:
    """ESC-50 or ESC-10, tested on one fold; see `Manifest.from_esc50`.

    Args:
        path: Path of the folder that contains `audio`.
        test_fold: Number of the test fold, from 1 to 5. Defaults to 1.
        esc10: Whether to keep the ten classes of ESC-10. Defaults to False.

    Examples:

    >>> from keras_av.rules import esc50
    >>> esc50(path="/nowhere").num_train is None
    True
    """
    return Dataset(
        lambda: Manifest.from_esc50(path, esc10), path, test_fold=test_fold
    )


@rule()
def kinetics(*, path: str, classes: Sequence[str] | None = None) -> Dataset:
    """Kinetics, tested on its validation split.

    See `Manifest.from_kinetics`.

    Args:
        path: Path of the folder.
        classes: Names of the classes to keep. Defaults to all.

    Examples:

    >>> from keras_av.rules import kinetics
    >>> kinetics(path="/nowhere").num_train is None
    True
    """
    return Dataset(
        lambda: Manifest.from_kinetics(path, classes), path, test_split="val"
    )


@rule()
def vggsound(*, path: str) -> Dataset:
    """VGGSound; see `Manifest.from_vggsound`.

    Args:
        path: Path of the folder.

    Examples:

    >>> from keras_av.rules import vggsound
    >>> vggsound(path="/nowhere").num_train is None
    True
    """
    return Dataset(lambda: Manifest.from_vggsound(path), path)


@rule()
def dcase(*, path: str, fold: int = 1) -> Dataset:
    """Acoustic scenes of DCASE; see `Manifest.from_dcase`.

    Args:
        path: Path of the folder.
        fold: Number of the official fold. Defaults to 1.

    Examples:

    >>> from keras_av.rules import dcase
    >>> dcase(path="/nowhere").num_train is None
    True
    """
    return Dataset(lambda: Manifest.from_dcase(path, fold), path)


@rule()
def activitynet(*, path: str) -> Dataset:
    """ActivityNet, tested on its validation split.

    See `Manifest.from_activitynet`.

    Args:
        path: Path of the folder.

    Examples:

    >>> from keras_av.rules import activitynet
    >>> activitynet(path="/nowhere").num_train is None
    True
    """
    return Dataset(
        lambda: Manifest.from_activitynet(path), path, test_split="val"
    )


@rule()
def tfds_dataset(
    *, tfds_name: str, data_dir: str, test_fold: int = 0
) -> Dataset:
    """A TensorFlow dataset written by `write_tfds`.

    Args:
        tfds_name: Name of the dataset.
        data_dir: Folder that contains the dataset.
        test_fold: Number of the test fold, from 1, or 0 to use splits.
            Defaults to 0.

    Examples:

    >>> from keras_av.rules import tfds_dataset
    >>> tfds_dataset(tfds_name="mine", data_dir="/nowhere").num_train is None
    True
    """
    return Dataset(
        lambda: Manifest.from_tfds(tfds_name, data_dir),
        pathlib.Path(data_dir, tfds_name),
        test_fold=test_fold,
    )
