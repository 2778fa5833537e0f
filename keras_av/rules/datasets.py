"""Rules for datasets."""

import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from keras_av import data
from keras_av.data import FileTable, Manifest, PreparedSet, is_prepared
from keras_av.rules.dataset import Dataset
from keras_av.rules.options import (
    argument_docs,
    document,
    options_of,
    sign,
    summary_of,
)
from keras_av.workspace import Rule, rule
from keras_av.workspace.attributes.annotation import attribute_type
from keras_av.workspace.attributes.attribute import Attribute
from keras_av.workspace.provider import kinds_of


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
        lambda: data.generated_set(num_train=num_train, num_test=num_test),
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
        lambda: data.generated_long_set(
            num_train=num_train, num_test=num_test, seconds=seconds
        ),
        num_train,
    )


@rule()
def generated_benchmark_dataset(
    *,
    num_classes: int = 32,
    frame: float = 1.0,
    motion: float = 1.0,
    sound: float = 0.25,
    spread: float = 0.08,
    task_seed: int = 0,
    num_train: int = 2048,
    num_test: int = 1024,
    seconds: float = 2.0,
    num_coarse_classes: int = 0,
    mismatched: float = 0.0,
) -> Dataset:
    """Videos of a task whose ceilings are known; see `generated_benchmark`.

    Args:
        num_classes: Number of classes. Defaults to 32.
        frame: Distance between classes in what one frame shows. Defaults
            to 1.0.
        motion: Likewise in what is seen over time and heard. Defaults to 1.0.
        sound: Likewise in what is only heard. Defaults to 0.25.
        spread: Standard deviation within a class. Defaults to 0.08.
        task_seed: Seed of the classes and the clips. Defaults to 0.
        num_train: Number of training files. Defaults to 2048.
        num_test: Number of test files. Defaults to 1024.
        seconds: Length of each video, in which the body is there for two
            seconds. Defaults to 2.
        num_coarse_classes: Number of classes that the files are labelled by
            instead, each of as many of the others, or 0. Defaults to 0.
        mismatched: Share of the training files with the sound of another one.
            Defaults to 0.

    Examples:

    >>> from keras_av.rules import generated_benchmark_dataset
    >>> coarse = generated_benchmark_dataset(
    ...     num_classes=4, num_train=8, num_test=4, num_coarse_classes=2)
    >>> coarse.test.label.tolist(), coarse.num_train
    ([0, 0, 1, 1], 8)
    """
    task = data.GeneratedTask(
        num_classes, frame, motion, sound, spread, task_seed
    )

    def read() -> FileTable:
        files = data.generated_benchmark(
            task,
            num_train=num_train,
            num_test=num_test,
            seconds=seconds,
            mismatched=mismatched,
        )
        if not num_coarse_classes:
            return files
        return files.with_labels(*task.coarse(files.label, num_coarse_classes))

    return _Generated(read, num_train)


@rule(path=("path",), digests=True)
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


@rule(path=("path",), digests=True)
def csv_dataset(
    *,
    path: str,
    root: str,
    test_fold: int = 0,
    test_share: float = 0.25,
    exclude_classes: Sequence[str] = (),
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
        exclude_classes: Names of classes to leave out. Defaults to none.
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
        exclude_classes=exclude_classes,
        seed=seed,
    )


@rule(path=("data_dir", "tfds_name"), digests=True)
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


def _layout(
    read: Callable[..., FileTable],
    *,
    test_split: str = "test",
    test_fold: int = 0,
    types: Mapping[str, Any] | None = None,
) -> Rule:
    """The rule for a published dataset, from its method of `Manifest`.

    Args:
        read: Method, such as `Manifest.from_ucf101`.
        test_split: Name of the test split. Defaults to `"test"`.
        test_fold: Number of the test fold, which then is an attribute, or 0 to
            use splits. Defaults to 0.
        types: Annotations of parameters that attributes cannot have. Defaults
            to none.
    """
    attributes = {"path": Attribute(attribute_type(str))}
    if test_fold:
        attributes["test_fold"] = Attribute(attribute_type(int), test_fold)
    attributes |= options_of(read, ("root",), types)

    def make(*, path: str, test_fold: int = 0, **options: Any) -> Dataset:
        return Dataset(
            lambda: read(path, **options),
            path,
            test_split=test_split,
            test_fold=test_fold,
        )

    docs = argument_docs(read)
    docs = {
        "path": docs.pop("root"),
        "test_fold": f"Number of the test fold. Defaults to {test_fold}.",
    } | docs
    make.__name__ = make.__qualname__ = read.__name__.removeprefix("from_")
    make.__doc__ = document(
        f"{summary_of(read)}\n\nSee `keras_av.data.Manifest.{read.__name__}`.",
        {name: docs[name] for name in attributes},
        "A `Dataset`.",
    )
    sign(make, attributes, Dataset)
    return Rule(
        make,
        attributes=attributes,
        kinds=kinds_of(Dataset),
        path=("path",),
        digests=True,
    )


activitynet = _layout(Manifest.from_activitynet, test_split="val")
dcase = _layout(Manifest.from_dcase)
esc50 = _layout(Manifest.from_esc50, test_fold=1)
hmdb51 = _layout(Manifest.from_hmdb51)
kinetics = _layout(
    Manifest.from_kinetics,
    test_split="val",
    types={"classes": Sequence[str] | None},
)
ucf101 = _layout(Manifest.from_ucf101)
vggsound = _layout(Manifest.from_vggsound)
