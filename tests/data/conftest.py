"""Small files that the tests of this room share."""

import pathlib
from collections.abc import Callable

import numpy as np
import pytest

from keras_av.data import Manifest, generated_set, write_video

FPS = 16
STEP = 5
FIRST = 10


@pytest.fixture(scope="session")
def generated(tmp_path_factory) -> Manifest:
    """16 training and 16 test clips of the generated set."""
    return generated_set(tmp_path_factory.mktemp("cache"), 16, 16)


@pytest.fixture(scope="session")
def numbered(tmp_path_factory) -> Callable[..., pathlib.Path]:
    """`numbered(48)`: a video whose frames are as bright as their number.

    At 16 frames a second, with a tone from 1.0 s to 1.25 s.
    """
    folder = tmp_path_factory.mktemp("numbered")

    def make(num_frames: int = 48, sound: bool = True) -> pathlib.Path:
        path = folder / f"{num_frames}_{sound}.mp4"
        if not path.exists():
            levels = FIRST + STEP * np.arange(num_frames)
            frames = np.empty((num_frames, 32, 32, 3), np.uint8)
            frames[:] = levels[:, None, None, None]
            times = np.arange(num_frames * 16000 // FPS) / 16000
            tone = 0.5 * np.sin(2 * np.pi * 1000 * times)
            wave = np.where((times >= 1) & (times < 1.25), tone, 0)
            write_video(path, frames, FPS, wave if sound else None)
        return path

    return make


@pytest.fixture(scope="session")
def numbers() -> Callable[[np.ndarray], list[int]]:
    """The numbers of the frames of such a video."""

    def read(video: np.ndarray) -> list[int]:
        levels = np.asarray(video).mean(axis=(-3, -2, -1))
        return np.round((levels - FIRST) / STEP).astype(int).tolist()

    return read
