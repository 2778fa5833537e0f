"""The replicas of a step, seen from inside of it.

On TensorFlow they are those of a `tf.distribute` strategy, on PyTorch the
processes of `torch.distributed`. On JAX the traced step sees the global batch,
so there every function is the identity.
"""

from collections.abc import Callable
from typing import Any

import keras

from keras_av.ops.types import Tensor

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    def _context() -> "tf.distribute.ReplicaContext | None":
        context = tf.distribute.get_replica_context()
        if context is None or context.num_replicas_in_sync == 1:
            return None
        return context

    def replica_count() -> int:
        """Number of replicas that run this step in parallel."""
        return tf.distribute.get_strategy().num_replicas_in_sync

    def replica_id() -> Tensor:
        """Number of this replica, counted from 0."""
        context = _context()
        return 0 if context is None else context.replica_id_in_sync_group

    def replica_gather(x: Tensor) -> Tensor:
        """Concatenate a tensor over replicas, along its first axis.

        Gradients flow back to the replica that each part came from.
        """
        context = _context()
        if context is None:
            return x
        if x.dtype == tf.bool:
            # There is no collective operation for booleans.
            return tf.cast(replica_gather(tf.cast(x, tf.int32)), tf.bool)
        # Multi-worker strategies reject a bare function argument: identity
        # places it on a device.
        return context.all_gather(tf.identity(x), axis=0)

    def replica_sum(x: Tensor) -> Tensor:
        """Sum a tensor, or a structure of tensors, over replicas."""
        context = _context()
        if context is None:
            return x
        x = keras.tree.map_structure(tf.identity, x)
        return context.all_reduce(tf.distribute.ReduceOp.SUM, x)

    def replica_draw(draw: Callable[[Any], Tensor], size: Any) -> Tensor:
        """Draw random rows for the global batch, and take those of a replica.

        Replicas have equal random generators, so they draw what one device
        would, and each takes other rows.

        Args:
            draw: Function of a number of rows that returns as many.
            size: Batch size of this replica.
        """
        context = _context()
        if context is None:
            return draw(size)
        # In the last batch some replicas may have fewer clips.
        sizes = replica_gather(tf.reshape(size, (1,)))
        drawn = draw(tf.reduce_sum(sizes))
        start = tf.reduce_sum(sizes[: replica_id()])
        return drawn[start : start + size]

elif keras.backend.backend() == "torch":
    from keras_av.ops.torch_replicas import (
        replica_count,
        replica_draw,
        replica_gather,
        replica_id,
        replica_sum,
    )

else:

    def replica_count() -> int:
        """Number of replicas that run this step in parallel."""
        return 1

    def replica_id() -> Tensor:
        """Number of this replica, counted from 0."""
        return 0

    def replica_gather(x: Tensor) -> Tensor:
        """Concatenate a tensor over replicas, along its first axis."""
        return x

    def replica_draw(draw: Callable[[Any], Tensor], size: Any) -> Tensor:
        """Draw random rows for the global batch, and take those of a replica.

        Args:
            draw: Function of a number of rows that returns as many.
            size: Batch size of this replica.
        """
        return draw(size)

    def replica_sum(x: Tensor) -> Tensor:
        """Sum a tensor, or a structure of tensors, over replicas."""
        return x
