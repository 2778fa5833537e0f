"""Does decoding work on this machine?"""

import functools
import os
import tempfile

import numpy as np

from keras_av.data.clip.clip import Clip
from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.media.read_clip import read_clip
from keras_av.data.media.write_video import write_video
from keras_av.ops.types import Array

_FPS = 16
_NUM_FRAMES = 24
# Of these 64 pixels the clip shows the middle 56, unscaled.
_SIZE, _CROP = 64, 56
_SQUARE = 12
_COLOR = (230, 120, 20)
_PIXELS_PER_FRAME = 1.5
_FREQUENCY = 1000.0
_BURST = (0.625, 0.875)
_SPEC = ClipSpec(
    num_frames=8, frame_stride=2, size=_CROP, audio_seconds=15 / _FPS
)
_FIRST_FRAME = 4
_TOLERANCES = {
    "position of a moving square, in pixels": 1.0,
    "color of the square, in steps of 255": 25.0,
    "frequency of a tone, in Hz": 20.0,
    "start of the tone, in seconds": 0.005,
    "end of the tone, in seconds": 0.02,
}


@functools.cache
def self_check() -> None:
    """Decode a clip made here, and compare with what was put into it.

    A codec library that shifts the sound, swaps colours or is a frame off
    would do so silently in every clip. This runs once in a process.

    Raises:
        RuntimeError: If what is decoded differs from what was encoded.

    Examples:

    >>> from keras_av.data import self_check
    >>> self_check()
    """
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "check.mp4")
        write_video(path, _frames(), _FPS, _sound(), _SPEC.sampling_rate)
        differences = _differences(read_clip(path, _SPEC))
    wrong = {
        name: difference
        for name, difference in differences.items()
        if not difference <= _TOLERANCES[name]
    }
    if wrong:
        listed = "; ".join(
            f"{name}: off by {difference:.3g} (at most {_TOLERANCES[name]})"
            for name, difference in wrong.items()
        )
        raise RuntimeError(
            "Decoding a clip made for the purpose gave something else than "
            f"was put into it. {listed}. The installed PyAV or its FFmpeg "
            "cannot be trusted; install the version that keras_av asks for."
        )


def _square_left(frame: int) -> float:
    return 6 + _PIXELS_PER_FRAME * frame


def _frames() -> Array:
    frames = np.full((_NUM_FRAMES, _SIZE, _SIZE, 3), 30, np.uint8)
    top = (_SIZE - _SQUARE) // 2
    for number, frame in enumerate(frames):
        left = round(_square_left(number))
        frame[top : top + _SQUARE, left : left + _SQUARE] = _COLOR
    return frames


def _sound() -> Array:
    rate = _SPEC.sampling_rate
    times = np.arange(_NUM_FRAMES * rate // _FPS) / rate
    tone = 0.5 * np.sin(2 * np.pi * _FREQUENCY * times)
    return np.where((times >= _BURST[0]) & (times < _BURST[1]), tone, 0.0)


def _differences(clip: Clip) -> dict[str, float]:
    """The largest difference of each kind."""
    positions, colors = [], []
    for number, frame in enumerate(clip.video.astype(float)):
        bright = frame[..., 0] > 130
        columns = np.nonzero(bright)[1]
        seen = columns.mean() - (_SQUARE - 1) / 2 if len(columns) else np.inf
        shown = round(_square_left(_FIRST_FRAME + 2 * number))
        positions.append(abs(seen + (_SIZE - _CROP) / 2 - shown))
        # The median leaves the edges aside, where colours are blurred.
        inside = np.median(frame[bright], axis=0) if len(columns) else np.inf
        colors.append(np.abs(inside - np.array(_COLOR)).max())
    rate = _SPEC.sampling_rate
    loud = np.nonzero(np.abs(clip.audio) > 0.25)[0]
    start, end = (loud[0], loud[-1]) if len(loud) else (np.inf, np.inf)
    spectrum = np.abs(np.fft.rfft(clip.audio))
    frequency = spectrum.argmax() * rate / len(clip.audio)
    first = _FIRST_FRAME / _FPS
    found = (
        max(positions),
        max(colors),
        abs(frequency - _FREQUENCY),
        abs(first + start / rate - _BURST[0]),
        abs(first + end / rate - _BURST[1]),
    )
    return dict(zip(_TOLERANCES, map(float, found)))
