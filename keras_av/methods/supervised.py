"""Supervised training of a classifier."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from keras_av.layers.augmentation.mixup import Mixup
from keras_av.models.own_inputs import own_inputs
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean
from keras_av.training.clip_weights import clip_weights
from keras_av.training.needs import Needs
from keras_av.training.step_model import StepModel

# Keys of a batch that mixup blends.
_MODALITIES = ("video", "image", "audio")


@keras.saving.register_keras_serializable(package="keras_av")
class Supervised(StepModel):
    """Trains a classifier of clips with cross-entropy.

    With `p = softmax(logits)` and `t` the one-hot label, smoothed to
    `(1 - e) t + e / num_classes`, the loss of a clip is `-sum_c t_c log p_c`.
    For multi-label clips it is the mean over classes of the binary
    cross-entropies, with labels smoothed to `(1 - e) t + e / 2`. Losses are
    computed in float32 and averaged over the clips by weight: the product of
    `sample_weight`, if the batch has it, and the weight of the clip's class. A
    clip has weight 0 if its label is negative or, for an audio-only
    classifier, if it has no sound. An out-of-range label makes the loss NaN.

    With `mixup_alpha` clips are blended in training as by `Mixup`, clips with
    sound only with each other. A blended clip has the weights and labels of
    both parts in proportion to their shares, and the logged training accuracy
    is that of the class of the larger part.

    It logs `accuracy` or, for multi-label clips, `mAP`, the mean over classes
    of the area under the precision-recall curve at 200 thresholds;
    `keras_av.metrics.mean_average_precision` is exact. Both count every clip
    of positive weight once.

    References:
        - [Szegedy et al., 2016](https://arxiv.org/abs/1512.00567), for label
          smoothing

    Args:
        classifier: A built `keras.Model` from `batch[key]` to logits
            `(batch, num_classes)`. It must have a known `output_shape` or an
            attribute `num_classes`.
        key: Modality to classify, `"video"`, `"image"` or `"audio"`, or None
            for a classifier that takes the whole batch, a dict. A functional
            model gets the keys that it has inputs for. Defaults to `"video"`.
        label_smoothing: Share `e` of the label that is spread over all classes,
            in [0, 1). Defaults to 0.
        mixup_alpha: Parameter of the Beta distribution of mixup; 0 for no
            blending. Defaults to 0.
        class_weights: Non-negative weights of the classes; for multi-label
            clips, of the terms of the classes. Defaults to all ones.
        multi_label: Whether a clip may have any number of labels. Defaults
            to False.
        seed: Integer seed of mixup.

    Call arguments:
        batch: Dict with the key. Training and validation also use `label`,
            integers `(batch,)`, or for multi-label clips 0 and 1 `(batch,
            num_classes)`, and, if present, `has_audio` and `sample_weight`,
            each `(batch,)`.

    Returns:
        Logits, `(batch, num_classes)`.

    Raises:
        ValueError: If the number of classes is not known, an argument is out
            of range, or a batch has a missing key.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.methods import Supervised
    >>> classifier = keras.Sequential([
    ...     keras.Input((4, 8, 8, 3)), keras.layers.Flatten(),
    ...     keras.layers.Dense(3)])
    >>> model = Supervised(classifier, label_smoothing=0.1, mixup_alpha=0.2)
    >>> # Warm up to 0.01 in 2 steps, then decay to 0 in 8.
    >>> schedule = keras.optimizers.schedules.CosineDecay(
    ...     0.0, decay_steps=8, warmup_target=0.01, warmup_steps=2)
    >>> model.compile(keras.optimizers.SGD(schedule, momentum=0.9))
    >>> batch = {"video": np.zeros((8, 4, 8, 8, 3), "uint8"),
    ...          "label": np.arange(8) % 3}
    >>> history = model.fit(batch, batch_size=4, epochs=5, verbose=0)
    >>> sorted(history.history)
    ['accuracy', 'cross_entropy', 'loss']
    >>> model.predict(batch, verbose=0).shape
    (8, 3)
    """

    def __init__(
        self,
        classifier: keras.Model,
        key: str | None = "video",
        *,
        label_smoothing: float = 0.0,
        mixup_alpha: float = 0.0,
        class_weights: Sequence[float] | None = None,
        multi_label: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(loss_names=["cross_entropy"], **kwargs)
        if key is not None and key not in _MODALITIES:
            raise ValueError(
                f"Received key={key!r}. Expected one of {_MODALITIES}, or "
                "None for a classifier that takes the whole batch."
            )
        if not 0 <= label_smoothing < 1:
            raise ValueError(
                f"Received label_smoothing={label_smoothing}. Expected a "
                "number in [0, 1)."
            )
        self.classifier = classifier
        self.key = key
        self.num_classes = _num_classes(classifier)
        self.label_smoothing = label_smoothing
        self.mixup_alpha = mixup_alpha
        self.class_weights = _check_weights(class_weights, self.num_classes)
        self.multi_label = multi_label
        self.seed = seed
        self.mixup: Any = Mixup(mixup_alpha, seed) if mixup_alpha else None
        self.score = _metric(multi_label, self.num_classes)
        self.built = True

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the layers that a phase may freeze."""
        return ("classifier",)

    @property
    def needs(self) -> Needs:
        """Labels below `num_classes`, and sound if that is classified."""
        return Needs(
            num_classes=None if self.multi_label else self.num_classes,
            label=True,
            sound=self.key == "audio",
        )

    def call(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> Tensor:
        if self.key is not None:
            inputs = self.take(batch, self.key, self.classifier)
        else:
            inputs = own_inputs(self.classifier, batch)
        return self.classifier(inputs, training=training)

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Compute the cross-entropy and the inputs of the metric."""
        targets, weights = self._targets(batch)
        if training and self.mixup is not None:
            batch, targets, weights = self._blend(batch, targets, weights)
        logits = ops.cast(self(batch, training=training), "float32")
        losses = self._cross_entropy(logits, self._smooth(targets))
        outputs = {"logits": logits, "targets": targets, "weights": weights}
        return {"cross_entropy": batch_mean(losses, weights)}, outputs

    def _targets(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """The labels as rows of 0 and 1, and the weights of the clips."""
        label = self.take(batch, "label")
        rank = 2 if self.multi_label else 1
        if len(label.shape) != rank:
            raise ValueError(
                f"Received labels of shape {tuple(label.shape)} with "
                f"multi_label={self.multi_label}. Expected "
                + ("(batch, num_classes)." if rank == 2 else "(batch,).")
            )
        weights = clip_weights(batch, with_audio=self.key == "audio")
        if self.multi_label:
            known = ops.all(label >= 0, axis=1)
            targets = ops.cast(ops.maximum(label, 0), "float32")
        else:
            index = ops.cast(ops.clip(label, 0, self.num_classes - 1), "int32")
            targets = ops.one_hot(index, self.num_classes, dtype="float32")
            # A row of zeros would silently have no loss.
            valid = ops.expand_dims(label < self.num_classes, 1)
            targets = ops.where(valid, targets, float("nan"))
            known = label >= 0
            if self.class_weights is not None:
                weights = weights * ops.take(self._by_class(), index)
        return targets, weights * ops.cast(known, "float32")

    def _by_class(self) -> Tensor:
        return ops.convert_to_tensor(self.class_weights, dtype="float32")

    def _blend(
        self, batch: Mapping[str, Tensor], targets: Tensor, weights: Tensor
    ) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        names = _MODALITIES if self.key is None else (self.key,)
        clips = {name: batch[name] for name in names if name in batch}
        # The loss is linear in the target, so the loss of a blended clip is
        # the sum of the losses of its parts, each with its own weight.
        parts = {"weighted": targets * weights[:, None], "weights": weights}
        mixed = self.mixup(
            {**clips, **parts}, groups=batch.get("has_audio"), training=True
        )
        weighted, weights = mixed.pop("weighted"), mixed.pop("weights")
        least = keras.config.epsilon()
        targets = weighted / ops.maximum(weights, least)[:, None]
        return {**batch, **mixed}, targets, weights

    def _smooth(self, targets: Tensor) -> Tensor:
        even = 0.5 if self.multi_label else 1 / self.num_classes
        return targets + self.label_smoothing * (even - targets)

    def _cross_entropy(self, logits: Tensor, targets: Tensor) -> Tensor:
        if not self.multi_label:
            return -ops.sum(targets * ops.log_softmax(logits), axis=1)
        terms = ops.softplus(logits) - targets * logits
        if self.class_weights is not None:
            terms = terms * self._by_class()
        return ops.mean(terms, axis=1)

    def update_metrics(
        self, batch: Mapping[str, Tensor], outputs: dict[str, Tensor]
    ) -> None:
        targets = outputs["targets"]
        if self.multi_label:
            targets = ops.cast(targets >= 0.5, "float32")
        # A clip of positive weight counts once, whatever its weight.
        counted = ops.cast(outputs["weights"] > 0, "float32")
        self.score.update_state(
            targets, outputs["logits"], sample_weight=counted
        )


def _metric(multi_label: bool, num_classes: int) -> keras.metrics.Metric:
    if not multi_label:
        return keras.metrics.CategoricalAccuracy(name="accuracy")
    return keras.metrics.AUC(
        curve="PR",
        multi_label=True,
        num_labels=num_classes,
        from_logits=True,
        name="mAP",
    )


def _num_classes(classifier: keras.Model) -> int:
    if not isinstance(classifier, keras.Model) or not classifier.built:
        raise ValueError(
            "classifier must be a built keras.Model. Received: "
            f"{classifier} of type {type(classifier).__name__}"
        )
    shape = getattr(classifier, "output_shape", None)
    if shape is None and hasattr(classifier, "num_classes"):
        return int(classifier.num_classes)
    if not isinstance(shape, tuple) or len(shape) != 2 or shape[1] is None:
        raise ValueError(
            "classifier must have one output, (batch, num_classes). Received "
            f"{classifier.name!r}, a {type(classifier).__name__}, with output "
            f"shape {shape}. Give a custom model an attribute num_classes, or "
            "wrap it: inputs = keras.Input(shape); "
            "keras.Model(inputs, model(inputs))."
        )
    return shape[1]


def _check_weights(
    weights: Sequence[float] | None, num_classes: int
) -> list[float] | None:
    if weights is None:
        return None
    weights = [float(weight) for weight in weights]
    if len(weights) != num_classes or min(weights) < 0:
        raise ValueError(
            f"Received class_weights={weights}. Expected {num_classes} "
            "non-negative numbers, one per class."
        )
    return weights
