"""Manifests as CSV files."""

import csv
import json
import os
from typing import Any, TextIO, cast

import numpy as np

from keras_av.ops.types import Array
from keras_av.ops.write_whole import write_whole

# What `scan` finds of each file.
FACTS = {
    "status": np.str_,
    "message": np.str_,
    "duration": np.float64,
    "frame_rate": np.float64,
    "num_frames": np.int64,
    "has_audio": np.bool_,
    "num_bytes": np.int64,
    "modified": np.int64,
    "sha256": np.str_,
}


# What the columns of facts and of folds can hold.
_MOST, _MOST_FOLDS = 2**63 - 1, 2**31 - 1
# A label that is a number makes as many classes.
_MOST_CLASSES = 1_000_000


def write(
    path: str | os.PathLike[str],
    columns: dict[str, Array],
    class_names: tuple[str, ...],
) -> None:
    """Write the columns of a manifest, all of them or nothing.

    The first row carries the names of all classes, since some may have no
    file.
    """
    with write_whole(path) as aside, _open(aside, "w") as file:
        writer = csv.writer(file)
        writer.writerow([*columns, "class_names"])
        names = json.dumps(class_names, ensure_ascii=False)
        for row in zip(*(column.tolist() for column in columns.values())):
            values = dict(zip(columns, row))
            label = values["label"]
            values["label"] = "" if label < 0 else class_names[label]
            # Booleans as numbers, which is how they are read.
            if "has_audio" in values:
                values["has_audio"] = int(values["has_audio"])
            writer.writerow([*values.values(), names])
            names = ""


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the columns of a manifest.

    Raises:
        ValueError: If there is no column `path`, or a value cannot be
            understood.
    """
    try:
        with _open(path, "r") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            fields = list(reader.fieldnames or [])
        return _columns(rows, fields)
    except (csv.Error, ValueError) as error:
        raise ValueError(
            f"{os.fspath(path)!r} is no manifest: {error}"
        ) from error


def _columns(
    rows: list[dict[str, str | None]], fields: list[str]
) -> dict[str, Any]:
    """The columns of a manifest, from the text of its rows.

    Raises:
        ValueError: If they cannot be understood.
    """
    if "path" not in fields:
        raise ValueError(f"it needs a column 'path'. Its columns: {fields}")
    for number, row in enumerate(rows, 1):
        if not row["path"]:
            raise ValueError(f"row {number} has no path")
    columns: dict[str, Any] = {"path": [row["path"] for row in rows]}
    for name in ("split", "group"):
        columns[name] = [row.get(name) or "" for row in rows]
    columns["fold"] = [_number(row.get("fold") or "0", "fold") for row in rows]
    labels = [row.get("label") or "" for row in rows]
    cells = [row.get("class_names") for row in rows]
    written = [cell for cell in cells if cell]
    names = _class_names(written[0]) if written else None
    columns["label"], columns["class_names"] = _labels(labels, names)
    if set(FACTS) <= set(fields):
        columns["facts"] = {
            name: [_fact(row[name] or "", name) for row in rows]
            for name in FACTS
        }
    return columns


def _class_names(text: str) -> list[str]:
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not all(
        isinstance(name, str) for name in names
    ):
        raise ValueError(
            "Column 'class_names' must hold a list of names in its first row, "
            f"as JSON. Received: {text[:100]!r}"
        )
    return names


def _fact(text: str, column: str) -> str | int | float:
    if FACTS[column] is np.str_:
        return text
    if FACTS[column] is np.float64:
        try:
            return float(text)
        except ValueError:
            raise ValueError(
                f"Column {column!r} must hold numbers. Received: {text!r}"
            ) from None
    return _number(text, column)


def _labels(
    labels: list[str], names: list[str] | None
) -> tuple[list[int], list[str]]:
    """Numbers of the labels and the names of the classes."""
    present = {label for label in labels if label}
    if names is None and all(label.isdecimal() for label in present):
        highest = max((int(label) for label in present), default=-1)
        if highest >= _MOST_CLASSES:
            raise ValueError(
                f"Labels that are numbers must be below {_MOST_CLASSES}. "
                f"Received: {highest}"
            )
        names = [str(number) for number in range(highest + 1)]
    elif names is None:
        names = sorted(present)
    numbers = {name: number for number, name in enumerate(names)}
    unknown = sorted(present - numbers.keys())
    if unknown:
        raise ValueError(
            f"Labels that are not among the class names: {unknown[:5]}"
        )
    return [numbers[label] if label else -1 for label in labels], names


def _number(text: str, column: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = _MOST + 1
    if abs(number) > (_MOST if column in FACTS else _MOST_FOLDS):
        raise ValueError(
            f"Column {column!r} must hold whole numbers. Received: "
            f"{text[:100]!r}"
        )
    return number


def _open(path: str | os.PathLike[str], mode: str) -> TextIO:
    # Names of files may be no UTF-8: they pass through unchanged.
    return cast(
        TextIO,
        open(
            path, mode, encoding="utf-8", errors="surrogateescape", newline=""
        ),
    )
