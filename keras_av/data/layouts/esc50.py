"""ESC-50 and ESC-10, environmental sounds."""

import csv
import os
import pathlib
import re
from typing import Any, Self

from keras_av.data.layouts.media_files import media_files, stem
from keras_av.data.table.file_table import FileTable

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


class Esc50Layout(FileTable):
    """ESC-50 and ESC-10, environmental sounds."""

    @classmethod
    def from_esc50(
        cls, root: str | os.PathLike[str], esc10: bool = False
    ) -> Self:
        """Read ESC-50, environmental sounds in 5 official folds.

        Reads `meta/esc50.csv` and `audio/`; without the former, the file
        names, which are `{fold}-{clip}-{take}-{target}`. The clip of
        freesound that a file was cut from is its group.

        References:
            - [Piczak, 2015](https://github.com/karolpiczak/ESC-50)

        Args:
            root: Path of the folder with `audio`.
            esc10: Whether to keep the ten classes of ESC-10 only, which
                are renumbered. Defaults to False.

        Raises:
            ValueError: If no file of the set is there.
        """
        return cls(root, **_esc50(root, esc10))


def _esc50(root: str | os.PathLike[str], esc10: bool) -> dict[str, Any]:
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
        match = _ESC_NAME.match(stem(path))
        if match and int(match[4]) < len(_ESC50_NAMES):
            rows.append((path, int(match[4]), int(match[1]), match[2]))
    return rows
