"""What a preset says of itself: versions, format and checksums."""

import hashlib
import importlib.metadata
import json
import pathlib
import time
from collections.abc import Sequence
from typing import Any

import keras

METADATA = "metadata.json"

# Raised when older versions can no longer read what is written.
FORMAT = 1


def write_metadata(
    folder: pathlib.Path, model: keras.Model, names: Sequence[str]
) -> None:
    """Write the metadata of a preset.

    Args:
        folder: Folder of the preset.
        model: Its model.
        names: Names of the files whose checksums are kept.
    """
    entry = {
        "keras_version": keras.__version__,
        "keras_av_version": importlib.metadata.version("keras_av"),
        "parameter_count": model.count_params(),
        "date_saved": time.strftime("%Y-%m-%d@%H:%M:%S", time.gmtime()),
        "tasks": [],
        "format": FORMAT,
        "sha256": {name: _checksum(folder / name) for name in names},
    }
    text = json.dumps(entry, indent=2) + "\n"
    (folder / METADATA).write_text(text, "utf-8")


def check_metadata(folder: pathlib.Path) -> None:
    """Refuse a preset that is newer, or not as it was saved.

    A preset without metadata, or with that of another library, is not judged.

    Args:
        folder: Folder of the preset.

    Raises:
        ValueError: If the format is newer, or a file has another checksum.
    """
    path = folder / METADATA
    if not path.is_file():
        return
    entry = _read(path)
    if entry.get("format", FORMAT) > FORMAT:
        raise ValueError(
            f"{str(folder)!r} is a preset of format {entry['format']}, written "
            f"by keras_av {entry.get('keras_av_version')}. Expected a format "
            f"of at most {FORMAT}: pip install --upgrade keras_av."
        )
    for name, expected in entry.get("sha256", {}).items():
        file = folder / name
        if not file.is_file() or _checksum(file) != expected:
            raise ValueError(
                f"{str(file)!r} is not the file of the preset that was saved: "
                "it was changed or cut off. Copy the folder again, or, if you "
                f"changed it, delete {METADATA}."
            )


def _read(path: pathlib.Path) -> dict[str, Any]:
    try:
        entry: Any = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{str(path)!r} is no JSON: {error}") from error
    sums = entry.get("sha256", {}) if isinstance(entry, dict) else None
    if (
        not isinstance(sums, dict)
        or type(entry.get("format", FORMAT)) is not int
        or any(pathlib.PurePath(name).name != name for name in sums)
    ):
        raise ValueError(
            f"{str(path)!r} is no metadata of a preset. Expected a format and "
            "checksums of files in its folder, as save_to_preset writes them."
        )
    return entry


def _checksum(path: pathlib.Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
