"""The processes that train one model together, as the backend knows them."""

from typing import Any

import keras
import numpy as np

from keras_av.ops.types import Array

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    def num_workers(strategy: Any = None) -> int:
        """Number of processes that train together.

        Args:
            strategy: `tf.distribute.Strategy`. Defaults to the current one.
        """
        strategy = strategy or tf.distribute.get_strategy()
        resolver = strategy.cluster_resolver
        tasks = resolver.cluster_spec().as_dict() if resolver else {}
        return max(1, sum(map(len, tasks.values())))

    def worker_number() -> int:
        """Number of this process, which a strategy tells its datasets."""
        return 0

    def gather_workers(values: Array, strategy: Any = None) -> Array:
        """Collect arrays of one shape from all processes.

        Args:
            values: Integers of this process.
            strategy: `tf.distribute.Strategy`. Defaults to the current one.

        Returns:
            An array with one more axis, the first, along which each process
            stands at least once.
        """
        strategy = strategy or tf.distribute.get_strategy()
        if num_workers(strategy) == 1:
            return values[None]
        # One for each replica of this process; they are alike.
        shared = strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(values[None])
        )
        return strategy.gather(shared, axis=0).numpy()

elif keras.backend.backend() == "jax":
    import jax

    def num_workers(strategy: Any = None) -> int:
        """Number of processes that train together."""
        return jax.process_count()

    def worker_number() -> int:
        """Number of this process, counted from 0."""
        return jax.process_index()

    def gather_workers(values: Array, strategy: Any = None) -> Array:
        """Collect arrays of one shape from all processes.

        Args:
            values: Integers of this process.
            strategy: Of TensorFlow only.

        Returns:
            An array with one more axis, the first: one array per process.
        """
        if num_workers() == 1:
            return values[None]
        from jax.experimental import multihost_utils

        return np.asarray(multihost_utils.process_allgather(values))

else:
    import torch
    from torch import distributed

    from keras_av.ops.torch_replicas import group_device, group_size

    def num_workers(strategy: Any = None) -> int:
        """Number of processes that train together."""
        return group_size()

    def worker_number() -> int:
        """Number of this process, counted from 0."""
        return distributed.get_rank() if num_workers() > 1 else 0

    def gather_workers(values: Array, strategy: Any = None) -> Array:
        """Collect arrays of one shape from all processes.

        Args:
            values: Integers of this process.
            strategy: Of TensorFlow only.

        Returns:
            An array with one more axis, the first: one array per process.
        """
        if num_workers() == 1:
            return values[None]
        own = torch.from_numpy(values).to(group_device())
        parts = [torch.empty_like(own) for _ in range(num_workers())]
        distributed.all_gather(parts, own)
        return torch.stack(parts).cpu().numpy()
