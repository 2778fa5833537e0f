"""A workspace that fits a folder of videos."""

import importlib.resources
import math
import os
import pathlib
import string
import sys
from typing import Any

import numpy as np

from keras_av.data import Manifest, scan
from keras_av.data.layouts.recordings import recordings
from keras_av.ops.types import Array
from keras_av.ops.write_whole import write_whole

_FEWEST_CLIPS = 8
# Most of a batch, of the negatives of a bank, and of the seconds of a clip.
_BATCH, _NEGATIVES, _SECONDS = 32, 1024, 2.0
_UPDATES, _EPOCHS = 1000, (10, 200)
_PROBES = '{\n    "knn": knn_probe,\n    "linear": linear_probe,\n}'
_NAMED = 10


def folder_workspace(
    folder: str | os.PathLike[str], workspace: str | os.PathLike[str]
) -> list[str]:
    """Write a workspace that trains two encoders on a folder of videos.

    It holds `files.csv`, a scanned manifest of the videos, and `BUILD`, with
    the targets `files`, `clips`, `prepared`, `model` and `report`. The lengths
    of clips are those of the files; batches, negatives and epochs follow from
    their number; cuts of one recording stay on one side of the split.

    Args:
        folder: Path of the folder, `folder/class/clip.mp4` or
            `folder/clip.mp4`.
        workspace: Path of the folder of the workspace. It may not hold a BUILD
            file.

    Returns:
        Lines that say what was found and what follows.

    Raises:
        ValueError: If there are fewer than eight videos with sound, or the
            workspace is there.
    """
    source, place = pathlib.Path(folder).resolve(), pathlib.Path(workspace)
    if (place / "BUILD").exists():
        raise ValueError(
            f"{place / 'BUILD'} is there. Write --workspace=ANOTHER_FOLDER, "
            "or remove it."
        )
    files = scan(Manifest.from_folder(source), verbose=sys.stdout.isatty())
    facts = files.facts
    seen = (facts["status"] == "ok") & (facts["num_frames"] > 0)
    lines = _left_out(files, seen)
    if (seen & facts["has_audio"]).sum() < _FEWEST_CLIPS:
        raise ValueError(
            f"{folder} holds {(seen & facts['has_audio']).sum()} videos with "
            f"sound that can be opened, of {len(files)} files. Expected at "
            f"least {_FEWEST_CLIPS}."
        )
    kept = files.subset(seen)
    kept, rare = _with_groups(kept)
    if rare:
        lines.append(
            "of too few recordings, and without a class therefore: "
            + ", ".join(rare)
        )
    template = importlib.resources.files(__package__) / "folder_workspace.BUILD"
    text = string.Template(template.read_text("utf-8")).substitute(
        _settings(kept),
        folder=source.as_posix(),
        csv=(place / "files.csv").resolve().as_posix(),
    )
    place.mkdir(parents=True, exist_ok=True)
    kept.to_csv(place / "files.csv")
    (place / "WORKSPACE").touch()
    with write_whole(place / "BUILD") as aside:
        aside.write_text(text, "utf-8")
    return [*lines, *_summary(kept, place)]


def _left_out(files: Manifest, seen: Array) -> list[str]:
    rows = np.flatnonzero(~seen).tolist()
    lines = [
        f"left out: {files.path[row]}: "
        + (str(files.facts["message"][row]) or "no video")
        for row in rows[:_NAMED]
    ]
    hidden = len(rows) - _NAMED
    return [*lines, f"left out: {hidden} more"] if hidden > 0 else lines


def _with_groups(files: Manifest) -> tuple[Manifest, list[str]]:
    """Files with guessed groups, and classes too rare for two sides."""
    groups = recordings(files.path.tolist())
    names = [group or path for group, path in zip(groups, files.path)]
    pairs = set(zip(files.label.tolist(), names))
    counts = np.bincount([label for label, _ in pairs if label >= 0])
    rare = np.flatnonzero(counts == 1)
    label = np.where(np.isin(files.label, rare), -1, files.label)
    columns = files.columns() | {"group": groups, "label": label}
    lost = [files.class_names[number] for number in rare]
    return Manifest(files.root, **columns), lost


def _settings(files: Manifest) -> dict[str, Any]:
    """The numbers of the BUILD file."""
    facts = files.facts
    # Short clips are repeated: nine files of ten are long enough.
    length = float(np.percentile(facts["duration"], 10))
    rate = float(np.median(facts["frame_rate"]))
    seconds = min(_SECONDS, max(0.5, math.floor(2 * length) / 2))
    num_train = math.floor(0.75 * len(files))
    batch = min(_BATCH, 2 ** int(math.log2(num_train / 2)))
    epochs = math.ceil(_UPDATES * batch / num_train)
    classes = np.unique(files.label[files.label >= 0])
    return {
        "audio_seconds": seconds,
        "stride_of_8": max(1, round(seconds * rate / 8)),
        "stride_of_16": max(1, round(seconds * rate / 16)),
        "num_negatives": min(_NEGATIVES, num_train // 2),
        "small_batch": min(8, batch),
        "batch": batch,
        "epochs": min(max(epochs, _EPOCHS[0]), _EPOCHS[1]),
        "probes": _PROBES if len(classes) > 1 else "{}",
    }


def _summary(files: Manifest, place: pathlib.Path) -> list[str]:
    facts = files.facts
    recorded = len(set(files.group) - {""})
    return [
        f"{len(files)} videos, {int(facts['has_audio'].sum())} with sound, "
        f"{facts['duration'].sum() / 60:.1f} minutes, "
        f"{len(np.unique(files.label[files.label >= 0]))} classes"
        + (f", cut from {recorded} recordings" if recorded else ""),
        f"Written: {place / 'BUILD'} and {place / 'files.csv'}. Next, there:",
        "  keras_av train --define=scale=smoke   in minutes, to try",
        "  keras_av train",
    ]
