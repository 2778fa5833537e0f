"""Acoustic scenes of the DCASE challenges."""

import csv
import os
import pathlib
import re
from typing import Any, Self

from keras_av.data.layouts.media_files import media_files
from keras_av.data.table.file_table import FileTable

_SCENE_NAME = re.compile(r"([a-z]+)\d\d$")
_TEST_FOLDER = "scenes_stereo_testset"
_TRAIN_FOLDER = "scenes_stereo"
_HEADER = ("filename", "scene_label")


class DcaseLayout(FileTable):
    """Acoustic scenes of the DCASE challenges."""

    @classmethod
    def from_dcase(cls, root: str | os.PathLike[str], fold: int = 1) -> Self:
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
            root: Path of the folder with these files and folders.
            fold: Number of the fold, from 1 to as many as there are lists.
                Defaults to 1.

        Raises:
            ValueError: If no scenes are there, a list is missing, or it does
                not fit to the table.
        """
        return cls(root, **_dcase(root, fold))


def _dcase(root: str | os.PathLike[str], fold: int) -> dict[str, Any]:
    """Scenes with the split of a fold, in the layout of 2013 or of later."""
    here = pathlib.Path(root)
    if (here / "evaluation_setup").is_dir():
        return _by_lists(here, fold)
    return _by_names(root, fold)


def _by_lists(root: pathlib.Path, fold: int) -> dict[str, Any]:
    """Scenes of 2016 and later: a table and lists for each fold."""
    table = _there(root, "meta.csv", "meta.txt")
    rows = {row[0]: row for row in _rows(table)}
    splits = dict.fromkeys(rows, "")
    folder = root / "evaluation_setup"
    for split, name in (("train", "train"), ("test", "evaluate")):
        stem = f"fold{fold}_{name}"
        lists = _there(folder, f"{stem}.csv", f"{stem}.txt")
        for path, *_ in _rows(lists):
            if path not in rows:
                raise ValueError(
                    f"{lists} names {path!r}, of which {table.name} says "
                    "nothing. Expected a list of the same release as it"
                )
            splits[path] = split
    names = sorted({row[1] for row in rows.values()})
    return {
        "path": list(rows),
        "label": [names.index(row[1]) for row in rows.values()],
        "split": list(splits.values()),
        # The recording that it was cut from; a release may not tell it.
        "group": [row[2] if len(row) > 2 else "" for row in rows.values()],
        "class_names": names,
    }


def _by_names(root: str | os.PathLike[str], fold: int) -> dict[str, Any]:
    """Scenes of 2013: files such as bus01.wav, in a folder for each split."""
    if fold != 1:
        raise ValueError(
            f"Received fold={fold}. Expected 1: there is no evaluation_setup "
            f"under {os.fspath(root)!r}, and the scenes of 2013 have one "
            "official split"
        )
    found = []
    for path in media_files(root):
        match = _SCENE_NAME.match(pathlib.PurePosixPath(path).stem)
        folders = path.split("/")[:-1]
        if match and _TEST_FOLDER in folders:
            found.append((path, match[1], "test"))
        elif match and _TRAIN_FOLDER in folders:
            found.append((path, match[1], "train"))
    if not found:
        raise ValueError(
            f"No scenes of DCASE under {os.fspath(root)!r}: expected meta.csv "
            "or meta.txt beside evaluation_setup/fold1_train.csv (or .txt), "
            "or, as in 2013, files such as scenes_stereo/bus01.wav and "
            "scenes_stereo_testset/bus01.wav"
        )
    paths, scenes, splits = zip(*found)
    names = sorted(set(scenes))
    return {
        "path": paths,
        "label": [names.index(scene) for scene in scenes],
        "split": splits,
        "class_names": names,
    }


def _there(folder: pathlib.Path, *names: str) -> pathlib.Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise ValueError(
        f"There is no {' or '.join(names)} under {os.fspath(folder)!r}. It "
        f"holds {sorted(path.name for path in folder.iterdir())[:20]}"
    )


def _rows(table: pathlib.Path) -> list[list[str]]:
    """Path, scene and whatever follows; with a header or without one."""
    with open(table, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file, delimiter="\t") if row]
    if rows and rows[0][0] == _HEADER[0]:
        rows = rows[1:]
    for row in rows:
        if len(row) < 2:
            raise ValueError(
                f"{table} has the line {row}. Expected {' and '.join(_HEADER)} "
                "with a tab between them"
            )
    if not rows:
        raise ValueError(f"{table} names no files")
    return rows
