"""A phase of a curriculum."""

import dataclasses
from collections.abc import Collection


@dataclasses.dataclass(frozen=True)
class Phase:
    """The parts to train, the losses to use, and the number of epochs.

    `keras_av.callbacks.Curriculum` runs a model through a list of phases
    inside one `fit`.

    Args:
        name: Name for logs.
        epochs: Number of epochs.
        trainable: Names of the parts of the model to train. All other parts
            are frozen: their weights, BatchNormalization statistics and
            optimizer slots do not change at all.
        losses: Names of the losses to use.
        refresh: Modalities whose memory bank is rewritten in one forward pass
            over the data before the phase begins.
        follow: Modalities that each step embeds to update their memory bank,
            without gradient if they are frozen.
        reset: State to restore before the phase begins: `"none"`, `"banks"`
            for the initial rows of all memory banks, or `"all"` for all
            initial weights as well.
        mine_every: Number of epochs after which positive sets are mined anew,
            the first time before the phase begins; 0 for a phase without
            them.

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
    mine_every: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "mine_every"):
            if getattr(self, name) < 0:
                raise ValueError(
                    f"{name} must not be negative. Received: "
                    f"{getattr(self, name)} for the phase {self.name!r}"
                )
        if not self.trainable or not self.losses:
            raise ValueError(
                "A phase must name the parts to train and the losses to use. "
                f"Received: {self}"
            )
        if self.reset not in ("none", "banks", "all"):
            raise ValueError(
                "reset must be 'none', 'banks' or 'all'. Received: "
                f"{self.reset!r} for the phase {self.name!r}"
            )
