"""Plot of audio-to-video retrieval."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

from keras_av.ops.types import Array
from keras_av.report.middle_frames import middle_frames
from keras_av.report.retrieval_figure import retrieval_figure


def plot_retrieval(
    embeddings: Mapping[str, Array],
    clips: Iterable[Mapping[str, Any]],
    path: str | os.PathLike[str],
    num_queries: int = 6,
    num_results: int = 5,
) -> None:
    """Plot sounds and the video clips that they retrieve to a PNG file.

    Each row shows the spectrogram of the sound of one clip, the middle frame
    of that clip, and the middle frames of the clips whose video embeddings are
    nearest to the audio embedding, best first. The correct one has a green
    border.

    Args:
        embeddings: Unit vectors `video` and `audio`, `(num_clips, dim)`, and
            the `index` of their clips, `(num_clips,)`, as returned by
            `embed_pairs`.
        clips: Batches with `video`, `audio` and `index` of the same clips.
        path: Path of the PNG file.
        num_queries: Number of rows, spread evenly over the clips. Defaults to
            6.
        num_results: Number of retrieved clips per row. Defaults to 5.

    Examples:

    >>> import numpy as np, pathlib, tempfile
    >>> from keras_av.report import plot_retrieval
    >>> rng = np.random.default_rng(0)
    >>> batch = {"video": rng.random((6, 2, 4, 4, 3)) * 255,
    ...          "audio": rng.random((6, 1024)), "index": np.arange(6)}
    >>> embeddings = {"video": np.eye(6), "audio": np.eye(6),
    ...               "index": np.arange(6)}
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "retrieval.png"
    >>> plot_retrieval(embeddings, [batch], path)
    >>> path.stat().st_size > 1000
    True
    """
    frames, sounds = middle_frames(clips, embeddings["index"])
    retrieval_figure(
        embeddings, frames, sounds, num_queries, num_results
    ).savefig(path, dpi=100)
