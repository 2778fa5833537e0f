"""UCF101, human actions."""

import os
import pathlib
import re
from typing import Any, Self

from keras_av.data.layouts.media_files import media_files, stem
from keras_av.data.table.file_table import FileTable

_UCF_NAME = re.compile(r"v_.+_g(\d\d)_c\d\d$", re.IGNORECASE)
_UCF_GROUPS_PER_SPLIT = 7


class Ucf101Layout(FileTable):
    """UCF101, human actions."""

    @classmethod
    def from_ucf101(cls, root: str | os.PathLike[str], split: int = 1) -> Self:
        """Read UCF101, human actions, with one of the 3 official splits.

        Reads class folders of `v_Class_gXX_cYY` files and the lists in
        `ucfTrainTestlist`; without these, the rule they follow: groups 1 to
        7, 8 to 14 or 15 to 21 are the test split.

        References:
            - [Soomro et al., 2012](https://arxiv.org/abs/1212.0402)

        Args:
            root: Path of the folder with the class folders.
            split: Number of the split, 1, 2 or 3. Defaults to 1.

        Raises:
            ValueError: If no file of the set is there, or `split` is
                another number.
        """
        return cls(root, **_ucf101(root, split))


def _ucf101(root: str | os.PathLike[str], split: int) -> dict[str, Any]:
    """UCF101 with the split of its lists, or of the rule behind them."""
    if split not in (1, 2, 3):
        raise ValueError(f"split must be 1, 2 or 3. Received: split={split}")
    # The folder that a file lies in is its class, however deep that is.
    files = {path: pathlib.PurePosixPath(path) for path in media_files(root)}
    classes = {
        path: file.parent.name
        for path, file in files.items()
        if file.parent.name and _ucf_group(path)
    }
    if not classes:
        raise ValueError(
            f"No file of UCF101 under {os.fspath(root)!r}: expected names "
            "such as Archery/v_Archery_g01_c01.avi"
        )
    paths, names = list(classes), sorted(set(classes.values()))
    groups = [_ucf_group(path) for path in paths]
    lists = _ucf_lists(root, split)
    if lists:
        splits = [lists.get(stem(path), "") for path in paths]
    else:
        last = split * _UCF_GROUPS_PER_SPLIT
        test = range(last - _UCF_GROUPS_PER_SPLIT + 1, last + 1)
        splits = ["test" if int(group) in test else "train" for group in groups]
    return {
        "path": paths,
        "label": [names.index(name) for name in classes.values()],
        "split": splits,
        "group": [f"g{group}" for group in groups],
        "class_names": names,
    }


def _ucf_group(path: str) -> str:
    match = _UCF_NAME.match(stem(path))
    return match[1] if match else ""


def _ucf_lists(root: str | os.PathLike[str], split: int) -> dict[str, str]:
    """Name of a clip, without its ending -> "train" or "test"."""
    splits = {}
    for name in ("train", "test"):
        file = pathlib.Path(root, "ucfTrainTestlist", f"{name}list0{split}.txt")
        if file.is_file():
            for line in file.read_text("utf-8").splitlines():
                # Lines of the training list end in the class number.
                if line.strip():
                    splits[stem(line.split()[0])] = name
    return splits
