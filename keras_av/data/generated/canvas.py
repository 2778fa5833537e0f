"""Draw smooth shapes on a small image."""

import numpy as np

from keras_av.ops.types import Array

# Towards the light, from the surface: left, up and out of the image.
_LIGHT = np.array([-0.45, -0.6, 0.66])
_SHINE = 24


class Canvas:
    """An image with coordinates from 0 (left, top) to 1 (right, bottom).

    Edges are smooth: a pixel is covered as far as the shape reaches into it.

    Args:
        image: Background, `(size, size, 3)`, float in [0, 1]; drawn upon.
    """

    def __init__(self, image: Array) -> None:
        self.image = image
        self._size = len(image)

    def sphere(self, x: float, y: float, radius: float, color: Array) -> None:
        """A shaded ball."""
        rows, columns = self._box(x, y, radius, radius)
        dx, dy = self._grid(rows, columns, x, y)
        square = (dx**2 + dy**2) / radius**2
        dz = np.sqrt(np.clip(1 - square, 0, 1))
        normal = np.stack([dx / radius, dy / radius, dz], axis=-1)
        light = np.clip(normal @ _LIGHT, 0, 1)[..., None]
        shaded = color * (0.4 + 0.6 * light) + 0.5 * light**_SHINE
        edge = (radius - radius * np.sqrt(square)) * self._size + 0.5
        self._blend(rows, columns, shaded, edge)

    def rod(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        thickness: float,
        color: Array,
    ) -> None:
        """A straight line with round ends."""
        (x0, y0), (x1, y1) = start, end
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        half_width = abs(x1 - x0) / 2 + thickness
        half_height = abs(y1 - y0) / 2 + thickness
        rows, columns = self._box(x, y, half_width, half_height)
        dx, dy = self._grid(rows, columns, x0, y0)
        length = (x1 - x0) ** 2 + (y1 - y0) ** 2
        along = (dx * (x1 - x0) + dy * (y1 - y0)) / max(length, 1e-9)
        along = np.clip(along, 0, 1)
        distance = np.hypot(dx - along * (x1 - x0), dy - along * (y1 - y0))
        edge = (thickness / 2 - distance) * self._size + 0.5
        light = np.clip(1.1 - 0.5 * (distance / thickness)[..., None], 0, 1)
        self._blend(rows, columns, color * light, edge)

    def rectangle(
        self, left: float, top: float, right: float, bottom: float, color: Array
    ) -> None:
        """A plain rectangle, lighter at its upper edge."""
        x, y = (left + right) / 2, (top + bottom) / 2
        half_width, half_height = (right - left) / 2, (bottom - top) / 2
        rows, columns = self._box(x, y, half_width, half_height)
        dx, dy = self._grid(rows, columns, x, y)
        edge = self._size * np.minimum(
            half_width - np.abs(dx), half_height - np.abs(dy)
        )
        light = 1.0 - 0.15 * np.clip(dy / half_height, -1, 1)[..., None]
        self._blend(rows, columns, color * light, edge + 0.5)

    def shadow(
        self, x: float, y: float, width: float, height: float, strength: float
    ) -> None:
        """A soft dark ellipse."""
        rows, columns = self._box(x, y, 2 * width, 2 * height)
        dx, dy = self._grid(rows, columns, x, y)
        depth = strength * np.exp(-((dx / width) ** 2) - (dy / height) ** 2)
        self.image[rows, columns] *= 1 - depth[..., None]

    def _box(
        self, x: float, y: float, half_width: float, half_height: float
    ) -> tuple[slice, slice]:
        """The pixels that a shape may touch."""

        def pixels(middle: float, half: float) -> slice:
            first = int(np.floor((middle - half) * self._size)) - 1
            last = int(np.ceil((middle + half) * self._size)) + 1
            return slice(max(first, 0), max(min(last, self._size), 0))

        return pixels(y, half_height), pixels(x, half_width)

    def _grid(
        self, rows: slice, columns: slice, x: float, y: float
    ) -> tuple[Array, Array]:
        """Distances of the pixels' centres from a point."""
        dx = (np.arange(columns.start, columns.stop) + 0.5) / self._size - x
        dy = (np.arange(rows.start, rows.stop) + 0.5) / self._size - y
        grid_x, grid_y = np.broadcast_arrays(dx[None, :], dy[:, None])
        return grid_x, grid_y

    def _blend(
        self, rows: slice, columns: slice, color: Array, edge: Array
    ) -> None:
        cover = np.clip(edge, 0, 1)[..., None]
        part = self.image[rows, columns]
        part += cover * (np.clip(color, 0, 1) - part)
