"""Manifests of folders, CSV files and public data sets."""

import os

from keras_av.data.layouts.activitynet import ActivityNetLayout
from keras_av.data.layouts.dcase import DcaseLayout
from keras_av.data.layouts.esc50 import Esc50Layout
from keras_av.data.layouts.folder import FolderLayout
from keras_av.data.layouts.hmdb51 import Hmdb51Layout
from keras_av.data.layouts.kinetics import KineticsLayout
from keras_av.data.layouts.ucf101 import Ucf101Layout
from keras_av.data.layouts.vggsound import VggSoundLayout
from keras_av.data.prepared.prepared_set import PreparedSet
from keras_av.data.table import csv_file


class Manifest(
    FolderLayout,
    Esc50Layout,
    DcaseLayout,
    Ucf101Layout,
    Hmdb51Layout,
    KineticsLayout,
    VggSoundLayout,
    ActivityNetLayout,
):
    """An immutable table of media files.

    Rows are sorted by path, and the row number is the `index` of a clip, the
    stable integer that addresses a memory bank. A file that cannot be read
    keeps its row.

    Columns are read-only arrays with one entry per file: `path` (relative to
    `root`, with forward slashes), `label` (int32; -1 is unlabelled), `split`
    (`""` is unknown), `group` (files that belong together, such as clips of
    one recording) and `fold` (int32; 0 is unknown).

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

    @classmethod
    def from_csv(
        cls,
        path: str | os.PathLike[str],
        root: str | os.PathLike[str] | None = None,
    ) -> "Manifest":
        """Read a CSV file with the columns path[, label, split, group, fold].

        Labels are names or numbers. The columns of `scan` are read if all of
        them exist. Further columns are ignored.

        A path may be absolute, or lead out of the root by `..`: lists of files
        are often kept apart from the files. So the CSV file of a stranger may
        name any file that you can read. Nothing but media is read of it, and
        nothing is written there.

        Args:
            path: Path of the CSV file.
            root: Folder that its paths are relative to. Defaults to the
                folder that the CSV file is in.

        Raises:
            ValueError: If there is no column `path`, or a value cannot be
                understood.
        """
        if root is None:
            root = os.path.dirname(os.path.abspath(path))
        return cls(root, **csv_file.read(path))

    @classmethod
    def from_tfds(
        cls,
        name: str,
        data_dir: str | os.PathLike[str] | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> PreparedSet:
        """Read a TensorFlow dataset written by `write_tfds`.

        The first call copies the records to shards like those of `prepare`,
        without encoding the JPEG frames again. Later calls reuse the shards.
        Rows, labels, splits, groups and folds are those of the original
        manifest, and so are the clips for a given seed. A skipped file keeps
        its row and its reason.

        Args:
            name: Name of the dataset.
            data_dir: Folder that it was written to. Defaults to that of TFDS.
            folder: Folder of the shards. Defaults to one next to the records.

        Returns:
            A `PreparedSet`, which `clips` reads.

        Raises:
            ImportError: If tensorflow-datasets is not installed.
            ValueError: If there is no such dataset, it was not written by
                `write_tfds`, its records have changed, or the folder has other
                contents.
        """
        # Imported late: reading a table needs no TensorFlow.
        from keras_av.data.tfds.read_tfds import read_tfds

        return read_tfds(name, data_dir, folder)
