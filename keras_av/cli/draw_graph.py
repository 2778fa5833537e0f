"""Drawing of targets and their dependencies."""

import pathlib
from collections.abc import Sequence

from keras_av.workspace import Graph, Label
from keras_av.workspace.build.output import state

_COLORS = {
    "": "0.93",
    "done": "#cfe8cf",
    "unfinished": "#fbe3c8",
    "not built": "#fbe3c8",
}
_ENDINGS = (".svg", ".png")
# Size of a target, in units of the distance between columns and rows.
_WIDTH, _HEIGHT = 0.74, 0.66


def draw_graph(
    graph: Graph, labels: Sequence[Label], path: pathlib.Path
) -> None:
    """Draw targets with their dependencies to the left.

    Args:
        graph: Graph of the workspace.
        labels: Labels of the targets.
        path: Path of the picture, .svg or .png.

    Raises:
        ValueError: If the path has another ending.
    """
    if path.suffix not in _ENDINGS:
        raise ValueError(
            f"A picture must end with {' or '.join(_ENDINGS)}. Received: {path}"
        )
    # matplotlib is only needed for pictures.
    from matplotlib import figure, patches

    columns = _columns(graph, labels)
    places = _places(graph, columns)
    height = max(map(len, columns))
    drawing = figure.Figure((2.8 * len(columns), 0.5 * height + 0.3))
    axis = drawing.add_axes((0, 0, 1, 1))
    axis.set_axis_off()
    axis.set_xlim(-0.1, len(columns) - 0.1)
    axis.set_ylim(-0.7, height - 0.3)
    for label, (x, y) in places.items():
        for dependency in graph.node(label).dependencies:
            left, low = places[dependency]
            axis.annotate(
                "",
                (x, y),
                (left + _WIDTH, low),
                arrowprops={"arrowstyle": "->", "color": "0.6", "lw": 0.8},
                zorder=0,
            )
        color = _COLORS[state(graph.node(label))]
        axis.add_patch(
            patches.Rectangle(
                (x, y - _HEIGHT / 2), _WIDTH, _HEIGHT, fc=color, ec="0.5"
            )
        )
        text = f"{label.name}\n//{label.package}"
        axis.text(x + 0.02, y, text, va="center", fontsize=7)
    drawing.savefig(path, dpi=150)


def _columns(graph: Graph, labels: Sequence[Label]) -> list[list[Label]]:
    """Targets by depth, that is, the longest path to a leaf."""
    depths: dict[Label, int] = {}

    def depth(label: Label) -> int:
        if label not in depths:
            below = graph.node(label).dependencies
            depths[label] = 1 + max(map(depth, below), default=-1)
        return depths[label]

    for label in labels:
        depth(label)
    columns: list[list[Label]] = [[] for _ in range(max(depths.values()) + 1)]
    for label, column in depths.items():
        columns[column].append(label)
    return columns


def _places(
    graph: Graph, columns: list[list[Label]]
) -> dict[Label, tuple[float, float]]:
    """Position of each target, near its dependencies."""
    places: dict[Label, tuple[float, float]] = {}
    height = max(map(len, columns))
    for x, column in enumerate(columns):

        def mean_height(label: Label) -> float:
            below = graph.node(label).dependencies
            heights = [places[one][1] for one in below]
            return sum(heights) / max(len(heights), 1)

        ordered = sorted(column, key=mean_height)
        step = height / len(ordered)
        for row, label in enumerate(ordered):
            places[label] = (float(x), (row + 0.5) * step - 0.5)
    return places
