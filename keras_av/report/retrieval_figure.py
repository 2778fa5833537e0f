"""Figure of audio-to-video retrieval."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from keras_av.ops.types import Array
from keras_av.report.evenly import evenly

_WINDOW, _STRIDE = 512, 256


def retrieval_figure(
    embeddings: Mapping[str, Array],
    frames: Sequence[Array],
    sounds: Sequence[Array],
    num_queries: int,
    num_results: int,
) -> Figure:
    """Draw sounds and the video clips that they retrieve.

    Args:
        embeddings: Unit vectors `video` and `audio`, `(num_clips, dim)`.
        frames: A frame of each clip, `(height, width, 3)`, from 0 to 255.
        sounds: The sound of each clip, `(samples,)`.
        num_queries: Number of rows, spread evenly over the clips.
        num_results: Number of retrieved clips per row.

    Returns:
        The figure, which `plot_retrieval` describes.

    Examples:

    >>> import numpy as np
    >>> from keras_av.report.retrieval_figure import retrieval_figure
    >>> figure = retrieval_figure({"video": np.eye(3), "audio": np.eye(3)},
    ...     np.zeros((3, 4, 4, 3)), np.zeros((3, 1024)), 2, 1)
    >>> len(figure.axes)
    6
    """
    order = np.argsort(-embeddings["audio"] @ embeddings["video"].T, axis=1)
    queries = evenly(len(order), num_queries)
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
    return figure


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
