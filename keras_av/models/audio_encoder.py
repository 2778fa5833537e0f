"""Networks of spectrograms, as encoders of sound."""

from typing import Any, Literal

import keras
from keras import ops

from keras_av.models.backbone import Backbone
from keras_av.models.foreign import call_foreign, input_of_foreign
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class MelBackbone(Backbone):
    """The backbone that `audio_encoder` makes; see there.

    Args:
        network: Network of spectrograms.
        front_end: Layer from waveforms to spectrograms.
        num_samples: Length of a waveform.
        num_times: Number of times of a spectrogram.
        token: What stands for all tokens.
        **kwargs: `name` and `trainable`.
    """

    def __init__(
        self,
        network: keras.Model,
        front_end: keras.layers.Layer,
        num_samples: int | None = None,
        num_times: int | None = None,
        token: str = "mean",
        **kwargs: Any,
    ) -> None:
        shape = tuple(input_of_foreign(network).shape[1:])
        if len(shape) not in (2, 3):
            raise ValueError(
                f"Received network={network.name!r}, which takes {shape}. "
                "Expected a network of spectrograms, (time, mel) or (time, "
                "mel, 1)."
            )
        length = num_times or shape[0]

        def trunk(x: Tensor) -> dict[str, Tensor]:
            if length is not None:
                x = _fitted(x, length)
            if len(shape) == 2:
                x = x[..., 0]
            return {"sound": call_foreign(network, x, token)}

        # The vectors are pooled by then.
        as_it_is = keras.layers.Identity(dtype="float32", name="pool")
        super().__init__(
            trunk, (num_samples,), 4, as_it_is, front_end, **kwargs
        )
        self.network = network
        self.num_samples = num_samples
        self.num_times = num_times
        self.token = token

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        # They follow from the others.
        del config["input_shape"], config["pooling"]
        front_end = config.pop("preprocessor")
        return {
            **config,
            "front_end": front_end,
            "network": keras.saving.serialize_keras_object(self.network),
            "num_samples": self.num_samples,
            "num_times": self.num_times,
            "token": self.token,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "MelBackbone":
        parts = {
            name: keras.saving.deserialize_keras_object(config[name])
            for name in ("network", "front_end")
        }
        return cls(**{**config, **parts})


def audio_encoder(
    network: keras.Model,
    front_end: keras.layers.Layer,
    num_samples: int | None = None,
    num_times: int | None = None,
    token: Literal["mean", "class"] = "mean",
    **kwargs: Any,
) -> MelBackbone:
    """Make an encoder of sound from a network of spectrograms.

    The network, such as the encoder of Whisper in keras_hub or a network of
    images with one channel, gets the spectrogram of `front_end`; its maps or
    tokens are averaged. Any method takes the result as its audio encoder, and
    `save_to_preset` saves it; import the library of the network before you
    load it.

    Args:
        network: Functional or sequential model from `(batch, time, mel)` or
            `(batch, time, mel, 1)` to vectors, maps or tokens. The input may
            be a dict with one entry.
        front_end: Layer from waveforms `(batch, samples)` to spectrograms
            `(batch, time, mel, 1)`, such as a `LogMelSpectrogram`.
        num_samples: Length of a waveform in samples, or None for any length.
            Defaults to None.
        num_times: Number of times that the network takes: longer spectrograms
            are cut, shorter ones end in their smallest value, silence.
            Defaults to that of the network's input, if it has one.
        token: What stands for all tokens: their `"mean"`, or the `"class"`
            token, the first. Defaults to `"mean"`.
        **kwargs: `name` and `trainable`.

    Returns:
        A `Backbone` from `(batch, samples)` to `(batch, dim)`, float32.

    Raises:
        ValueError: If the network has several inputs or outputs, or does not
            take spectrograms, or `token` is unknown.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.layers import LogMelSpectrogram
    >>> from keras_av.models import audio_encoder
    >>> network = keras.Sequential(
    ...     [keras.Input((50, 64)), keras.layers.Conv1D(8, 3)])
    >>> encoder = audio_encoder(network, LogMelSpectrogram())
    >>> tuple(encoder(np.zeros((2, 16000), "float32")).shape)
    (2, 8)
    """
    return MelBackbone(
        network, front_end, num_samples, num_times, token, **kwargs
    )


def _fitted(x: Tensor, length: int) -> Tensor:
    """Cut a spectrogram, or fill it up with its smallest value."""
    silence = ops.min(x, axis=(1, 2, 3), keepdims=True)
    ones = [1, length, *x.shape[2:]]
    return ops.concatenate([x, ops.tile(silence, ones)], axis=1)[:, :length]
