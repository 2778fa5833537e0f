"""Knowledge distillation from hints and softened probabilities."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
from keras import ops

from keras_av.layers.heads.feature_regressor import (
    FeatureRegressor,
    pool_positions,
)
from keras_av.losses.soft_targets import soft_targets
from keras_av.methods.distillation.frozen_teacher import FrozenTeacher
from keras_av.methods.distillation.hint import Hint
from keras_av.methods.distillation.one_view import (
    one_view,
    tell_of_two_views,
)
from keras_av.models.own_inputs import own_inputs
from keras_av.models.with_taps import with_taps
from keras_av.ops.replicas import replica_gather
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean
from keras_av.training.checks import check_positive, check_weights
from keras_av.training.clip_weights import clip_weights
from keras_av.training.label_loss import label_cross_entropy, update_accuracy
from keras_av.training.needs import Needs
from keras_av.training.step_model import StepModel


@keras.saving.register_keras_serializable(package="keras_av")
class HintDistillation(StepModel):
    """Distils a classifier into another from layers and class probabilities.

    With hints `h`, each a pair of layers and a loss, the cross-entropy CE of
    the student with the labels, and the divergence KL from the teacher's
    softened probabilities at temperature T, the loss is

        L = label_weight CE + kd_weight T^2 KL + sum_h weight_h loss_h.

    Teacher and student may use the same key of a batch or different ones. With
    the same key both must see the same view: augmentation inside the dataset or
    by `augmentation` is shared by both, random layers inside the student are
    not, and warn. Features of the teacher are not augmented: noise in a target
    is no other view of the clip, and no random layer knows what its features
    mean. The teacher is frozen,
    runs in inference mode and is not saved with the model; regressors, if a
    hint needs one, are trained with the student.

    Clips without sound have weight 0 in all losses of networks that use sound,
    and clips without a label (-1) in CE. The `accuracy` on labelled clips is
    logged.

    References:
        - [Romero et al., 2015](https://arxiv.org/abs/1412.6550)
        - [Hinton et al., 2015](https://arxiv.org/abs/1503.02531)
        - [Zagoruyko and Komodakis, 2017](https://arxiv.org/abs/1612.03928)

    Args:
        student: Functional or sequential `keras.Model` that returns logits
            `(batch, num_classes)` and contains the layers named by the hints.
        teacher: Functional or sequential classifier. None in a loaded model,
            until `set_teacher` is called.
        hints: List of `Hint`s. Defaults to none.
        label_weight: Weight of the cross-entropy. Defaults to 1.
        kd_weight: Weight of the divergence from the softened probabilities,
            which requires a teacher with the same classes. Defaults to 0.
            Hinton's distillation uses 0.9 with `label_weight=0.1`.
        temperature: Positive number by which logits are divided in the
            divergence. Defaults to 4.
        student_key: Key of the student's input in a batch, or None for the
            whole batch. Defaults to `"video"`.
        teacher_key: Key of the teacher's input in a batch. Defaults to
            `student_key`.
        augmentation: Layer applied in training to the student's input, once
            for the student and for a teacher with the same key. Defaults to
            None.
        teacher_shapes: Shapes of the teacher's taps by name, used in saved
            files instead of the teacher.
        **kwargs: `name` and others of `keras.Model`.

    Call arguments:
        batch: Dict with the student's input. Training also uses the teacher's
            key and, if present, `label`, `has_audio` and `sample_weight`, each
            `(batch,)`.

    Returns:
        Logits of the student, `(batch, num_classes)`, float32.

    Raises:
        ValueError: If two taps cannot be compared, a tap is not found, an
            option is unknown, or a batch has a missing key.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.methods import Hint, HintDistillation
    >>> def network(width):
    ...     return keras.Sequential(
    ...         [keras.Input((8, 8, 3)),
    ...          keras.layers.Conv2D(width, 3, name="features"),
    ...          keras.layers.GlobalAveragePooling2D(),
    ...          keras.layers.Dense(5)])
    >>> model = HintDistillation(
    ...     network(4), network(16), [Hint("features", "features")],
    ...     student_key="image")
    >>> model.compile(optimizer="adam", jit_compile=False)
    >>> batch = {"image": np.random.rand(8, 8, 8, 3).astype("float32"),
    ...          "label": np.arange(8) % 5}
    >>> history = model.fit(batch, batch_size=4, verbose=0)
    >>> model.predict(batch, verbose=0).shape
    (8, 5)
    """

    def __init__(
        self,
        student: keras.Model,
        teacher: keras.Model | None = None,
        hints: Sequence[Hint] = (),
        *,
        label_weight: float = 1.0,
        kd_weight: float = 0.0,
        temperature: float = 4.0,
        student_key: str | None = "video",
        teacher_key: str | None = None,
        augmentation: keras.layers.Layer | None = None,
        teacher_shapes: Mapping[str, Sequence[Any]] | None = None,
        **kwargs: Any,
    ):
        names = _names(hints)
        super().__init__(loss_names=["cross_entropy", "kd", *names], **kwargs)
        check_positive("temperature", temperature)
        check_weights(label_weight=label_weight, kd_weight=kd_weight)
        self.set_loss_weights(
            {
                "cross_entropy": label_weight,
                "kd": kd_weight * temperature**2,
                **{n: hint.loss_weight for n, hint in zip(names, hints)},
            }
        )
        self.hints, self.hint_names = tuple(hints), names
        self.student = student
        self.tapped = with_taps(student, [h.student_tap for h in self.hints])
        if label_weight or kd_weight:
            _check_logits(student)
        self.label_weight = label_weight
        self.kd_weight = kd_weight
        self.temperature = temperature
        self.student_key = student_key
        self.teacher_key = teacher_key or student_key or "video"
        self.augmentation = augmentation
        _check_augmentation(augmentation, student_key)
        self.teacher: FrozenTeacher | None = None
        shapes = dict(teacher_shapes or {})
        self.teacher_shapes = {n: tuple(s) for n, s in shapes.items()}
        if teacher is not None:
            self.set_teacher(teacher)
        self.regressors = _Regressors()
        if self.teacher_shapes:
            self._match()
        elif self.hints:
            raise ValueError("Hints need a teacher. Received teacher=None.")
        self.accuracy = keras.metrics.SparseCategoricalAccuracy("accuracy")
        self.built = True

    def set_teacher(self, network: keras.Model) -> None:
        """Set the teacher, such as after loading the model.

        Args:
            network: Teacher, as for the argument `teacher` of the class.
        """
        names = [hint.teacher_tap for hint in self.hints]
        tapped = with_taps(network, names)
        if self.kd_weight:
            _check_logits(network)
        teacher = FrozenTeacher(
            tapped, self.teacher_key, (*dict.fromkeys(names), "logits")
        )
        known = self.teacher_shapes or teacher.shapes
        classes = self.student.output_shape[-1]
        received = teacher.shapes["logits"][-1]
        if known != teacher.shapes or (self.kd_weight and received != classes):
            raise ValueError(
                f"Received a teacher {network.name!r} whose taps have the "
                f"shapes {teacher.shapes}. Expected {known} and, for "
                f"kd_weight, the student's {classes} classes."
            )
        self.teacher, self.teacher_shapes = teacher, teacher.shapes
        if self.student_key in (None, self.teacher_key):
            tell_of_two_views(self.student, type(self).__name__)

    def _match(self) -> None:
        """Make the regressors and try each comparison."""
        outputs = self.tapped.output
        for name, hint in zip(self.hint_names, self.hints):
            features = outputs[hint.student_tap]
            shape = self.teacher_shapes[hint.teacher_tap]
            try:
                if hint.match != "none":
                    regressor = FeatureRegressor(
                        shape[1:], hint.match, name=f"{name}_regressor"
                    )
                    regressor.build(features.shape)
                    self.regressors.by_name[name] = regressor
                # On two samples of zeros, to find wrong shapes here instead
                # of during a training step.
                sizes = (2, *features.shape[1:]), (2, *shape[1:])
                if None not in (*sizes[0], *sizes[1]):
                    mine, its = (ops.zeros(size) for size in sizes)
                    self._compare(name, hint, mine, its, ops.ones((2,)))
            # Each backend raises another error for incompatible shapes.
            except Exception as error:
                raise ValueError(
                    f"The teacher's tap {hint.teacher_tap!r} of shape {shape} "
                    f"and the student's tap {hint.student_tap!r} of shape "
                    f"{tuple(features.shape)} cannot be compared by "
                    f"{hint.kind!r} with match={hint.match!r}. Choose other "
                    f"taps or another match. {error}"
                ) from error

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the layers that a phase may freeze."""
        return ("student", "regressors")

    @property
    def needs(self) -> Needs:
        """Labels of the student's classes, and sound for networks of it."""
        classified = "cross_entropy" in self.active_losses
        taught = self.active_losses - {"cross_entropy"}
        keys = {self.student_key, self.teacher_key if taught else None}
        return Needs(
            num_classes=self.student.output_shape[-1] if classified else None,
            label=not taught,
            sound="audio" in keys,
        )

    def call(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> Tensor:
        inputs = self._inputs(batch)
        return ops.cast(self.student(inputs, training=training), "float32")

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Compute the active losses and the inputs of the metric."""
        if self.student_key is not None:
            batch = one_view(
                batch, self.student_key, self.augmentation, training
            )
        found = self.tapped(self._inputs(batch), training=training)
        logits = ops.cast(found["logits"], "float32")
        values = {}
        if "label" in batch:
            losses = label_cross_entropy(batch["label"], logits)
            weights = self._weights(batch, labelled=True)
            values["cross_entropy"] = batch_mean(losses, weights)
        taught = self.active_losses - {"cross_entropy"}
        if taught and (self.teacher is not None or training):
            values |= self._distil(batch, found, logits, training)
        return self.weighted(values), {"logits": logits}

    def _distil(
        self,
        batch: Mapping[str, Tensor],
        found: Mapping[str, Tensor],
        logits: Tensor,
        training: bool,
    ) -> dict[str, Tensor]:
        """Losses that compare the student with the teacher."""
        if self.teacher is None:
            raise ValueError(
                "There is no teacher. Pass one to the constructor or to "
                "set_teacher."
            )
        targets, weights = self.teacher(batch), self._weights(batch)
        values = {}
        if "kd" in self.active_losses:
            losses = soft_targets(
                logits, targets["logits"], self.temperature, "kl"
            )
            values["kd"] = batch_mean(losses, weights)
        for name, hint in zip(self.hint_names, self.hints):
            if name in self.active_losses:
                values[name] = self._compare(
                    name,
                    hint,
                    found[hint.student_tap],
                    targets[hint.teacher_tap],
                    weights,
                    training,
                )
        return values

    def _compare(
        self,
        name: str,
        hint: Hint,
        student: Tensor,
        teacher: Tensor,
        weights: Tensor,
        training: bool = False,
    ) -> Tensor:
        """The loss of a hint, a mean over the global batch."""
        if hint.match == "pool":
            teacher = pool_positions(teacher)
        if name in self.regressors.by_name:
            regressor = self.regressors.by_name[name]
            student = regressor(student, training=training)
        student = ops.cast(student, "float32")
        if hint.by_batch:
            # Every replica compares the samples of the global batch.
            student, teacher, weights = map(
                replica_gather, (student, teacher, weights)
            )
        values = hint.compare(student, teacher, weights > 0)
        if len(values.shape):
            return batch_mean(values, weights)
        return ops.where(ops.any(weights > 0), values, 0.0)

    def update_metrics(
        self, batch: Mapping[str, Tensor], outputs: dict[str, Tensor]
    ) -> None:
        """Update the accuracy on labelled clips."""
        if "label" in batch:
            weights = self._weights(batch, labelled=True)
            update_accuracy(self.accuracy, batch, outputs["logits"], weights)

    def _inputs(self, batch: Mapping[str, Tensor]) -> Any:
        if self.student_key is None:
            return own_inputs(self.student, batch)
        return self.take(batch, self.student_key, self.student)

    def _weights(
        self, batch: Mapping[str, Tensor], labelled: bool = False
    ) -> Tensor:
        heard = self.student_key == "audio"
        if not labelled:
            heard = heard or self.teacher_key == "audio"
        return clip_weights(batch, labelled, with_audio=heard)

    @classmethod
    def from_config(
        cls,
        config: dict[str, Any],
        custom_objects: dict[str, Any] | None = None,
    ) -> Self:
        hints = [Hint.from_config(x, custom_objects) for x in config["hints"]]
        return super().from_config({**config, "hints": hints}, custom_objects)


class _Regressors(keras.layers.Layer):
    """The regressors of all hints, as one part of the model."""

    def __init__(self) -> None:
        super().__init__(autocast=False, name="regressors")
        self.by_name: dict[str, FeatureRegressor] = {}
        self.built = True


def _check_augmentation(
    augmentation: keras.layers.Layer | None, student_key: str | None
) -> None:
    if augmentation is not None and student_key is None:
        raise ValueError(
            "augmentation needs student_key, the key of the input that it is "
            "applied to. Received: student_key=None"
        )


def _check_logits(network: keras.Model) -> None:
    """Raise an error for a softmax output, which would be applied twice."""
    last = network.layers[-1]
    activation = getattr(last, "activation", None)
    if activation is keras.activations.softmax or isinstance(
        last, keras.layers.Softmax
    ):
        raise ValueError(
            f"Expected logits. Received {network.name!r}, which ends in a "
            "softmax: make it without one (classifier_activation=None)."
        )


def _names(hints: Sequence[Hint]) -> list[str]:
    """Names for logs: the loss and the student layer."""
    names: list[str] = []
    for hint in hints:
        name = f"{hint.kind}_{hint.student_tap}"
        while name in names:
            name += "_"
        names.append(name)
    return names
