"""Compositional contrastive learning: image and sound teach a video network."""

import functools
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import keras
from keras import ops

from keras_av.layers.heads.composition import Composition
from keras_av.losses.logit_divergence import DIVERGENCES, logit_divergence
from keras_av.losses.multi_class_nce import multi_class_nce
from keras_av.methods.distillation.frozen_teacher import FrozenTeacher
from keras_av.ops.replicas import replica_gather
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean
from keras_av.training.step_model import StepModel

# By the kind of teacher, as in the original.
_TEMPERATURES = {"image": 0.1, "audio": 0.5}
Pair = Literal["video_composition", "video_teacher", "composition_teacher"]
_PAIRS: tuple[Pair, ...] = typing.get_args(Pair)
# The original's weight of its divergence between two sets of logits.
_DIVERGENCE_WEIGHT = 0.5


@keras.saving.register_keras_serializable(package="keras_av")
class CompositionalContrastive(StepModel):
    """Distils image and audio teachers into a video student, by classes.

    A teacher's embedding `x_t` and the student's `x_v` come from different
    senses. A `Composition` of both, `x_tv`, with a classifier of its own,
    closes the gap. With `S(x, y) = NCE(x, y) + NCE(y, x)` of
    `multi_class_nce`, `D` half the divergence between the logits of the
    student and of the composition, and CE the cross-entropy with the labels,
    the student learns from

        CE_v + weight * sum_t [S(x_v, x_tv) + S(x_v, x_t) + D_t]

    and each composition, with its classifier, from

        CE_tv + S(x_v, x_tv) + S(x_tv, x_t) + D_t,

    in which `x_v` is a constant. One optimizer trains both. Teachers take no
    gradient, run in inference mode and are not saved with the model. Without
    any, the student learns from the labels alone: the baseline.

    Clips without sound drop out of all terms of the audio teacher and of
    nothing else, clips without a label (-1) out of all. Logged are the
    `accuracy` of the student, and for each teacher `contrast` and
    `divergence`, both in the student's loss, and `composition`.

    References:
        - [Chen et al., 2021](https://arxiv.org/abs/2104.10955)

    Args:
        student: Any built `keras.Model` from clips to embeddings
            `(batch, dim)`.
        num_classes: Number of classes.
        teachers: Networks by what they know, `"image"` or `"audio"`, which
            is also the key that they read: any functional `keras.Model` with
            a descriptor of the student's size as its one output or its
            first. None for a teacher whose embeddings come with the batches,
            as `teacher_image` or `teacher_audio`, `(batch, dim)`:
            `TeacherTargets.attach` puts them there by the clip's index.
        temperatures: Of the contrast, by teacher. Defaults to 0.1 for the
            image and 0.5 for the sound.
        weight: Of all that teachers add to the student's loss. Defaults to
            1 with one teacher and 0.5 with two.
        convex_lambda: If given, in [0, 1], the student weighs `S(x_v, x_t)`
            by it and `S(x_v, x_tv)` by what is left to 1.
        pairs: Which pairs are contrasted. Defaults to all three,
            `"video_composition"`, `"video_teacher"` and
            `"composition_teacher"`.
        symmetric: Whether `S` has both directions, or the first alone.
            Defaults to True.
        logit_divergence: `"jeffreys"`, `"jsd"` or `"none"`. Defaults to
            `"jeffreys"`, which is what the original calls JSD.
        leak: Whether the student's loss trains the compositions too, as it
            does in the original. Defaults to False.
        legacy_eps: Whether logarithms have the original's 1e-10 in them.
            Defaults to False.
        legacy_schedules: Whether a schedule of the learning rate is for the
            student alone, and the compositions keep its first value.
            Defaults to False.
        seed: Governs which frame an image teacher sees.
        **kwargs: `name` and others of `keras.Model`.

    Call arguments:
        batch: A dict with `video`; training also reads `label`, and
            `has_audio` and `sample_weight` where there are some, each
            `(batch,)`. An image teacher reads `image`, or else a frame of
            `video` `(batch, frames, height, width, 3)`: in training a random
            one, the same in the whole batch, otherwise the middle one.

    Returns:
        Logits of the student, `(batch, num_classes)`, float32.

    Raises:
        ValueError: The embeddings of student and teacher differ in size, an
            option is unknown, or a batch lacks a key.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.methods import CompositionalContrastive
    >>> student = keras.Sequential([keras.Input((4, 8, 8, 3)),
    ...                             keras.layers.Flatten(),
    ...                             keras.layers.Dense(6)])
    >>> look = keras.Sequential([keras.Input((8, 8, 3)),
    ...                          keras.layers.Flatten(),
    ...                          keras.layers.Dense(6)])
    >>> model = CompositionalContrastive(
    ...     student, num_classes=3, teachers={"image": look, "audio": None})
    >>> model.compile(optimizer="sgd", jit_compile=False)
    >>> batch = {"video": np.random.rand(8, 4, 8, 8, 3).astype("float32"),
    ...          "teacher_audio": np.random.rand(8, 6).astype("float32"),
    ...          "label": np.arange(8) % 3}
    >>> history = model.fit(batch, batch_size=4, verbose=0)
    >>> model.predict(batch, verbose=0).shape
    (8, 3)
    """

    def __init__(
        self,
        student: keras.Model,
        num_classes: int,
        teachers: Mapping[str, keras.Model | None] | None = None,
        *,
        temperatures: Mapping[str, float] | None = None,
        weight: float | None = None,
        convex_lambda: float | None = None,
        pairs: Sequence[Pair] = _PAIRS,
        symmetric: bool = True,
        logit_divergence: Literal["jeffreys", "jsd", "none"] = "jeffreys",
        leak: bool = False,
        legacy_eps: bool = False,
        legacy_schedules: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ):
        teachers = dict(teachers or {})
        _check_teachers(teachers)
        super().__init__(loss_names=_loss_names(teachers), **kwargs)
        self.student = student
        self.dim = student.output_shape[-1]
        self.num_classes = num_classes
        self.temperatures = {**_TEMPERATURES, **(temperatures or {})}
        self.weight = 1 / max(len(teachers), 1) if weight is None else weight
        self.convex_lambda = convex_lambda
        self.pairs = tuple(pairs)
        self.symmetric = symmetric
        self.logit_divergence = logit_divergence
        self.leak = leak
        self.legacy_eps = legacy_eps
        self.legacy_schedules = legacy_schedules
        self.seed = seed
        self._check_options()
        self.generator = keras.random.SeedGenerator(seed)
        self.classifier = self._classifier("classifier")
        self.teacher_names = tuple(sorted(teachers))
        self.teachers: dict[str, FrozenTeacher] = {}
        for name in self.teacher_names:
            composition = Composition(self.dim, name=f"{name}_composition")
            composition.build((None, self.dim), (None, self.dim))
            setattr(self, f"{name}_composition", composition)
            head = self._classifier(f"{name}_classifier")
            setattr(self, f"{name}_classifier", head)
        for name, network in teachers.items():
            if network is not None:
                self.set_teacher(name, network)
        self.accuracy = keras.metrics.SparseCategoricalAccuracy("accuracy")
        self.built = True

    def _classifier(self, name: str) -> keras.layers.Dense:
        layer = keras.layers.Dense(self.num_classes, dtype="float32", name=name)
        layer.build((None, self.dim))
        return layer

    def set_teacher(self, name: str, network: keras.Model) -> None:
        """Give the model, new or read from a file, one of its teachers.

        Args:
            name: `"image"` or `"audio"`, as in the argument `teachers`.
            network: As there.
        """
        if name not in self.teacher_names:
            raise ValueError(
                f"Received a teacher {name!r}. Expected one of "
                f"{self.teacher_names}, with which the model was made."
            )
        teacher = FrozenTeacher(network, name, outputs=("descriptor",))
        dim = teacher.shapes["descriptor"][-1]
        if dim != self.dim:
            raise ValueError(
                "Student and teacher must have embeddings of one size. "
                f"Received a student with {self.dim} features and the "
                f"{name} teacher {network.name!r} with {dim}: end one "
                "of them with a keras.layers.Dense of the other's size and "
                "train it, or project the teacher's by principal components."
            )
        self.teachers[name] = teacher

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the layers that a stage may freeze."""
        kinds = ("composition", "classifier")
        added = [f"{t}_{kind}" for t in self.teacher_names for kind in kinds]
        return ("student", "classifier", *added)

    def describe(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> Tensor:
        """The student's embeddings, `(batch, dim)`, float32."""
        found = self.student(_take(batch, "video"), training=training)
        return ops.cast(found, "float32")

    def call(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> Tensor:
        return self.classifier(self.describe(batch, training))

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Losses that are on, and what the metric needs."""
        video = self.describe(batch, training)
        logits = self.classifier(video)
        labels = ops.cast(_take(batch, "label"), "int32")
        weights = ops.cast(labels >= 0, "float32")
        if "sample_weight" in batch:
            weights = weights * ops.cast(batch["sample_weight"], "float32")
        losses = {
            "cross_entropy": batch_mean(
                self._cross_entropy(labels, logits), weights
            )
        }
        for name in self.teacher_names:
            counted = weights
            if name == "audio" and "has_audio" in batch:
                heard = ops.cast(batch["has_audio"], "float32")
                counted = weights * heard
            teacher = self._embedding(name, batch, training)
            if teacher is not None:
                # What a silent clip has for an embedding may be anything.
                teacher = ops.where(counted[:, None] > 0, teacher, 0.0)
                student = (video, logits)
                losses |= self._distil(name, student, teacher, labels, counted)
        losses = {n: x for n, x in losses.items() if n in self.active_losses}
        outputs = {"logits": logits, "weights": weights}
        return losses, outputs

    def _distil(
        self,
        name: str,
        student: tuple[Tensor, Tensor],
        teacher: Tensor,
        labels: Tensor,
        weights: Tensor,
    ) -> dict[str, Tensor]:
        """What one teacher adds to the losses."""
        video, logits = student
        layers = (
            getattr(self, f"{name}_composition"),
            getattr(self, f"{name}_classifier"),
        )
        # Once for each of the two losses: the student's must not reach the
        # composition's weights, the composition's not the student.
        seen, seen_logits = _compose(layers, teacher, video, self.leak)
        fixed = ops.stop_gradient(video), ops.stop_gradient(logits)
        own, own_logits = _compose(layers, teacher, fixed[0], True)

        contrast = self._contrast(name, labels, weights)
        by_teacher, by_composition = 1.0, 1.0
        if self.convex_lambda is not None:
            by_teacher, by_composition = (
                self.convex_lambda,
                1 - self.convex_lambda,
            )
        # Each once, however many pairs it is in.
        video, teacher, seen, own = map(
            replica_gather, (video, teacher, seen, own)
        )
        still = ops.stop_gradient(video)
        nce = by_composition * contrast("video_composition", video, seen)
        nce = nce + by_teacher * contrast("video_teacher", video, teacher)
        composed = contrast("video_composition", still, own)
        composed = composed + contrast("composition_teacher", own, teacher)
        diverge = functools.partial(self._diverge, weights)
        composed = composed + diverge(fixed[1], own_logits)
        composed = composed + batch_mean(
            self._cross_entropy(labels, own_logits), weights
        )
        return {
            f"{name}_contrast": self.weight * nce,
            f"{name}_divergence": self.weight * diverge(logits, seen_logits),
            f"{name}_composition": self._keep_rate() * composed,
        }

    def _contrast(
        self, name: str, labels: Tensor, weights: Tensor
    ) -> Callable[[str, Tensor, Tensor], Tensor]:
        """`S(x, y)` of the global batch's pairs that are contrasted."""
        labels, weights = replica_gather(labels), replica_gather(weights)
        nce = functools.partial(
            multi_class_nce,
            labels=labels,
            temperature=self.temperatures[name],
            mask=weights > 0,
            legacy_eps=self.legacy_eps,
        )

        def contrast(pair: str, x: Tensor, y: Tensor) -> Tensor:
            if pair not in self.pairs:
                return ops.zeros(())
            values = nce(x, y)
            if self.symmetric:
                values = values + nce(y, x)
            return batch_mean(values, weights)

        return contrast

    def _diverge(self, weights: Tensor, p: Tensor, q: Tensor) -> Tensor:
        if self.logit_divergence == "none":
            return ops.zeros(())
        values = logit_divergence(p, q, self.logit_divergence, self.legacy_eps)
        return _DIVERGENCE_WEIGHT * batch_mean(values, weights)

    def _cross_entropy(self, labels: Tensor, logits: Tensor) -> Tensor:
        return keras.losses.sparse_categorical_crossentropy(
            ops.maximum(labels, 0), logits, from_logits=True
        )

    def _keep_rate(self) -> Tensor | float:
        """By how much the learning rate has fallen, where that is undone."""
        optimizer = getattr(self, "optimizer", None)
        # Loss scaling wraps the one that has the rate.
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        if not self.legacy_schedules or optimizer is None:
            return 1.0
        # The configuration of a constant rate cannot be had while tracing.
        if isinstance(optimizer.learning_rate, keras.Variable):
            return 1.0
        schedule = optimizer.get_config()["learning_rate"]
        if not isinstance(schedule, Mapping):
            return 1.0
        schedule = keras.optimizers.schedules.deserialize(schedule)
        return schedule(0) / schedule(optimizer.iterations)

    def _embedding(
        self, name: str, batch: Mapping[str, Tensor], training: bool
    ) -> Tensor | None:
        key = f"teacher_{name}"
        if key in batch:
            found = ops.cast(batch[key], "float32")
            if found.shape[-1] != self.dim:
                raise ValueError(
                    f"Received {key!r} of shape {tuple(found.shape)}. "
                    f"Expected the student's size, (batch, {self.dim})."
                )
            return ops.stop_gradient(found)
        if name in self.teachers:
            if name == "image" and "image" not in batch:
                batch = {"image": self._frame(_take(batch, "video"), training)}
            return self.teachers[name](batch)["descriptor"]
        if training:
            raise ValueError(
                f"There is no {name} teacher. Give one to the constructor or "
                f"to set_teacher, or batches with {key!r}, as "
                "TeacherTargets.attach makes them. Received a batch with "
                f"{sorted(batch)}."
            )
        return None

    def _frame(self, video: Tensor, training: bool) -> Tensor:
        num_frames = video.shape[1]
        if not training:
            return video[:, num_frames // 2]
        index = keras.random.randint((), 0, num_frames, seed=self.generator)
        return ops.take(video, index, axis=1)

    def update_metrics(
        self, batch: Mapping[str, Tensor], outputs: dict[str, Tensor]
    ) -> None:
        """Accuracy of the student."""
        self.accuracy.update_state(
            ops.maximum(batch["label"], 0),
            outputs["logits"],
            sample_weight=outputs["weights"],
        )

    def _check_options(self) -> None:
        unknown = sorted(set(self.pairs) - set(_PAIRS))
        if unknown:
            raise ValueError(
                f"pairs must be among {_PAIRS}. Received: {unknown}"
            )
        if self.logit_divergence not in (*DIVERGENCES, "none"):
            raise ValueError(
                f"logit_divergence must be one of {(*DIVERGENCES, 'none')}. "
                f"Received: {self.logit_divergence!r}"
            )
        share = 0.0 if self.convex_lambda is None else self.convex_lambda
        lowest = min(self.temperatures.values())
        if not 0 <= share <= 1 or self.weight < 0 or lowest <= 0:
            raise ValueError(
                "Expected convex_lambda in [0, 1] or None, a weight that is "
                "not negative and positive temperatures. Received: "
                f"convex_lambda={self.convex_lambda}, weight={self.weight}, "
                f"temperatures={self.temperatures}"
            )

    def get_config(self) -> dict[str, Any]:
        with self.stage.thawed():
            student = keras.saving.serialize_keras_object(self.student)
        return {
            **super().get_config(),
            "student": student,
            "num_classes": self.num_classes,
            "teachers": dict.fromkeys(self.teacher_names),
            "temperatures": dict(self.temperatures),
            "weight": self.weight,
            "convex_lambda": self.convex_lambda,
            "pairs": list(self.pairs),
            "symmetric": self.symmetric,
            "logit_divergence": self.logit_divergence,
            "leak": self.leak,
            "legacy_eps": self.legacy_eps,
            "legacy_schedules": self.legacy_schedules,
            "seed": self.seed,
        }

    @classmethod
    def from_config(
        cls,
        config: dict[str, Any],
        custom_objects: dict[str, Any] | None = None,
    ) -> "CompositionalContrastive":
        student = keras.saving.deserialize_keras_object(
            config["student"], custom_objects=custom_objects
        )
        return cls(**{**config, "student": student})


def _compose(
    layers: tuple[Composition, keras.layers.Dense],
    teacher: Tensor,
    video: Tensor,
    learn: bool,
) -> tuple[Tensor, Tensor]:
    """The composition and its logits; their weights learn, or are constant."""
    composition, classifier = layers
    if learn:
        composed = composition(teacher, video)
        return composed, classifier(composed)
    composed = _constant(composition, teacher, video)
    return composed, _constant(classifier, composed)


def _constant(layer: keras.layers.Layer, *inputs: Tensor) -> Tensor:
    """A layer's output, with gradients to its inputs alone."""
    weights = [ops.stop_gradient(v) for v in layer.trainable_variables]
    outputs, _ = layer.stateless_call(
        weights, layer.non_trainable_variables, *inputs
    )
    return outputs


def _loss_names(teachers: Mapping[str, Any]) -> list[str]:
    kinds = ("contrast", "divergence", "composition")
    added = [f"{name}_{kind}" for name in sorted(teachers) for kind in kinds]
    return ["cross_entropy", *added]


def _check_teachers(teachers: Mapping[str, Any]) -> None:
    unknown = sorted(set(teachers) - set(_TEMPERATURES))
    if unknown:
        raise ValueError(
            f"Received teachers of {unknown}. Expected a dict with the keys "
            f"{sorted(_TEMPERATURES)}, or one of them."
        )


def _take(batch: Mapping[str, Tensor], name: str) -> Tensor:
    if name not in batch:
        raise ValueError(
            f"CompositionalContrastive reads the key {name!r}. Received a "
            f"batch with {sorted(batch)}. `keras_av.data.clips` gives `video` "
            "if the ClipSpec has num_frames > 0 and `label` if the manifest "
            "has classes."
        )
    return batch[name]
