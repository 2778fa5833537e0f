"""A curve as an SVG picture."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

_WIDTH, _HEIGHT = 240, 110
_LEFT, _TOP, _BOTTOM = 44, 8, 18


def curve(
    name: str, values: Sequence[float], phases: Sequence[float] = ()
) -> Markup | None:
    """Draw a measurement over epochs.

    Args:
        name: Name of the measurement.
        values: Values of each epoch; NaN means "not measured".
        phases: Number of the phase of each epoch. Every other one has a band
            behind the curve. Defaults to none.

    Returns:
        An `<svg>` element, or None if nothing was measured.

    Examples:

    >>> from keras_av.report.page.curve import curve
    >>> curve("loss", [3.0, 2.0])[:4], curve("val_loss", [float("nan")])
    (Markup('<svg'), None)
    """
    y = np.asarray(values, "float64")
    known = np.flatnonzero(np.isfinite(y))
    if not len(known):
        return None
    low, high = y[known].min(), y[known].max()
    last = max(len(y) - 1, 1)
    across = _LEFT + (_WIDTH - _LEFT - 6) * np.arange(len(y) + 1) / last
    share = (y - low) / (high - low or 1.0)
    down = _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - share)
    points = " ".join(f"{across[k]:.1f},{down[k]:.1f}" for k in known)
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{Markup.escape(name)}: {y[known[0]]:.4g} to "
        f"{y[known[-1]]:.4g}, epochs {known[0] + 1} to {known[-1] + 1}</title>",
        *_bands(phases, across),
        f'<polyline points="{points}"/>',
        *(
            f'<circle cx="{across[k]:.1f}" cy="{down[k]:.1f}" r="1.6"/>'
            for k in known
        ),
        f'<text x="0" y="{_TOP + 6}">{high:.4g}</text>',
        f'<text x="0" y="{_HEIGHT - _BOTTOM}">{low:.4g}</text>',
        f'<text x="{_LEFT}" y="{_HEIGHT - 4}">1</text>',
        f'<text x="{_WIDTH - 24}" y="{_HEIGHT - 4}">{len(y)}</text>',
        "</svg>",
    ]
    return Markup("".join(parts))


def _bands(phases: Sequence[float], across: np.ndarray) -> list[str]:
    """Bands behind every other phase."""
    numbers = np.asarray(phases)
    bands = []
    for number in np.unique(numbers):
        epochs = np.flatnonzero(numbers == number)
        if number % 2:
            left, right = across[epochs[0]], across[epochs[-1] + 1]
            bands.append(
                f'<rect class="band" x="{left:.1f}" y="0" '
                f'width="{right - left:.1f}" height="{_HEIGHT - _BOTTOM}"/>'
            )
    return bands
