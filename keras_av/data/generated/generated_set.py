"""The generated default set: real files, made once."""

import os
import pathlib

from keras_av.data.generated.cached_set import (
    cached_set,
    checked_counts,
    write_manifest,
)
from keras_av.data.generated.event import Event, draw_event
from keras_av.data.generated.picture import render_picture
from keras_av.data.generated.sound import render_sound
from keras_av.data.manifest.manifest import Manifest
from keras_av.data.media.write_video import write_video

# To be raised whenever a file's content changes.
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
    """Small videos with sound in which what is heard follows what is seen.

    Eight classes of events, three seconds each, 96x96 pixels at 16 frames a
    second, 16 kHz:

    - `rubber_ball`, `wooden_ball`, `metal_ball`: dropped on a floor, with a
      thud, a knock or a ring at each bounce. Wood and metal look alike; so
      sight alone confuses them. Rubber bounces for longer.
    - `hammer_wood`, `hammer_metal`: strikes an anvil again and again. They
      look alike.
    - `wall_ball`: bounces between two walls; sounds as `hammer_wood` does,
      so that sound alone confuses them.
    - `glide`: a body rises and sinks, and the pitch of a tone with it.
    - `pulse`: a body lights up and turns in step with a hum.

    Single clips can be recognised by both senses: larger bodies sound
    lower, higher falls and wider swings are louder, and the rhythm is the
    same. Colours, background, place and camera noise are seen only; gain,
    echo and noise are heard only.

    The numbers behind the training clips and those behind the test clips
    come from different cells of their ranges, so none is in both.

    Files are written once, into a folder of their own for each set of
    arguments; several processes may ask for it at once. Deleting the folder
    is safe.

    Args:
        cache_dir: Folder that it is made in. Defaults to the environment
            variable `KERAS_AV_CACHE`, or else `~/.cache/keras_av`.
        num_train: Training clips, a multiple of 8. Defaults to 320.
        num_test: Test clips, a multiple of 8. Defaults to 128.
        seed: Seed of all draws, not negative. Defaults to 0.

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
    counts = checked_counts(num_train, num_test)
    return cached_set(
        f"generated_v{_VERSION}_{num_train}_{num_test}_{seed}",
        cache_dir,
        lambda folder: _write_all(folder, counts, seed),
    )


def _write_all(folder: pathlib.Path, counts: dict[str, int], seed: int) -> None:
    for path, kind, split, number in write_manifest(folder, counts):
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
