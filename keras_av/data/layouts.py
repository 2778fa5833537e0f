"""Layouts of data sets on disk, read as columns of a manifest."""

import csv
import os
import pathlib
import re
from typing import Any

Columns = dict[str, Any]

MEDIA_EXTENSIONS = frozenset(
    ".3gp .avi .flv .m4v .mkv .mov .mp4 .mpeg .mpg .ogv .ts .webm .wmv "
    ".aac .aif .aiff .flac .m4a .mp3 .oga .ogg .opus .wav .wma".split()
)

_ESC_NAME = re.compile(r"(\d+)-(\d+)-([A-Z])-(\d+)$")
_ESC10_TARGETS = (0, 1, 10, 11, 12, 20, 21, 38, 40, 41)
# In the order of the targets.
_ESC50_NAMES = """
    dog rooster pig cow frog cat hen insects sheep crow
    rain sea_waves crackling_fire crickets chirping_birds
    water_drops wind pouring_water toilet_flush thunderstorm
    crying_baby sneezing clapping breathing coughing
    footsteps laughing brushing_teeth snoring drinking_sipping
    door_wood_knock mouse_click keyboard_typing door_wood_creaks can_opening
    washing_machine vacuum_cleaner clock_alarm clock_tick glass_breaking
    helicopter chainsaw siren car_horn engine
    train church_bells airplane fireworks hand_saw
""".split()

_UCF_NAME = re.compile(r"v_.+_g(\d\d)_c\d\d$", re.IGNORECASE)
_UCF_GROUPS_PER_SPLIT = 7


def folder(root: str | os.PathLike[str]) -> Columns:
    """Media files under a folder; the first folder's name is the class."""
    paths = media_files(root)
    classes = [p.split("/")[0] if "/" in p else None for p in paths]
    names = sorted({name for name in classes if name is not None})
    numbers = {name: number for number, name in enumerate(names)}
    return {
        "path": paths,
        "label": [-1 if c is None else numbers[c] for c in classes],
        "class_names": names,
    }


def esc50(root: str | os.PathLike[str], esc10: bool) -> Columns:
    """ESC-50 or ESC-10, by its table or by the names of its files."""
    table = pathlib.Path(root, "meta", "esc50.csv")
    rows = _esc_table(table) if table.is_file() else _esc_names(root)
    if esc10:
        rows = [row for row in rows if row[1] in _ESC10_TARGETS]
    if not rows:
        raise ValueError(
            f"No file of ESC-50 under {os.fspath(root)!r}: expected "
            "meta/esc50.csv, or files named fold-clip-take-target, such as "
            "audio/1-100032-A-0.wav"
        )
    targets = _ESC10_TARGETS if esc10 else tuple(range(len(_ESC50_NAMES)))
    paths, numbers, folds, groups = zip(*rows)
    return {
        "path": paths,
        "label": [targets.index(number) for number in numbers],
        "fold": folds,
        "group": groups,
        "class_names": [_ESC50_NAMES[target] for target in targets],
    }


def ucf101(root: str | os.PathLike[str], split: int) -> Columns:
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
        splits = [lists.get(_stem(path), "") for path in paths]
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


def media_files(root: str | os.PathLike[str]) -> list[str]:
    """Relative paths of the media files under a folder, hidden ones aside.

    Raises:
        ValueError: If the folder is not there or holds none.
    """
    root = os.fspath(root)
    if not os.path.isdir(root):
        raise ValueError(f"There is no folder {root!r}")
    found, visited = [], set()
    for here, folders, files in os.walk(root, followlinks=True):
        # A link to a folder above would never end.
        real = os.path.realpath(here)
        folders[:] = [f for f in folders if not f.startswith(".")]
        if real in visited:
            folders.clear()
            continue
        visited.add(real)
        for name in files:
            extension = os.path.splitext(name)[1].lower()
            if extension in MEDIA_EXTENSIONS and not name.startswith("."):
                path = os.path.relpath(os.path.join(here, name), root)
                found.append(pathlib.PurePath(path).as_posix())
    if not found:
        raise ValueError(
            f"The folder {root!r} holds no media files. Their names end in "
            f"one of: {' '.join(sorted(MEDIA_EXTENSIONS))}"
        )
    return sorted(found)


def _esc_table(table: pathlib.Path) -> list[tuple[str, int, int, str]]:
    with open(table, newline="", encoding="utf-8") as file:
        return [
            (
                f"audio/{row['filename']}",
                int(row["target"]),
                int(row["fold"]),
                row["src_file"],
            )
            for row in csv.DictReader(file)
        ]


def _esc_names(
    root: str | os.PathLike[str],
) -> list[tuple[str, int, int, str]]:
    rows = []
    for path in media_files(root):
        match = _ESC_NAME.match(_stem(path))
        if match and int(match[4]) < len(_ESC50_NAMES):
            rows.append((path, int(match[4]), int(match[1]), match[2]))
    return rows


def _ucf_group(path: str) -> str:
    match = _UCF_NAME.match(_stem(path))
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
                    splits[_stem(line.split()[0])] = name
    return splits


def _stem(path: str) -> str:
    return pathlib.PurePosixPath(path).stem
