"""Plot of a confusion matrix."""

import os
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from keras_av.evaluation.confusion import class_accuracy
from keras_av.ops.types import Array

# With more classes there is no room for text in the cells.
_MAX_WITH_TEXT = 15


def plot_confusion(
    confusion: Array,
    class_names: Sequence[str],
    path: str | os.PathLike[str],
) -> None:
    """Plot a confusion matrix to a PNG file.

    Rows are true classes and columns are predictions; the darker a cell, the
    larger its share of the videos of its row. The name of each class is
    followed by its accuracy in percent. With up to 15 classes, the cells also
    show the numbers of videos.

    Args:
        confusion: Matrix, as returned by
            `keras_av.evaluation.confusion_matrix`,
            `(num_classes, num_classes)`.
        class_names: Names of the classes, such as `Manifest.class_names`.
        path: Path of the PNG file.

    Raises:
        ValueError: If the matrix is not square, or the number of names is not
            the number of classes.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.report import plot_confusion
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "confusion.png"
    >>> plot_confusion([[7, 1], [2, 4]], ["cello", "violin"], path)
    >>> path.stat().st_size > 1000
    True
    """
    confusion = np.asarray(confusion)
    accuracy = class_accuracy(confusion)
    count = len(confusion)
    if len(class_names) != count:
        raise ValueError(
            f"Received {len(class_names)} class names for {count} classes. "
            "Expected one per class."
        )
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    with_text = count <= _MAX_WITH_TEXT
    side = max(0.5 * count, 2.0) if with_text else 0.15 * count
    figure = Figure(figsize=(side + 3, side + 2), layout="constrained")
    axis = figure.subplots()
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    size = 9 if with_text else 7
    rows = [
        name if np.isnan(share) else f"{name}  {100 * share:.0f}"
        for name, share in zip(class_names, accuracy)
    ]
    axis.set_yticks(range(count), rows, fontsize=size)
    axis.set_xticks(range(count), class_names, fontsize=size, rotation=90)
    axis.set_ylabel("class, accuracy in %")
    axis.set_xlabel("taken for")
    if with_text:
        _write_numbers(axis, confusion, shares)
    figure.savefig(path, dpi=100)


def _write_numbers(
    axis: "matplotlib.axes.Axes", confusion: Array, shares: Array
) -> None:
    for (row, column), number in np.ndenumerate(confusion):
        if number:
            axis.text(
                column,
                row,
                f"{number:g}",
                ha="center",
                va="center",
                fontsize="small",
                color="white" if shares[row, column] > 0.5 else "black",
            )
