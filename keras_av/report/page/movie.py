"""Clips as files that a browser plays."""

import fractions
import io
from typing import cast

import av
import numpy as np
from av.container import OutputContainer

from keras_av.ops.types import Array

# What Opus is decoded at.
_RATE = 48_000
_VIDEO_OPTIONS = {"crf": "36", "deadline": "realtime", "cpu-used": "8"}
_SOUND_BITS_PER_SECOND = 24_000


def movie(frames: Array, sound: Array, sampling_rate: int) -> bytes:
    """Encode a clip with its sound as WebM, with VP9 and Opus.

    The frames are spread over the length of the sound, or over a second.

    Args:
        frames: Frames, `(frames, height, width, 3)`, from 0 to 255. A last
            odd row or column is left out. Without any, there is only sound.
        sound: Samples in [-1, 1], `(samples,)`. Without any, there are only
            frames.
        sampling_rate: Sampling rate in Hz.

    Returns:
        The bytes of the file.

    Examples:

    >>> import numpy as np
    >>> from keras_av.report.page.movie import movie
    >>> clip = movie(np.zeros((4, 32, 32, 3)), np.zeros(16000), 16000)
    >>> clip[:4].hex()
    '1a45dfa3'
    """
    file = io.BytesIO()
    length = len(sound) or sampling_rate
    with av.open(file, "w", format="webm") as container:
        video = audio = None
        if len(frames):
            rate = fractions.Fraction(len(frames) * sampling_rate, length)
            video = _video_stream(container, frames, rate)
        if len(sound):
            audio = container.add_stream("libopus", rate=_RATE, layout="mono")
            audio.bit_rate = _SOUND_BITS_PER_SECOND
        if video is not None:
            for image in np.clip(frames, 0, 255).astype("uint8"):
                image = image[: video.height, : video.width]
                image = np.ascontiguousarray(image)
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        if audio is not None:
            _add_sound(container, audio, sound, sampling_rate)
    return file.getvalue()


def _add_sound(
    container: OutputContainer,
    audio: av.AudioStream,
    sound: Array,
    sampling_rate: int,
) -> None:
    samples = np.rint(np.clip(sound, -1, 1) * 32767).astype("int16")
    heard = av.AudioFrame.from_ndarray(samples[None], "s16", "mono")
    heard.sample_rate = sampling_rate
    resampler = av.AudioResampler(audio.codec_context.format, "mono", _RATE)
    for part in [*resampler.resample(heard), None]:
        container.mux(audio.encode(part))


def _video_stream(
    container: OutputContainer, frames: Array, rate: fractions.Fraction
) -> av.VideoStream:
    stream = cast(
        av.VideoStream,
        container.add_stream(
            "libvpx-vp9",
            rate=rate.limit_denominator(1000),
            options=_VIDEO_OPTIONS,
        ),
    )
    # Chroma has half the resolution.
    stream.height, stream.width = (n // 2 * 2 for n in frames.shape[1:3])
    stream.pix_fmt = "yuv420p"
    return stream
