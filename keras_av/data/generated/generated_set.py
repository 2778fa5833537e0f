"""The generated dataset of short videos."""

import os
import pathlib

from keras_av.data.generated.cached_set import (
    cached_set,
    checked_counts,
    write_manifest,
)
from keras_av.data.generated.event import CLASSES, Event, draw_event
from keras_av.data.generated.picture import render_picture
from keras_av.data.generated.sound import render_sound
from keras_av.data.manifest.manifest import Manifest
from keras_av.data.media.write_video import write_video
from keras_av.ops.progress import Progress

# Increase whenever the content of a file changes.
_VERSION = 1
_SECONDS = 3.0
_FPS = 16
_SIZE = 96
_SAMPLING_RATE = 16000


def generated_set(
    cache_dir: str | os.PathLike[str] | None = None,
    num_train: int = 320,
    num_test: int = 128,
    seed: int = 0,
) -> Manifest:
    """Generate small videos whose sound matches what is visible.

    There are eight classes of events of three seconds, with 96x96 pixels at 16
    frames per second and sound at 16 kHz:

    - `rubber_ball`, `wooden_ball`, `metal_ball`: dropped on a floor, with a
      thud, a knock or a ring at each bounce. Wood and metal look the same, so
      they cannot be told apart from the picture. Rubber bounces for longer.
    - `hammer_wood`, `hammer_metal`: strikes an anvil repeatedly. They look the
      same.
    - `wall_ball`: bounces between two walls. It sounds like `hammer_wood`, so
      they cannot be told apart from the sound.
    - `glide`: a body rises and sinks, together with the pitch of a tone.
    - `pulse`: a body lights up and turns in time with a hum.

    Single clips can be matched across modalities: larger bodies sound lower,
    higher falls and wider swings are louder, and the rhythm is the same.
    Colors, background, position and camera noise affect the picture only; gain,
    echo and noise affect the sound only.

    The parameters of training clips and test clips come from different cells of
    their ranges, so they never coincide.

    Files are written once, to a separate folder for each set of arguments; this
    is safe for several processes at the same time. The folder may be deleted.

    Args:
        cache_dir: Folder for the dataset. Defaults to the environment variable
            `KERAS_AV_CACHE`, or else `~/.cache/keras_av`.
        num_train: Number of training clips, a multiple of 8. Defaults to 320.
        num_test: Number of test clips, a multiple of 8. Defaults to 128.
        seed: Non-negative integer seed. Defaults to 0.

    Returns:
        A `Manifest` with the splits `"train"` and `"test"`.

    Raises:
        ValueError: If a number of clips is not a multiple of 8, or both
            are 0.

    Examples:

    >>> from keras_av.data import generated_set
    >>> manifest = generated_set(num_train=8, num_test=8)
    >>> len(manifest.where(split="train")), manifest.num_classes
    (8, 8)
    """
    counts = checked_counts(num_train, num_test, len(CLASSES))
    return cached_set(
        f"generated_v{_VERSION}_{num_train}_{num_test}_{seed}",
        cache_dir,
        lambda folder: _write_all(folder, counts, seed),
    )


def _write_all(folder: pathlib.Path, counts: dict[str, int], seed: int) -> None:
    files = write_manifest(folder, counts, CLASSES)
    progress = Progress("generate", len(files), "videos")
    for path, kind, split, number in progress.over(files):
        write_event(folder / path, draw_event(kind, split, number, seed))


def write_event(path: str | os.PathLike[str], event: Event) -> None:
    """Write the video file of one event."""
    write_video(
        path,
        render_picture(event, _SECONDS, _FPS, _SIZE),
        _FPS,
        render_sound(event, _SECONDS, _SAMPLING_RATE),
        _SAMPLING_RATE,
    )
