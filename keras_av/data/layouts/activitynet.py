"""ActivityNet, untrimmed videos of activities."""

import collections
import json
import os
import pathlib
import re
from typing import Any, Self

from keras_av.data.layouts.named_files import Row, by_name, columns
from keras_av.data.table.file_table import FileTable

_SUBSETS = {"training": "train", "validation": "val", "testing": "test"}


class ActivityNetLayout(FileTable):
    """ActivityNet, untrimmed videos of activities."""

    @classmethod
    def from_activitynet(cls, root: str | os.PathLike[str]) -> Self:
        """Read ActivityNet: splits `train`, `val`, and `test`, unlabelled.

        Reads `activity_net*.json` and files named `v_{id}.mp4` or
        `{id}.mp4`. A video's label is the class that fills most of it.

        References:
            - [Caba Heilbron et al., 2015](https://doi.org/10.1109/CVPR.2015.7298698)

        Args:
            root: Path of the folder with both.

        Raises:
            ValueError: If the annotations or the files are missing.
        """
        return cls(root, **_activitynet(root))


def _activitynet(root: str | os.PathLike[str]) -> dict[str, Any]:
    """ActivityNet by its annotations."""
    tables = sorted(pathlib.Path(root).glob("activity_net*.json"))
    if not tables:
        raise ValueError(
            "ActivityNet needs its annotations. There is no "
            f"activity_net*.json in {os.fspath(root)!r}"
        )
    videos = json.loads(tables[-1].read_text("utf-8"))["database"]
    rows = {
        name: Row(
            _longest(video["annotations"]),
            _SUBSETS.get(video["subset"], video["subset"]),
            name,
        )
        for name, video in videos.items()
    }
    name = re.compile(r"(?:v_)?(.{11})$")
    found = by_name(root, rows, name, lambda match: match[1])
    return columns(found, root, "ActivityNet, such as v_XXXXXXXXXXX.mp4", None)


def _longest(annotations: list[dict[str, Any]]) -> str:
    """The class that fills most of a video; empty where it is held out."""
    seconds: collections.Counter[str] = collections.Counter()
    for part in annotations:
        start, end = part["segment"]
        seconds[part["label"]] += end - start
    return max(seconds, key=lambda name: seconds[name], default="")
