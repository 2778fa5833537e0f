"""A cheap encoder of clips from one frame and the sound."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from keras_av.layers.heads.fusion_mlp import FusionMLP
from keras_av.models.batch_keys import take_key
from keras_av.models.clip_shape import check_clip_shape
from keras_av.models.presets.preset import Preset
from keras_av.ops.types import Tensor

_NAME = "ImageAudioEncoder"


@keras.saving.register_keras_serializable(package="keras_av")
class ImageAudioEncoder(Preset, keras.Model):
    """Encodes a clip from one frame and the sound, in place of a video network.

    `Phi(I, A) = Psi([z_I; z_A])`, with `z_I` and `z_A` the descriptors of the
    two encoders and `Psi` a `FusionMLP`. For a clip without sound, `z_A` is
    zero. It also takes a single encoder, for ablations.

    References:
        - [Gao et al., 2020](https://arxiv.org/abs/1912.04487)

    Args:
        image_encoder: Any built `keras.Model` from images `(batch, height,
            width, 3)` to descriptors `(batch, channels)`, or None.
        audio_encoder: Any built `keras.Model` from waveforms `(batch,
            samples)` to descriptors, or None.
        fusion: `FusionMLP` layer. Defaults to one with 512 units.
        frame: Number of the frame to use if the batch has no `image`; negative
            numbers count from the end. Defaults to 0.
        **kwargs: `name` and `trainable`.

    Call arguments:
        batch: Dict with the keys that the encoders need: `image`, `(batch,
            height, width, 3)`, or `video`, `(batch, frames, height, width,
            3)`; `audio`, `(batch, samples)`; and, if some clips are silent,
            `has_audio`, `(batch,)`.

    Returns:
        A dict of descriptors, `(batch, channels)` float32: `image`, `audio`
        and `fused`.

    Raises:
        ValueError: If there is no encoder, or a batch has a missing key.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import FusionMLP
    >>> from keras_av.models import (
    ...     ImageAudioEncoder, listen_to_look_audio, listen_to_look_image)
    >>> encoder = ImageAudioEncoder(
    ...     listen_to_look_image(32, depth=10, width=2),
    ...     listen_to_look_audio(1600, depth=10, width=2),
    ...     fusion=FusionMLP(units=8, hidden_units=16))
    >>> clips = {"video": np.zeros((2, 4, 32, 32, 3), "uint8"),
    ...          "audio": np.zeros((2, 1600), "float32")}
    >>> tuple(encoder(clips)["fused"].shape)
    (2, 8)
    """

    def __init__(
        self,
        image_encoder: keras.Model | None = None,
        audio_encoder: keras.Model | None = None,
        fusion: FusionMLP | None = None,
        frame: int = 0,
        **kwargs: Any,
    ) -> None:
        # A waveform must not be rounded to float16 at the input.
        super().__init__(**{"autocast": False, **kwargs})
        encoders = [e for e in (image_encoder, audio_encoder) if e is not None]
        if not encoders:
            raise ValueError(
                "Received neither an image_encoder nor an audio_encoder. "
                "Expected at least one of them."
            )
        self.image_encoder = image_encoder
        self.audio_encoder = audio_encoder
        self.fusion = fusion or FusionMLP()
        self.frame = frame
        if not self.fusion.built:
            self.fusion.build([encoder.output_shape for encoder in encoders])
        self.built = True

    @property
    def units(self) -> int:
        """Size of the fused descriptor."""
        return self.fusion.units

    def call(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> dict[str, Tensor]:
        found = {}
        if self.image_encoder is not None:
            image = self.image_encoder(self._image(batch), training=training)
            found["image"] = ops.cast(image, "float32")
        if self.audio_encoder is not None:
            sound = take_key(_NAME, batch, "audio", self.audio_encoder)
            audio = self.audio_encoder(sound, training=training)
            found["audio"] = ops.cast(audio, "float32")
            if "has_audio" in batch:
                heard = ops.cast(batch["has_audio"], "bool")[:, None]
                found["audio"] = ops.where(heard, found["audio"], 0.0)
        fused = self.fusion(list(found.values()))
        return {**found, "fused": ops.cast(fused, "float32")}

    def compute_output_spec(
        self, batch: Mapping[str, Any], training: bool = False
    ) -> dict[str, keras.KerasTensor]:
        size = next(iter(batch.values())).shape[0]
        units = {"fused": self.units}
        for name in ("image", "audio"):
            encoder = getattr(self, f"{name}_encoder")
            if encoder is not None:
                units[name] = encoder.output_shape[-1]
        return {
            name: keras.KerasTensor((size, units[name]), "float32")
            for name in ("image", "audio", "fused")
            if name in units
        }

    def _image(self, batch: Mapping[str, Tensor]) -> Tensor:
        if "image" in batch:
            return take_key(_NAME, batch, "image", self.image_encoder)
        image = take_key(_NAME, batch, "video")[:, self.frame]
        check_clip_shape(self.image_encoder, "image", image)
        return image

    def get_config(self) -> dict[str, Any]:
        save = keras.saving.serialize_keras_object
        return {
            "name": self.name,
            "trainable": self.trainable,
            "image_encoder": save(self.image_encoder),
            "audio_encoder": save(self.audio_encoder),
            "fusion": save(self.fusion),
            "frame": self.frame,
        }

    @classmethod
    def from_config(
        cls,
        config: dict[str, Any],
        custom_objects: dict[str, Any] | None = None,
    ) -> "ImageAudioEncoder":
        parts = {
            name: keras.saving.deserialize_keras_object(
                config[name], custom_objects=custom_objects
            )
            for name in ("image_encoder", "audio_encoder", "fusion")
        }
        return cls(**{**config, **parts})
