"""What all classifiers of long videos share: features in, logits out."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from keras_av.layers.heads.fusion_mlp import FusionMLP
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean
from keras_av.training.step_model import StepModel

_KEYS = ("image_features", "audio_features")


class BankClassifier(StepModel):
    """A classifier of videos of which the features of N clips are given.

    Args:
        num_classes: Number of classes.
        dim: Size of the features of an image and of the sound, each.
        fusion: `FusionMLP` over both, as distillation has left it. Defaults
            to a new one of `dim` units.
        classifier: Built or new `keras.layers.Dense` over what it gives.
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

    def read(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """The two banks in float32, and the mask of valid entries.

        Raises:
            ValueError: A key is not there.
        """
        missing = sorted({*_KEYS, "mask"} - set(batch))
        if missing:
            raise ValueError(
                f"{type(self).__name__} reads {sorted([*_KEYS, 'mask'])}. "
                f"Received a batch with {sorted(batch)}, without {missing}. "
                "`keras_av.data.feature_sequences` gives such batches."
            )
        image, audio = (ops.cast(batch[key], "float32") for key in _KEYS)
        return image, audio, ops.cast(batch["mask"], "bool")

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Cross-entropies of the logits, by the names of the losses."""
        if "label" not in batch:
            raise ValueError(
                f"{type(self).__name__} learns from labels. Received a batch "
                f"with {sorted(batch)}, without 'label'."
            )
        outputs = self(batch, training=training)
        label = ops.cast(batch["label"], "int32")
        weights = ops.cast(label >= 0, "float32")
        if "sample_weight" in batch:
            weights *= ops.cast(batch["sample_weight"], "float32")
        losses = {}
        for name, logits in self.trained_logits(outputs).items():
            values = keras.losses.sparse_categorical_crossentropy(
                ops.maximum(label, 0), logits, from_logits=True
            )
            losses[name] = batch_mean(values, weights)
        return losses, {"logits": outputs["logits"], "weights": weights}

    def trained_logits(self, outputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Which logits the losses are made of, by the names of the losses."""
        return {"average": outputs["logits"]}

    def update_metrics(
        self, batch: Mapping[str, Tensor], outputs: dict[str, Tensor]
    ) -> None:
        """Top-1 accuracy."""
        self.accuracy.update_state(
            ops.maximum(batch["label"], 0),
            outputs["logits"],
            sample_weight=outputs["weights"],
        )

    def get_config(self) -> dict[str, Any]:
        with self.stage.thawed():
            save = keras.saving.serialize_keras_object
            return {
                **super().get_config(),
                "num_classes": self.num_classes,
                "dim": self.dim,
                "fusion": save(self.fusion),
                "classifier": save(self.classifier),
            }

    @classmethod
    def from_config(
        cls,
        config: dict[str, Any],
        custom_objects: dict[str, Any] | None = None,
    ) -> "BankClassifier":
        parts = {
            name: keras.saving.deserialize_keras_object(
                config[name], custom_objects=custom_objects
            )
            for name in ("fusion", "classifier")
        }
        return cls(**{**config, **parts})


def take(bank: Tensor, index: Tensor) -> Tensor:
    """Entry `index[b]` of each bank, `(batch, dim)`."""
    return ops.take_along_axis(bank, index[:, None, None], axis=1)[:, 0]


def masked_mean(bank: Tensor, mask: Tensor) -> Tensor:
    """Mean of the valid entries of each bank, `(batch, dim)`."""
    weights = ops.cast(mask, "float32")
    total = ops.einsum("bnd,bn->bd", bank, weights)
    count = ops.sum(weights, axis=1, keepdims=True)
    return total / ops.maximum(count, 1.0)
