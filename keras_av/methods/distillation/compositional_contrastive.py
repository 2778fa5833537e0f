"""Compositional contrastive learning with image and audio teachers."""

import functools
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import keras
from keras import ops

from keras_av.layers.heads.composition import Composition
from keras_av.losses.logit_divergence import DIVERGENCES
from keras_av.methods.distillation.compose import compose
from keras_av.methods.distillation.frozen_teacher import FrozenTeacher
from keras_av.methods.distillation.half_divergence import half_divergence
from keras_av.methods.distillation.one_view import (
    one_view,
    tell_of_two_views,
)
from keras_av.methods.distillation.pair_contrast import (
    PAIRS,
    Pair,
    pair_contrast,
)
from keras_av.methods.distillation.schedule_undone import schedule_undone
from keras_av.methods.distillation.teacher_embeddings import (
    teacher_embeddings,
)
from keras_av.methods.distillation.unlabelled import (
    UNLABELLED,
    instance_labels,
    name_by_probes,
)
from keras_av.ops.replicas import replica_gather
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean
from keras_av.training.checks import (
    check_choice,
    check_positive,
    check_share,
    check_weights,
)
from keras_av.training.clip_weights import clip_weights
from keras_av.training.label_loss import label_cross_entropy, update_accuracy
from keras_av.training.needs import Needs
from keras_av.training.step_model import StepModel

# Temperatures by kind of teacher, as in the original.
_TEMPERATURES = {"image": 0.1, "audio": 0.5}


