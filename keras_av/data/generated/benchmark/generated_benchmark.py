"""The generated benchmark of short videos."""

import csv
import dataclasses
import functools
import os
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from keras_av.data.generated.benchmark.body import BODY_SECONDS, draw_body
from keras_av.data.generated.benchmark.body_picture import render_body
from keras_av.data.generated.benchmark.body_sound import sound_body
from keras_av.data.generated.benchmark.scene import draw_scene, render_scene
from keras_av.data.generated.benchmark.task import (
    NUMBERS,
    ClipId,
    GeneratedTask,
)
from keras_av.data.generated.cached_set import (
    cached_set,
    checked_counts,
    in_threads,
    write_manifest,
)
from keras_av.data.manifest.manifest import Manifest
from keras_av.data.media.write_video import write_video
from keras_av.ops.types import Array

# Increase whenever the content of a file changes: all results are void then.
_VERSION = 1
_MAX_SECONDS = 600.0
_FPS = 16
_SIZE = 40
# Of several bodies.
_SCENE_SIZE = 64
_MAX_SILENT = 2
_SAMPLING_RATE = 16000


def generated_benchmark(
    task: GeneratedTask | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    num_train: int = 2048,
    num_test: int = 1024,
    seconds: float = BODY_SECONDS,
    mismatched: float = 0.0,
    num_silent: int = 0,
) -> Manifest:
    """Generate videos of a task whose ceilings are known.

    Each has 40x40 pixels at 16 frames per second and sound at 16 kHz: a body
    with a tilted bar hops for two seconds, and each strike on the floor is
    heard. In a longer video it appears anywhere, and the place is empty before
    and after. `numbers.csv`, beside the videos, has the numbers that each
    follows from, and `means.csv` those of the classes; `GeneratedTask` says
    what they are.

    With silent bodies beside the one that is heard, to find out where a sound
    comes from, each video has 64x64 pixels. Bodies with shorter bars hop on
    ledges, less high, none of them in the middle, each in its own rhythm.
    `masks`, beside the videos,
    is a set of as many videos by the same names, with the same sound: white
    where the body is that is heard, and black elsewhere.

    Files are written once, to a separate folder for each set of arguments; this
    is safe for several processes at the same time. The folder may be deleted.

    Args:
        task: The task. Defaults to `GeneratedTask()`, of 32 classes.
        cache_dir: Folder for the dataset. Defaults to the environment variable
            `KERAS_AV_CACHE`, or else `~/.cache/keras_av`.
        num_train: Number of training clips, a multiple of the number of
            classes. Defaults to 2048.
        num_test: Number of test clips, likewise. Defaults to 1024.
        seconds: Length of each, at least 2. Defaults to 2.
        mismatched: Share of the training clips, 0 to 1, with the sound of
            another training clip, which `sounds.csv` names. Their labels and
            numbers are those of what is seen. Defaults to 0.
        num_silent: Number of silent bodies beside the one that is heard, up to
            2. Not with `mismatched`. Defaults to 0.

    Returns:
        A `Manifest` with the splits `"train"` and `"test"`.

    Raises:
        ValueError: If a number of clips is not a multiple of the number of
            classes, or both are 0, or another argument is out of range.

    Examples:

    >>> from keras_av.data import (
    ...     GeneratedTask, Manifest, generated_benchmark)
    >>> task = GeneratedTask(num_classes=4)
    >>> manifest = generated_benchmark(task, num_train=8, num_test=4)
    >>> len(manifest.where(split="train")), manifest.class_names[:2]
    (8, ('class_0', 'class_1'))
    >>> several = generated_benchmark(
    ...     task, num_train=0, num_test=4, num_silent=2)
    >>> masks = Manifest.from_csv(f"{several.root}/masks/manifest.csv")
    >>> list(masks.path) == list(several.path)
    True
    """
    task = GeneratedTask() if task is None else task
    counts = checked_counts(num_train, num_test, task.num_classes)
    if not BODY_SECONDS <= seconds <= _MAX_SECONDS:
        raise ValueError(
            f"seconds must be from {BODY_SECONDS} to {_MAX_SECONDS}. Received: "
            f"seconds={seconds}"
        )
    if not 0 <= mismatched <= 1:
        raise ValueError(
            f"mismatched must be from 0 to 1. Received: mismatched={mismatched}"
        )
    if num_silent not in range(_MAX_SILENT + 1) or (num_silent and mismatched):
        raise ValueError(
            f"num_silent must be from 0 to {_MAX_SILENT}, and 0 if sounds are "
            f"mismatched. Received: num_silent={num_silent}, "
            f"mismatched={mismatched}"
        )
    settings = [num_train, num_test, *dataclasses.astuple(task)]
    if seconds > BODY_SECONDS:
        settings.append(seconds)
    if mismatched:
        settings.append(f"mismatched{mismatched}")
    if num_silent:
        settings.append(f"silent{num_silent}")
    return cached_set(
        # Whole: settings that differ at all are in folders of their own.
        "_".join(["benchmark", f"v{_VERSION}", *map(str, settings)]),
        cache_dir,
        functools.partial(
            _write_all,
            task=task,
            counts=counts,
            seconds=float(seconds),
            mismatched=mismatched,
            num_silent=num_silent,
        ),
    )


