"""Feature queue: the embeddings of the clips that were seen last."""

from typing import Any

import keras
from keras import ops

from keras_av.layers.memory.state import add_state, draw_rows
from keras_av.ops.replicas import replica_gather
from keras_av.ops.rows import read_rows, write_rows
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class FeatureQueue(keras.layers.Layer):
    """The last `num_rows` embeddings, as negatives of contrastive losses.

    `enqueue` replaces the oldest embeddings by those of a batch. It wraps
    around, so a batch may have any size. A training step scores against the
    queue first and enqueues afterwards, so a clip is never its own negative in
    the same step. Its embedding of the epoch before may still be in the queue:
    make the queue much shorter than the data set.

    Unlike a `MemoryBank` it has no row for each clip, and its rows are all of
    about the same age. They begin as random unit vectors, as in the original
    program, and have no gradient. The embeddings of several replicas are
    gathered and each replica writes all of them: an epoch gives the same queue
    on two replicas as on one.

    References:
        - [He et al., 2020](https://arxiv.org/abs/1911.05722)

    Args:
        num_rows: Number of embeddings that it holds. The original program has
            65,536 for 1.3 million images.
        dim: Size of an embedding.
        seed: Integer seed of the initial rows.

    Call arguments:
        query: Vectors, `(batch, dim)`.

    Returns:
        Their products with all rows, `(batch, num_rows)`, float32: cosines if
        the vectors have unit length.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import FeatureQueue
    >>> queue = FeatureQueue(num_rows=4, dim=3, seed=0)
    >>> queue.enqueue(np.eye(3, dtype="float32"))
    >>> int(queue.pointer[0])
    3
    >>> products = queue(np.eye(3, dtype="float32")[:1])
    >>> [float(value) for value in products[0, :3]]
    [1.0, 0.0, 0.0]
    """

    def __init__(
        self,
        num_rows: int,
        dim: int,
        *,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**{"autocast": False, **kwargs})
        if num_rows < 1 or dim < 1:
            raise ValueError(
                "num_rows and dim must be positive. Received: "
                f"num_rows={num_rows}, dim={dim}"
            )
        self.num_rows = num_rows
        self.dim = dim
        self.seed = seed
        self.rows = add_state(self, "rows", (num_rows, dim), "zeros")
        draw_rows(self.rows, seed)
        # The row that is written next: the oldest one.
        self.pointer = add_state(self, "pointer", (1,), "zeros", "int")
        self.built = True

    def call(self, query: Tensor) -> Tensor:
        rows = ops.convert_to_tensor(self.rows)
        return ops.matmul(ops.cast(query, "float32"), ops.transpose(rows))

    def enqueue(self, embeddings: Tensor, mask: Tensor | None = None) -> None:
        """Write embeddings over the oldest ones, in their order.

        Args:
            embeddings: Embeddings of the clips, `(batch, dim)`. Of more than
                `num_rows` the last ones remain.
            mask: Optional booleans, `(batch,)`. False leaves an embedding out,
                which may then be anything, NaN included.
        """
        new = replica_gather(ops.cast(embeddings, "float32"))
        size = ops.shape(new)[0]
        if mask is None:
            mask = ops.ones((size,), "bool")
        else:
            mask = replica_gather(ops.cast(mask, "bool"))
        place = ops.arange(size, dtype="int32")
        counted = ops.cast(mask, "int32")
        # Those that count first, in their order, and the others after them.
        new = ops.take(new, ops.argsort(place + size * (1 - counted)), axis=0)
        count = ops.sum(counted)
        first = ops.zeros((1,), "int32")
        pointer = ops.cast(read_rows(self.pointer, first), "int32")
        rows = ops.mod(pointer + place, self.num_rows)
        # Places a whole number of rounds apart share a row, and must write the
        # same: the last embedding among them or, if there is none, which is a
        # negative place, the old one.
        rounds = ops.floor_divide(count - 1 - place, self.num_rows)
        last = place + self.num_rows * rounds
        chosen = ops.take(new, ops.maximum(last, 0), axis=0)
        old = read_rows(self.rows, rows)
        write_rows(
            self.rows, rows, ops.where((last >= 0)[:, None], chosen, old)
        )
        write_rows(self.pointer, first, ops.mod(pointer + count, self.num_rows))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_rows": self.num_rows,
            "dim": self.dim,
            "seed": self.seed,
        }
