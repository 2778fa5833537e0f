"""Random image layers of Keras, alike for all frames of a clip."""

from typing import Any

import keras
from keras import ops

from keras_av.ops.types import Tensor

# They draw while they transform, for each frame anew, or not at all.
_REFUSED = ("RandomColorJitter", "RandomElasticTransform")


@keras.saving.register_keras_serializable(package="keras_av")
class ForClips(keras.layers.Layer):
    """Applies a random image layer of Keras alike to all frames of a clip.

    By themselves these layers change each frame of a clip differently. Here
    one transformation is drawn for each clip and applied to all of its frames,
    in training only.

    Args:
        layer: Random image layer, such as `keras.layers.RandomRotation`,
            `RandomZoom`, `RandomPerspective`, `RandomErasing` or
            `RandAugment`.
        **kwargs: `name`, `dtype` and others of `keras.layers.Layer`.

    Call arguments:
        inputs: Clips, `(batch, frames, height, width, channels)`.

    Output shape:
        That of the layer, frame by frame, in the compute dtype.

    Raises:
        ValueError: If the layer draws no transformation before it transforms,
            as `RandomColorJitter` and `RandomElasticTransform`, or inputs are
            no clips.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.layers import ForClips
    >>> layer = ForClips(keras.layers.RandomRotation(0.2, seed=0))
    >>> clip = np.repeat(np.random.uniform(0, 255, (1, 1, 32, 32, 3)), 4, 1)
    >>> turned = np.asarray(layer(clip, training=True))
    >>> bool((turned == turned[:, :1]).all()), bool((turned == clip).all())
    (True, False)
    """

    def __init__(self, layer: keras.layers.Layer, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        kind = type(layer).__name__
        known = hasattr(layer, "get_random_transformation")
        if not known or kind in _REFUSED:
            raise ValueError(
                f"Received layer={layer!r}. Expected a random image layer of "
                "Keras that draws its transformation beforehand; not one of "
                f"{list(_REFUSED)}, for which ClipAugmentation and RandomBlur "
                "are there."
            )
        self.layer = layer

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.layer.build((input_shape[0], *input_shape[2:]))

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if len(inputs.shape) != 5:
            raise ValueError(
                f"Received inputs of shape {tuple(inputs.shape)}. Expected "
                "clips, (batch, frames, height, width, channels)."
            )
        clips = ops.cast(inputs, self.compute_dtype)
        batch, num_frames = ops.shape(clips)[:2]
        frames = ops.reshape(clips, (-1, *ops.shape(clips)[2:]))
        if training:
            drawn = self.layer.get_random_transformation(
                ops.take(clips, 0, axis=1), training=True
            )
            drawn = keras.tree.map_structure(
                lambda one: _of_frames(one, inputs.shape[0], num_frames), drawn
            )
            found = self.layer.transform_images(frames, drawn, training=True)
        else:
            found = self.layer(frames, training=False)
        size = tuple(found.shape[1:])
        return ops.reshape(found, (batch, num_frames, *size))

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        batch, frames, *frame = input_shape
        shape = tuple(self.layer.compute_output_shape((None, *frame)))
        return (batch, frames, *shape[1:])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "layer": keras.saving.serialize_keras_object(self.layer),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "ForClips":
        layer = keras.saving.deserialize_keras_object(config["layer"])
        return cls(**{**config, "layer": layer})


def _of_frames(drawn: Any, batch: int | None, num_frames: Any) -> Any:
    """Repeat what was drawn for each clip for its frames."""
    shape: tuple[Any, ...] = tuple(getattr(drawn, "shape", ()))
    # What was drawn once is for all of them.
    if len(shape) == 0 or (shape[0] == 1 and batch != 1):
        return drawn
    return ops.repeat(drawn, num_frames, axis=0)
