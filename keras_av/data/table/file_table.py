"""The table of files that clips are read from."""

import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Self

import numpy as np

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.table import csv_file
from keras_av.data.table.columns import as_column, check_columns
from keras_av.data.table.sample_groups import most_frequent, sample_groups
from keras_av.ops.types import Array


class FileTable:
    """An immutable table of media files.

    `Manifest` and `PreparedSet` are tables of files with the same columns and
    the same methods to select rows.

    Args:
        root: Folder that the paths are relative to.
        path: Unique relative paths.
        label: Class numbers. Defaults to -1 for all files.
        split: Names of splits, such as `"train"`. Defaults to `""` for all
            files.
        group: Names of groups. Defaults to `""` for all files.
        fold: Numbers of folds, from 1. Defaults to 0 for all files.
        class_names: Names of the classes. Defaults to none.
        facts: Columns found by `scan`, by name. Defaults to none.

    Raises:
        ValueError: If there are no rows, a path is repeated, the columns
            differ in length, or a label has no class name.

    Examples:

    >>> from keras_av.data import FileTable, Manifest
    >>> manifest = Manifest("videos", path=["b.mp4", "a.mp4"])
    >>> isinstance(manifest, FileTable), manifest.is_prepared
    (True, False)
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        path: Sequence[str],
        label: Sequence[int] | None = None,
        split: Sequence[str] | None = None,
        group: Sequence[str] | None = None,
        fold: Sequence[int] | None = None,
        class_names: Sequence[str] = (),
        facts: Mapping[str, Sequence[Any] | Array] | None = None,
    ) -> None:
        count = len(path)
        self._root = os.fspath(root)
        self._class_names = tuple(class_names)
        columns = {
            "path": np.array(path, dtype=np.str_),
            "label": as_column(label, count, -1, np.int32),
            "split": as_column(split, count, "", np.str_),
            "group": as_column(group, count, "", np.str_),
            "fold": as_column(fold, count, 0, np.int32),
        }
        found: dict[str, Array] = {
            name: np.array(facts[name], kind)
            for name, kind in csv_file.FACTS.items()
            if facts
        }
        check_columns({**columns, **found}, self._class_names, self._root)
        order = np.argsort(columns["path"], kind="stable")
        self._columns = {name: c[order] for name, c in columns.items()}
        self._facts = {name: c[order] for name, c in found.items()}
        for column in (*self._columns.values(), *self._facts.values()):
            column.flags.writeable = False

    @property
    def root(self) -> str:
        """Folder that the paths are relative to."""
        return self._root

    @property
    def class_names(self) -> tuple[str, ...]:
        """Name of each class."""
        return self._class_names

    @property
    def num_classes(self) -> int:
        """Number of classes, whether or not each has a file."""
        return len(self._class_names)

    @property
    def path(self) -> Array:
        """Paths relative to `root`."""
        return self._columns["path"]

    @property
    def label(self) -> Array:
        """Class numbers, int32; -1 is unlabelled."""
        return self._columns["label"]

    @property
    def split(self) -> Array:
        """Names of splits; `""` is unknown."""
        return self._columns["split"]

    @property
    def group(self) -> Array:
        """Names of groups; `""` is unknown."""
        return self._columns["group"]

    @property
    def fold(self) -> Array:
        """Numbers of folds, int32; 0 is unknown."""
        return self._columns["fold"]

    @property
    def facts(self) -> dict[str, Array]:
        """Columns found by `scan`; empty without a scan."""
        return dict(self._facts)

    def with_facts(self, facts: Mapping[str, Sequence[Any] | Array]) -> Self:
        """A table of the same files with the given facts.

        Args:
            facts: Columns by their names.
        """
        columns = {**self.columns(), "facts": facts}
        return self._like(columns)

    def columns(self) -> dict[str, Any]:
        """The constructor arguments of this table, except for its root."""
        names = {"class_names": self.class_names, "facts": self._facts}
        return {**self._columns, **names}

    def __len__(self) -> int:
        return len(self.path)

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} of {len(self)} files in "
            f"{self.num_classes} classes under {self.root!r}>"
        )

    def full_path(self, index: int) -> str:
        """The path of the file of a row, including the root."""
        return os.path.join(self.root, str(self.path[index]))

    def digest(self) -> str:
        """SHA-256 of paths, labels, splits and folds, as hexadecimal.

        Two tables with the same digest give every file the same index.
        """
        digest = hashlib.sha256()
        for row in zip(self.path, self.label, self.split, self.fold):
            text = "\0".join(str(value) for value in row) + "\n"
            digest.update(text.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def subset(self, rows: Sequence[int] | Sequence[bool] | Array) -> Self:
        """A table of some rows, renumbered from 0.

        Args:
            rows: Booleans, one per row, or unique row numbers.
        """
        rows = np.asarray(rows)
        if rows.dtype == bool and rows.shape != (len(self),):
            raise ValueError(
                f"A mask needs one boolean for each of {len(self)} rows. "
                f"Received: shape {tuple(rows.shape)}"
            )
        columns = self.columns()
        columns |= {name: c[rows] for name, c in self._columns.items()}
        columns["facts"] = {name: c[rows] for name, c in self._facts.items()}
        return self._like(columns)

    def _like(self, columns: dict[str, Any]) -> Self:
        """A table of this kind with other columns."""
        return type(self)(self.root, **columns)

    @property
    def is_prepared(self) -> bool:
        """Whether clips are read from shards written by `prepare`."""
        return False

    def check_spec(self, spec: ClipSpec) -> None:
        """Check that clips can be read from the files, as from any media.

        Args:
            spec: Specification of a clip.
        """

    def where(
        self,
        split: str | Collection[str] | None = None,
        fold: int | Collection[int] | None = None,
        group: str | Collection[str] | None = None,
    ) -> Self:
        """A table of the rows that match, renumbered from 0.

        Args:
            split: One name or several. Defaults to any.
            fold: One number or several. Defaults to any.
            group: One name or several. Defaults to any.

        Raises:
            ValueError: If no row matches.
        """
        mask = np.ones(len(self), bool)
        asked = {"split": split, "fold": fold, "group": group}
        asked = {name: v for name, v in asked.items() if v is not None}
        for name, values in asked.items():
            mask &= np.isin(self._columns[name], _listed(values))
        if not mask.any():
            there = {
                name: sorted(set(self._columns[name].tolist()))[:10]
                for name in asked
            }
            raise ValueError(
                f"No file has {asked}. These columns hold: {there}"
            )
        return self.subset(mask)

    def with_labels(
        self,
        label: Sequence[int] | Array,
        class_names: Sequence[str] | None = None,
    ) -> Self:
        """A table of the same files with other labels.

        Args:
            label: Class numbers, one per row; -1 is unlabelled.
            class_names: Names of the classes. Defaults to those of this table.
        """
        columns = self.columns() | {"label": label, "facts": self._facts}
        if class_names is not None:
            columns["class_names"] = tuple(class_names)
        return self._like(columns)

    def split_by_group(self, fraction: float, seed: int) -> tuple[Self, Self]:
        """Split off about `fraction` of the files of each class.

        Groups stay whole; a file without a group is treated as a separate
        group. A group of several classes counts as one of its most frequent.

        Args:
            fraction: Share of the files, between 0 and 1.
            seed: Integer seed of the selection.

        Returns:
            Two tables without a common group. The first has the remaining
            files, which are the majority if `fraction` is below 0.5.

        Raises:
            ValueError: If one of the two would be empty, or would have no file
                of a class.
        """
        names = np.where(self.group == "", self.path, self.group)
        groups, numbers, sizes = np.unique(
            names, return_inverse=True, return_counts=True
        )
        if not 0 < fraction < 1 or len(groups) < 2:
            raise ValueError(
                f"{len(groups)} groups cannot be split with "
                f"fraction={fraction}: each side needs a group, and fraction "
                "lies between 0 and 1"
            )
        taken = sample_groups(
            sizes, most_frequent(numbers, self.label), fraction, seed
        )
        mask = taken[numbers]
        self._check_classes(mask)
        return self.subset(~mask), self.subset(mask)

    def _check_classes(self, mask: Array) -> None:
        """Refuse sides that lack a class of the other one."""
        lacking = set(self.label[mask]) ^ set(self.label[~mask])
        lacking -= {-1}
        if lacking:
            names = [self._name_of(label) for label in sorted(lacking)]
            raise ValueError(
                f"Each side needs files of each class, and those of {names} "
                "are in too few groups. Add more, or leave the classes out."
            )

    def _name_of(self, label: int) -> str:
        return self.class_names[label] if self.class_names else f"{label}"

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a CSV file for `from_csv` atomically.

        Args:
            path: Path of the CSV file. Paths in it stay relative to `root`.
        """
        columns = {**self._columns, **self._facts}
        csv_file.write(path, columns, self.class_names)


def _listed(values: Any) -> list[Any]:
    if isinstance(values, str) or not isinstance(values, Collection):
        return [values]
    return list(values)