def _write_all(
    folder: pathlib.Path,
    task: GeneratedTask,
    counts: dict[str, int],
    seconds: float,
    mismatched: float,
    num_silent: int,
) -> None:
    names = task.class_names
    clips = {
        path: ClipId(names.index(kind), split, number)
        for path, kind, split, number in write_manifest(folder, counts, names)
    }
    numbers = {path: task.numbers(clip) for path, clip in clips.items()}
    _write_numbers(folder / "numbers.csv", "path", numbers)
    means = dict(zip(names, task.means))
    _write_numbers(folder / "means.csv", "class", means)

    sounds = _sounds(clips, mismatched, task.seed)
    if mismatched:
        _write_rows(folder / "sounds.csv", ["path", "sound"], sounds.items())

    if num_silent:
        (folder / "masks").mkdir()
        write_manifest(folder / "masks", counts, names)

    def write(path: str) -> None:
        if num_silent:
            _write_scene(folder, path, task, clips[path], seconds, num_silent)
            return
        seen, heard = (
            draw_body(task, clips[source], seconds)
            for source in (path, sounds[path])
        )
        write_video(
            folder / path,
            render_body(seen, seconds, _FPS, _SIZE),
            _FPS,
            sound_body(heard, seconds, _SAMPLING_RATE),
            _SAMPLING_RATE,
        )

    in_threads(write, clips)


def _write_scene(
    folder: pathlib.Path,
    path: str,
    task: GeneratedTask,
    clip: ClipId,
    seconds: float,
    num_silent: int,
) -> None:
    """Write a video of several bodies, and its masks."""
    scene = draw_scene(task, clip, seconds, num_silent)
    frames, masks = render_scene(scene, seconds, _FPS, _SCENE_SIZE)
    sound = sound_body(scene.heard, seconds, _SAMPLING_RATE)
    for root, pictures in ((folder, frames), (folder / "masks", masks)):
        write_video(root / path, pictures, _FPS, sound, _SAMPLING_RATE)


def _sounds(
    clips: Mapping[str, ClipId], mismatched: float, seed: int
) -> dict[str, str]:
    """Path -> path of the clip whose sound it has."""
    train = [path for path, clip in clips.items() if clip.split == "train"]
    generator = np.random.default_rng([seed, 4])
    order = generator.permutation(train)[: round(mismatched * len(train))]
    others = np.roll(order, 1)
    return {path: path for path in clips} | dict(
        zip(order.tolist(), others.tolist())
    )


def _write_numbers(
    path: pathlib.Path, title: str, rows: Mapping[str, Array]
) -> None:
    # As Python writes them, they are read back exactly.
    values = ([name, *row.tolist()] for name, row in rows.items())
    _write_rows(path, [title, *NUMBERS], values)


def _write_rows(
    path: pathlib.Path, titles: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(titles)
        writer.writerows(rows)
