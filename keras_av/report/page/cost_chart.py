"""Scores against cost as an SVG picture."""

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup

from keras_av.report.page.scatter import COLORS

_WIDTH, _HEIGHT = 480, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 20, 32


def cost_chart(
    points: Mapping[str, Sequence[tuple[float, float]]], cost: str, score: str
) -> Markup:
    """Draw scores against cost, on a logarithmic axis.

    Args:
        points: `(cost, score)` pairs by name, as for `plot_cost`. Each name
            has its color of `COLORS`; several pairs are joined.
        cost: Title of the cost axis.
        score: Title of the score axis.

    Returns:
        An `<svg>` element.

    Raises:
        ValueError: If there are no points, or a cost is not positive.

    Examples:

    >>> from keras_av.report.page.cost_chart import cost_chart
    >>> chart = cost_chart(
    ...     {"all": [(40.0, 0.8)], "skimming": [(4.0, 0.7), (8.0, 0.8)]},
    ...     "sounds", "accuracy")
    >>> chart.count("<circle"), chart.count("<polyline")
    (3, 1)
    """
    everything = [pair for pairs in points.values() for pair in pairs]
    costs, scores = np.asarray(everything, "float64").reshape(-1, 2).T
    if not len(costs) or not (costs > 0).all():
        raise ValueError(
            "points must be at least one, with positive costs, since the axis "
            f"is logarithmic. Received: points={dict(points)}"
        )
    low, high = costs.min(), costs.max()
    bottom, top = scores.min(), scores.max()
    parts = [
        f'<svg class="map" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{Markup.escape(score)} against {Markup.escape(cost)}</title>",
    ]
    for number, (name, pairs) in enumerate(points.items()):
        x, y = np.asarray(sorted(pairs), "float64").reshape(-1, 2).T
        across = _LEFT + (_WIDTH - _LEFT - _RIGHT) * (
            np.log(x / low) / (np.log(high / low) or 1.0)
        )
        down = _TOP + (_HEIGHT - _TOP - _BOTTOM) * (
            (top - y) / ((top - bottom) or 1.0)
        )
        parts += _drawn(name, across, down, x, y, COLORS[number % len(COLORS)])
    parts += [
        f'<text x="0" y="{_TOP + 4}">{top:.3g}</text>',
        f'<text x="0" y="{_HEIGHT - _BOTTOM + 4}">{bottom:.3g}</text>',
        f'<text x="0" y="10">{Markup.escape(score)}</text>',
        f'<text x="{_LEFT}" y="{_HEIGHT - 4}">{low:.4g}</text>',
        f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 4}" '
        f'text-anchor="end">{high:.4g}</text>',
        f'<text x="{_WIDTH // 2}" y="{_HEIGHT - 4}" text-anchor="middle">'
        f"{Markup.escape(cost)}</text>",
        "</svg>",
    ]
    return Markup("".join(parts))


def _drawn(
    name: str,
    across: np.ndarray,
    down: np.ndarray,
    costs: np.ndarray,
    scores: np.ndarray,
    color: str,
) -> list[str]:
    """The points of a name, each of which tells its numbers."""
    places = list(zip(across.tolist(), down.tolist()))
    parts = []
    if len(places) > 1:
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{line}" style="stroke: {color}"/>')
    for (x, y), cost, score in zip(places, costs, scores):
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{color}"><title>'
            f"{Markup.escape(name)}: {score:.3g} at {cost:.4g}"
            "</title></circle>"
        )
    return parts
