"""A map of embeddings as an SVG picture."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from keras_av.ops.types import Array

_SIZE, _MARGIN = 480, 10
# Each stands out from light and dark paper by 3 to 1 (WCAG 2.2, 1.4.11).
COLORS = (
    "#4269d0",
    "#b97a00",
    "#e5533f",
    "#128f82",
    "#3c9446",
    "#d6409f",
    "#8e4ec6",
    "#2a93d5",
    "#9c6b4e",
    "#858b96",
)


def scatter(video: Array, audio: Array, labels: Sequence[int]) -> Markup:
    """Draw embeddings of both modalities by their two principal components.

    Squares are sounds, circles are frames. Nothing is random.

    Args:
        video: Embeddings, `(num, dim)`.
        audio: Embeddings of the same clips, `(num, dim)`.
        labels: Classes of the clips, which choose their colors.

    Returns:
        An `<svg>` element.

    Examples:

    >>> import numpy as np
    >>> from keras_av.report.page.scatter import scatter
    >>> picture = scatter(np.eye(3), np.eye(3), [0, 1, 2])
    >>> picture.count("<circle"), picture.count("<rect")
    (3, 3)
    """
    both = np.concatenate([video, audio]).astype("float64")
    both = both - both.mean(axis=0)
    _, _, axes = np.linalg.svd(both, full_matrices=False)
    places = both @ axes[:2].T
    if places.shape[1] < 2:
        places = np.pad(places, ((0, 0), (0, 1)))
    low, high = places.min(axis=0), places.max(axis=0)
    scale = (_SIZE - 2 * _MARGIN) / np.maximum(high - low, 1e-9).max()
    x, y = (_MARGIN + (places - low) * scale).T
    parts = [f'<svg class="map" viewBox="0 0 {_SIZE} {_SIZE}" role="img">']
    parts.append("<title>Two principal components of all embeddings</title>")
    num = len(video)
    for place in range(2 * num):
        color = COLORS[labels[place % num] % len(COLORS)]
        at, down = x[place], y[place]
        parts.append(
            f'<circle cx="{at:.1f}" cy="{down:.1f}" r="4" fill="{color}"/>'
            if place < num
            else f'<rect x="{at - 3:.1f}" y="{down - 3:.1f}" width="6" '
            f'height="6" fill="{color}"/>'
        )
    return Markup("".join([*parts, "</svg>"]))
