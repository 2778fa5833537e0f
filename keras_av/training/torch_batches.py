"""Batches that are shared out among processes of PyTorch."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import torch
from keras import ops
from torch.utils.data import DataLoader, IterableDataset

from keras_av.ops.types import Array, Tensor
from keras_av.training.workers import (
    gather_workers,
    num_workers,
    worker_number,
)


class Share(dict[str, Tensor]):
    """A batch of the clips that this process alone has read."""


class SharedClips(DataLoader[Any]):
    """The clips of a process, in as many batches as each of the others has.

    Processes that lose clips to damaged files, or have one less of an
    evaluation, run out of them first. They go on with batches of no clips, as
    the processes of a `tf.distribute` strategy do: the others would wait for
    their gradients.

    Args:
        clips: Dataset of this process.
        kept: Attributes of it that this one has, too.
    """

    def __init__(self, clips: Any, kept: dict[str, Any]):
        kind = _Counted if getattr(clips, "random_clips", False) else _Batches
        super().__init__(kind(clips), batch_size=None, collate_fn=_as_it_is)
        for name, value in kept.items():
            setattr(self, name, value)


class _Batches(IterableDataset[Any]):
    """Batches of clips, until no process has any more."""

    def __init__(self, clips: Any):
        self.clips = clips

    def __iter__(self) -> Iterator[Any]:
        own = iter(self.clips)
        while True:
            batch = next(own, None)
            left = gather_workers(np.array([batch is not None], "int64"))
            if not left.any():
                return
            if batch is None:
                batch = _nothing(self.clips.element_spec)
            batch = keras.tree.map_structure(ops.convert_to_tensor, batch)
            yield _marked(batch)


class _Counted(_Batches):
    """The same, of as many batches as the others have unless clips are bad."""

    def __len__(self) -> int:
        return int(self.clips.cardinality())


def _as_it_is(batch: Any) -> Any:
    return batch


def _marked(batch: Any) -> Any:
    if isinstance(batch, tuple):
        return (Share(batch[0]), *batch[1:])
    return Share(batch)


def _nothing(spec: Any) -> Any:
    """A batch of no clips."""
    return keras.tree.map_structure(
        lambda s: np.zeros(
            [0, *(size or 1 for size in s.shape[1:])], s.dtype.as_numpy_dtype
        ),
        spec,
    )


def own_part(data: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """The clips of this process.

    Of a batch that every process was given, each takes every nth clip.

    Args:
        data: What a step was given.
        batch: The same, as one dict.

    Raises:
        ValueError: If it is no share, and the processes were given different
            batches.
    """
    x = data[0] if isinstance(data, (tuple, list)) else data
    if num_workers() == 1 or isinstance(x, Share):
        return batch
    found = gather_workers(_print_of(batch))
    if (found != found[0]).any():
        raise ValueError(
            "fit shares out each batch among the processes of "
            "torch.distributed, and all of them must be given the same one. "
            "Received: batches that differ between processes. Let each read "
            "its share by keras_av.training.distribute_clips, or give all of "
            "them the same data in the same order."
        )
    number, total = worker_number(), num_workers()
    own: dict[str, Tensor] = keras.tree.map_structure(
        lambda x: x[number::total], batch
    )
    return own


def _print_of(batch: dict[str, Tensor]) -> Array:
    """Numbers that tell batches apart, without a look at all of them."""
    found = []
    for value in keras.tree.flatten(batch):
        ends = value[[0, -1]] if len(value) else value
        total = torch.sum(ends, dtype=torch.float64)
        found += [float(value.shape[0]), float(total)]
    return np.array(found, "float64").view("int64")
