"""Scores against cost as an SVG picture."""

from collections.abc import Mapping

import numpy as np
from markupsafe import Markup

from keras_av.report.page.scatter import COLORS

_WIDTH, _HEIGHT = 480, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 20, 32


def cost_chart(
    points: Mapping[str, tuple[float, float]], cost: str, score: str
) -> Markup:
    """Draw scores against cost, on a logarithmic axis.

    Args:
        points: `(cost, score)` by name, in the colors of `COLORS`.
        cost: Title of the cost axis.
        score: Title of the score axis.

    Returns:
        An `<svg>` element.

    Raises:
        ValueError: If there are no points, or a cost is not positive.

    Examples:

    >>> from keras_av.report.page.cost_chart import cost_chart
    >>> chart = cost_chart({"all": (40.0, 0.8), "skimming": (4.0, 0.7)},
    ...                    "sounds", "accuracy")
    >>> chart.count("<circle")
    2
    """
    costs, scores = np.asarray([*points.values()], "float64").reshape(-1, 2).T
    if not len(costs) or not (costs > 0).all():
        raise ValueError(
            "points must be at least one, with positive costs, since the axis "
            f"is logarithmic. Received: points={dict(points)}"
        )
    low, high = costs.min(), costs.max()
    bottom, top = scores.min(), scores.max()
    right, floor = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    across = np.log(costs / low) / (np.log(high / low) or 1.0)
    across = _LEFT + (right - _LEFT) * across
    down = _TOP + (floor - _TOP) * (top - scores) / ((top - bottom) or 1.0)
    cost, score = Markup.escape(cost), Markup.escape(score)
    parts = [
        f'<svg class="map" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{score} against {cost}</title>",
        f'<rect class="band" x="{_LEFT - 8}" y="{_TOP - 8}" '
        f'width="{right - _LEFT + 16}" height="{floor - _TOP + 16}"/>',
    ]
    for number, (name, x, y) in enumerate(zip(points, across, down)):
        said = f"{scores[number]:.3g} at {costs[number]:.4g}"
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" '
            f'fill="{COLORS[number % len(COLORS)]}"><title>'
            f"{Markup.escape(name)}: {said}</title></circle>"
        )
    middle = (_LEFT + right) // 2
    parts += [
        f'<text x="0" y="10">{score}</text>',
        f'<text x="0" y="{_TOP + 4}">{top:.3g}</text>',
        f'<text x="0" y="{floor + 4}">{bottom:.3g}</text>',
        f'<text x="{_LEFT}" y="{_HEIGHT - 4}">{low:.4g}</text>',
        f'<text x="{right}" y="{_HEIGHT - 4}" text-anchor="end">{high:.4g}'
        "</text>",
        f'<text x="{middle}" y="{_HEIGHT - 4}" text-anchor="middle">{cost}'
        "</text></svg>",
    ]
    return Markup("".join(parts))
