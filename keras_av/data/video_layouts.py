"""Layouts of large video sets on disk, read as columns of a manifest."""

import collections
import csv
import json
import os
import pathlib
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from keras_av.data.layouts import folder, media_files

_KINETICS_COLUMNS = ("label", "youtube_id", "time_start", "time_end", "split")
_KINETICS_NAME = re.compile(r"(.{11})_(\d{6})_(\d{6})$")
_VGGSOUND_NAME = re.compile(r"(.{11})_(\d{6})$")
_SPLITS = {"validate": "val", "validation": "val"}
_SUBSETS = {"training": "train", "validation": "val", "testing": "test"}
_HMDB_SPLITS = {"0": "", "1": "train", "2": "test"}


class _Row(NamedTuple):
    """What a set says of one file."""

    label: str
    split: str
    group: str


def hmdb51(root: str | os.PathLike[str], split: int) -> dict[str, Any]:
    """HMDB51 by its class folders and the lists of one split."""
    if split not in (1, 2, 3):
        raise ValueError(f"split must be 1, 2 or 3. Received: split={split}")
    columns = folder(root)
    names = columns["class_names"]
    lists = _hmdb_lists(pathlib.Path(root), split)
    if not lists:
        raise ValueError(
            f"No lists of HMDB51 under {os.fspath(root)!r}: expected "
            f"testTrainMulti_7030_splits/brush_hair_test_split{split}.txt "
            "and the like"
        )
    rows = {}
    for path, label in zip(columns["path"], columns["label"]):
        name = names[label] if label >= 0 else ""
        found = lists.get((name, pathlib.PurePosixPath(path).name))
        if found is not None:
            # What stands before the class names the film it was cut from.
            group = pathlib.PurePosixPath(path).name.split(f"_{name}_")[0]
            rows[path] = _Row(name, found, group)
    return _columns(rows, root, "HMDB51, such as brush_hair/X.avi", None)


def kinetics(
    root: str | os.PathLike[str], classes: Collection[str] | None
) -> dict[str, Any]:
    """Kinetics by its tables."""
    rows = {}
    for row in _tables(root, _KINETICS_COLUMNS):
        start, end = int(float(row["time_start"])), int(float(row["time_end"]))
        name = f"{row['youtube_id']}_{start:06d}_{end:06d}"
        split = _SPLITS.get(row["split"], row["split"])
        rows[name] = _Row(row["label"], split, row["youtube_id"])
    found = _by_name(root, rows, _KINETICS_NAME, lambda match: match[0])
    return _columns(
        found, root, "Kinetics, such as -3B32lodo2M_000059_000069.mp4", classes
    )


def vggsound(root: str | os.PathLike[str]) -> dict[str, Any]:
    """VGGSound by its table."""
    table = pathlib.Path(root, "vggsound.csv")
    if not table.is_file():
        raise ValueError(f"VGGSound needs its table. There is no {table}")
    rows = {}
    with open(table, newline="", encoding="utf-8") as file:
        for name, start, label, split in csv.reader(file):
            key = f"{name}_{int(start):06d}"
            rows[key] = _Row(label, split, name)
    found = _by_name(root, rows, _VGGSOUND_NAME, lambda match: match[0])
    return _columns(
        found, root, "VGGSound, such as ---g-f_I2yQ_000001.mp4", None
    )


def activitynet(root: str | os.PathLike[str]) -> dict[str, Any]:
    """ActivityNet by its annotations."""
    tables = sorted(pathlib.Path(root).glob("activity_net*.json"))
    if not tables:
        raise ValueError(
            "ActivityNet needs its annotations. There is no "
            f"activity_net*.json in {os.fspath(root)!r}"
        )
    videos = json.loads(tables[-1].read_text("utf-8"))["database"]
    rows = {
        name: _Row(
            _longest(video["annotations"]),
            _SUBSETS.get(video["subset"], video["subset"]),
            name,
        )
        for name, video in videos.items()
    }
    name = re.compile(r"(?:v_)?(.{11})$")
    found = _by_name(root, rows, name, lambda match: match[1])
    return _columns(found, root, "ActivityNet, such as v_XXXXXXXXXXX.mp4", None)


def _longest(annotations: list[dict]) -> str:
    """The class that fills most of a video; empty where it is held out."""
    seconds: collections.Counter[str] = collections.Counter()
    for part in annotations:
        start, end = part["segment"]
        seconds[part["label"]] += end - start
    return max(seconds, key=lambda name: seconds[name], default="")


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


def _tables(
    root: str | os.PathLike[str], columns: tuple[str, ...]
) -> list[dict[str, str]]:
    """Rows of all tables with these columns, beside the files or above."""
    rows, here = [], pathlib.Path(root)
    for path in sorted([*here.glob("*.csv"), *here.glob("*/*.csv")]):
        with open(path, newline="", encoding="utf-8") as file:
            table = csv.DictReader(file)
            if set(columns) <= set(table.fieldnames or ()):
                rows += list(table)
    if not rows:
        raise ValueError(
            f"There is no table under {os.fspath(root)!r}. Expected files "
            f".csv there, or in a folder of it, with {', '.join(columns)}"
        )
    return rows


def _by_name(
    root: str | os.PathLike[str],
    rows: Mapping[str, _Row],
    pattern: re.Pattern[str],
    key: Callable[[re.Match[str]], str],
) -> dict[str, _Row]:
    """The files that a table speaks of: many are gone from the web."""
    found = {}
    for path in media_files(root):
        match = pattern.match(pathlib.PurePosixPath(path).stem)
        if match and key(match) in rows:
            found[path] = rows[key(match)]
    return found


def _columns(
    rows: Mapping[str, _Row],
    root: str | os.PathLike[str],
    example: str,
    classes: Collection[str] | None,
) -> dict[str, Any]:
    if classes is not None:
        unknown = sorted(set(classes) - {row.label for row in rows.values()})
        if unknown:
            raise ValueError(
                f"No file of these classes is under {os.fspath(root)!r}: "
                f"{unknown}"
            )
        rows = {p: row for p, row in rows.items() if row.label in classes}
    if not rows:
        raise ValueError(
            f"No file of {example}, that its lists name, is under "
            f"{os.fspath(root)!r}"
        )
    names = sorted({row.label for row in rows.values() if row.label})
    numbers = {name: number for number, name in enumerate(names)}
    return {
        "path": list(rows),
        "label": [numbers.get(row.label, -1) for row in rows.values()],
        "split": [row.split for row in rows.values()],
        "group": [row.group for row in rows.values()],
        "class_names": names,
    }
