"""Draws from a normal distribution without its tails."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from keras_av.ops.types import Tensor

if keras.backend.backend() == "jax":
    import jax
    from scipy.special import ndtr, ndtri

    def truncated_normal(
        shape: Sequence[int],
        stddev: float,
        dtype: str,
        seed: int | keras.random.SeedGenerator,
    ) -> Tensor:
        """Draw from a normal distribution, at most two deviations from 0.

        By NumPy: XLA compiles a program of seconds for each shape of weights.

        Args:
            shape: Shape of the result.
            stddev: Standard deviation before the tails are cut off.
            dtype: Type of the result.
            seed: Integer seed, or a generator of seeds.
        """
        if isinstance(ops.zeros(()), jax.core.Tracer):
            # Where XLA compiles anyway, or needs the shape alone.
            return keras.random.truncated_normal(
                shape, stddev=stddev, dtype=dtype, seed=seed
            )
        if isinstance(seed, keras.random.SeedGenerator):
            entropy = ops.convert_to_numpy(seed.next()).tolist()
        else:
            entropy = [seed]
        generator = np.random.default_rng(entropy)
        share = generator.uniform(ndtr(-2.0), ndtr(2.0), shape)
        return ops.convert_to_tensor(stddev * ndtri(share), dtype)

else:

    def truncated_normal(
        shape: Sequence[int],
        stddev: float,
        dtype: str,
        seed: int | keras.random.SeedGenerator,
    ) -> Tensor:
        """Draw from a normal distribution, at most two deviations from 0.

        Args:
            shape: Shape of the result.
            stddev: Standard deviation before the tails are cut off.
            dtype: Type of the result.
            seed: Integer seed, or a generator of seeds.
        """
        return keras.random.truncated_normal(
            shape, stddev=stddev, dtype=dtype, seed=seed
        )
