"""Checking of a folder of media files."""

import collections
import math
import os
import sys
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from keras_av.data import ClipSpec, Manifest, long_clips, scan
from keras_av.ops.progress import Progress
from keras_av.report import RunPage
from keras_av.workspace import ConfigError

_SECONDS = 1.0
_BATCH_SIZE = 32
_MAX_NAMED = 20


def check_data(
    folder: str | os.PathLike[str],
    spec: ClipSpec | None = None,
    page: str | os.PathLike[str] | None = None,
) -> list[str]:
    """Decode all files of a folder, second by second.

    Args:
        folder: Folder of files, flat or with a folder for each class.
        spec: Specification of clips that are to be read from them. Defaults to
            none.
        page: Path of a page with the same report, and all classes. Defaults to
            none.

    Returns:
        Lines of a report: number and duration of the files, faults, silence,
        files that have no such clips, and class balance.

    Raises:
        ConfigError: If the folder holds no media files.
    """
    try:
        files = scan(Manifest.from_folder(folder), verbose=sys.stdout.isatty())
    except ValueError as error:
        raise ConfigError(str(error)) from error
    good = files.facts["status"] == "ok"
    lines = [f"{len(files)} files, {good.sum()} of which can be opened"]
    lines += _faults(files.path[~good], files.facts["message"][~good])
    if good.any():
        readable = files.subset(good)
        lines += _durations(readable)
        for seen in (True, False):
            # Sound files and videos are decoded by different libraries.
            side = (readable.facts["num_frames"] > 0) == seen
            if side.any():
                lines += _decoded(readable.subset(side), seen)
        if spec is not None:
            lines += _without_clips(readable, spec)
    lines += _classes(files)
    if page is not None:
        _write_page(page, files, lines)
        lines.append(f"Page: {page}")
    return lines


def _without_clips(files: Manifest, spec: ClipSpec) -> list[str]:
    """Files of which the clips of a specification are not whole."""
    facts, seconds = files.facts, files.facts["duration"]
    has_video = facts["num_frames"] > 0
    length = np.full(len(files), spec.audio_seconds)
    if spec.num_frames:
        rates = np.where(has_video, facts["frame_rate"], np.inf)
        spans = [spec.span(rate) for rate in rates.tolist()]
        length = np.maximum(length, spans)
    no_video = ~has_video & bool(spec.num_frames)
    no_sound = ~facts["has_audio"] & bool(spec.audio_seconds)
    # Durations are told to the millisecond.
    short = ~no_video & (seconds < length - 1e-3)
    lines = []
    for what, which in (
        ("no video", no_video),
        ("no sound", no_sound),
        ("less than a clip", short),
    ):
        lines.append(f"with {what}: {which.sum()} files")
        told = [f"{length:.2f} s" for length in seconds[which]]
        lines += _faults(files.path[which].tolist(), told)
    return lines


def _write_page(
    path: str | os.PathLike[str], files: Manifest, lines: Sequence[str]
) -> None:
    page = RunPage(f"Data in {files.root}")
    page.add_text("What was found", "\n".join(lines))
    if files.class_names:
        sizes = np.bincount(files.label[files.label >= 0])
        counts = dict(zip(files.class_names, map(str, sizes.tolist())))
        page.add_table({"files": counts}, "Classes")
    page.write(path)


def _faults(paths: Sequence[str], messages: Sequence[str]) -> list[str]:
    lines = [f"  {path}: {text}" for path, text in zip(paths, messages)]
    hidden = len(lines) - _MAX_NAMED
    return lines[:_MAX_NAMED] + ([f"  and {hidden} more"] if hidden > 0 else [])


def _durations(files: Manifest) -> list[str]:
    seconds = files.facts["duration"]
    low, middle, high = np.percentile(seconds, (0, 50, 100))
    found = np.unique(np.round(files.facts["frame_rate"], 2))
    rates = [f"{rate:g}" for rate in found if rate > 0]
    lines = [
        f"durations: {low:.1f} to {high:.1f} s, median {middle:.1f} s, "
        f"{seconds.sum() / 3600:.2f} h in total"
    ]
    if rates:
        shown = ", ".join(rates[:8]) + (", ..." if len(rates) > 8 else "")
        lines.append(f"frames a second: {shown}")
    return lines


def _decoded(files: Manifest, seen: bool) -> list[str]:
    """Faults and silence found by decoding every second."""
    spec = ClipSpec(
        num_frames=int(seen),
        size=32,
        audio_seconds=_SECONDS,
        audio_alignment="start",
    )
    clips = long_clips(files, spec, _SECONDS, _BATCH_SIZE)
    heard, count = np.zeros(len(files), int), np.zeros(len(files), int)
    total = math.ceil(files.facts["duration"].sum())
    try:
        with Progress("decode", total, "seconds") as progress:
            for batch in clips.as_numpy_iterator():
                np.add.at(count, batch["index"], 1)
                np.add.at(heard, batch["index"], batch["has_audio"])
                progress.add(len(batch["index"]))
    except tf.errors.OpError:
        # Not one of them decodes, which is what the report is about.
        if clips.report.as_dict()["delivered"]:
            raise
    kind = "videos" if seen else "sound files"
    lines = [f"{count.sum()} seconds of {len(files)} {kind} decoded"]
    faults = {
        path: ", ".join(f"{why} x {n}" for why, n in entry["reasons"].items())
        for path, entry in clips.report.as_dict()["files"].items()
    }
    lines += _faults(list(faults), list(faults.values()))
    silent = (heard == 0) & (count > 0)
    share = 1 - heard.sum() / max(count.sum(), 1)
    lines.append(
        f"without sound: {silent.sum()} {kind}; {share:.1%} of seconds"
    )
    return lines


def _classes(files: Manifest) -> list[str]:
    counts = collections.Counter(files.label.tolist())
    unlabelled = counts.pop(-1, 0)
    lines = [f"without a class: {unlabelled} files"] if unlabelled else []
    if not counts:
        return lines
    sizes = sorted(((n, files.class_names[k]) for k, n in counts.items()))
    (fewest, small), (most, large) = sizes[0], sizes[-1]
    return [
        *lines,
        f"{len(counts)} classes: {fewest} ({small}) to {most} ({large}) files, "
        f"the largest {most / len(files):.1%} of all",
    ]
