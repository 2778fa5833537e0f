"""Write frames and sound to a video file."""

import os

import av
import numpy as np

from keras_av.ops.types import Array

_QUALITY = 3
_KEY_FRAME_INTERVAL = 12
_SOUND_BITS_PER_SECOND = 96_000
# Else the decoder makes up the noise, another one at each reading.
_AUDIO_OPTIONS = {"aac_pns": "0"}


def write_video(
    path: str | os.PathLike[str],
    frames: Array,
    fps: int,
    sound: Array | None = None,
    sampling_rate: int = 16000,
) -> None:
    """Write an .mp4 file with MPEG-4 video and AAC sound.

    Args:
        path: Path of the file.
        frames: Frames, `(frames, height, width, 3)`, uint8, of even height and
            width.
        fps: Frame rate, in frames per second.
        sound: Samples in [-1, 1], `(samples,)`. Defaults to no sound track.
        sampling_rate: Sampling rate in Hz. Defaults to 16000.

    Examples:

    >>> import os, tempfile
    >>> import numpy as np
    >>> from keras_av.data import Manifest, write_video
    >>> folder = tempfile.mkdtemp()
    >>> frames = np.zeros((8, 32, 32, 3), "uint8")
    >>> write_video(os.path.join(folder, "black.mp4"), frames, fps=8)
    >>> len(Manifest.from_folder(folder))
    1
    """
    with av.open(os.fspath(path), "w") as container:
        # Codecs that every build of FFmpeg has.
        video = container.add_stream("mpeg4", rate=fps)
        video.height, video.width = frames.shape[1:3]
        video.pix_fmt = "yuv420p"
        context = video.codec_context
        context.gop_size = _KEY_FRAME_INTERVAL
        context.qmin = context.qmax = _QUALITY
        # One thread: the same bytes on every machine.
        context.thread_count = 1
        audio = None
        if sound is not None:
            audio = container.add_stream(
                "aac",
                rate=sampling_rate,
                options=_AUDIO_OPTIONS,
                layout="mono",
            )
            audio.bit_rate = _SOUND_BITS_PER_SECOND
        for image in frames:
            frame = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(image), format="rgb24"
            )
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None:
            samples = np.ascontiguousarray(sound, np.float32)[None]
            piece = av.AudioFrame.from_ndarray(samples, "fltp", "mono")
            piece.sample_rate = sampling_rate
            piece.pts = 0
            container.mux(audio.encode(piece))
            container.mux(audio.encode(None))
