"""Momentum contrast of a video and an audio encoder."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from keras_av.layers.heads.projection_head import ProjectionHead
from keras_av.layers.memory.feature_queue import FeatureQueue
from keras_av.layers.memory.momentum import (
    LearningRateSchedule,
    check_momentum,
)
from keras_av.losses.info_nce import info_nce_of_scores
from keras_av.methods.contrastive.momentum_encoder import MomentumEncoder
from keras_av.methods.contrastive.two_tower import (
    MODALITIES,
    QUERY_AND_KEY,
    TwoTower,
)
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean
from keras_av.training.checks import check_positive, check_weights
from keras_av.training.clip_weights import clip_weights
from keras_av.training.needs import Needs
from keras_av.training.template import Template


@keras.saving.register_keras_serializable(package="keras_av")
class MomentumContrast(TwoTower):
    """Momentum contrast (MoCo) of a video and an audio encoder.

    Each encoder, with its head, has a key encoder: a copy whose parameters are
    moving averages of its own. Each modality has a queue of the keys of the
    clips seen last, which are the negatives. With `v`, `a` the unit-length
    embeddings of a clip, `v'`, `a'` its keys, and `V`, `A` the queues, all
    losses are InfoNCE:

    - `video_cross`: `v` finds `a'` among `A`; `audio_cross`: `a` finds `v'`
      among `V`;
    - `video_uni`: `v` finds `v'` among `V`; `audio_uni`: `a` finds `a'` among
      `A`. Both see the same moment of the clip: what differs are the random
      layers of the encoder, without which there is little to learn.

    After a step its keys are enqueued, so they are never negatives of the same
    step, and the key encoders follow:

        parameter <- momentum * parameter + (1 - momentum) * the encoder's.

    Gradients reach the encoders only. Key encoders begin as copies: load
    pretrained weights into the encoders before. They run in training mode, with
    BatchNormalization statistics of their own. A clip without sound, or whose
    `sample_weight` is 0, is left out of the terms concerned and of the queue.
    In validation, clips are compared with the queues of the training clips.

    The original program shuffles the clips among devices before the key
    encoder, so that the statistics of batch normalization do not tell which
    clips are together (shuffling BN). Nothing takes its place here: query and
    key are normalized by the statistics of the same batch. Across modalities
    these are statistics of different networks; within one they may tell the
    key from the queue. Where this matters use encoders without batch
    normalization, for example with `keras.layers.GroupNormalization`.

    References:
        - [He et al., 2020](https://arxiv.org/abs/1911.05722)
        - [Morgado et al., 2021](https://arxiv.org/abs/2004.12943)

    Args:
        video_encoder: Any built `keras.Model` from clips `(batch, frames,
            height, width, 3)` to descriptors `(batch, ..., channels)`.
        audio_encoder: Any built `keras.Model` from waveforms `(batch,
            samples)` to descriptors.
        queue: `FeatureQueue`, copied for each modality.
        head: Projection head, copied for each modality. Defaults to
            `ProjectionHead(queue.dim)`, one linear layer.
        momentum: Share of the old parameters that the key encoders keep in a
            step, in `[0, 1]`, or a
            `keras.optimizers.schedules.LearningRateSchedule` of it over the
            steps. Defaults to 0.999, as in the original program; short
            trainings need less.
        temperature: Positive number by which scores are divided. Defaults to
            0.07.
        loss_weights: Weights of the losses by name; the others are off.
            Defaults to `{"video_cross": 0.5, "audio_cross": 0.5}`, the mean of
            both directions.
        seed: Integer seed of the heads and the queues.

    Call arguments:
        batch: Dict with `video` or `audio` or both. Training also uses, if
            present, `has_audio` and `sample_weight`, each `(batch,)`.

    Returns:
        A dict of unit-length embeddings, `(batch, dim)`, by modality.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.layers import FeatureQueue
    >>> from keras_av.methods import MomentumContrast
    >>> video = keras.Sequential([keras.Input((4, 8, 8, 3)),
    ...                           keras.layers.Conv3D(4, 3)])
    >>> audio = keras.Sequential([keras.Input((100,)), keras.layers.Dense(4)])
    >>> model = MomentumContrast(
    ...     video, audio, queue=FeatureQueue(6, 128), seed=0)
    >>> model.compile(optimizer="adam", jit_compile=False)
    >>> batch = {"video": np.zeros((8, 4, 8, 8, 3), "uint8"),
    ...          "audio": np.zeros((8, 100), "float32")}
    >>> history = model.fit(batch, batch_size=4, verbose=0)
    >>> int(model.video_queue.pointer[0])
    2
    """

    def __init__(
        self,
        video_encoder: keras.Model,
        audio_encoder: keras.Model,
        *,
        queue: FeatureQueue,
        head: ProjectionHead | None = None,
        momentum: float | LearningRateSchedule = 0.999,
        temperature: float = 0.07,
        loss_weights: Mapping[str, float] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(
            video_encoder,
            audio_encoder,
            head=head or ProjectionHead(queue.dim),
            seed=seed,
            loss_names=list(QUERY_AND_KEY),
            **kwargs,
        )
        check_positive("temperature", temperature)
        check_momentum(momentum)
        if queue.dim != self.dim:
            raise ValueError(
                f"The head returns embeddings of size {self.dim}, but the "
                f"queue has rows of size {queue.dim}. Make the queue's dim and "
                "the head's units equal."
            )
        self.temperature = temperature
        self.momentum = momentum
        self.set_loss_weights(_checked(loss_weights))
        self.queue = Template(queue)
        for number, modality in enumerate(MODALITIES):
            key_encoder = MomentumEncoder(
                *self._tower(modality), momentum, name=f"{modality}_key_encoder"
            )
            setattr(self, f"{modality}_key_encoder", key_encoder)
            name = f"{modality}_queue"
            setattr(self, name, self.queue.make(name, self._seed(2 + number)))
        self.built = True

    def _tower(self, modality: str) -> tuple[keras.Model, ProjectionHead]:
        encoder = getattr(self, f"{modality}_encoder")
        return encoder, getattr(self, f"{modality}_head")

    @property
    def needs(self) -> Needs:
        """Sound for losses of sound."""
        return Needs(sound=not self.active_losses <= {"video_uni"})

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Compute the active losses, and the keys for `commit`."""
        active = {
            name: QUERY_AND_KEY[name] for name in sorted(self.active_losses)
        }
        asked = {key for _, key in active.values()}
        if training:
            asked |= self.followed
        queries = {
            modality: self.embed(modality, batch, training)
            for modality in dict.fromkeys(query for query, _ in active.values())
        }
        keys = {
            modality: self._key(modality, batch, training)
            for modality in MODALITIES
            if modality in asked
        }
        losses = {}
        for name, (query, key) in active.items():
            values = self._info_nce(queries[query], keys[key], key)
            heard = "audio" in (query, key)
            weights = clip_weights(batch, with_audio=heard)
            losses[name] = batch_mean(values, weights)
        return self.weighted(losses), keys

    def _key(
        self, modality: str, batch: Mapping[str, Tensor], training: bool
    ) -> Tensor:
        key_encoder = getattr(self, f"{modality}_key_encoder")
        return key_encoder(self.take(batch, modality), training=training)

    def _info_nce(self, query: Tensor, key: Tensor, modality: str) -> Tensor:
        """InfoNCE of queries, with their keys and the queue's, `(batch,)`."""
        queue = getattr(self, f"{modality}_queue")
        positive = ops.sum(query * key, axis=-1)
        return info_nce_of_scores(
            positive / self.temperature, queue(query) / self.temperature
        )

    def commit(
        self, batch: Mapping[str, Tensor], outputs: dict[str, Tensor]
    ) -> None:
        """Enqueue the keys, and have the key encoders follow.

        The average that the original program takes at the beginning of a step,
        with the weights that the step before has left, is taken here at the
        end of that step before: the keys are the same.
        """
        for modality, keys in outputs.items():
            weights = clip_weights(batch, with_audio=modality == "audio")
            queue = getattr(self, f"{modality}_queue")
            queue.enqueue(keys, mask=weights > 0)
        for modality in MODALITIES:
            key_encoder = getattr(self, f"{modality}_key_encoder")
            key_encoder.follow(*self._tower(modality))


def _checked(loss_weights: Mapping[str, float] | None) -> dict[str, float]:
    if loss_weights is None:
        return {"video_cross": 0.5, "audio_cross": 0.5}
    unknown = sorted(set(loss_weights) - set(QUERY_AND_KEY))
    if unknown or not any(weight > 0 for weight in loss_weights.values()):
        raise ValueError(
            "loss_weights must name losses among "
            f"{list(QUERY_AND_KEY)}, and give one of them a positive weight. "
            f"Received: {dict(loss_weights)}"
        )
    check_weights(**loss_weights)
    return dict(loss_weights)
