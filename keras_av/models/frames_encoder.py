"""Networks of images, as encoders of clips."""

from typing import Any, Literal

import keras
from keras import ops

from keras_av.models.backbone import Backbone
from keras_av.models.foreign import call_foreign, input_of_foreign
from keras_av.models.sequence_pooling import sequence_pooling
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class FramesBackbone(Backbone):
    """The backbone that `frames_encoder` makes; see there.

    Args:
        network: Network of images.
        num_frames: Number of frames.
        size: Height and width of a frame.
        pooling: Pooling over the frames.
        token: What stands for all tokens of a frame.
        preprocessor: Layer that is applied to the clips first.
        **kwargs: `name` and `trainable`.
    """

    def __init__(
        self,
        network: keras.Model,
        num_frames: int,
        size: tuple[int, int] | None = None,
        pooling: str = "mean",
        token: str = "mean",
        preprocessor: keras.layers.Layer | None = None,
        **kwargs: Any,
    ) -> None:
        shape = tuple(input_of_foreign(network).shape[1:])
        height, width = size or (*shape, None, None)[:2]
        if len(shape) != 3 or None in (height, width):
            raise ValueError(
                f"Received network={network.name!r}, which takes {shape}, and "
                f"size={size}. Expected a network of images, (height, width, "
                "channels), of known size: pass size=(height, width)."
            )
        frame = (height, width, shape[2])

        def trunk(x: Tensor) -> dict[str, Tensor]:
            found = call_foreign(network, ops.reshape(x, (-1, *frame)), token)
            channels = found.shape[-1]
            return {"frames": ops.reshape(found, (-1, num_frames, channels))}

        super().__init__(
            trunk,
            (num_frames, *frame),
            5,
            sequence_pooling(pooling),
            preprocessor,
            **kwargs,
        )
        self.network = network
        self.num_frames = num_frames
        self.size = (height, width)
        self.frames_pooling = pooling
        self.token = token

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        # They follow from the others.
        del config["input_shape"], config["pooling"]
        return {
            **config,
            "network": keras.saving.serialize_keras_object(self.network),
            "num_frames": self.num_frames,
            "size": list(self.size),
            "pooling": self.frames_pooling,
            "token": self.token,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "FramesBackbone":
        parts = {
            name: keras.saving.deserialize_keras_object(config[name])
            for name in ("network", "preprocessor")
        }
        return cls(**{**config, **parts})


def frames_encoder(
    network: keras.Model,
    num_frames: int,
    size: tuple[int, int] | None = None,
    pooling: Literal["mean", "max", "attention"] = "mean",
    token: Literal["mean", "class"] = "mean",
    preprocessor: keras.layers.Layer | None = None,
    **kwargs: Any,
) -> FramesBackbone:
    """Make an encoder of clips from a network of images.

    The network, of `keras.applications`, keras_hub, keras_cv or your own, sees
    each frame by itself; its maps or tokens are averaged, and the frames are
    pooled. Any method takes the result as its video encoder, and
    `save_to_preset` saves it; import the library of the network before you
    load it. keras_hub does not restore positions of DINOv2 once they are
    trained: freeze its layer `embeddings`.

    Args:
        network: Functional or sequential model from images `(batch, height,
            width, channels)` to vectors, maps or tokens. The input may be a
            dict with one entry.
        num_frames: Number of frames of a clip.
        size: Height and width of a frame, for a network that takes any.
            Defaults to those of the network.
        pooling: Over the frames: `"mean"`, `"max"`, or `"attention"`, an
            `AttentionPooling` with weights of its own. Defaults to `"mean"`.
        token: What stands for a frame whose network gives tokens: their
            `"mean"`, or the `"class"` token, the first. Defaults to `"mean"`.
        preprocessor: Layer that is applied to 8-bit clips first, such as the
            `keras.layers.Rescaling` that the network was trained with.
            Defaults to None.
        **kwargs: `name` and `trainable`.

    Returns:
        A `Backbone` from `(batch, num_frames, height, width, channels)` to
        `(batch, dim)`, float32. Its tap `frames` has a vector for each frame.

    Raises:
        ValueError: If the network has several inputs or outputs, or does not
            take images, or an option is unknown.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.models import frames_encoder
    >>> network = keras.applications.MobileNetV2(
    ...     (32, 32, 3), alpha=0.35, include_top=False, weights=None)
    >>> scale = keras.layers.Rescaling(1 / 127.5, offset=-1)
    >>> encoder = frames_encoder(network, num_frames=4, preprocessor=scale)
    >>> tuple(encoder(np.zeros((2, 4, 32, 32, 3), "uint8")).shape)
    (2, 1280)
    """
    return FramesBackbone(
        network, num_frames, size, pooling, token, preprocessor, **kwargs
    )
