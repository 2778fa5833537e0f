"""Operations missing from `keras.ops`: rows, replicas, unit vectors."""

from keras_av.ops.progress import Progress
from keras_av.ops.replicas import (
    replica_count,
    replica_draw,
    replica_gather,
    replica_id,
    replica_sum,
)
from keras_av.ops.rows import after, read_rows, write_rows
from keras_av.ops.types import Array, Tensor
from keras_av.ops.unit_length import unit_length
from keras_av.ops.write_whole import write_whole

__all__ = [
    "Array",
    "Progress",
    "Tensor",
    "after",
    "read_rows",
    "replica_count",
    "replica_draw",
    "replica_gather",
    "replica_id",
    "replica_sum",
    "unit_length",
    "write_rows",
    "write_whole",
]


def __dir__() -> list[str]:
    return list(__all__)
