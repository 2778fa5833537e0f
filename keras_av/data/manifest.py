"""The table of files that clips are read from."""

import hashlib
import importlib
import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Self, cast

import numpy as np

from keras_av.data import dcase_layout, layouts, manifest_csv, video_layouts
from keras_av.data.manifest_columns import as_column, check_columns
from keras_av.ops.types import Array


class Manifest:
    """An immutable table of media files.

    Rows are sorted by path, and the number of a row is the clip's `index`:
    the stable integer that keys a memory bank. A file that cannot be read
    keeps its row.

    Columns are read-only arrays, one entry a file: `path` (relative to
    `root`, with forward slashes), `label` (int32; -1 is unlabelled), `split`
    (`""` is unknown), `group` (files that belong together, such as clips of
    one recording) and `fold` (int32; 0 is unknown).

    Args:
        root: Folder that the paths are relative to.
        path: Relative paths, each once.
        label: Class numbers. Defaults to -1 everywhere.
        split: Such as `"train"`. Defaults to `""` everywhere.
        group: Names. Defaults to `""` everywhere.
        fold: Numbers from 1. Defaults to 0 everywhere.
        class_names: Name of each class. Defaults to none.
        facts: What `scan` found of each file: columns by their names.
            Defaults to none.

    Raises:
        ValueError: If there are no rows, a path comes twice, the columns
            differ in length, or a label has no class name.

    Examples:

    >>> from keras_av.data import Manifest
    >>> manifest = Manifest(
    ...     "videos", path=["b.mp4", "a.mp4"], label=[1, 0],
    ...     class_names=("cat", "dog"),
    ... )
    >>> len(manifest), manifest.num_classes
    (2, 2)
    >>> [str(path) for path in manifest.path], manifest.label.tolist()
    (['a.mp4', 'b.mp4'], [0, 1])
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
        facts: Mapping[str, Sequence | Array] | None = None,
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
            for name, kind in manifest_csv.FACTS.items()
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
        """What `scan` found of each file: columns; none before."""
        return dict(self._facts)

    def with_facts(self, facts: Mapping[str, Sequence | Array]) -> Self:
        """The same files, and what was found of each.

        Args:
            facts: Columns by their names.
        """
        columns = {**self.columns(), "facts": facts}
        return self._like(Manifest(self.root, **columns))

    def columns(self) -> dict[str, Any]:
        """What makes a manifest like this one, but for its root."""
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
        """The path of one row's file, with the root."""
        return os.path.join(self.root, str(self.path[index]))

    def digest(self) -> str:
        """SHA-256 of paths, labels, splits and folds, as hexadecimal.

        Two manifests with the same digest give every file the same index.
        """
        digest = hashlib.sha256()
        for row in zip(self.path, self.label, self.split, self.fold):
            text = "\0".join(str(value) for value in row) + "\n"
            digest.update(text.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def subset(self, rows: Sequence[int] | Sequence[bool] | Array) -> Self:
        """A manifest of some rows, numbered anew from 0.

        Args:
            rows: Booleans, one a row, or row numbers, each once.
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
        return self._like(Manifest(self.root, **columns))

    def _like(self, manifest: "Manifest") -> Self:
        """A manifest of this kind, of some of its files."""
        return cast(Self, manifest)

    def where(
        self,
        split: str | Collection[str] | None = None,
        fold: int | Collection[int] | None = None,
        group: str | Collection[str] | None = None,
    ) -> Self:
        """A manifest of the rows that match, numbered anew from 0.

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

    def split_by_group(self, fraction: float, seed: int) -> tuple[Self, Self]:
        """Split off about `fraction` of the files, whole groups at a time.

        A file without a group is a group of its own.

        Args:
            fraction: Share of the files, between 0 and 1.
            seed: Of the draw.

        Returns:
            Two manifests without a common group; the first holds what the
            split leaves and is the larger one for a fraction below a half.

        Raises:
            ValueError: If one of the two would be empty.
        """
        names = np.where(self.group == "", self.path, self.group)
        groups, numbers, sizes = np.unique(
            names, return_inverse=True, return_counts=True
        )
        order = np.random.default_rng(seed).permutation(len(groups))
        # Groups are taken while that brings the share nearer to `fraction`.
        middles = np.cumsum(sizes[order]) - sizes[order] / 2
        taken = order[middles < fraction * len(self)]
        mask = np.isin(numbers, taken)
        if not 0 < fraction < 1 or mask.all() or not mask.any():
            raise ValueError(
                f"{len(groups)} groups cannot be split with "
                f"fraction={fraction}: each side needs a group, and fraction "
                "lies between 0 and 1"
            )
        return self.subset(~mask), self.subset(mask)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a file that `from_csv` reads; never half of one.

        Args:
            path: Of the file. Paths in it stay relative to `root`.
        """
        columns = {**self._columns, **self._facts}
        manifest_csv.write(path, columns, self.class_names)

    @classmethod
    def from_csv(
        cls,
        path: str | os.PathLike[str],
        root: str | os.PathLike[str] | None = None,
    ) -> "Manifest":
        """Read a CSV file with the columns path[, label, split, group, fold].

        Labels are names or numbers. What `scan` has found is read if all
        of its columns are there. Further columns are ignored.

        Args:
            path: Of the CSV file.
            root: Folder that its paths are relative to. Defaults to the
                folder that the CSV file is in.

        Raises:
            ValueError: If there is no column `path`, or a value cannot be
                understood.
        """
        if root is None:
            root = os.path.dirname(os.path.abspath(path))
        return cls(root, **manifest_csv.read(path))

    @classmethod
    def from_tfds(
        cls,
        name: str,
        data_dir: str | os.PathLike[str] | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> "Manifest":
        """Read a set of TensorFlow Datasets that `write_tfds` has written.

        The first time, the records are copied into shards such as `prepare`
        writes; their frames stay the JPEGs that they are. Later calls find
        the shards again. Rows, labels, splits, groups and folds are those of
        the manifest that was written, and so are the clips for a seed. A
        file that was skipped keeps its row and its reason.

        Args:
            name: Of the set.
            data_dir: Folder that it was written to. Defaults to TFDS's own.
            folder: For the shards. Defaults to one beside the records.

        Returns:
            A `PreparedSet`, which `clips` reads.

        Raises:
            ImportError: If tensorflow-datasets is not installed.
            ValueError: If there is no such set, `write_tfds` has not written
                it, its records are not the ones it was written with, or the
                folder holds something else.
        """
        # A prepared set is a manifest, which cannot import it in turn.
        module = importlib.import_module("keras_av.data.read_tfds")
        return module.read_tfds(name, data_dir, folder)

    @classmethod
    def from_folder(cls, root: str | os.PathLike[str]) -> "Manifest":
        """Find the media files under a folder.

        `root/class/clip.mp4` is labelled with the first folder's name,
        however deep it lies; a file directly in `root` is unlabelled.

        Args:
            root: The folder.

        Raises:
            ValueError: If it is not there or holds no media files.
        """
        return cls(root, **layouts.folder(root))

    @classmethod
    def from_esc50(
        cls, root: str | os.PathLike[str], esc10: bool = False
    ) -> "Manifest":
        """Read ESC-50, environmental sounds in 5 official folds.

        Reads `meta/esc50.csv` and `audio/`; without the former, the file
        names, which are `{fold}-{clip}-{take}-{target}`. The clip of
        freesound that a file was cut from is its group.

        References:
            - [Piczak, 2015](https://github.com/karolpiczak/ESC-50)

        Args:
            root: The folder that holds `audio`.
            esc10: Whether to keep the ten classes of ESC-10 only, numbered
                anew. Defaults to False.

        Raises:
            ValueError: If no file of the set is there.
        """
        return cls(root, **layouts.esc50(root, esc10))

    @classmethod
    def from_dcase(
        cls, root: str | os.PathLike[str], fold: int = 1
    ) -> "Manifest":
        """Read acoustic scenes of DCASE with the split of an official fold.

        The releases of 2016 and later (TUT and TAU acoustic scenes) have a
        table, `meta.txt` or `meta.csv`, and in `evaluation_setup` the lists
        `fold1_train` and `fold1_evaluate`, .txt or .csv; `split` is `"train"`,
        `"test"`, or `""` for files of neither list, and the recording that
        the table names is the group. Of 2013 there is one split, which
        papers also call DCASE2014: the folder `scenes_stereo` to train with
        and `scenes_stereo_testset`, with files such as `bus01.wav`.

        References:
            - [Stowell et al., 2015](https://doi.org/10.1109/TMM.2015.2428998)
            - [Mesaros et al., 2018](https://arxiv.org/abs/1807.09840)

        Args:
            root: The folder that holds these files and folders.
            fold: Number of the fold, from 1 to as many as there are lists.
                Defaults to 1.

        Raises:
            ValueError: If no scenes are there, a list is missing, or it does
                not fit to the table.
        """
        return cls(root, **dcase_layout.dcase(root, fold))

    @classmethod
    def from_ucf101(
        cls, root: str | os.PathLike[str], split: int = 1
    ) -> "Manifest":
        """Read UCF101, human actions, with one of the 3 official splits.

        Reads class folders of `v_Class_gXX_cYY` files and the lists in
        `ucfTrainTestlist`; without these, the rule they follow: groups 1 to
        7, 8 to 14 or 15 to 21 are the test split.

        References:
            - [Soomro et al., 2012](https://arxiv.org/abs/1212.0402)

        Args:
            root: The folder that holds the class folders.
            split: 1, 2 or 3. Defaults to 1.

        Raises:
            ValueError: If no file of the set is there, or `split` is
                another number.
        """
        return cls(root, **layouts.ucf101(root, split))

    @classmethod
    def from_hmdb51(
        cls, root: str | os.PathLike[str], split: int = 1
    ) -> "Manifest":
        """Read HMDB51, human motion, with one of the 3 official splits.

        Reads class folders and the lists in `testTrainMulti_7030_splits`;
        files that a split leaves out have the split `""`.

        References:
            - [Kuehne et al., 2011](https://doi.org/10.1109/ICCV.2011.6126543)

        Args:
            root: The folder that holds the class folders and the lists.
            split: 1, 2 or 3. Defaults to 1.

        Raises:
            ValueError: If the lists or the files are not there.
        """
        return cls(root, **video_layouts.hmdb51(root, split))

    @classmethod
    def from_kinetics(
        cls,
        root: str | os.PathLike[str],
        classes: Collection[str] | None = None,
    ) -> "Manifest":
        """Read Kinetics-400, -600 or -700: splits `train`, `val`, `test`.

        Reads its tables (.csv with `label`, `youtube_id`, `time_start`,
        `time_end`, `split`) and files named by id and seconds, such as
        `-3B32lodo2M_000059_000069.mp4`, in whatever folders. Rows without a
        file are left out. The group is the video of YouTube.

        References:
            - [Kay et al., 2017](https://arxiv.org/abs/1705.06950)

        Args:
            root: The folder that holds all of it.
            classes: Those to keep, numbered anew, such as
                `KINETICS_SOUNDS`. Defaults to all.

        Raises:
            ValueError: If the tables, the files or a class are not there.
        """
        return cls(root, **video_layouts.kinetics(root, classes))

    @classmethod
    def from_vggsound(cls, root: str | os.PathLike[str]) -> "Manifest":
        """Read VGGSound with its official split.

        Reads `vggsound.csv` and files named by id and second, such as
        `---g-f_I2yQ_000001.mp4`. Rows without a file are left out.

        References:
            - [Chen et al., 2020](https://arxiv.org/abs/2004.14368)

        Args:
            root: The folder that holds both.

        Raises:
            ValueError: If the table or the files are not there.
        """
        return cls(root, **video_layouts.vggsound(root))

    @classmethod
    def from_activitynet(cls, root: str | os.PathLike[str]) -> "Manifest":
        """Read ActivityNet: splits `train`, `val`, and `test`, unlabelled.

        Reads `activity_net*.json` and files named `v_{id}.mp4` or
        `{id}.mp4`. A video's label is the class that fills most of it.

        References:
            - [Caba Heilbron et al., 2015](https://doi.org/10.1109/CVPR.2015.7298698)

        Args:
            root: The folder that holds both.

        Raises:
            ValueError: If the annotations or the files are not there.
        """
        return cls(root, **video_layouts.activitynet(root))


def _listed(values: Any) -> list:
    if isinstance(values, str) or not isinstance(values, Collection):
        return [values]
    return list(values)
