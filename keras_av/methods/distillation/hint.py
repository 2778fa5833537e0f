"""Hints: pairs of layers of teacher and student, and their loss."""

import dataclasses
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_av.layers.heads.feature_regressor import MATCHES
from keras_av.losses.attention_transfer import attention_transfer
from keras_av.losses.hint_loss import hint_loss
from keras_av.losses.probabilistic_transfer import probabilistic_transfer
from keras_av.losses.relational import relational
from keras_av.losses.similarity_preserving import similarity_preserving
from keras_av.ops.types import Tensor
from keras_av.training.checks import check_weights

# Default weights of the training script of RepDistiller.
_WEIGHTS = {
    "hint": 100.0,
    "attention": 1000.0,
    "similarity": 3000.0,
    "probabilistic": 30000.0,
    "relational": 1.0,
}
# Losses per sample, and losses that compare the samples of a batch.
_BY_SAMPLE: dict[str, Callable[..., Tensor]] = {
    "hint": hint_loss,
    "attention": attention_transfer,
}
_BY_BATCH: dict[str, Callable[..., Tensor]] = {
    "similarity": similarity_preserving,
    "probabilistic": probabilistic_transfer,
    "relational": relational,
}


@dataclasses.dataclass(frozen=True)
class Hint:
    """A teacher layer, a student layer and the loss that compares them.

    Args:
        teacher_tap: Name of a layer of the teacher, of a feature map of a
            `Backbone`, or `"logits"`, as accepted by
            `keras_av.models.with_taps`.
        student_tap: Name of a layer of the student, likewise.
        loss: Loss between the features of student and teacher. One of
            `"hint"`, `"attention"`, `"similarity"`, `"probabilistic"` and
            `"relational"`, for `hint_loss`, `attention_transfer` and the
            other losses of `keras_av.losses`; or a function of both features
            that returns one value per sample or a scalar; or a
            `keras.losses.Loss`, called with the teacher's features as
            `y_true` and without its reduction; or a loss of
            `keras.distillation`, whose layer names are ignored. For
            `LogitsDistillation` pass `loss=keras.losses.KLDivergence()`, since
            its default treats logits as probabilities (Keras 3.15). A scalar
            loss includes samples of weight 0. Functions are saved by name:
            register them with `keras.saving.register_keras_serializable`.
        loss_weight: Weight of the loss. Defaults to 100 for `"hint"`, 1000 for
            `"attention"`, 3000 for `"similarity"`, 30000 for
            `"probabilistic"`, and 1 for others.
        match: Kind of `FeatureRegressor`, trained with the student, that maps
            its features to the teacher's shape: `"conv"`, `"linear"`,
            `"pool"`, or `"none"` for no regressor. Defaults to `"conv"` for
            `"hint"` and to `"none"` for others.

    Raises:
        ValueError: The loss or the match is unknown, or the weight negative.

    Examples:

    >>> from keras_av.methods import Hint
    >>> Hint("stage2", "stage2").match
    'conv'
    """

    teacher_tap: str
    student_tap: str
    loss: Any = "hint"
    # None is replaced by the default of the loss in `__post_init__`.
    loss_weight: float = None  # type: ignore[assignment]
    match: str = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if isinstance(self.loss, str) and self.loss not in _WEIGHTS:
            raise ValueError(
                f"loss must be one of {sorted(_WEIGHTS)}, a function, a "
                "keras.losses.Loss or a loss of keras.distillation. Received: "
                f"{self.loss!r}"
            )
        if self.match is None:
            match = "conv" if self.loss == "hint" else "none"
            object.__setattr__(self, "match", match)
        if self.match not in (*MATCHES, "none"):
            raise ValueError(
                f"match must be one of {(*MATCHES, 'none')}. Received: "
                f"{self.match!r}"
            )
        if self.loss_weight is None:
            weight = _WEIGHTS.get(self.kind, 1.0)
            object.__setattr__(self, "loss_weight", weight)
        check_weights(loss_weight=self.loss_weight)

    @property
    def kind(self) -> str:
        """Name of the loss."""
        if isinstance(self.loss, str):
            return self.loss
        name = getattr(self.loss, "__name__", type(self.loss).__name__)
        # TensorFlow allows no <lambda> in names.
        return name.strip("<>")

    @property
    def by_batch(self) -> bool:
        """Whether the loss of a sample may depend on others of its batch."""
        if isinstance(self.loss, str):
            return self.loss in _BY_BATCH
        return not isinstance(self.loss, keras.losses.Loss)

    def compare(self, student: Tensor, teacher: Tensor, mask: Tensor) -> Tensor:
        """Compute the losses of the samples, or one scalar for all."""
        if isinstance(self.loss, str) and self.by_batch:
            return _BY_BATCH[self.loss](student, teacher, mask=mask)
        if isinstance(self.loss, str):
            return _BY_SAMPLE[self.loss](student, teacher)
        if isinstance(self.loss, keras.distillation.DistillationLoss):
            values = self.loss.compute_loss(teacher, student)
        elif isinstance(self.loss, keras.losses.Loss):
            values = self.loss.call(teacher, student)
        else:
            values = self.loss(student, teacher)
        values = ops.cast(values, "float32")
        if len(values.shape) < 2:
            return values
        return ops.mean(values, axis=tuple(range(1, len(values.shape))))

    def option_config(self) -> dict[str, Any]:
        """The serialized hint, for the config of a method."""
        return self.get_config()

    def get_config(self) -> dict[str, Any]:
        """The arguments, as plain values."""
        loss = self.loss
        if not isinstance(loss, str):
            loss = keras.saving.serialize_keras_object(loss)
        return {**dataclasses.asdict(self), "loss": loss}

    @classmethod
    def from_config(
        cls,
        config: dict[str, Any],
        custom_objects: dict[str, Any] | None = None,
    ) -> "Hint":
        """Make a hint from its arguments."""
        loss = config["loss"]
        if not isinstance(loss, str):
            loss = keras.saving.deserialize_keras_object(
                loss, custom_objects=custom_objects
            )
        # Its name before 0.1.0.
        old = {"weight": "loss_weight"}
        config = {old.get(name, name): one for name, one in config.items()}
        return cls(**{**config, "loss": loss})
