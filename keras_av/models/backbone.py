"""Base class of all backbones: taps, pooling, presets."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import keras

from keras_av.models.presets.preset import Preset
from keras_av.ops.types import Tensor

_POOLING = {
    # Of sound, the maps of a network of waveforms.
    ("avg", 2): keras.layers.GlobalAveragePooling1D,
    ("max", 2): keras.layers.GlobalMaxPooling1D,
    ("avg", 4): keras.layers.GlobalAveragePooling2D,
    ("avg", 5): keras.layers.GlobalAveragePooling3D,
    ("max", 4): keras.layers.GlobalMaxPooling2D,
    ("max", 5): keras.layers.GlobalMaxPooling3D,
}


@keras.saving.register_keras_serializable(package="keras_av")
class Backbone(Preset, keras.Model):
    """An encoder from raw video, images, sound or words to a descriptor each.

    A backbone is a functional model, so any part of it can be reused:
    `keras.Model(backbone.input, backbone.taps)` returns the feature maps after
    the stem and after every stage. Its layers use the global dtype policy at
    the time it is created; the descriptor is always float32.

    With a preprocessor, a saved backbone takes raw input:
    `keras.layers.Rescaling` for 8-bit video,
    `keras_av.layers.LogMelSpectrogram` for waveforms, or a `keras.Sequential`
    for several steps.

    Use one of the subclasses. To write another one, pass its trunk to this
    constructor and return its arguments from `get_config`.

    Args:
        trunk: Function from the preprocessed input to feature maps,
            `{"stem": ..., "stage1": ..., ...}`. The last one is pooled.
        input_shape: Shape of the raw input without the batch axis. Sizes may
            be None.
        rank: Rank of the preprocessed input: 5 for video, 4 for images and
            spectrograms, 2 for waveforms and words.
        pooling: `"avg"` or `"max"` over all positions of the last feature map,
            or a layer from that map to a descriptor.
        preprocessor: Layer that is applied to the raw input first, or None.
        **kwargs: `name` and `trainable`.

    Attributes:
        preprocessor: The preprocessor, or None.

    Output shape:
        `(batch, channels)`, float32.

    Raises:
        ValueError: If `pooling` is unknown, or the input has the wrong rank.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.models import ResNetBackbone
    >>> scale = keras.layers.Rescaling(1 / 127.5, offset=-1)
    >>> backbone = ResNetBackbone(
    ...     10, (4, 4, 4, 4), input_shape=(32, 32, 3), preprocessor=scale
    ... )
    >>> tuple(backbone(np.zeros((2, 32, 32, 3), "uint8")).shape)
    (2, 4)
    >>> list(backbone.taps)
    ['stem', 'stage1', 'stage2', 'stage3', 'stage4']
    """

    # dtype of the raw input; None for that of Keras for floats.
    input_dtype: ClassVar[str | None] = None

    def __init__(
        self,
        trunk: Callable[[Tensor], dict[str, Tensor]],
        input_shape: Sequence[int | None],
        rank: int,
        pooling: str | keras.layers.Layer = "avg",
        preprocessor: keras.layers.Layer | None = None,
        **kwargs: Any,
    ) -> None:
        inputs = keras.Input(tuple(input_shape), dtype=self.input_dtype)
        x = inputs if preprocessor is None else preprocessor(inputs)
        known = rank == 2 or x.shape[-1] is not None
        if len(x.shape) != rank or not known:
            wanted = {
                2: "(batch, samples)",
                4: "(batch, height, width, channels)",
                5: "(batch, frames, height, width, channels)",
            }[rank]
            raise ValueError(
                f"Received input_shape={tuple(input_shape)}, which "
                f"preprocessor={preprocessor} maps to {tuple(x.shape)}. "
                f"Expected {wanted}, with a known number of channels if any: "
                "change input_shape or the preprocessor."
            )
        pool = pooling
        if isinstance(pool, str):
            pool = _pool(pool, rank)
        taps = trunk(x)
        outputs = pool(list(taps.values())[-1])
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)
        self._taps = taps
        self.pooling = pooling
        self.preprocessor = preprocessor

    @property
    def taps(self) -> dict[str, Tensor]:
        """Symbolic feature maps by name, channels last."""
        # Keras wraps dict attributes in a tracked dict, which JAX rejects as
        # the output of a compiled function.
        return dict(self._taps)

    def resized(self, input_shape: Sequence[int | None]) -> Self:
        """Make the same network for raw input of another shape.

        Args:
            input_shape: Shape without the batch axis.

        Returns:
            A network with a copy of the weights.

        Raises:
            ValueError: If the network takes no such input, or has weights
                whose shape depends on it, such as those of a
                `SpectrogramPooling` for the number of mel bins.

        Examples:

        >>> from keras_av.models import ResNetBackbone
        >>> backbone = ResNetBackbone(10, (4, 4, 4, 4), (32, 32, 3))
        >>> backbone.resized((48, 64, 3)).input_shape
        (None, 48, 64, 3)
        """
        config = {**self.get_config(), "input_shape": list(input_shape)}
        if isinstance(self.preprocessor, keras.Sequential):
            # It remembers the shape that it was built with.
            steps = keras.Sequential(self.preprocessor.layers)
            config["preprocessor"] = keras.saving.serialize_keras_object(steps)
        try:
            other = type(self).from_config(config)
            other.set_weights(self.get_weights())
        except Exception as error:
            raise ValueError(
                f"Received input_shape={tuple(input_shape)}, with which "
                f"{self.name!r} cannot have the weights that it has for "
                f"{self.input_shape[1:]}: {error}"
            ) from error
        return other

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "trainable": self.trainable,
            "input_shape": list(self.input.shape[1:]),
            "pooling": keras.saving.serialize_keras_object(self.pooling),
            "preprocessor": keras.saving.serialize_keras_object(
                self.preprocessor
            ),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        layers: dict[str, Any] = {
            name: keras.saving.deserialize_keras_object(config[name])
            for name in ("preprocessor", "pooling")
            if name in config
        }
        return cls(**{**config, **layers})


def _pool(name: str, rank: int) -> keras.layers.Layer:
    if (name, rank) not in _POOLING:
        raise ValueError(
            f"Received pooling={name!r}. Expected 'avg', 'max' or a layer."
        )
    # In half precision the sum over a large map may overflow.
    return _POOLING[name, rank](
        data_format="channels_last", dtype="float32", name="pool"
    )
