"""What a student is to take over from one layer of its teacher."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from keras_av.losses.attention_transfer import attention_transfer
from keras_av.losses.hint_loss import hint_loss
from keras_av.losses.probabilistic_transfer import probabilistic_transfer
from keras_av.losses.relational import relational
from keras_av.losses.similarity_preserving import similarity_preserving
from keras_av.ops.types import Tensor

_OF_A_SAMPLE: dict[str, Callable] = {
    "hint": hint_loss,
    "attention_transfer": attention_transfer,
}
_OF_A_BATCH: dict[str, Callable] = {
    "similarity_preserving": similarity_preserving,
    "probabilistic_transfer": probabilistic_transfer,
    "relational": relational,
}
# As the trainers of the original programs have them.
_WEIGHTS = {
    "hint": 100.0,
    "attention_transfer": 1000.0,
    "similarity_preserving": 3000.0,
    "probabilistic_transfer": 30000.0,
    "relational": 1.0,
}
_MATCHES = ("auto", "conv", "linear", "pool", None)


@keras.saving.register_keras_serializable(package="keras_av")
@dataclasses.dataclass(frozen=True)
class Hint:
    """A layer of the teacher, one of the student, and how they compare.

    `HintDistillation` takes a list of these. Losses by name, with the weight
    that each has by default:

    - `"hint"` (100): mean squared difference, as in FitNets;
    - `"attention_transfer"` (1000): of how strong features are where;
    - `"similarity_preserving"` (3000), `"probabilistic_transfer"` (30000) and
      `"relational"` (1) compare how the clips of a batch resemble each other.

    The functions of these names are in `keras_av.losses`, the first as
    `hint_loss`.

    References:
        - [Romero et al., 2015](https://arxiv.org/abs/1412.6550)
        - [Tian et al., 2020](https://arxiv.org/abs/1910.10699), whose
          comparison of these losses the weights are from

    Args:
        teacher_tap: Name or path of the teacher's layer, as
            `keras_av.models.with_taps` takes it, or None for its output.
        student_tap: The same of the student.
        loss: A name above; a function of the maps of student and teacher,
            float32, that returns a number for each clip or one for all; a
            `keras.losses.Loss`, which is given the teacher's map as the true
            one, and whose reduction is not used; or a
            `keras.distillation.DistillationLoss`, of which the taps are
            given, not those that it names itself. What returns one number
            for all clips sees those of weight 0 too. Defaults to `"hint"`.
        weight: Of the loss. Defaults to that of the name, otherwise to 1.
        match: What is done to the student's map first: `"conv"`, a
            convolution with batch normalisation and ReLU to the teacher's
            shape; `"linear"`, a dense layer at each position; `"pool"`, both
            maps are averaged over all positions, and a dense layer follows
            if the channels differ; or None. Defaults to `"auto"`: for the
            loss `"hint"` a convolution, or a dense layer between vectors, and
            nothing for other losses.

    Raises:
        ValueError: The loss or the match is unknown, or the weight negative.

    Examples:

    >>> from keras_av.methods import Hint
    >>> Hint("backbone/stage2", "stage2", "attention_transfer").weight
    1000.0
    """

    teacher_tap: str | None
    student_tap: str | None
    loss: Any = "hint"
    weight: float | None = None
    match: str | None = "auto"

    def __post_init__(self) -> None:
        named = isinstance(self.loss, str)
        if named and self.loss not in _WEIGHTS:
            raise ValueError(
                f"Received loss={self.loss!r}. Expected one of "
                f"{list(_WEIGHTS)}, a function, a keras.losses.Loss or a "
                "keras.distillation.DistillationLoss."
            )
        if self.match not in _MATCHES:
            raise ValueError(
                f"match must be one of {_MATCHES}. Received: {self.match!r}"
            )
        if self.weight is None:
            weight = _WEIGHTS[self.loss] if named else 1.0
            object.__setattr__(self, "weight", weight)
        elif self.weight < 0:
            raise ValueError(
                f"weight must not be negative. Received: {self.weight}"
            )

    @property
    def of_batch(self) -> bool:
        """Whether a clip's loss may depend on other clips of its batch."""
        if isinstance(self.loss, str):
            return self.loss in _OF_A_BATCH
        return not isinstance(self.loss, keras.losses.Loss)

    def matching(self, shape: Sequence[int | None]) -> str | None:
        """The match for a teacher's map of a shape, without the batch."""
        if self.match != "auto":
            return self.match
        if self.loss != "hint":
            return None
        return "conv" if len(shape) > 1 else "linear"

    def compare(
        self, student: Tensor, teacher: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """The loss between two maps that match, without its weight.

        Args:
            student: `(batch, ...)`.
            teacher: `(batch, ...)`.
            mask: Booleans, `(batch,)`: which clips count for the others.

        Returns:
            One number for each clip, `(batch,)`, or a scalar; float32.
        """
        student = ops.cast(student, "float32")
        teacher = ops.cast(teacher, "float32")
        if isinstance(self.loss, keras.distillation.DistillationLoss):
            values = self.loss.compute_loss(teacher, student)
        elif isinstance(self.loss, keras.losses.Loss):
            values = self.loss.call(teacher, student)
        elif not isinstance(self.loss, str):
            values = self.loss(student, teacher)
        elif self.loss in _OF_A_BATCH:
            values = _OF_A_BATCH[self.loss](student, teacher, mask=mask)
        else:
            values = _OF_A_SAMPLE[self.loss](student, teacher)
        values = ops.cast(values, "float32")
        if len(values.shape) < 2:
            return values
        return ops.mean(values, axis=tuple(range(1, len(values.shape))))

    def get_config(self) -> dict[str, Any]:
        return {
            "teacher_tap": self.teacher_tap,
            "student_tap": self.student_tap,
            "loss": keras.saving.serialize_keras_object(self.loss),
            "weight": self.weight,
            "match": self.match,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict | None = None
    ) -> "Hint":
        loss = keras.saving.deserialize_keras_object(
            config["loss"], custom_objects=custom_objects
        )
        return cls(**{**config, "loss": loss})
