"""Plot of audio-to-video retrieval."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from keras_av.ops.types import Array

_WINDOW, _STRIDE = 512, 256


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
    frames, sounds = _middle_frames_and_sounds(clips, embeddings["index"])
    order = np.argsort(-embeddings["audio"] @ embeddings["video"].T, axis=1)
    queries = np.linspace(0, len(order) - 1, min(num_queries, len(order)))
    queries = queries.astype(int)
    columns = 2 + min(num_results, len(order))
    figure = Figure(
        figsize=(1.5 * columns, 1.5 * len(queries)), layout="constrained"
    )
    axes = figure.subplots(len(queries), columns, squeeze=False)
    for axis, title in zip(axes[0], ("sound", "its clip", "found 1st")):
        axis.set_title(title, fontsize="small")
    for row, query in zip(axes, queries):
        row[0].imshow(
            _spectrogram(sounds[query]), aspect="auto", origin="lower"
        )
        _show(row[1], frames[query])
        for axis, found in zip(row[2:], order[query]):
            _show(axis, frames[found], right=found == query)
        row[0].set_xticks([])
        row[0].set_yticks([])
    figure.savefig(path, dpi=100)


def _middle_frames_and_sounds(
    clips: Iterable[Mapping[str, Any]], index: Array
) -> tuple[list[Array], list[Array]]:
    """Middle frames and sounds of the clips of an index, in its order."""
    found: dict[int, tuple[Array, Array]] = {}
    for batch in clips:
        video, audio = np.asarray(batch["video"]), np.asarray(batch["audio"])
        frames = video[:, video.shape[1] // 2]
        found.update(
            zip(np.asarray(batch["index"]).tolist(), zip(frames, audio))
        )
    pairs = [found[one] for one in index.tolist()]
    return [frame for frame, _ in pairs], [sound for _, sound in pairs]


def _spectrogram(sound: Array) -> Array:
    windows = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)
    windows = windows[::_STRIDE] * np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft(windows, axis=1)) ** 2
    return np.log(power + 1e-5).T


def _show(
    axis: "matplotlib.axes.Axes", frame: Array, right: bool = False
) -> None:
    axis.imshow(frame.astype("uint8"))
    axis.set_xticks([])
    axis.set_yticks([])
    for side in axis.spines.values():
        side.set_visible(right)
        side.set_color("limegreen")
        side.set_linewidth(4)
