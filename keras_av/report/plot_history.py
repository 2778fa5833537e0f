"""Curves of a training run."""

import os
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure


def plot_history(
    history: Mapping[str, Sequence[float]],
    path: str | os.PathLike[str],
    panels: Mapping[str, Sequence[str]],
    phases: Sequence[str] = (),
) -> None:
    """Plot logged values over epochs to a PNG file.

    Args:
        history: Values of each epoch by name, such as `fit(...).history`. NaN
            means "not measured" and is not drawn.
        path: Path of the PNG file.
        panels: Names to plot in each panel, by panel title. Names without any
            value are left out.
        phases: Names of the phases numbered by `history["phase"]`, drawn as
            bands behind the curves. Defaults to none.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.report import plot_history
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "curves.png"
    >>> plot_history({"loss": [3.0, 2.0]}, path, {"Loss": ["loss"]})
    >>> path.stat().st_size > 1000
    True
    """
    figure = Figure(figsize=(5 * len(panels), 3.6), layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axis, (title, names) in zip(axes, panels.items()):
        for name in names:
            values = np.asarray(history.get(name, []), "float64")
            epochs = np.arange(1, len(values) + 1)
            known = np.isfinite(values)
            if known.any():
                # Single measurements are only visible with markers.
                single = not (known[1:] & known[:-1]).any()
                style = "o--" if single else "-"
                axis.plot(epochs[known], values[known], style, label=name)
        axis.set_title(title)
        axis.set_xlabel("epoch")
        _draw_phases(axis, history.get("phase", []), phases)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(fontsize="small")
    figure.savefig(path, dpi=100)


def _draw_phases(
    axis: "matplotlib.axes.Axes",
    numbers: Sequence[float],
    names: Sequence[str],
) -> None:
    counted = np.asarray(numbers)
    for number, name in enumerate(names):
        epochs = np.flatnonzero(counted == number)
        if not len(epochs):
            continue
        left, right = epochs[0] + 0.5, epochs[-1] + 1.5
        if number % 2:
            axis.axvspan(left, right, color="0.93", zorder=0)
        axis.text(
            (left + right) / 2,
            0.98,
            name,
            transform=axis.get_xaxis_transform(),
            ha="center",
            va="top",
            fontsize="small",
            color="0.4",
        )
