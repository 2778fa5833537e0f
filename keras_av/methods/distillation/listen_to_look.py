"""Listen to Look: distillation of a video network into image and audio."""

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
from keras_av.training.checks import (
    check_choice,
    check_positive,
    check_weights,
)
from keras_av.training.clip_weights import clip_weights
from keras_av.training.label_loss import label_cross_entropy, update_accuracy
from keras_av.training.needs import Needs
from keras_av.training.step_model import StepModel

_WEIGHTS = ("l1_weight", "kl_weight", "label_weight")


@keras.saving.register_keras_serializable(package="keras_av")
class ListenToLook(StepModel):
    """Distils an expensive clip network into a cheap image-audio student.

    The teacher takes all frames of a clip and returns a descriptor `z` and
    class logits `t`. The student takes one frame and the sound; with its
    descriptor `f` and its logits `s` the loss, averaged over the batch, is

        L = l1_weight |z - f|_1 - kl_weight sum_c softmax(t)_c log softmax(s)_c.

    Labels are not required. `label_weight` adds the cross-entropy of clips
    that have one. The logs include the `accuracy` on labelled clips, the
    `agreement` with the teacher's predictions and `teacher_kl`, the divergence
    from its probabilities.

    The audio descriptor of a silent clip is zero. If the student is an
    audio-only network, silent clips have weight 0.

    References:
        - [Gao et al., 2020](https://arxiv.org/abs/1912.04487)

    Args:
        student: `keras_av.models.ImageAudioEncoder`, or any built
            `keras.Model` from a batch to descriptors `(batch, dim)`.
        teacher: `keras.Model` with the outputs `descriptor` and `logits`, such
            as from `keras_av.models.with_descriptor`. It runs in inference
            mode and is not saved with this model. None if batches have
            `teacher_descriptor` and `teacher_logits`.
        num_classes: Number of classes. Defaults to that of the teacher.
        kl_weight: Weight of the cross-entropy with the teacher's
            probabilities. The paper does not state its value; its code
            reportedly uses 100, which is unverified.
        l1_weight: Weight of the distance between descriptors. Defaults to 1.
        label_weight: Weight of the cross-entropy with labels. Defaults to 0.
        l1_reduction: `"sum"` or `"mean"` over the features of a descriptor.
            Defaults to `"sum"`, as in the equation.
        kl_form: `"cross_entropy"`, as in the equation, or `"kl"`, which
            differs by a constant. Defaults to `"cross_entropy"`.
        temperature: Positive number by which logits are divided in the
            targets; the loss is not multiplied by its square. Defaults to 1.
        teacher_key: Key of the teacher's input in a batch. Defaults to
            `"video"`.
        **kwargs: `name` and others of `keras.Model`.

    Call arguments:
        batch: Dict with the inputs of the student. Training also uses those of
            the teacher and, if present, `label`, `has_audio` and
            `sample_weight`, each `(batch,)`.

    Returns:
        Logits of the student, `(batch, num_classes)`, float32.

    Raises:
        ValueError: If teacher and student have descriptors of different sizes
            or different numbers of classes, an option is unknown, or a batch
            has a missing key.

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
        names = ("l1", "kl", "cross_entropy")
        super().__init__(loss_names=names, **kwargs)
        check_choice("l1_reduction", l1_reduction, REDUCTIONS)
        check_choice("kl_form", kl_form, FORMS)
        check_positive("temperature", temperature)
        weights = (l1_weight, kl_weight, label_weight)
        check_weights(**dict(zip(_WEIGHTS, weights)))
        self.set_loss_weights(dict(zip(names, weights)))
        self.kl_weight = kl_weight
        self.l1_weight = l1_weight
        self.label_weight = label_weight
        self.student = student
        self.l1_reduction = l1_reduction
        self.kl_form = kl_form
        self.temperature = temperature
        self.teacher_key = teacher_key
        self.num_classes = num_classes
        self.teacher: FrozenTeacher | None = None
        if teacher is not None:
            self.set_teacher(teacher)
        self.classifier = self._make_classifier()
        self.accuracy = keras.metrics.SparseCategoricalAccuracy("accuracy")
        self.agreement = keras.metrics.SparseCategoricalAccuracy("agreement")
        self.teacher_kl = keras.metrics.Mean("teacher_kl")
        self.built = True

    def _make_classifier(self) -> keras.layers.Dense:
        if not self.num_classes:
            raise ValueError(
                "Without a teacher num_classes must be given. Received: "
                f"num_classes={self.num_classes}"
            )
        classifier = keras.layers.Dense(
            self.num_classes,
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.02),
            dtype="float32",
            name="classifier",
        )
        classifier.build((None, _dim(self.student)))
        return classifier

    def set_teacher(self, network: keras.Model) -> None:
        """Set the teacher, such as after loading the model.

        Args:
            network: Teacher, as for the argument `teacher` of the class.
        """
        teacher = FrozenTeacher(network, self.teacher_key)
        shapes = teacher.shapes
        received = shapes["descriptor"][-1], shapes["logits"][-1]
        expected = _dim(self.student), self.num_classes or received[1]
        if received != expected:
            raise ValueError(
                "Teacher and student must have descriptors of the same size "
                f"and the same classes. Received a teacher with {received[0]} "
                f"features and {received[1]} classes, and a student with "
                f"{expected[0]} and {expected[1]}: change the units of the "
                "student's FusionMLP or num_classes."
            )
        self.num_classes = received[1]
        self.teacher = teacher

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the layers that a phase may freeze."""
        return ("student", "classifier")

    @property
    def needs(self) -> Needs:
        """Labels if they are learned from, and sound if there is no image."""
        classified = "cross_entropy" in self.active_losses
        return Needs(
            num_classes=self.num_classes if classified else None,
            label=self.active_losses == {"cross_entropy"},
            sound=not self._sees,
        )

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
        """Compute the active losses and the inputs of the metrics."""
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
            values["cross_entropy"] = label_cross_entropy(
                batch["label"], logits
            )
        means = {
            name: batch_mean(
                values[name], self._weights(batch, name == "cross_entropy")
            )
            for name in sorted(values)
        }
        return self.weighted(means), outputs

    def update_metrics(
        self, batch: Mapping[str, Tensor], outputs: dict[str, Tensor]
    ) -> None:
        """Update accuracy, agreement with the teacher and divergence."""
        logits = outputs["logits"]
        if "label" in batch:
            weights = self._weights(batch, labelled=True)
            update_accuracy(self.accuracy, batch, logits, weights)
        if "teacher_logits" in outputs:
            teacher = outputs["teacher_logits"]
            weights = self._weights(batch)
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
                "There is no teacher. Pass one to the constructor or to "
                "set_teacher, or use batches with teacher_descriptor and "
                "teacher_logits, which TeacherTargets.attach adds. "
                f"Received a batch with {sorted(batch)}."
            )
        return None

    def _weights(
        self, batch: Mapping[str, Tensor], labelled: bool = False
    ) -> Tensor:
        return clip_weights(batch, labelled, with_audio=not self._sees)

    @property
    def _sees(self) -> bool:
        """Whether the student takes an image."""
        return getattr(self.student, "image_encoder", self.student) is not None


def _dim(student: keras.Model) -> int:
    """The size of a student's descriptors."""
    units = getattr(student, "units", None)
    return student.output_shape[-1] if units is None else units
