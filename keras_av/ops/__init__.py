"""Operations missing from `keras.ops`: rows, replicas, unit vectors."""

from typing import TYPE_CHECKING

from keras_av.on_demand import load_on_demand

if TYPE_CHECKING:
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

load_on_demand(
    __name__,
    {
        "keras_av.ops.progress": ["Progress"],
        "keras_av.ops.replicas": [
            "replica_count",
            "replica_draw",
            "replica_gather",
            "replica_id",
            "replica_sum",
        ],
        "keras_av.ops.rows": ["after", "read_rows", "write_rows"],
        "keras_av.ops.types": ["Array", "Tensor"],
        "keras_av.ops.unit_length": ["unit_length"],
        "keras_av.ops.write_whole": ["write_whole"],
    },
)


def __dir__() -> list[str]:
    return list(__all__)
