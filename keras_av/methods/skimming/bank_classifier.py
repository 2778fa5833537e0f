"""Base class of classifiers of long videos from clip features."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from keras_av.layers.heads.fusion_mlp import FusionMLP
from keras_av.models.batch_keys import check_keys
from keras_av.ops.replicas import replica_draw
from keras_av.ops.types import Array, Tensor
from keras_av.training.batch_mean import batch_mean
from keras_av.training.clip_weights import clip_weights
from keras_av.training.label_loss import label_cross_entropy, update_accuracy
from keras_av.training.needs import Needs
from keras_av.training.step_model import StepModel

_KEYS = ("image_features", "audio_features")


class BankClassifier(StepModel):
    """A classifier of videos from the features of their clips.

    Args:
        num_classes: Number of classes.
        dim: Size of the image features and of the audio features.
        fusion: `FusionMLP` over both features, usually from distillation.
            Defaults to a new one with `dim` units.
        classifier: `keras.layers.Dense` over the fused features, built or not.
            Defaults to a new one.
        loss_names: Names of the losses.
        **kwargs: `name` and others of `keras.Model`.
    """

    def __init__(
        self,
        num_classes: int,
        dim: int = 512,
        fusion: FusionMLP | None = None,
        classifier: keras.layers.Dense | None = None,
        *,
        loss_names: Sequence[str] = ("average",),
        **kwargs: Any,
    ):
        super().__init__(loss_names=loss_names, **kwargs)
        self.num_classes = num_classes
        self.dim = dim
        self.fusion = fusion or FusionMLP(dim, 2 * dim)
        if not self.fusion.built:
            self.fusion.build([(None, dim), (None, dim)])
        self.classifier = classifier or keras.layers.Dense(
            num_classes, dtype="float32", name="classifier"
        )
        if not self.classifier.built:
            self.classifier.build((None, self.fusion.units))
        if self.classifier.units != num_classes:
            raise ValueError(
                f"Received a classifier of {self.classifier.units} classes "
                f"with num_classes={num_classes}. Make them equal."
            )
        self.accuracy = keras.metrics.SparseCategoricalAccuracy("accuracy")

    @property
    def needs(self) -> Needs:
        """Labels below `num_classes`."""
        return Needs(num_classes=self.num_classes, label=True)

    def read(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """The two banks in float32, and the mask of valid entries.

        Raises:
            ValueError: If a key is missing.
        """
        check_keys(type(self).__name__, batch, [*_KEYS, "mask"])
        image, audio = (ops.cast(batch[key], "float32") for key in _KEYS)
        return image, audio, ops.cast(batch["mask"], "bool")

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Compute the cross-entropies of the logits by loss name."""
        label = self.take(batch, "label")
        outputs = self(batch, training=training)
        weights = clip_weights(batch, labelled=True)
        losses = {
            name: batch_mean(label_cross_entropy(label, logits), weights)
            for name, logits in self.trained_logits(outputs).items()
        }
        return losses, {"logits": outputs["logits"], "weights": weights}

    def encoded(
        self, outputs: Mapping[str, Tensor], mask: Tensor
    ) -> tuple[Array, Array]:
        """How many clips of each video its logits follow from.

        Args:
            outputs: What the model returned for some videos.
            mask: Their valid clips, `(videos, clips)`.

        Returns:
            The numbers of images and of sounds that have to be encoded,
            `(videos,)` each.
        """
        raise NotImplementedError

    def trained_logits(self, outputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """The trained logits by loss name."""
        return {"average": outputs["logits"]}

    def update_metrics(
        self, batch: Mapping[str, Tensor], outputs: dict[str, Tensor]
    ) -> None:
        """Top-1 accuracy."""
        update_accuracy(
            self.accuracy, batch, outputs["logits"], outputs["weights"]
        )


def take(bank: Tensor, index: Tensor) -> Tensor:
    """Entry `index[b]` of each bank, `(batch, dim)`."""
    return ops.take_along_axis(bank, index[:, None, None], axis=1)[:, 0]


def random_keys(mask: Tensor, generator: keras.random.SeedGenerator) -> Tensor:
    """A uniformly random number in [0, 1) for each entry of each bank."""
    batch, clips = ops.shape(mask)
    return replica_draw(
        lambda size: keras.random.uniform((size, clips), seed=generator), batch
    )


def masked_mean(bank: Tensor, mask: Tensor) -> Tensor:
    """Mean of the valid entries of each bank, `(batch, dim)`."""
    weights = ops.cast(mask, "float32")
    total = ops.einsum("bnd,bn->bd", bank, weights)
    count = ops.sum(weights, axis=1, keepdims=True)
    return total / ops.maximum(count, 1.0)


def without(mask: Tensor, index: Tensor, valid: Tensor) -> Tensor:
    """The mask without one entry, or all valid entries if none is left."""
    places = ops.arange(ops.shape(mask)[1])[None]
    rest = ops.logical_and(
        mask, places != ops.cast(index, places.dtype)[:, None]
    )
    return ops.where(ops.any(rest, axis=1, keepdims=True), rest, valid)


def attended(
    banks: tuple[Tensor, Tensor],
    gate: Tensor,
    weights: tuple[Tensor, Tensor],
) -> tuple[Tensor, Tensor]:
    """Sums of both banks, weighted by both attentions and a gate."""
    shared = gate[:, :1] * weights[0] + gate[:, 1:] * weights[1]
    return (
        ops.einsum("bn,bnd->bd", shared, banks[0]),
        ops.einsum("bn,bnd->bd", shared, banks[1]),
    )
