"""What `keras.ops` lacks: row access to large weights, and replicas."""

from keras_av.ops.replicas import (
    replica_count,
    replica_gather,
    replica_id,
    replica_sum,
)
from keras_av.ops.rows import after, read_rows, write_rows
from keras_av.ops.types import Array, Tensor
