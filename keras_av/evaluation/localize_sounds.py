"""Whether a method knows where sounds come from."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from keras import ops

from keras_av.methods.contrastive.synchronization import Synchronization
from keras_av.metrics.sounding_objects import over_time, sounding_objects
from keras_av.ops.types import Array

_WHITE = 127


def localize_sounds(
    model: Synchronization,
    dataset: Iterable[Mapping[str, Any]],
    masks: Iterable[Mapping[str, Any]],
    window: int = 5,
    over_clip: bool = False,
) -> dict[str, float]:
    """Share of frames in which the place found is in the body that is heard.

    Beside it are places that need no learning. Frames without a body do not
    count, nor do clips without sound.

    Args:
        model: Trained method.
        dataset: Batches with `video` and `audio`, such as clips of
            `generated_benchmark(num_silent=2)`.
        masks: Batches of the same clips, whose `video` is white where the body
            is: clips of the set in its folder `masks`, of the same
            specification.
        window: Number of frames over which attention is averaged. Defaults to
            5, as in the original.
        over_clip: Whether all counts as the body where it is in any frame of
            the clip. The sound of a strike comes from the border of a body,
            and from where it was or will be in other frames: this tells
            whether the right body was found. Defaults to False.

    Returns:
        Shares from 0 to 1: of the `peak` of the attention in each frame; the
        `object` with most attention, see `sounding_objects`; any place,
        `chance`, which is the share of the frame that the body takes; the
        `centre` of the frame; the `brightest` spot of each frame; and the
        spot that is most `moving` over the clip. Spots are as large as the
        places of the attention.

    Raises:
        ValueError: If clips and masks are not of the same files, or no body
            is heard.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.evaluation import localize_sounds
    >>> from keras_av.methods import Synchronization
    >>> look = keras.Sequential([
    ...     keras.Input((6, 8, 8, 3)),
    ...     keras.layers.AveragePooling3D((1, 4, 4))])
    >>> hear = keras.Sequential(
    ...     [keras.Input((80,)), keras.layers.Reshape((8, 10))])
    >>> model = Synchronization(look, hear, num_shifts=3)
    >>> frames = np.zeros((2, 6, 8, 8, 3))
    >>> clips = {"video": frames, "audio": np.ones((2, 80)),
    ...          "index": np.arange(2)}
    >>> masks = {"video": frames + 255.0, "index": np.arange(2)}
    >>> localize_sounds(model, [clips], [masks])["peak"]
    1.0
    """
    hits: dict[str, list[Array]] = {}
    for clip, mask in _pairs(model, dataset, masks):
        seen = np.flatnonzero(mask.any(axis=(1, 2)))
        body = np.broadcast_to(mask.any(axis=0), mask.shape)
        body = (body if over_clip else mask)[seen]
        for name, places in _places(clip, window).items():
            rows, columns = _pixels(places[seen], mask.shape).T
            inside = body[np.arange(len(seen)), rows, columns]
            hits.setdefault(name, []).append(inside)
        hits.setdefault("chance", []).append(body.mean(axis=(1, 2)))
    if not hits or not sum(map(len, hits["chance"])):
        raise ValueError(
            "Received no clip with sound in which the masks show a body. "
            "Expected the clips of generated_benchmark(num_silent=2), and of "
            "the set in its folder `masks`."
        )
    return {
        name: float(np.concatenate(hits[name]).mean())
        for name in (
            "peak",
            "object",
            "chance",
            "centre",
            "brightest",
            "moving",
        )
    }


def _pairs(
    model: Synchronization,
    dataset: Iterable[Mapping[str, Any]],
    masks: Iterable[Mapping[str, Any]],
) -> Iterator[tuple[dict[str, Array], Array]]:
    """Frames and attention of each clip with sound, and its masks."""
    for batch, other in zip(dataset, masks, strict=True):
        index, same = (np.asarray(one["index"]) for one in (batch, other))
        if not np.array_equal(index, same):
            raise ValueError(
                "Received clips and masks of other files, or in another order: "
                f"index {index.tolist()} and {same.tolist()}. Read both in "
                "order, with one ClipSpec and one batch size."
            )
        inputs = {name: batch[name] for name in ("video", "audio")}
        attention = ops.convert_to_numpy(model.attention(inputs))
        frames = np.asarray(batch["video"], "float32")
        white = np.asarray(other["video"]).max(axis=-1) > _WHITE
        heard = np.asarray(batch.get("has_audio", np.ones(len(index), bool)))
        for row in np.flatnonzero(heard):
            clip = {"attention": attention[row], "video": frames[row]}
            yield clip, _of_steps(white[row], len(attention[row]))


def _of_steps(frames: Array, count: int) -> Array:
    """As many of the frames as an encoder has left, evenly."""
    return frames[np.arange(count) * len(frames) // count]


def _places(clip: Mapping[str, Array], window: int) -> dict[str, Array]:
    """Places by what finds them, each `(frames, 2)`."""
    attention = clip["attention"]
    count, *grid = attention.shape
    frames = _of_steps(clip["video"], count)
    light = _spots(frames.mean(axis=-1), *grid)
    change = np.abs(np.diff(frames, axis=0)).sum(axis=(0, -1))
    moving = _spots(change[None], *grid)
    return {
        "peak": _highest(over_time(attention, window)),
        "object": sounding_objects(attention, window=window)[0].places,
        "centre": np.full((count, 2), 0.5),
        "brightest": _highest(light),
        "moving": np.repeat(_highest(moving), count, axis=0),
    }


def _spots(images: Array, height: int, width: int) -> Array:
    """Mean of each cell of a grid, `(images, height, width)`."""
    rows = np.array_split(images, height, axis=1)
    means = np.stack([row.mean(axis=1) for row in rows], axis=1)
    columns = np.array_split(means, width, axis=2)
    return np.stack([column.mean(axis=2) for column in columns], axis=2)


def _highest(maps: Array) -> Array:
    """Center of the highest cell of each map, `(maps, 2)`."""
    cells = maps.reshape(len(maps), -1).argmax(axis=1)
    found = np.stack(np.unravel_index(cells, maps.shape[1:]), axis=1)
    return (found + 0.5) / maps.shape[1:]


def _pixels(places: Array, shape: tuple[int, ...]) -> Array:
    return (places * shape[1:]).astype(int)
