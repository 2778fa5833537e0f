"""Base class of methods with an encoder for each of two modalities."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

import keras

from keras_av.layers.heads.projection_head import ProjectionHead
from keras_av.methods.contrastive.check_encoder import check_encoder
from keras_av.ops.types import Tensor
from keras_av.training.clip_weights import clip_weights
from keras_av.training.step_model import StepModel
from keras_av.training.template import Template

MODALITIES = ("video", "audio")


def parts_of(modalities: Sequence[str]) -> tuple[str, ...]:
    """Names of the layers that a phase may freeze."""
    kinds = ("encoder", "head")
    return tuple(f"{m}_{kind}" for m in modalities for kind in kinds)


def query_and_key(one: str, other: str) -> dict[str, tuple[str, str]]:
    """Modalities of the query and of the keys of losses against stored keys.

    Args:
        one: Name of a modality.
        other: Name of another one.
    """
    return {
        f"{one}_uni": (one, one),
        f"{other}_uni": (other, other),
        f"{one}_cross": (one, other),
        f"{other}_cross": (other, one),
    }


PARTS = parts_of(MODALITIES)
QUERY_AND_KEY = query_and_key(*MODALITIES)


class TwoTower(StepModel):
    """An encoder for each of two modalities, each with a projection head.

    Calling it on a batch returns the unit-length embeddings of the modalities
    in the batch.

    Args:
        *encoders: Any built `keras.Model`s, in the order of `modalities`: for
            video from clips `(batch, frames, height, width, 3)` to descriptors
            `(batch, ...,  channels)`, which are averaged over the axes in
            between; for audio from waveforms `(batch, samples)`; for text
            from integers `(batch, length)`.
        head: Projection head, copied for each modality. Defaults to
            `ProjectionHead(128)`, one linear layer.
        seed: Integer seed of the initial weights of the heads.
        loss_names: Names of the losses.
    """

    # Keys of a batch, and names of the encoders and the heads.
    modalities: ClassVar[tuple[str, str]] = MODALITIES

    def __init__(
        self,
        *encoders: keras.Model,
        head: ProjectionHead | None = None,
        seed: int | None = None,
        loss_names: Sequence[str] = (),
        **kwargs: Any,
    ):
        super().__init__(loss_names=loss_names, **kwargs)
        self.seed = seed
        for modality, encoder in zip(self.modalities, encoders, strict=True):
            name = f"{modality}_encoder"
            setattr(self, name, check_encoder(encoder, name))
        head = head or ProjectionHead(128)
        self.head = Template(head)
        self.dim = head.units
        for number, modality in enumerate(self.modalities):
            name = f"{modality}_head"
            setattr(self, name, self._make_head(modality, number))

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
        return parts_of(self.modalities)

    def embed(
        self, modality: str, batch: Mapping[str, Tensor], training: bool
    ) -> Tensor:
        """Compute unit-length embeddings of one modality, `(batch, dim)`.

        Args:
            modality: Name of the modality, such as `"audio"`.
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
            for modality in self.modalities
            if modality in batch
        }


def modalities_of(model: keras.Model | None) -> tuple[str, str]:
    """Names of the modalities of a method; of a model with others, the usual.

    Args:
        model: The model, or None if it is not known yet.
    """
    return getattr(model, "modalities", MODALITIES)


def weights_of(
    batch: Mapping[str, Tensor], modalities: Collection[str]
) -> Tensor:
    """Weights of the clips, 0 of one that lacks one of some modalities.

    Args:
        batch: Dict of tensors.
        modalities: Names of the modalities that are needed.
    """
    audio, text = "audio" in modalities, "text" in modalities
    return clip_weights(batch, with_audio=audio, with_text=text)


def check_modality(modality: str) -> str:
    """Return the name of a modality, or raise a ValueError."""
    if modality not in MODALITIES:
        raise ValueError(
            f"modality must be one of {MODALITIES}. Received: {modality!r}"
        )
    return modality
