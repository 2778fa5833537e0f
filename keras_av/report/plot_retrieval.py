"""A picture of what a sound finds."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from keras_av.evaluation.embed_pairs import embed_pairs
from keras_av.methods.two_tower import TwoTower
from keras_av.ops.types import Array

_WINDOW, _STRIDE = 512, 256


def plot_retrieval(
    model: TwoTower,
    clips: Iterable[Mapping[str, Any]],
    path: str | os.PathLike[str],
    num_queries: int = 6,
    num_results: int = 5,
) -> None:
    """Draw sounds and the clips that they find into a PNG file.

    Each row shows the spectrogram of one clip's sound, the middle frame of
    that clip, and the middle frames of the clips whose video embeddings lie
    nearest to the sound's, best first. The right one has a green frame.

    Args:
        model: A contrastive method of `keras_av.methods`.
        clips: Batches with `video`, `audio` and `index`; silent clips are
            left out.
        path: Of the PNG file to write.
        num_queries: Number of rows, spread evenly over the clips. Defaults to
            6.
        num_results: Number of clips shown for each. Defaults to 5.

    Examples:

    >>> import keras, numpy as np, pathlib, tempfile
    >>> from keras_av.methods import CrossModalContrastive
    >>> from keras_av.report import plot_retrieval
    >>> towers = [keras.Sequential([keras.Input(shape), keras.layers.Flatten(),
    ...           keras.layers.Dense(2)]) for shape in [(2, 4, 4, 3), (1024,)]]
    >>> rng = np.random.default_rng(0)
    >>> batch = {"video": rng.random((6, 2, 4, 4, 3)) * 255,
    ...          "audio": rng.random((6, 1024)), "index": np.arange(6)}
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "retrieval.png"
    >>> plot_retrieval(CrossModalContrastive(*towers), [batch], path)
    >>> path.stat().st_size > 1000
    True
    """
    clips = list(clips)
    embeddings = embed_pairs(model, clips)
    frames, sounds = _middle_frames_and_sounds(clips)
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
    clips: list[Mapping[str, Any]],
) -> tuple[Array, Array]:
    frames, sounds = [], []
    for batch in clips:
        video = np.asarray(batch["video"])
        keep = np.asarray(batch.get("has_audio", np.ones(len(video))), bool)
        frames.append(video[keep, video.shape[1] // 2])
        sounds.append(np.asarray(batch["audio"])[keep])
    return np.concatenate(frames), np.concatenate(sounds)


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
