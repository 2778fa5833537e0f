"""VGGSound, sounds that can be seen."""

import csv
import os
import pathlib
import re
from typing import Any, Self

from keras_av.data.layouts.named_files import Row, by_name, columns
from keras_av.data.table.file_table import FileTable

_VGGSOUND_NAME = re.compile(r"(.{11})_(\d{6})$")


class VggSoundLayout(FileTable):
    """VGGSound, sounds that can be seen."""

    @classmethod
    def from_vggsound(cls, root: str | os.PathLike[str]) -> Self:
        """Read VGGSound with its official split.

        Reads `vggsound.csv` and files named by id and second, such as
        `---g-f_I2yQ_000001.mp4`. Rows without a file are left out.

        References:
            - [Chen et al., 2020](https://arxiv.org/abs/2004.14368)

        Args:
            root: Path of the folder with both.

        Raises:
            ValueError: If the table or the files are missing.
        """
        return cls(root, **_vggsound(root))


def _vggsound(root: str | os.PathLike[str]) -> dict[str, Any]:
    """VGGSound by its table."""
    table = pathlib.Path(root, "vggsound.csv")
    if not table.is_file():
        raise ValueError(f"VGGSound needs its table. There is no {table}")
    rows = {}
    with open(table, newline="", encoding="utf-8") as file:
        for name, start, label, split in csv.reader(file):
            key = f"{name}_{int(start):06d}"
            rows[key] = Row(label, split, name)
    found = by_name(root, rows, _VGGSOUND_NAME, lambda match: match[0])
    return columns(
        found, root, "VGGSound, such as ---g-f_I2yQ_000001.mp4", None
    )
