"""Listen to Look: a video network distilled into an image and its sound."""

from collections.abc import Mapping
from typing import Any, Literal

import keras
from keras import ops

from keras_av.losses.l1_distance import REDUCTIONS, l1_distance
from keras_av.losses.soft_targets import FORMS, soft_targets
from keras_av.methods.distillation.frozen_teacher import FrozenTeacher
from keras_av.models.own_inputs import own_inputs
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean
from keras_av.training.step_model import StepModel


@keras.saving.register_keras_serializable(package="keras_av")
class ListenToLook(StepModel):
    """Distils an expensive clip network into a cheap image+audio student.

    The teacher sees all frames of a clip and gives a descriptor `z` and class
    logits `t`. The student sees one frame and hears the sound; with its
    descriptor `f` and its logits `s` the loss is, averaged over the batch,

        L = l1_weight |z - f|_1 - kl_weight sum_c softmax(t)_c log softmax(s)_c.

    No labels are needed. `label_weight` adds their cross-entropy where there
    are some. Also measured are the `accuracy` on labelled clips, the
    `agreement` with the teacher's decisions and `teacher_kl`, the divergence
    from its probabilities.

    A silent clip has zeros for the descriptor of its sound, and counts for
    nothing where the student does nothing but listen.

    References:
        - [Gao et al., 2020](https://arxiv.org/abs/1912.04487)

    Args:
        student: `keras_av.models.ImageAudioEncoder`, or any built
            `keras.Model` from a batch to descriptors `(batch, dim)`.
        teacher: `keras.Model` with the outputs `descriptor` and `logits`, as
            `keras_av.models.with_descriptor` makes of a classifier. It runs
            in inference mode and is not saved with this model. None where
            batches carry `teacher_descriptor` and `teacher_logits`.
        num_classes: Number of classes. Defaults to the teacher's.
        kl_weight: Of the teacher's probabilities as targets. The paper does
            not state its value; 100 is said of its code, unverified.
        l1_weight: Of the descriptors' distance. Defaults to 1.
        label_weight: Of the cross-entropy with labels. Defaults to 0.
        l1_reduction: `"sum"` or `"mean"` over the features of a descriptor.
            Defaults to `"sum"`, as in the equation.
        kl_form: `"cross_entropy"`, as in the equation, or `"kl"`, which
            differs by a constant. Defaults to `"cross_entropy"`.
        temperature: Positive number by which logits are divided in the
            targets; there is no factor of its square. Defaults to 1.
        teacher_key: Which key of a batch the teacher reads. Defaults to
            `"video"`.
        **kwargs: `name` and others of `keras.Model`.

    Call arguments:
        batch: A dict with the keys that the student reads; training also
            reads those of the teacher and, where given, `label`,
            `has_audio` and `sample_weight`, each `(batch,)`.

    Returns:
        Logits of the student, `(batch, num_classes)`, float32.

    Raises:
        ValueError: The descriptors or classes of teacher and student differ
            in number, an option is unknown, or a batch lacks a key.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.layers import FusionMLP
    >>> from keras_av.methods import ListenToLook
    >>> from keras_av.models import ImageAudioEncoder, with_descriptor
    >>> teacher = with_descriptor(keras.Sequential(
    ...     [keras.Input((4, 8, 8, 3)), keras.layers.Flatten(),
    ...      keras.layers.Dense(6), keras.layers.Dense(5)]))
    >>> student = ImageAudioEncoder(
    ...     keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]),
    ...     keras.Sequential([keras.Input((100,)), keras.layers.Dense(4)]),
    ...     FusionMLP(6, 8))
    >>> model = ListenToLook(student, teacher, kl_weight=100.0)
    >>> model.compile(optimizer="adam", jit_compile=False)
    >>> batch = {"video": np.random.rand(8, 4, 8, 8, 3).astype("float32"),
    ...          "audio": np.zeros((8, 100), "float32")}
    >>> history = model.fit(batch, batch_size=4, verbose=0)
    >>> model.predict(batch, verbose=0).shape
    (8, 5)
    """

    def __init__(
        self,
        student: keras.Model,
        teacher: keras.Model | None = None,
        num_classes: int | None = None,
        *,
        kl_weight: float,
        l1_weight: float = 1.0,
        label_weight: float = 0.0,
        l1_reduction: Literal["sum", "mean"] = "sum",
        kl_form: Literal["cross_entropy", "kl"] = "cross_entropy",
        temperature: float = 1.0,
        teacher_key: str = "video",
        **kwargs: Any,
    ):
        weights = {
            "l1": l1_weight,
            "kl": kl_weight,
            "cross_entropy": label_weight,
        }
        super().__init__(loss_names=list(weights), **kwargs)
        _check_choice("l1_reduction", l1_reduction, REDUCTIONS)
        _check_choice("kl_form", kl_form, FORMS)
        if min(weights.values()) < 0 or temperature <= 0:
            raise ValueError(
                "Expected weights that are not negative and a positive "
                f"temperature. Received: kl_weight={kl_weight}, l1_weight="
                f"{l1_weight}, label_weight={label_weight}, "
                f"temperature={temperature}"
            )
        self.student = student
        self.loss_weights = weights
        self.active_losses = frozenset(n for n, w in weights.items() if w > 0)
        self.l1_reduction = l1_reduction
        self.kl_form = kl_form
        self.temperature = temperature
        self.teacher_key = teacher_key
        self.num_classes = num_classes
        self.teacher: FrozenTeacher | None = None
        if teacher is not None:
            self.set_teacher(teacher)
        if not self.num_classes:
            raise ValueError(
                "Without a teacher num_classes must be given. Received: "
                f"num_classes={num_classes}"
            )
        self.classifier = keras.layers.Dense(
            self.num_classes,
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.02),
            dtype="float32",
            name="classifier",
        )
        self.classifier.build((None, _dim(student)))
        self.accuracy = keras.metrics.SparseCategoricalAccuracy("accuracy")
        self.agreement = keras.metrics.SparseCategoricalAccuracy("agreement")
        self.teacher_kl = keras.metrics.Mean("teacher_kl")
        self.built = True

    def set_teacher(self, network: keras.Model) -> None:
        """Give the model, new or read from a file, a teacher.

        Args:
            network: As the argument `teacher` of the class.
        """
        teacher = FrozenTeacher(network, self.teacher_key)
        shapes = teacher.shapes
        received = shapes["descriptor"][-1], shapes["logits"][-1]
        expected = _dim(self.student), self.num_classes or received[1]
        if received != expected:
            raise ValueError(
                "Teacher and student must have descriptors of one size and "
                f"the same classes. Received a teacher with {received[0]} "
                f"features and {received[1]} classes, and a student with "
                f"{expected[0]} and {expected[1]}: mend the units of the "
                "student's FusionMLP or num_classes."
            )
        self.num_classes = received[1]
        self.teacher = teacher

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the layers that a stage may freeze."""
        return ("student", "classifier")

    def describe(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> Tensor:
        """The student's descriptors, `(batch, dim)`, float32."""
        inputs = own_inputs(self.student, batch)
        found = self.student(inputs, training=training)
        if isinstance(found, Mapping):
            found = found["fused"]
        return ops.cast(found, "float32")

    def call(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> Tensor:
        return self.classifier(self.describe(batch, training))

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Losses that are on, and what the metrics need."""
        descriptor = self.describe(batch, training)
        logits = self.classifier(descriptor)
        outputs = {"logits": logits}
        values = {}
        targets = self._targets(batch, training)
        if targets:
            outputs["teacher_logits"] = targets["logits"]
            values["l1"] = l1_distance(
                descriptor, targets["descriptor"], self.l1_reduction
            )
            values["kl"] = soft_targets(
                logits, targets["logits"], self.temperature, self.kl_form
            )
        if "label" in batch:
            label = ops.maximum(ops.cast(batch["label"], "int32"), 0)
            values["cross_entropy"] = (
                keras.losses.sparse_categorical_crossentropy(
                    label, logits, from_logits=True
                )
            )
        losses = {}
        for name in sorted(self.active_losses & set(values)):
            weights = self._sample_weights(
                batch, logits, labelled=name == "cross_entropy"
            )
            mean = batch_mean(values[name], weights)
            losses[name] = self.loss_weights[name] * mean
        return losses, outputs

    def update_metrics(
        self, batch: Mapping[str, Tensor], outputs: dict[str, Tensor]
    ) -> None:
        """Accuracy, agreement with the teacher, divergence from it."""
        logits = outputs["logits"]
        if "label" in batch:
            self.accuracy.update_state(
                ops.maximum(batch["label"], 0),
                logits,
                sample_weight=self._sample_weights(
                    batch, logits, labelled=True
                ),
            )
        if "teacher_logits" in outputs:
            teacher = outputs["teacher_logits"]
            weights = self._sample_weights(batch, logits)
            self.agreement.update_state(
                ops.argmax(teacher, axis=-1), logits, sample_weight=weights
            )
            self.teacher_kl.update_state(
                soft_targets(logits, teacher, form="kl"), sample_weight=weights
            )

    def _targets(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> dict[str, Tensor] | None:
        names = ("descriptor", "logits")
        if all(f"teacher_{name}" in batch for name in names):
            return {name: batch[f"teacher_{name}"] for name in names}
        if self.teacher is not None:
            return self.teacher(batch)
        if training and self.active_losses & {"l1", "kl"}:
            raise ValueError(
                "There is no teacher. Give one to the constructor or to "
                "set_teacher, or batches with teacher_descriptor and "
                "teacher_logits, as TeacherTargets.attach makes them. "
                f"Received a batch with {sorted(batch)}."
            )
        return None

    def _sample_weights(
        self,
        batch: Mapping[str, Tensor],
        logits: Tensor,
        labelled: bool = False,
    ) -> Tensor:
        weights = ops.ones_like(logits[:, 0])
        if "sample_weight" in batch:
            weights = weights * ops.cast(batch["sample_weight"], "float32")
        sees = getattr(self.student, "image_encoder", self.student) is not None
        if "has_audio" in batch and not sees:
            weights = weights * ops.cast(batch["has_audio"], "float32")
        if labelled:
            weights = weights * ops.cast(batch["label"] >= 0, "float32")
        return weights

    def get_config(self) -> dict[str, Any]:
        with self.stage.thawed():
            return {
                **super().get_config(),
                "student": keras.saving.serialize_keras_object(self.student),
                "num_classes": self.num_classes,
                "kl_weight": self.loss_weights["kl"],
                "l1_weight": self.loss_weights["l1"],
                "label_weight": self.loss_weights["cross_entropy"],
                "l1_reduction": self.l1_reduction,
                "kl_form": self.kl_form,
                "temperature": self.temperature,
                "teacher_key": self.teacher_key,
            }

    @classmethod
    def from_config(
        cls,
        config: dict[str, Any],
        custom_objects: dict[str, Any] | None = None,
    ) -> "ListenToLook":
        student = keras.saving.deserialize_keras_object(
            config["student"], custom_objects=custom_objects
        )
        return cls(**{**config, "student": student})


def _dim(student: keras.Model) -> int:
    """The size of a student's descriptors."""
    units = getattr(student, "units", None)
    return student.output_shape[-1] if units is None else units


def _check_choice(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{name} must be one of {known}. Received: {value!r}")
