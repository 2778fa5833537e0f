"""A phase of a curriculum."""

import dataclasses
from collections.abc import Collection


@dataclasses.dataclass(frozen=True)
class Phase:
    """Parts that are trained, by which losses, and for how long.

    `keras_av.callbacks.Curriculum` runs a model through a list of phases
    inside one `fit`.

    Args:
        name: A name for logs.
        epochs: Number of epochs.
        trainable: Names of the model's parts that learn. All its other parts
            are frozen: weights, BatchNormalization statistics and optimizer
            slots stay as they are, to the bit.
        losses: Names of the losses that are on.
        refresh: Modalities whose memory bank is rewritten in one forward pass
            over the data before the phase begins.
        follow: Modalities that each step embeds, without gradient if they
            are frozen, so that their memory bank follows.
        reset: `"none"`, `"banks"` to put back the initial rows of all
            memory banks, or `"all"` to put back all initial weights too,
            before the phase begins.

    Examples:

    >>> from keras_av.training import Phase
    >>> phase = Phase("warm-up", epochs=2, trainable=["head"], losses=["nce"])
    >>> phase.epochs
    2
    """

    name: str
    epochs: int
    trainable: Collection[str]
    losses: Collection[str]
    refresh: Collection[str] = ()
    follow: Collection[str] = ()
    reset: str = "none"

    def __post_init__(self) -> None:
        if self.epochs < 0:
            raise ValueError(
                f"epochs must not be negative. Received: {self.epochs} for "
                f"the phase {self.name!r}"
            )
        if not self.trainable or not self.losses:
            raise ValueError(
                "A phase must name what it trains and which losses are on. "
                f"Received: {self}"
            )
        if self.reset not in ("none", "banks", "all"):
            raise ValueError(
                "reset must be 'none', 'banks' or 'all'. Received: "
                f"{self.reset!r} for the phase {self.name!r}"
            )
