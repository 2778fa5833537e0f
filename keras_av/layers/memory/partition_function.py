"""The partition function of binary NCE, estimated from scores."""

from typing import Any, Literal

import keras
from keras import ops

from keras_av.ops.replicas import replica_sum
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class PartitionFunction(keras.layers.Layer):
    """Estimates the mean of `exp(score)` over negatives, for binary NCE.

    The first batch gives an initial estimate. Later batches depend on `mode`:

    - `"first_batch"` keeps the initial estimate, as in the original
      memory-bank NCE;
    - `"ema"` follows later batches, `z <- momentum z + (1 - momentum)
      estimate`, which stays accurate once the bank is no longer random noise;
    - `"fixed"` always uses `value`.

    The value is a weight and is saved with the model. If several losses share
    one instance, they share one estimate, from the scores of all of them.

    References:
        - [Wu et al., 2018](https://arxiv.org/abs/1805.01978)
        - [Morgado et al., 2021](https://arxiv.org/abs/2004.12943)

    Args:
        mode: `"ema"`, `"first_batch"` or `"fixed"`. Defaults to `"ema"`.
        momentum: Share of the old value to keep in an update, in `[0, 1]`, for
            `"ema"`. Defaults to 0.99.
        value: Positive value for `"fixed"`.
        source: `"negatives"`, or `"all"` to include the positives.
            Defaults to `"negatives"`.

    Call arguments:
        positive_scores: Scores divided by the temperature,
            `(batch, num_positives)`.
        negative_scores: Scores divided by the temperature,
            `(batch, num_negatives)`.
        weights: Optional weights or booleans of the samples, `(batch,)`.

    Returns:
        The value to use for this batch, a float32 scalar without gradient.
        `update` stores it.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import PartitionFunction
    >>> partition = PartitionFunction("first_batch")
    >>> z = partition(np.zeros((2, 1)), np.zeros((2, 8)))
    >>> partition.update(z)
    >>> float(partition.z)
    1.0
    """

    def __init__(
        self,
        mode: Literal["ema", "first_batch", "fixed"] = "ema",
        momentum: float = 0.99,
        value: float | None = None,
        source: Literal["negatives", "all"] = "negatives",
        **kwargs: object,
    ):
        super().__init__(**{"dtype": "float32", **kwargs})
        if mode not in ("ema", "first_batch", "fixed"):
            raise ValueError(
                "mode must be 'ema', 'first_batch' or 'fixed'. Received: "
                f"{mode!r}"
            )
        if (mode == "fixed") != (value is not None):
            raise ValueError(
                "value must be given for mode='fixed' and only then. "
                f"Received: mode={mode!r}, value={value}"
            )
        if value is not None and value <= 0:
            raise ValueError(f"value must be positive. Received: {value}")
        if source not in ("negatives", "all"):
            raise ValueError(
                f"source must be 'negatives' or 'all'. Received: {source!r}"
            )
        if not 0 <= momentum <= 1:
            raise ValueError(
                f"momentum must be in [0, 1]. Received: {momentum}"
            )
        self.mode = mode
        self.momentum = momentum
        self.value = value
        self.source = source
        # 0 means "no batch seen yet", since actual values are positive.
        self.z = self.add_weight(
            name="z",
            shape=(),
            initializer=keras.initializers.Constant(value or 0.0),
            dtype="float32",
            trainable=False,
            autocast=False,
            aggregation="only_first_replica",
        )
        self.built = True

    def call(
        self,
        positive_scores: Tensor,
        negative_scores: Tensor,
        weights: Tensor | None = None,
    ) -> Tensor:
        z = ops.convert_to_tensor(self.z)
        if self.mode == "fixed":
            return z
        scores = ops.cast(negative_scores, "float32")
        if self.source == "all":
            positive_scores = ops.cast(positive_scores, "float32")
            scores = ops.concatenate([positive_scores, scores], axis=1)
        means = ops.mean(ops.exp(ops.stop_gradient(scores)), axis=1)
        if weights is None:
            weights = ops.ones_like(means)
        weights = ops.cast(weights, "float32")
        total = replica_sum(ops.sum(weights))
        estimate = replica_sum(ops.sum(weights * means))
        # A batch of weight 0 does not change the value.
        estimate = ops.where(total > 0, estimate / ops.maximum(total, 1e-6), z)
        later = z
        if self.mode == "ema":
            later = self.momentum * z + (1.0 - self.momentum) * estimate
        return ops.where(z > 0, later, estimate)

    def update(self, value: Tensor) -> None:
        """Store the value used by a step, if it is finite."""
        z = ops.convert_to_tensor(self.z)
        self.z.assign(ops.where(ops.isfinite(value), value, z))

    def compute_output_shape(self, *shapes: object) -> tuple[()]:
        return ()

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "mode": self.mode,
            "momentum": self.momentum,
            "value": self.value,
            "source": self.source,
        }
