"""The processes of `torch.distributed`, seen from inside a step."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras
import torch
from torch import distributed

from keras_av.ops.types import Tensor

_STEPS: list[int] = []


def group_size() -> int:
    """Number of processes that have met."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return 1
    return distributed.get_world_size()


def group_device() -> str:
    """The device whose tensors the processes can exchange."""
    return "cuda" if distributed.get_backend() == "nccl" else "cpu"


@contextlib.contextmanager
def step_of_all() -> Iterator[None]:
    """Have a step compute with what all processes hold.

    Outside of it a process is alone. `predict`, or a bank that each process
    fills by itself, would otherwise wait for processes that do not come.
    """
    _STEPS.append(group_size())
    try:
        yield
    finally:
        _STEPS.pop()


def replica_count() -> int:
    """Number of replicas that run this step in parallel."""
    return _STEPS[-1] if _STEPS else 1


def replica_id() -> int:
    """Number of this replica, counted from 0."""
    return distributed.get_rank() if replica_count() > 1 else 0


def replica_gather(x: Tensor) -> Tensor:
    """Concatenate a tensor over replicas, along its first axis.

    The replicas take turns, as they do in reading clips, so the rows are in
    the order of one device. Gradients flow back to the replica that each row
    came from.
    """
    if replica_count() == 1:
        return x
    gather: Any = _Gather.apply
    return gather(x, _sizes(x.shape[0]))


def replica_sum(x: Any) -> Any:
    """Sum a tensor, or a structure of tensors, over replicas."""
    if replica_count() == 1:
        return x
    return keras.tree.map_structure(_Sum.apply, x)


def replica_draw(draw: Callable[[int], Tensor], size: int) -> Tensor:
    """Draw random rows for the global batch, and take those of a replica.

    Replicas have equal random generators, so they draw what one device
    would, and each takes other rows.

    Args:
        draw: Function of a number of rows that returns as many.
        size: Batch size of this replica.
    """
    if replica_count() == 1:
        return draw(size)
    sizes = _sizes(size)
    drawn = draw(sum(sizes))
    return drawn[_own(sizes, drawn.device)]


def _sizes(size: int) -> list[int]:
    """Batch sizes of all replicas, which differ in the last batch."""
    own = torch.tensor([size], device=group_device())
    parts = [torch.empty_like(own) for _ in range(replica_count())]
    distributed.all_gather(parts, own)
    return torch.cat(parts).tolist()


def _taken(sizes: list[int], device: Any) -> Tensor:
    """Which of equally many turns each replica takes, `(turns, replicas)`."""
    turns = torch.arange(max(sizes), device=device)
    return turns[:, None] < torch.tensor(sizes, device=device)


def _own(sizes: list[int], device: Any) -> Tensor:
    """Which rows of the global batch are of this replica."""
    taken = _taken(sizes, device)
    replicas = torch.arange(len(sizes), device=device)
    return replicas.expand_as(taken)[taken] == replica_id()


class _Gather(torch.autograd.Function):
    """The rows of all replicas in turn."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, sizes: list[int]) -> Tensor:
        ctx.sizes = sizes
        # All must be of one size.
        padded = x.new_zeros((max(sizes), *x.shape[1:]))
        padded[: x.shape[0]] = x
        parts = [torch.empty_like(padded) for _ in sizes]
        distributed.all_gather(parts, padded)
        return torch.stack(parts, dim=1)[_taken(sizes, x.device)]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        # Each replica has compared these rows with others.
        total = _summed(gradient)
        return total[_own(ctx.sizes, total.device)], None


class _Sum(torch.autograd.Function):
    """The sum over replicas, of which each makes other use."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return _summed(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return _summed(gradient)


def _summed(x: Tensor) -> Tensor:
    total = x.detach().clone(memory_format=torch.contiguous_format)
    distributed.all_reduce(total)
    return total