@keras.saving.register_keras_serializable(package="keras_av")
class CompositionalContrastive(StepModel):
    """Distils image and audio teachers into a video student, using labels.

    The embedding `x_t` of a teacher and `x_v` of the student come from
    different modalities. A `Composition` of both, `x_tv`, with a separate
    classifier, closes the gap. With `S(x, y) = NCE(x, y) + NCE(y, x)` of
    `multi_class_nce`, `D` half the divergence between the logits of the
    student and of the composition, and CE the cross-entropy with the labels,
    the student learns from

        CE_v + teacher_weight * sum_t [S(x_v, x_tv) + S(x_v, x_t) + D_t]

    and each composition, with its classifier, from

        CE_tv + S(x_v, x_tv) + S(x_tv, x_t) + D_t,

    in which `x_v` is constant. One optimizer trains both. Teachers are frozen,
    run in inference mode and are not saved with the model. Without a teacher,
    the student is trained on labels only, as a baseline.

    Clips without sound have weight 0 in the terms of the audio teacher. Clips
    without a label (-1) have it in all terms; with `unlabelled="instance"` in
    CE alone, and each is a class of its own in `S`; with `"teacher"` linear
    classifiers of the teachers' embeddings also name those they are sure of.
    The logs include the student's `accuracy` and, for each teacher, `contrast`
    and `divergence`, parts of the student's loss, and `composition`.

    References:
        - [Chen et al., 2021](https://arxiv.org/abs/2104.10955)

    Args:
        student: Any built `keras.Model` from clips to embeddings
            `(batch, dim)`.
        num_classes: Number of classes.
        teachers: Teachers by modality, `"image"` or `"audio"`, which is also
            the key of their input: functional `keras.Model`s whose only or
            first output is a descriptor of the student's size. None for a
            teacher whose embeddings are in the batches as `teacher_image` or
            `teacher_audio`, `(batch, dim)`, where `TeacherTargets.attach`
            puts them.
        temperatures: Temperatures of the contrast by modality of the teacher.
            Defaults to 0.1 for `"image"` and 0.5 for `"audio"`.
        teacher_weight: Weight of the teachers' terms in the student's loss.
            Defaults to 1 with one teacher and 0.5 with two.
        convex_weight: Weight of `S(x_v, x_t)` in the student's loss, in
            [0, 1]; the weight of `S(x_v, x_tv)` is then `1 - convex_weight`.
            Defaults to None, a weight of 1 for each.
        pairs: Pairs to contrast. Defaults to `"video_composition"`,
            `"video_teacher"` and `"composition_teacher"`.
        symmetric: Whether `S` has both directions. Defaults to True.
        logit_divergence: `"jeffreys"`, `"jsd"` or `"none"`. Defaults to
            `"jeffreys"`, which the original calls JSD.
        leak: Whether the student's loss also trains the compositions, as in
            the original. Defaults to False.
        legacy_eps: Whether to add 1e-10 inside logarithms, as the original.
            Defaults to False.
        legacy_schedules: Whether a schedule of SGD's rate applies to the
            student only, as in the original. Other optimizers must have no
            schedule. Defaults to False.
        unlabelled: Use of clips without a label: `"skip"`, `"instance"` or
            `"teacher"`. Defaults to `"skip"`; the original has labels for all.
        confidence: Probability from which a teacher is sure. Defaults to 0.8.
        augmentation: Layer applied to `video` in training, once for the
            student and an image teacher that sees a frame of it. Defaults to
            None. Embeddings are not: noise in a target is no view.
        seed: Integer seed of the frames that an image teacher sees.
        **kwargs: `name` and others of `keras.Model`.

    Call arguments:
        batch: Dict with `video`. Training also uses `label` and, if present,
            `has_audio` and `sample_weight`, each `(batch,)`. An image teacher
            uses `image` or else one frame of `video` `(batch, frames, height,
            width, 3)`: a random one for the whole batch in training, otherwise
            the middle one.

    Returns:
        Logits of the student, `(batch, num_classes)`, float32.

    Raises:
        ValueError: If the embeddings of student and teacher differ in size,
            an option is unknown, or a batch has a missing key.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.methods import CompositionalContrastive
    >>> student = keras.Sequential([keras.Input((4, 8, 8, 3)),
    ...                             keras.layers.Flatten(),
    ...                             keras.layers.Dense(6)])
    >>> model = CompositionalContrastive(
    ...     student, num_classes=3, teachers={"audio": None})
    >>> model.compile(optimizer="sgd", jit_compile=False)
    >>> batch = {"video": np.random.rand(8, 4, 8, 8, 3).astype("float32"),
    ...          "teacher_audio": np.random.rand(8, 6).astype("float32"),
    ...          "label": np.arange(8) % 3}
    >>> history = model.fit(batch, batch_size=4, verbose=0)
    >>> model.predict(batch, verbose=0).shape
    (8, 3)
    """

    renamed_options = types.MappingProxyType(
        {"weight": "teacher_weight", "convex_lambda": "convex_weight"}
    )

    def __init__(
        self,
        student: keras.Model,
        num_classes: int,
        teachers: Mapping[str, keras.Model | None] | None = None,
        *,
        temperatures: Mapping[str, float] | None = None,
        teacher_weight: float | None = None,
        convex_weight: float | None = None,
        pairs: Sequence[Pair] = PAIRS,
        symmetric: bool = True,
        logit_divergence: Literal["jeffreys", "jsd", "none"] = "jeffreys",
        leak: bool = False,
        legacy_eps: bool = False,
        legacy_schedules: bool = False,
        unlabelled: Literal["skip", "instance", "teacher"] = "skip",
        confidence: float = 0.8,
        augmentation: keras.layers.Layer | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        teachers = dict(teachers or {})
        for name in teachers:
            check_choice("A teacher", name, _TEMPERATURES)
        super().__init__(loss_names=_loss_names(teachers), **kwargs)
        self.student = student
        self.dim = student.output_shape[-1]
        self.num_classes = num_classes
        self.temperatures = {**_TEMPERATURES, **(temperatures or {})}
        self.teacher_names = tuple(sorted(teachers))
        self._set_teacher_weight(teacher_weight)
        self.convex_weight = convex_weight
        self.pairs = tuple(pairs)
        self.symmetric = symmetric
        self.logit_divergence = logit_divergence
        self.leak = leak
        self.legacy_eps = legacy_eps
        self.legacy_schedules = legacy_schedules
        self.unlabelled, self.confidence = unlabelled, confidence
        self.augmentation = augmentation
        self.seed = seed
        self._check_options()
        self.generator = keras.random.SeedGenerator(seed)
        self._make_layers()
        self.teachers: Any = dict.fromkeys(self.teacher_names)
        for name, network in teachers.items():
            if network is not None:
                self.set_teacher(name, network)
        self.accuracy = keras.metrics.SparseCategoricalAccuracy("accuracy")
        self.built = True

    def _set_teacher_weight(self, weight: float | None) -> None:
        if weight is None:
            weight = 1 / max(len(self.teacher_names), 1)
        self.teacher_weight = weight
        self.loss_weights = {
            f"{name}_{kind}": weight
            for name in self.teacher_names
            for kind in ("contrast", "divergence")
        }

    def _make_layers(self) -> None:
        self.classifier = self._classifier("classifier")
        for name in self.teacher_names:
            composition = Composition(self.dim, name=f"{name}_composition")
            composition.build((None, self.dim), (None, self.dim))
            setattr(self, f"{name}_composition", composition)
            head = self._classifier(f"{name}_classifier")
            setattr(self, f"{name}_classifier", head)
        # After all else, whose random weights are those without them.
        for name in self.teacher_names if self.unlabelled == "teacher" else ():
            setattr(self, f"{name}_probe", self._classifier(f"{name}_probe"))

    def _classifier(self, name: str) -> keras.layers.Dense:
        layer = keras.layers.Dense(self.num_classes, dtype="float32", name=name)
        layer.build((None, self.dim))
        return layer

    def set_teacher(self, name: str, network: keras.Model) -> None:
        """Set one of the teachers, such as after loading the model.

        Args:
            name: Modality of the teacher, `"image"` or `"audio"`.
            network: Teacher, as in the argument `teachers`.
        """
        check_choice("A teacher of the model", name, self.teacher_names)
        teacher = FrozenTeacher(network, name, outputs=("descriptor",))
        teacher.check_size(self.dim)
        if name == "image":
            tell_of_two_views(self.student, type(self).__name__)
        self.teachers[name] = teacher

    @property
    def probes(self) -> dict[str, keras.layers.Layer]:
        """The classifiers of the teachers, by their names."""
        names = self.teacher_names if self.unlabelled == "teacher" else ()
        return {name: getattr(self, f"{name}_probe") for name in names}

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the layers that a phase may freeze."""
        kinds = ("composition", "classifier")
        added = [f"{t}_{kind}" for t in self.teacher_names for kind in kinds]
        added += [f"{name}_probe" for name in self.probes]
        return ("student", "classifier", *added)

    @property
    def needs(self) -> Needs:
        """Labels below `num_classes`, and sound for an audio teacher."""
        taught = any(name.startswith("audio") for name in self.active_losses)
        return Needs(num_classes=self.num_classes, label=True, sound=taught)

    def describe(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> Tensor:
        """The student's embeddings, `(batch, dim)`, float32."""
        clips = self.take(batch, "video", self.student)
        found = self.student(clips, training=training)
        return ops.cast(found, "float32")

    def call(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> Tensor:
        return self.classifier(self.describe(batch, training))

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Compute the active losses and the inputs of the metric."""
        batch = one_view(batch, "video", self.augmentation, training)
        video = self.describe(batch, training)
        logits = self.classifier(video)
        labels = ops.cast(self.take(batch, "label"), "int32")
        outputs = {"logits": logits, "weights": clip_weights(batch, True)}
        teachers = teacher_embeddings(
            self.teachers,
            batch,
            labelled=self.unlabelled == "skip",
            dim=self.dim,
            training=training,
            generator=self.generator,
        )
        probed, labels = name_by_probes(
            self.probes, teachers, labels, self.confidence
        )
        batch = {**batch, "label": labels}
        weights = clip_weights(batch, labelled=True)
        values = label_cross_entropy(labels, logits)
        losses = {"cross_entropy": batch_mean(values, weights)}
        for name, (teacher, counted) in teachers.items():
            student = (video, logits)
            losses |= self._distil(name, student, teacher, labels, counted)
            losses[f"{name}_composition"] += probed.get(name, 0.0)
        return self.weighted(losses), outputs

    def _distil(
        self,
        name: str,
        student: tuple[Tensor, Tensor],
        teacher: Tensor,
        labels: Tensor,
        weights: Tensor,
    ) -> dict[str, Tensor]:
        """The losses of one teacher."""
        video, logits = student
        kinds = "composition", "classifier"
        layers = tuple(getattr(self, f"{name}_{kind}") for kind in kinds)
        # Once for each of the two losses: that of the student must not train
        # the composition, nor that of the composition the student.
        rate: Tensor | float = 1.0
        if self.legacy_schedules:
            rate = schedule_undone(getattr(self, "optimizer", None))
        leaked = rate if self.leak else 0.0
        seen, seen_logits = compose(layers, teacher, video, leaked)
        fixed = ops.stop_gradient(video), ops.stop_gradient(logits)
        own, own_logits = compose(layers, teacher, fixed[0], rate)
        contrast = self._contrast(name, labels, weights)
        convex = self.convex_weight
        shares = (1.0, 1.0) if convex is None else (convex, 1 - convex)
        # Each once, however many pairs it is in.
        video, teacher, seen, own = map(
            replica_gather, (video, teacher, seen, own)
        )
        still = ops.stop_gradient(video)
        nce = shares[1] * contrast("video_composition", video, seen)
        nce = nce + shares[0] * contrast("video_teacher", video, teacher)
        composed = contrast("video_composition", still, own)
        composed = composed + contrast("composition_teacher", own, teacher)
        diverge = functools.partial(
            half_divergence,
            kind=self.logit_divergence,
            weights=weights,
            legacy_eps=self.legacy_eps,
        )
        composed = composed + diverge(fixed[1], own_logits)
        composed = composed + batch_mean(
            label_cross_entropy(labels, own_logits),
            weights * ops.cast(labels >= 0, "float32"),
        )
        return {
            f"{name}_contrast": nce,
            f"{name}_divergence": diverge(logits, seen_logits),
            f"{name}_composition": composed,
        }

    def _contrast(
        self, name: str, labels: Tensor, weights: Tensor
    ) -> Callable[[str, Tensor, Tensor], Tensor]:
        return functools.partial(
            pair_contrast,
            pairs=self.pairs,
            labels=instance_labels(replica_gather(labels)),
            weights=replica_gather(weights),
            temperature=self.temperatures[name],
            symmetric=self.symmetric,
            legacy_eps=self.legacy_eps,
        )

    def update_metrics(
        self, batch: Mapping[str, Tensor], outputs: dict[str, Tensor]
    ) -> None:
        """Update the accuracy of the student."""
        update_accuracy(
            self.accuracy, batch, outputs["logits"], outputs["weights"]
        )

    def _check_options(self) -> None:
        for pair in self.pairs:
            check_choice("A pair", pair, PAIRS)
        kinds = (*DIVERGENCES, "none")
        check_choice("logit_divergence", self.logit_divergence, kinds)
        check_choice("unlabelled", self.unlabelled, UNLABELLED)
        check_share("confidence", self.confidence)
        check_weights(teacher_weight=self.teacher_weight)
        for name, temperature in self.temperatures.items():
            check_positive(f"temperatures[{name!r}]", temperature)
        if self.convex_weight is not None:
            check_share("convex_weight", self.convex_weight)


def _loss_names(teachers: Mapping[str, Any]) -> list[str]:
    kinds = ("contrast", "divergence", "composition")
    added = [f"{name}_{kind}" for name in sorted(teachers) for kind in kinds]
    return ["cross_entropy", *added]
