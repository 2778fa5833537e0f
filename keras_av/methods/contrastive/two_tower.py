"""Base class of methods with a video and an audio encoder."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from keras_av.layers.heads.projection_head import ProjectionHead
from keras_av.methods.contrastive.check_encoder import check_encoder
from keras_av.ops.types import Tensor
from keras_av.training.step_model import StepModel
from keras_av.training.template import Template

MODALITIES = ("video", "audio")
# What a phase may freeze.
PARTS = ("video_encoder", "video_head", "audio_encoder", "audio_head")
# Modalities of the query and of the keys, for each loss against keys that
# were computed before.
QUERY_AND_KEY = {
    "video_uni": ("video", "video"),
    "audio_uni": ("audio", "audio"),
    "video_cross": ("video", "audio"),
    "audio_cross": ("audio", "video"),
}


class TwoTower(StepModel):
    """A video and an audio encoder, each with a projection head.

    Calling it on a batch returns the unit-length embeddings of the modalities
    in the batch.

    Args:
        video_encoder: Any built `keras.Model` from clips `(batch, frames,
            height, width, 3)` to descriptors `(batch, ...,  channels)`, which
            are averaged over the axes in between.
        audio_encoder: Any built `keras.Model` from waveforms `(batch,
            samples)` to descriptors.
        head: Projection head, copied for each modality. Defaults to
            `ProjectionHead(128)`, one linear layer.
        seed: Integer seed of the initial weights of the heads.
        loss_names: Names of the losses.
    """

    def __init__(
        self,
        video_encoder: keras.Model,
        audio_encoder: keras.Model,
        *,
        head: ProjectionHead | None = None,
        seed: int | None = None,
        loss_names: Sequence[str] = (),
        **kwargs: Any,
    ):
        super().__init__(loss_names=loss_names, **kwargs)
        self.seed = seed
        self.video_encoder = check_encoder(video_encoder, "video_encoder")
        self.audio_encoder = check_encoder(audio_encoder, "audio_encoder")
        head = head or ProjectionHead(128)
        self.head = Template(head)
        self.dim = head.units
        self.video_head = self._make_head("video", 0)
        self.audio_head = self._make_head("audio", 1)

    def _seed(self, number: int) -> int | None:
        """A seed for one of the model's layers."""
        return None if self.seed is None else self.seed + number

    def _make_head(self, modality: str, number: int) -> ProjectionHead:
        head = self.head.make(f"{modality}_head", self._seed(number))
        head.build(getattr(self, f"{modality}_encoder").output_shape)
        return head

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the layers that a phase may freeze."""
        return PARTS

    def embed(
        self, modality: str, batch: Mapping[str, Tensor], training: bool
    ) -> Tensor:
        """Compute unit-length embeddings of one modality, `(batch, dim)`.

        Args:
            modality: `"video"` or `"audio"`.
            batch: Batch with that key.
            training: Whether to run the encoder in training mode.
        """
        encoder = getattr(self, f"{modality}_encoder")
        head = getattr(self, f"{modality}_head")
        clips = self.take(batch, modality, encoder)
        return head(encoder(clips, training=training))

    def call(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> dict[str, Tensor]:
        return {
            modality: self.embed(modality, batch, training)
            for modality in MODALITIES
            if modality in batch
        }


def check_modality(modality: str) -> str:
    """Return the name of a modality, or raise a ValueError."""
    if modality not in MODALITIES:
        raise ValueError(
            f"modality must be one of {MODALITIES}. Received: {modality!r}"
        )
    return modality
