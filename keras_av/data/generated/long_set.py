"""The generated dataset of long videos."""

import functools
import os
import pathlib

import numpy as np

from keras_av.data.generated.cached_set import (
    cached_set,
    checked_counts,
    in_threads,
    write_manifest,
)
from keras_av.data.generated.event import CLASSES
from keras_av.data.generated.picture import (
    Look,
    draw_image,
    draw_images,
    draw_look,
)
from keras_av.data.generated.script import (
    MIN_SECONDS,
    Stretch,
    draw_script,
)
from keras_av.data.generated.sound import event_wave, record
from keras_av.data.manifest.manifest import Manifest
from keras_av.data.media.write_video import write_video
from keras_av.ops.types import Array

# Increase whenever the content of a file changes.
_VERSION = 1
_FPS = 16
_SIZE = 96
_SAMPLING_RATE = 16000
_NUM_NOISES = 16
_FADE_SECONDS = 0.05
_NOISE_LEVEL = 0.15


def generated_long_set(
    cache_dir: str | os.PathLike[str] | None = None,
    num_train: int = 112,
    num_test: int = 48,
    seed: int = 0,
    seconds: float = 40.0,
) -> Manifest:
    """Generate untrimmed videos with only a few informative moments.

    Each shows an empty scene with room noise most of the time, with 96x96
    pixels at 16 frames per second and sound at 16 kHz. Two or three events of
    its class, of two to three seconds each, are visible and audible at random
    times; the classes are those of `generated_set`. There are as many
    distractors: a silent, motionless body of any class, or a sound without a
    visible source.

    The parameters of training and test events come from different cells of
    their ranges. Files are written once, as for `generated_set`.

    Args:
        cache_dir: Folder for the dataset. Defaults to the environment variable
            `KERAS_AV_CACHE`, or else `~/.cache/keras_av`.
        num_train: Number of training videos, a multiple of 8. Defaults to 112.
        num_test: Number of test videos, a multiple of 8. Defaults to 48.
        seed: Non-negative integer seed. Defaults to 0.
        seconds: Length of each video in seconds, at least 25. Defaults to 40.

    Returns:
        A `Manifest` with the splits `"train"` and `"test"`.

    Raises:
        ValueError: If a number of videos is not a multiple of 8, both are
            0, or the videos are too short.

    Examples:

    >>> from keras_av.data import generated_long_set
    >>> manifest = generated_long_set(num_train=8, num_test=0, seconds=25)
    >>> len(manifest), manifest.num_classes
    (8, 8)
    """
    counts = checked_counts(num_train, num_test, len(CLASSES))
    if not MIN_SECONDS <= seconds < float("inf"):
        raise ValueError(
            f"seconds must be finite and at least {MIN_SECONDS:g}, or the "
            f"events would fill the video. Received: seconds={seconds}"
        )
    name = (
        f"generated_long_v{_VERSION}_{num_train}_{num_test}_{seed}_{seconds:g}"
    )
    write = functools.partial(
        _write_all, counts=counts, seed=seed, seconds=seconds
    )
    return cached_set(name, cache_dir, write)


def _write_all(
    folder: pathlib.Path, counts: dict[str, int], seed: int, seconds: float
) -> None:
    files = write_manifest(folder, counts, CLASSES)

    def write(file: tuple[str, str, str, int]) -> None:
        path, kind, split, number = file
        script = draw_script(kind, split, number, seconds, seed)
        write_script(folder / path, script, seconds)

    in_threads(write, files)


def write_script(
    path: str | os.PathLike[str], script: list[Stretch], seconds: float
) -> None:
    """Write the video file of one script."""
    write_video(
        path,
        render_long_picture(script, seconds),
        _FPS,
        render_long_sound(script, seconds),
        _SAMPLING_RATE,
    )


def render_long_picture(script: list[Stretch], seconds: float) -> Array:
    """The frames of a script, `(frames, 96, 96, 3)`, uint8."""
    generator = np.random.default_rng([script[0].event.seed, 0])
    look = draw_look(generator, _SIZE)
    # Noise of their own for hundreds of frames would take most of the time.
    shape = (_NUM_NOISES, _SIZE, _SIZE, 3)
    noises = generator.standard_normal(shape, np.float32)
    noises *= 255 * look.camera_noise
    numbers = generator.integers(_NUM_NOISES, size=round(seconds * _FPS))
    empty = _film(look.background, noises)
    frames = empty[numbers]
    for stretch in script:
        if stretch.kind == "noise":
            continue
        first = round(stretch.start * _FPS)
        images = _images(stretch, look)
        for number, image in enumerate(images[: len(frames) - first], first):
            frames[number] = _film(image, noises[numbers[number]])
    return frames


def _images(stretch: Stretch, look: Look) -> list[Array]:
    count = round(stretch.seconds * _FPS)
    times = np.arange(count) / _FPS
    if stretch.kind == "event":
        return list(draw_images(stretch.event, look, times))
    return [draw_image(stretch.event, look, position=0.0, time=0.0)] * count


def _film(image: Array, noise: Array) -> Array:
    exposed = (255 * image + 0.5).astype(np.float32) + noise
    return np.clip(exposed, 0, 255).astype(np.uint8)


def render_long_sound(script: list[Stretch], seconds: float) -> Array:
    """The sound of a script, in (-1, 1), float32."""
    generator = np.random.default_rng([script[0].event.seed, 1])
    wave = np.zeros(round(seconds * _SAMPLING_RATE))
    for stretch in script:
        if stretch.kind == "body":
            continue
        first = round(stretch.start * _SAMPLING_RATE)
        part = _wave(stretch, generator)[: len(wave) - first]
        wave[first : first + len(part)] += part * _fade(len(part))
    return record(wave, _SAMPLING_RATE, generator)


def _wave(stretch: Stretch, generator: np.random.Generator) -> Array:
    if stretch.kind == "event":
        return event_wave(
            stretch.event, stretch.seconds, _SAMPLING_RATE, generator
        )
    noise = generator.standard_normal(round(stretch.seconds * _SAMPLING_RATE))
    return _NOISE_LEVEL * noise


def _fade(length: int) -> Array:
    """From silence and back to it, so that no cut is heard."""
    rise = np.arange(length) / (_FADE_SECONDS * _SAMPLING_RATE)
    return np.clip(np.minimum(rise, rise[::-1]), 0, 1)
