"""Plot of accuracy against cost."""

import os
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter


def plot_cost(
    points: Mapping[str, Sequence[tuple[float, float]]],
    path: str | os.PathLike[str],
    cost: str = "GFLOPs",
    score: str = "accuracy",
) -> None:
    """Plot scores against cost, on a logarithmic axis, to a PNG file.

    Better networks are higher and further left. A network with a single cost
    is a labelled point; one with several, such as for more or fewer clips, is
    a curve.

    Args:
        points: `(cost, score)` pairs by name: one pair for a point, several
            for a curve, in any order.
        path: Path of the PNG file.
        cost: Title of the cost axis. Defaults to `"GFLOPs"`.
        score: Title of the score axis. Defaults to `"accuracy"`.

    Raises:
        ValueError: If there are no points, or a cost is not positive.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.report import plot_cost
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "cost.png"
    >>> plot_cost({"video": [(40.5, 0.8)],
    ...            "image and sound": [(2.2, 0.6), (4.4, 0.7)]}, path)
    >>> path.stat().st_size > 1000
    True
    """
    figure = Figure(figsize=(6, 4), layout="constrained")
    axis = figure.subplots()
    for name, pairs in points.items():
        costs, scores = _columns(name, pairs)
        if len(costs) > 1:
            axis.plot(costs, scores, "o-", markersize=4, label=name)
            continue
        (marker,) = axis.plot(costs, scores, "D")
        axis.annotate(
            name,
            (costs[0], scores[0]),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize="small",
            color=marker.get_color(),
        )
    if not points:
        raise ValueError("Received no points. Expected at least one.")
    axis.set_xscale("log")
    # Leave room for the names of the outermost points.
    axis.margins(0.15)
    axis.set_xlabel(cost)
    axis.set_ylabel(score)
    axis.grid(which="major", color="0.9", zorder=0)
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter("{x:g}")
    axis.xaxis.set_minor_formatter(NullFormatter())
    if axis.get_legend_handles_labels()[0]:
        axis.legend(fontsize="small")
    figure.savefig(path, dpi=100)


def _columns(
    name: str, pairs: Sequence[tuple[float, float]]
) -> tuple[np.ndarray, np.ndarray]:
    """Costs in ascending order, and their scores."""
    table = np.asarray(sorted(pairs), "float64").reshape(-1, 2)
    costs, scores = table.T
    if not len(costs) or not (costs > 0).all():
        raise ValueError(
            f"Received the costs {costs.tolist()} for {name!r}. Expected at "
            "least one, all positive: the cost axis is logarithmic."
        )
    return costs, scores
