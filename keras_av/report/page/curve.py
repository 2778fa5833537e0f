"""Curves as an SVG picture."""

from collections.abc import Iterator, Sequence

import numpy as np
from markupsafe import Markup

from keras_av.ops.types import Array
from keras_av.report.page.scatter import COLORS

_WIDTH, _HEIGHT = 240, 110
_LEFT, _TOP, _BOTTOM = 44, 8, 18


def curve(
    name: str,
    *runs: Sequence[float],
    phases: Sequence[float] = (),
) -> Markup | None:
    """Draw a measurement over epochs, of one run or of several.

    Args:
        name: Name of the measurement.
        *runs: Values of each epoch, for each run; NaN means "not measured".
            Several have the colors of `COLORS`, in turn.
        phases: Number of the phase of each epoch. Every other one has a band
            behind the curve. Defaults to none.

    Returns:
        An `<svg>` element, or None if nothing was measured.

    Examples:

    >>> from keras_av.report.page.curve import curve
    >>> curve("loss", [3.0, 2.0])[:4], curve("val_loss", [float("nan")])
    (Markup('<svg'), None)
    """
    values = [np.asarray(run, "float64") for run in runs]
    known = [np.flatnonzero(np.isfinite(y)) for y in values]
    if not any(map(len, known)):
        return None
    seen = np.concatenate([y[k] for y, k in zip(values, known)])
    low, high = seen.min(), seen.max()
    num_epochs = max(map(len, values))
    last = max(num_epochs - 1, 1)
    across = _LEFT + (_WIDTH - _LEFT - 6) * np.arange(num_epochs + 1) / last
    said = "; ".join(
        f"{y[k[0]]:.4g} to {y[k[-1]]:.4g}, epochs {k[0] + 1} to {k[-1] + 1}"
        if len(k)
        else "not measured"
        for y, k in zip(values, known)
    )
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{Markup.escape(name)}: {said}</title>",
        *_bands(phases, across),
    ]
    for number, (y, k) in enumerate(zip(values, known)):
        share = (y[k] - low) / (high - low or 1.0)
        down = _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - share)
        color = COLORS[number % len(COLORS)] if len(runs) > 1 else ""
        parts += _line(across[k], down, color)
    parts += [
        f'<text x="0" y="{_TOP + 6}">{high:.4g}</text>',
        f'<text x="0" y="{_HEIGHT - _BOTTOM}">{low:.4g}</text>',
        f'<text x="{_LEFT}" y="{_HEIGHT - 4}">1</text>',
        f'<text x="{_WIDTH - 24}" y="{_HEIGHT - 4}">{num_epochs}</text>',
        "</svg>",
    ]
    return Markup("".join(parts))


def _line(across: Array, down: Array, color: str) -> Iterator[str]:
    places = [f"{x:.1f},{y:.1f}" for x, y in zip(across, down)]
    stroke = f' style="stroke: {color}"' if color else ""
    fill = f' style="fill: {color}"' if color else ""
    yield f'<polyline points="{" ".join(places)}"{stroke}/>'
    for x, y in zip(across, down):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.6"{fill}/>'


def _bands(phases: Sequence[float], across: Array) -> list[str]:
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
