"""Rivals of skimming: all, evenly spaced or random clips of a video."""

from collections.abc import Mapping
from typing import Any, Literal

import keras
import numpy as np
from keras import ops

from keras_av.layers.heads.fusion_mlp import FusionMLP
from keras_av.layers.sequences.attention_pooling import AttentionPooling
from keras_av.methods.skimming.bank_classifier import (
    BankClassifier,
    masked_mean,
    random_keys,
)
from keras_av.ops.types import Array, Tensor
from keras_av.training.checks import check_choice, check_positive

SELECTIONS = ("all", "uniform", "random")
POOLINGS = ("mean", "max", "attention")


@keras.saving.register_keras_serializable(package="keras_av")
class SelectedClips(BankClassifier):
    """Classifies videos by the fused features of their clips, pooled.

    `logits = classifier(pool_t Psi([x^I_t; x^A_t]))` over all valid clips of
    a video, over `num_steps` evenly spaced ones (the midpoints of equal
    segments), or over as many random ones, without replacement if there are
    enough. A pool is their mean, the maximum of each channel, or
    `AttentionPooling`.

    Args:
        num_classes: Number of classes.
        dim: Size of the image features and of the audio features. Defaults to
            512.
        fusion: `FusionMLP` over both features, usually from distillation.
            Defaults to a new one with `dim` units.
        classifier: Dense layer over the fused features. Defaults to a new one.
        selection: `"all"`, `"uniform"` or `"random"`. Defaults to `"all"`.
        num_steps: Number of clips, unless `selection` is `"all"`. Defaults to
            10.
        pooling: `"mean"`, `"max"` or `"attention"`. Defaults to `"mean"`.
        seed: Integer seed of the random selection and of the attention.
        **kwargs: `name` and others of `keras.Model`.

    Call arguments:
        batch: Dict with `image_features` and `audio_features`, `(batch,
            clips, dim)`, and `mask`, `(batch, clips)`, such as from
            `keras_av.data.feature_sequences`. Training also uses `label`.

    Returns:
        A dict with `logits`, `(batch, num_classes)`; `image_index` and
        `audio_index`, `(batch, num_steps)`, the selected clips (empty for
        `"all"`); and `num_steps`, `(batch,)`, the number of clips used.

    Raises:
        ValueError: If the selection or the pooling is unknown, or a batch has
            a missing key.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.methods import SelectedClips
    >>> model = SelectedClips(5, dim=4, selection="uniform", num_steps=2)
    >>> batch = {"image_features": np.ones((3, 9, 4)),
    ...          "audio_features": np.ones((3, 9, 4)),
    ...          "mask": np.ones((3, 9), "bool")}
    >>> index = keras.ops.convert_to_numpy(model(batch)["image_index"])
    >>> index[0].tolist()
    [2, 6]
    """

    def __init__(
        self,
        num_classes: int,
        dim: int = 512,
        fusion: FusionMLP | None = None,
        classifier: keras.layers.Dense | None = None,
        *,
        selection: Literal["all", "uniform", "random"] = "all",
        num_steps: int = 10,
        pooling: Literal["mean", "max", "attention"] = "mean",
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(num_classes, dim, fusion, classifier, **kwargs)
        check_choice("selection", selection, SELECTIONS)
        check_choice("pooling", pooling, POOLINGS)
        check_positive("num_steps", num_steps)
        self.selection = selection
        self.num_steps = num_steps
        self.pooling = pooling
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        if pooling == "attention":
            self.attention = AttentionPooling(seed=seed, name="attention")
            self.attention.build((None, None, self.fusion.units))
        self.built = True

    def call(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> dict[str, Tensor]:
        image, audio, mask = self.read(batch)
        lengths = ops.sum(ops.cast(mask, "int32"), axis=1)
        index = ops.zeros_like(ops.cast(mask, "int32"))[:, :0]
        if self.selection != "all":
            index = self._choose(mask, lengths)
            image, audio = (
                ops.take_along_axis(bank, index[..., None], axis=1)
                for bank in (image, audio)
            )
            mask = ops.ones_like(index, "bool")
            lengths = ops.full_like(lengths, self.num_steps)
        pooled = self._pooled(self.fusion([image, audio]), mask)
        return {
            "logits": self.classifier(pooled),
            "image_index": index,
            "audio_index": index,
            "num_steps": lengths,
        }

    def encoded(
        self, outputs: Mapping[str, Tensor], mask: Tensor
    ) -> tuple[Array, Array]:
        if self.selection == "all":
            counts = ops.convert_to_numpy(mask).sum(axis=1)
        else:
            # Of a short video some are chosen twice; they are in order.
            index = ops.convert_to_numpy(outputs["image_index"])
            counts = 1 + (np.diff(index, axis=1) > 0).sum(axis=1)
        return counts, counts

    def _pooled(self, fused: Tensor, mask: Tensor) -> Tensor:
        if self.pooling == "attention":
            return self.attention(fused, mask)
        if self.pooling == "max":
            return ops.max(ops.where(mask[..., None], fused, -1e30), axis=1)
        return masked_mean(fused, mask)

    def _choose(self, mask: Tensor, lengths: Tensor) -> Tensor:
        """Numbers of clips, `(batch, num_steps)`, in ascending order."""
        steps = ops.arange(self.num_steps, dtype="float32")[None]
        if self.selection == "uniform":
            share = (steps + 0.5) / self.num_steps
            index = share * ops.cast(lengths, "float32")[:, None]
            return ops.cast(ops.floor(index), "int32")
        keys = random_keys(mask, self.seed_generator)
        # Valid clips in a random order, then the others.
        order = ops.argsort(ops.where(mask, keys, 2.0), axis=1)
        place = ops.cast(steps, "int32") % lengths[:, None]
        index = ops.take_along_axis(ops.cast(order, "int32"), place, axis=1)
        return ops.sort(index, axis=1)
