"""Distillation layer by layer: hints, attention, relations, soft labels."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_av.layers.hint_regressor import HintRegressor
from keras_av.losses.soft_targets import soft_targets
from keras_av.methods.hint import Hint
from keras_av.methods.tapped import Tapped, TappedTeacher
from keras_av.ops.replicas import replica_gather
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean
from keras_av.training.step_model import StepModel

Shape = tuple[Any, ...]


@keras.saving.register_keras_serializable(package="keras_av")
class HintDistillation(StepModel):
    """Teaches a student what layers of its teacher say of the same clip.

    For each hint, with `f_t` and `f_s` the maps of teacher and student at
    its taps and `r` the regressor that brings one to the shape of the other,
    the loss has a term `weight * d(r(f_s), f_t)`, averaged over the batch;
    `r` is trained with the student, and gone when the student leaves. Added
    are, with the softmax `p` of logits divided by the temperature T,

        label_weight CE(label, student) + kd_weight T^2 KL(p_t, p_s).

    Teacher and student may see the same or different keys of a batch.
    Without hints, with `label_weight=0.1, kd_weight=0.9`, this is the
    distillation of softened logits; without either it is supervised training.

    Logged are `cross_entropy`, `kd`, `hint_1`, `hint_2`, ..., each with its
    weight, the `accuracy` on labelled clips and the `agreement` with the
    teacher's decisions. A clip weighs nothing in the cross-entropy if its
    label is -1; nor, if it has no sound, in any term that needs a network
    that only hears.

    References:
        - [Romero et al., 2015](https://arxiv.org/abs/1412.6550)
        - [Zagoruyko and Komodakis, 2017](https://arxiv.org/abs/1612.03928)
        - [Hinton et al., 2015](https://arxiv.org/abs/1503.02531)

    Args:
        student: A functional or sequential `keras.Model` with one output:
            logits, where labels or `kd_weight` are used.
        teacher: Another one, trained. It runs in inference mode, takes no
            gradient and is not saved with this model. None for a model that
            is given one by `set_teacher`.
        hints: `Hint`s. Defaults to none.
        label_weight: Of the cross-entropy with labels. Defaults to 1.
        kd_weight: Of the teacher's softened classes. Defaults to 0.
        temperature: Positive number by which logits are divided there.
            Defaults to 4.
        student_key: Which key of a batch the student reads: `"video"`,
            `"image"` or `"audio"`. None for a network with inputs by name.
            Defaults to `"video"`.
        teacher_key: The same of the teacher.
        augmentation: Layers by the key that they change in training, such as
            `{"video": ClipAugmentation()}`. Teacher and student then see the
            same changed clip, while layers that augment inside a student
            change only what the student sees. Defaults to none.
        **kwargs: `name` and others of `keras.Model`.

    Call arguments:
        batch: A dict with the student's key; training also reads the
            teacher's and, where given, `label`, `has_audio` and
            `sample_weight`, each `(batch,)`.

    Returns:
        The student's output.

    Raises:
        ValueError: A tap is not there, two maps cannot be compared, a
            network ends in a softmax or has other classes than the other, an
            option is out of its range, or a batch lacks a key.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.methods import Hint, HintDistillation
    >>> def network(width):
    ...     return keras.Sequential([
    ...         keras.Input((8, 8, 3)),
    ...         keras.layers.Conv2D(width, 3, 2, name="conv"),
    ...         keras.layers.GlobalAveragePooling2D(),
    ...         keras.layers.Dense(5)])
    >>> model = HintDistillation(
    ...     network(4), network(16), [Hint("conv", "conv")],
    ...     student_key="image", teacher_key="image")
    >>> model.compile(optimizer="adam", jit_compile=False)
    >>> batch = {"image": np.random.rand(8, 8, 8, 3).astype("float32"),
    ...          "label": np.arange(8) % 5}
    >>> history = model.fit(batch, batch_size=4, verbose=0)
    >>> sorted(history.history)
    ['accuracy', 'agreement', 'cross_entropy', 'hint_1', 'kd', 'loss']
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
        teacher_key: str | None = "video",
        augmentation: Mapping[str, keras.layers.Layer] | None = None,
        **kwargs: Any,
    ):
        self.hints = {f"hint_{i}": hint for i, hint in enumerate(hints, 1)}
        weights = {"cross_entropy": label_weight, "kd": kd_weight}
        weights |= {n: hint.weight or 0.0 for n, hint in self.hints.items()}
        super().__init__(loss_names=list(weights), **kwargs)
        if min(label_weight, kd_weight) < 0 or temperature <= 0:
            raise ValueError(
                "Expected weights that are not negative and a positive "
                f"temperature. Received: label_weight={label_weight}, "
                f"kd_weight={kd_weight}, temperature={temperature}"
            )
        self.student = student
        self.loss_weights = weights
        self.active_losses = frozenset(n for n, w in weights.items() if w > 0)
        self.temperature = temperature
        self.student_key = student_key
        self.teacher_key = teacher_key
        self.augmentation = dict(augmentation or {})
        taps = [hint.student_tap or "" for hint in hints]
        self.tapped = Tapped(student, taps, student_key)
        if label_weight or kd_weight:
            _check_logits("student", student, self.tapped.shapes[""])
        self.regressors: Any = None
        self.teacher_shapes: list[Shape] | None = None
        self.teacher: TappedTeacher | None = None
        if teacher is not None:
            self.set_teacher(teacher)
        self.accuracy = keras.metrics.SparseCategoricalAccuracy("accuracy")
        self.agreement = keras.metrics.SparseCategoricalAccuracy("agreement")
        self.built = True

    def set_teacher(self, network: keras.Model) -> None:
        """Give the model, new or read from a file, a teacher.

        Args:
            network: As the argument `teacher` of the class.
        """
        taps = [hint.teacher_tap or "" for hint in self.hints.values()]
        teacher = TappedTeacher(network, taps, self.teacher_key)
        shapes = teacher.tapped.shapes
        if self.loss_weights["kd"]:
            _check_logits("teacher", network, shapes[""])
            if shapes[""] != self.tapped.shapes[""]:
                raise ValueError(
                    "Teacher and student must have the same classes. Received "
                    f"outputs of {shapes['']} and "
                    f"{self.tapped.shapes['']}: mend the student's last "
                    "layer, or set kd_weight=0."
                )
        found = [shapes[tap] for tap in taps]
        if self.teacher_shapes is None:
            self._match(found)
        elif found != [tuple(shape) for shape in self.teacher_shapes]:
            raise ValueError(
                f"This model was made for a teacher whose taps {taps} have "
                f"the shapes {self.teacher_shapes}. Received {found}."
            )
        self.teacher = teacher

    def _match(self, teacher_shapes: Sequence[Shape]) -> None:
        """Make what brings the student's maps to the teacher's shapes."""
        regressors = {}
        for (name, hint), wanted in zip(self.hints.items(), teacher_shapes):
            given = self.tapped.shapes[hint.student_tap or ""]
            try:
                regressor = _regressor(hint, given, wanted)
                _try(hint, regressor, given, wanted)
            except Exception as error:
                raise ValueError(
                    f"The tap {hint.teacher_tap!r} of the teacher, "
                    f"{tuple(wanted)}, and {hint.student_tap!r} of the "
                    f"student, {tuple(given)}, cannot be compared by loss="
                    f"{hint.loss!r} with match={hint.match!r}: {error} Choose "
                    "other taps or match='pool', which averages over all "
                    "positions."
                ) from error
            if regressor is not None:
                regressors[name] = regressor
        self.regressors = _Regressors(regressors)
        self.teacher_shapes = [tuple(shape) for shape in teacher_shapes]

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the layers that a stage may freeze."""
        return ("student", "regressors")

    def call(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> Tensor:
        return self.student(self.tapped.inputs(batch), training=training)

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Losses that are on, and what the metrics need."""
        if training:
            batch = self._augment(batch)
        teacher = self._taught(batch, training)
        student = self.tapped(batch, training=training)
        outputs = {"logits": ops.cast(student[""], "float32")}
        losses = {}
        if "label" in batch and "cross_entropy" in self.active_losses:
            label = ops.maximum(ops.cast(batch["label"], "int32"), 0)
            values = keras.losses.sparse_categorical_crossentropy(
                label, outputs["logits"], from_logits=True
            )
            weights = self._label_weights(batch)
            losses["cross_entropy"] = batch_mean(values, weights)
        if teacher is not None:
            outputs["teacher_logits"] = teacher[""]
            weights = self._teacher_weights(batch, teacher[""])
            losses |= self._from_teacher(student, teacher, weights, training)
        for name in losses:
            losses[name] = self.loss_weights[name] * losses[name]
        return losses, outputs

    def _augment(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        changed = {
            key: layer(batch[key], training=True)
            for key, layer in self.augmentation.items()
        }
        return {**batch, **changed}

    def _taught(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> dict[str, Tensor] | None:
        if self.teacher is not None:
            return self.teacher(batch)
        if training and self.active_losses - {"cross_entropy"}:
            raise ValueError(
                "There is no teacher. Give one to the constructor or to "
                "set_teacher, or train by labels alone."
            )
        return None

    def _from_teacher(
        self,
        student: dict[str, Tensor],
        teacher: dict[str, Tensor],
        weights: Tensor,
        training: bool,
    ) -> dict[str, Tensor]:
        losses = {}
        if "kd" in self.active_losses:
            values = soft_targets(
                student[""], teacher[""], self.temperature, "kl"
            )
            losses["kd"] = self.temperature**2 * batch_mean(values, weights)
        for name, hint in self.hints.items():
            if name not in self.active_losses:
                continue
            x = student[hint.student_tap or ""]
            regressor = self.regressors.by_name.get(name)
            x, y = _matched(
                hint, regressor, x, teacher[hint.teacher_tap or ""], training
            )
            losses[name] = _mean_loss(hint, x, y, weights)
        return losses

    def update_metrics(
        self, batch: Mapping[str, Tensor], outputs: dict[str, Tensor]
    ) -> None:
        """Accuracy, and agreement with the teacher."""
        if not (self.loss_weights["cross_entropy"] or self.loss_weights["kd"]):
            return
        logits = outputs["logits"]
        if "label" in batch:
            self.accuracy.update_state(
                ops.maximum(batch["label"], 0),
                logits,
                sample_weight=self._label_weights(batch),
            )
        teacher = outputs.get("teacher_logits")
        if teacher is not None and teacher.shape[1:] == logits.shape[1:]:
            self.agreement.update_state(
                ops.argmax(teacher, axis=-1),
                logits,
                sample_weight=self._teacher_weights(batch, teacher),
            )

    def _label_weights(self, batch: Mapping[str, Tensor]) -> Tensor:
        weights = ops.cast(batch["label"] >= 0, "float32")
        return _weighed(weights, batch, self.student_key == "audio")

    def _teacher_weights(
        self, batch: Mapping[str, Tensor], like: Tensor
    ) -> Tensor:
        heard = "audio" in (self.student_key, self.teacher_key)
        return _weighed(ops.ones((ops.shape(like)[0],)), batch, heard)

    def get_config(self) -> dict:
        save = keras.saving.serialize_keras_object
        with self.stage.thawed():
            return {
                **super().get_config(),
                "student": save(self.student),
                "hints": save(list(self.hints.values())),
                "label_weight": self.loss_weights["cross_entropy"],
                "kd_weight": self.loss_weights["kd"],
                "temperature": self.temperature,
                "student_key": self.student_key,
                "teacher_key": self.teacher_key,
                "augmentation": save(dict(self.augmentation)),
                "teacher_shapes": self.teacher_shapes
                and [list(shape) for shape in self.teacher_shapes],
            }

    @classmethod
    def from_config(
        cls, config: dict, custom_objects: dict | None = None
    ) -> "HintDistillation":
        objects = {
            name: keras.saving.deserialize_keras_object(
                config[name], custom_objects=custom_objects
            )
            for name in ("student", "hints", "augmentation")
        }
        config = {**config, **objects}
        shapes = config.pop("teacher_shapes")
        model = cls(**config)
        if shapes is not None:
            # The teacher is not in the file; what was fitted to it is.
            model._match(shapes)
        return model


class _Regressors(keras.layers.Layer):
    """Holds the regressors, by the name of their hint."""

    def __init__(self, by_name: dict[str, HintRegressor]) -> None:
        super().__init__(autocast=False, name="regressors")
        self.by_name = by_name
        self.built = True


def _regressor(hint: Hint, given: Shape, wanted: Shape) -> HintRegressor | None:
    match = hint.matching(wanted)
    if match == "pool":
        given, wanted = given[-1:], wanted[-1:]
        match = "linear" if given != wanted else None
    if match is None:
        return None
    regressor = HintRegressor(wanted, match)
    regressor.build((None, *given))
    return regressor


def _matched(
    hint: Hint,
    regressor: HintRegressor | None,
    student: Tensor,
    teacher: Tensor,
    training: bool,
) -> tuple[Tensor, Tensor]:
    if hint.match == "pool":
        student, teacher = _pool(student), _pool(teacher)
    if regressor is not None:
        student = regressor(student, training=training)
    return student, teacher


def _pool(x: Tensor) -> Tensor:
    # A sum of many float16 values could overflow.
    x = ops.cast(x, "float32")
    middle = tuple(range(1, len(x.shape) - 1))
    return ops.mean(x, axis=middle) if middle else x


def _try(
    hint: Hint,
    regressor: HintRegressor | None,
    given: Shape,
    wanted: Shape,
) -> None:
    """Compare two empty maps, for an error before the training."""
    if None in (*given, *wanted):
        return
    empty = [np.zeros([2, *sizes], "float32") for sizes in (given, wanted)]
    x, y = _matched(hint, regressor, empty[0], empty[1], training=False)
    shape = tuple(hint.compare(x, y).shape)
    if shape not in ((), (2,)):
        raise ValueError(
            f"the loss of 2 clips has the shape {shape}. Expected one number "
            "for each clip or one for all."
        )


def _mean_loss(
    hint: Hint, student: Tensor, teacher: Tensor, weights: Tensor
) -> Tensor:
    """Over the global batch, whatever it is that the loss returns."""
    if hint.of_batch:
        student = replica_gather(ops.cast(student, "float32"))
        teacher, weights = replica_gather(teacher), replica_gather(weights)
    values = hint.compare(student, teacher, weights > 0)
    if len(values.shape) == 1:
        return batch_mean(values, weights)
    return ops.where(ops.any(weights > 0), values, 0.0)


def _weighed(
    weights: Tensor, batch: Mapping[str, Tensor], heard: bool
) -> Tensor:
    if "sample_weight" in batch:
        weights = weights * ops.cast(batch["sample_weight"], "float32")
    if heard and "has_audio" in batch:
        weights = weights * ops.cast(batch["has_audio"], "float32")
    return weights


def _check_logits(name: str, network: keras.Model, shape: Shape) -> None:
    if len(shape) != 1:
        raise ValueError(
            f"The {name} must give logits, (batch, num_classes). Received "
            f"{network.name!r} with an output of {shape} for each clip."
        )
    last = network.layers[-1]
    softmax = getattr(last, "activation", None) is keras.activations.softmax
    if softmax or isinstance(last, keras.layers.Softmax):
        raise ValueError(
            f"The {name} must give logits. Received {network.name!r}, which "
            "ends in a softmax: make it without one "
            "(classifier_activation=None)."
        )
