"""Weight decay in the gradient, and learning rates of parts."""

import math
from collections.abc import Mapping
from typing import Any

from keras import ops

from keras_av.ops.types import Tensor


class Coupled:
    """What the optimizers with coupled weight decay share.

    Args:
        l2_weight: Weight decay that is added to the gradient.
        rate_factors: Factors of the learning rate by the name of a part.
    """

    def __init__(
        self,
        *args: Any,
        l2_weight: float = 0.0,
        rate_factors: Mapping[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.l2_weight = l2_weight
        self.rate_factors = dict(rate_factors or {})
        if l2_weight < 0:
            raise ValueError(
                f"l2_weight must not be negative. Received: {l2_weight}"
            )
        if any(factor < 0 for factor in self.rate_factors.values()):
            raise ValueError(
                "rate_factors must not be negative. Received: "
                f"{self.rate_factors}"
            )

    def build(self, variables: Any) -> None:
        parts = {part for one in variables for part in one.path.split("/")}
        unknown = sorted(set(self.rate_factors) - parts)
        if unknown:
            raise ValueError(
                f"rate_factors has {unknown}, but no variable has a part of "
                f"such a name in its path. The names: {sorted(parts)}"
            )
        self._factors = [self._factor(one.path) for one in variables]
        super().build(variables)  # type: ignore[misc]

    def _factor(self, path: str) -> float:
        parts = path.split("/")
        factors = self.rate_factors.items()
        return math.prod(factor for name, factor in factors if name in parts)

    def update_step(
        self, gradient: Tensor, variable: Any, learning_rate: Tensor
    ) -> None:
        if self.l2_weight:
            decay = ops.cast(variable, gradient.dtype)
            gradient = gradient + self.l2_weight * decay
        # Keras's optimizers find their slots in this way, which has no public
        # name: TensorFlow hands over variables that do not know their path.
        factor = self._factors[
            self._get_variable_index(variable)  # type: ignore[attr-defined]
        ]
        if factor != 1.0:
            learning_rate = learning_rate * factor
        super().update_step(  # type: ignore[misc]
            gradient, variable, learning_rate
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),  # type: ignore[misc]
            "l2_weight": self.l2_weight,
            "rate_factors": self.rate_factors,
        }
