"""Recordings that files were cut from, by their names."""

import collections
import pathlib
import re
from collections.abc import Sequence

# What numbers a cut: _c01, -003, " part 2", .clip_7.
_CUT = re.compile(r"(?P<recording>.+?)[ ._-]+[a-z]{0,8}[ ._-]?\d+$", re.I)
# Fewer recordings in a folder rather number files than cuts.
_FEWEST = 4


def recordings(paths: Sequence[str]) -> list[str]:
    """Guess the recordings that files were cut from.

    Cuts of one recording are nearly alike, so a model that was trained on some
    seems to know the others: they belong on one side of a split. Files of a
    folder whose names differ in a last number alone, such as
    `bowling_g01_c01.mp4` and `bowling_g01_c02.mp4`, are taken for cuts of one
    recording, unless the folder had fewer than four recordings then: such a
    number counts files.

    Args:
        paths: Paths with forward slashes, such as `Manifest.path`.

    Returns:
        A name for each path, for the column `group` of a manifest; `""` where
        nothing can be told.

    Examples:

    >>> from keras_av.data.layouts.recordings import recordings
    >>> recordings([f"run/{name}_c{cut}.mp4" for name in "abcd"
    ...             for cut in (1, 2)][:3] + ["run/c_1.mp4", "run/d_1.mp4"])
    ['run/a', 'run/a', 'run/b', 'run/c', 'run/d']
    >>> recordings(["img_001.mp4", "img_002.mp4"])
    ['', '']
    """
    found, folders = [], collections.defaultdict(set)
    for path in paths:
        place = pathlib.PurePosixPath(path)
        match = _CUT.fullmatch(place.stem)
        name = match["recording"] if match else place.stem
        found.append((place.parent, place.parent / name))
        folders[place.parent].add(name)
    return [
        str(recording) if len(folders[folder]) >= _FEWEST else ""
        for folder, recording in found
    ]
