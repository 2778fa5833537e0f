"""HMDB51, human motion."""

import os
import pathlib
from typing import Any, Self

from keras_av.data.layouts.folder import folder_columns
from keras_av.data.layouts.named_files import Row, columns
from keras_av.data.table.file_table import FileTable

_HMDB_SPLITS = {"0": "", "1": "train", "2": "test"}


class Hmdb51Layout(FileTable):
    """HMDB51, human motion."""

    @classmethod
    def from_hmdb51(cls, root: str | os.PathLike[str], split: int = 1) -> Self:
        """Read HMDB51, human motion, with one of the 3 official splits.

        Reads class folders and the lists in `testTrainMulti_7030_splits`;
        files that a split leaves out have the split `""`.

        References:
            - [Kuehne et al., 2011](https://doi.org/10.1109/ICCV.2011.6126543)

        Args:
            root: Path of the folder with the class folders and the lists.
            split: Number of the split, 1, 2 or 3. Defaults to 1.

        Raises:
            ValueError: If the lists or the files are missing.
        """
        return cls(root, **_hmdb51(root, split))


def _hmdb51(root: str | os.PathLike[str], split: int) -> dict[str, Any]:
    """HMDB51 by its class folders and the lists of one split."""
    if split not in (1, 2, 3):
        raise ValueError(f"split must be 1, 2 or 3. Received: split={split}")
    found = folder_columns(root)
    names = found["class_names"]
    lists = _hmdb_lists(pathlib.Path(root), split)
    if not lists:
        raise ValueError(
            f"No lists of HMDB51 under {os.fspath(root)!r}: expected "
            f"testTrainMulti_7030_splits/brush_hair_test_split{split}.txt "
            "and the like"
        )
    rows = {}
    for path, label in zip(found["path"], found["label"]):
        name = names[label] if label >= 0 else ""
        listed = lists.get((name, pathlib.PurePosixPath(path).name))
        if listed is not None:
            # What stands before the class names the film it was cut from.
            group = pathlib.PurePosixPath(path).name.split(f"_{name}_")[0]
            rows[path] = Row(name, listed, group)
    return columns(rows, root, "HMDB51, such as brush_hair/X.avi", None)


def _hmdb_lists(root: pathlib.Path, split: int) -> dict[tuple[str, str], str]:
    """Class and name of a file -> its split; empty if it has none."""
    ending = f"_test_split{split}.txt"
    lists = {}
    for here in (root / "testTrainMulti_7030_splits", root):
        for path in sorted(here.glob(f"*{ending}")):
            for line in path.read_text("utf-8").split("\n"):
                if line.strip():
                    name, number = line.split()
                    key = path.name.removesuffix(ending), name
                    lists[key] = _HMDB_SPLITS[number]
        if lists:
            break
    return lists
