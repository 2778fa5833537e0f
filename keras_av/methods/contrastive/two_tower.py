"""What all audio-visual contrastive methods share: two encoders, two heads."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from keras_av.layers.heads.projection_head import ProjectionHead
from keras_av.ops.types import Tensor
from keras_av.training.step_model import StepModel

MODALITIES = ("video", "audio")


class TwoTower(StepModel):
    """A video and an audio encoder, each with a projection head.

    Calling it on a batch gives the unit-length embeddings of the modalities
    that the batch holds.

    Args:
        video_encoder: Any built `keras.Model` from clips `(batch, frames,
            height, width, 3)` to descriptors `(batch, ...,  channels)`; what
            lies between is averaged.
        audio_encoder: Any built `keras.Model` from waveforms `(batch,
            samples)` to descriptors.
        head: Projection head, of which each modality gets one of its own.
            Defaults to `ProjectionHead(128)`, one linear layer.
        seed: Integer that governs the heads' initial weights.
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
        self.video_encoder = _check_encoder(video_encoder, "video_encoder")
        self.audio_encoder = _check_encoder(audio_encoder, "audio_encoder")
        head = head or ProjectionHead(128)
        # Only its configuration: a template has no weights of its own.
        self.head_config = keras.saving.serialize_keras_object(head)
        self.dim = head.units
        self.video_head = self._make_head(head, "video", 0)
        self.audio_head = self._make_head(head, "audio", 1)

    def _make_head(
        self, template: ProjectionHead, modality: str, number: int
    ) -> ProjectionHead:
        config = {**template.get_config(), "name": f"{modality}_head"}
        if self.seed is not None:
            config["seed"] = self.seed + number
        head = type(template).from_config(config)
        head.build(getattr(self, f"{modality}_encoder").output_shape)
        return head

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the layers that a stage may freeze."""
        return ("video_encoder", "video_head", "audio_encoder", "audio_head")

    def embed(
        self, modality: str, batch: Mapping[str, Tensor], training: bool
    ) -> Tensor:
        """Unit-length embeddings of one modality, `(batch, dim)`, float32.

        Args:
            modality: `"video"` or `"audio"`.
            batch: A batch that holds that key.
            training: Whether dropout, augmentation and the like are on.
        """
        encoder = getattr(self, f"{modality}_encoder")
        head = getattr(self, f"{modality}_head")
        return head(encoder(batch[modality], training=training))

    def call(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> dict[str, Tensor]:
        return {
            modality: self.embed(modality, batch, training)
            for modality in MODALITIES
            if modality in batch
        }

    def get_config(self) -> dict[str, Any]:
        # Which parts rest is the curriculum's business, not the file's.
        with self.stage.thawed():
            save = keras.saving.serialize_keras_object
            return {
                **super().get_config(),
                "video_encoder": save(self.video_encoder),
                "audio_encoder": save(self.audio_encoder),
                "head": self.head_config,
                "seed": self.seed,
            }

    @classmethod
    def from_config(
        cls,
        config: dict[str, Any],
        custom_objects: dict[str, Any] | None = None,
    ) -> "TwoTower":
        config = {
            key: keras.saving.deserialize_keras_object(
                value, custom_objects=custom_objects
            )
            for key, value in config.items()
        }
        return cls(**config)


def check_modality(modality: str) -> str:
    """The name of a modality, or a ValueError."""
    if modality not in MODALITIES:
        raise ValueError(
            f"modality must be one of {MODALITIES}. Received: {modality!r}"
        )
    return modality


def _check_encoder(encoder: keras.Model, name: str) -> keras.Model:
    if not isinstance(encoder, keras.Model):
        raise ValueError(
            f"{name} must be a keras.Model. Received: {encoder} of type "
            f"{type(encoder).__name__}"
        )
    try:
        shape = encoder.output_shape
    except (AttributeError, ValueError) as error:
        raise ValueError(
            f"{name} must be a Functional or Sequential model whose output "
            f"shape is known. Received {encoder.name!r}, a "
            f"{type(encoder).__name__}. Wrap it: inputs = keras.Input(shape); "
            f"keras.Model(inputs, model(inputs))."
        ) from error
    if not isinstance(shape, tuple) or len(shape) < 2:
        raise ValueError(
            f"{name} must have one output, (batch, ..., channels). Received "
            f"{encoder.name!r} with output shape {shape}"
        )
    return encoder
