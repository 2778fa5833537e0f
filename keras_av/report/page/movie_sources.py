"""Clips inside of a page, as long as there is room."""

import base64
import dataclasses
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from keras_av.ops.types import Array
from keras_av.report.page.movie import movie

# So that a page stays below 5 MB.
_MAX_BYTES = 3_000_000


@dataclasses.dataclass(frozen=True)
class Source:
    """A clip inside of a page.

    Args:
        movie: Data URI of the clip; empty if there was no room.
        poster: Data URI of its middle frame, shown until it plays; empty if it
            has no frames. Defaults to none.
    """

    movie: str
    poster: str = ""

    def __len__(self) -> int:
        return len(self.movie) + len(self.poster)


class MovieSources:
    """Data URIs of the clips of a page.

    Args:
        max_bytes: Number of bytes that they may take together. Defaults to
            3,000,000.

    Examples:

    >>> import numpy as np
    >>> from keras_av.report.page.movie_sources import MovieSources
    >>> sources = MovieSources()
    >>> clip = {"video": np.zeros((2, 16, 16, 3)), "audio": np.zeros(8000)}
    >>> sources.source("a.mp4", clip, 16000).movie[:22]
    'data:video/webm;base64'
    """

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._left = max_bytes
        self._sources: dict[Any, Source] = {}

    def source(
        self, key: Any, clip: Mapping[str, Array], sampling_rate: int
    ) -> Source:
        """The data URIs of a clip; empty if there is no room.

        Args:
            key: What tells the clip from others; it is encoded once.
            clip: `video` and `audio`, as for `movie`.
            sampling_rate: Sampling rate in Hz.
        """
        if key not in self._sources:
            data = movie(clip["video"], clip["audio"], sampling_rate)
            frames = clip["video"]
            poster = picture(frames[len(frames) // 2]) if len(frames) else ""
            self._sources[key] = Source(_uri("video/webm", data), poster)
        source = self._sources[key]
        # A clip that is shown twice is in the file twice.
        self._left -= len(source)
        return source if self._left >= 0 else Source("")


def picture(frame: Array) -> str:
    """The data URI of a frame.

    Args:
        frame: Frame, `(height, width, 3)`, from 0 to 255.
    """
    file = io.BytesIO()
    pixels = np.clip(frame, 0, 255).astype("uint8")
    Image.fromarray(pixels).save(file, "JPEG", quality=70)
    return _uri("image/jpeg", file.getvalue())


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
