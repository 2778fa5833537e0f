"""What all encoders have in common: taps, pooling, presets."""

import json
import pathlib
import tempfile
from collections.abc import Callable, Sequence
from typing import Any, Self

import keras

from keras_av.ops.types import Tensor

_CONFIG = "config.json"
_WEIGHTS = "model.weights.h5"

_POOLING = {
    ("avg", 4): keras.layers.GlobalAveragePooling2D,
    ("avg", 5): keras.layers.GlobalAveragePooling3D,
    ("max", 4): keras.layers.GlobalMaxPooling2D,
    ("max", 5): keras.layers.GlobalMaxPooling3D,
}


@keras.saving.register_keras_serializable(package="keras_av")
class Backbone(keras.Model):
    """An encoder: from raw video, images or sound to one descriptor each.

    A backbone is a functional model, so that any part of it can be reused:
    `keras.Model(backbone.input, backbone.taps)` gives the feature maps after
    the stem and after every stage. Its layers take the dtype policy that is
    in force when it is made; the descriptor is float32 under all of them.

    With a preprocessor a saved backbone takes the raw input and needs no
    further instructions: `keras.layers.Rescaling` for 8-bit video,
    `keras_av.layers.LogMelSpectrogram` for waveforms, a `keras.Sequential`
    for several steps.

    Use one of the subclasses; to write another, hand its trunk to this
    constructor and return its arguments from `get_config`.

    Args:
        trunk: Function from the preprocessed input to feature maps,
            `{"stem": ..., "stage1": ..., ...}`. The last one is pooled.
        input_shape: Shape of the raw input without the batch axis. Sizes may
            be None.
        rank: Rank of the preprocessed input: 5 for video, 4 for images and
            spectrograms.
        pooling: `"avg"` or `"max"`, over all places of the last feature map.
        preprocessor: Layer that is applied to the raw input first, or None.
        **kwargs: `name` and `trainable`.

    Attributes:
        preprocessor: The layer given, or None.

    Output shape:
        `(batch, channels)`, float32.

    Raises:
        ValueError: `pooling` is unknown, or the input has the wrong rank.

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

    def __init__(
        self,
        trunk: Callable[[Tensor], dict[str, Tensor]],
        input_shape: Sequence[int | None],
        rank: int,
        pooling: str = "avg",
        preprocessor: keras.layers.Layer | None = None,
        **kwargs: Any,
    ) -> None:
        inputs = keras.Input(tuple(input_shape))
        x = inputs if preprocessor is None else preprocessor(inputs)
        if len(x.shape) != rank or x.shape[-1] is None:
            wanted = {4: "(batch, height, width, channels)"}.get(
                rank, "(batch, frames, height, width, channels)"
            )
            raise ValueError(
                f"Received input_shape={tuple(input_shape)}, which "
                f"preprocessor={preprocessor} turns into {tuple(x.shape)}. "
                f"Expected {wanted} with a known number of channels: mend "
                "input_shape or the preprocessor."
            )
        if (pooling, rank) not in _POOLING:
            raise ValueError(
                f"Received pooling={pooling!r}. Expected 'avg' or 'max'."
            )
        taps = trunk(x)
        # In half precision the sum over a large map could overflow.
        pool = _POOLING[pooling, rank](
            data_format="channels_last", dtype="float32", name="pool"
        )
        outputs = pool(list(taps.values())[-1])
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)
        self._taps = taps
        self.pooling = pooling
        self.preprocessor = preprocessor

    @property
    def taps(self) -> dict[str, Tensor]:
        """Feature maps by name, symbolic, channels last."""
        # Keras tracks an attribute by a dict of its own, which JAX refuses as
        # the output of a compiled function.
        return dict(self._taps)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "trainable": self.trainable,
            "input_shape": list(self.input.shape[1:]),
            "pooling": self.pooling,
            "preprocessor": keras.saving.serialize_keras_object(
                self.preprocessor
            ),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        preprocessor = keras.saving.deserialize_keras_object(
            config["preprocessor"]
        )
        return cls(**{**config, "preprocessor": preprocessor})

    def save_to_preset(self, path: str | pathlib.Path) -> None:
        """Write architecture and weights into a folder of their own.

        The folder, which holds `config.json` and `model.weights.h5`, appears
        complete or not at all. It can be read on every backend.

        Args:
            path: The folder. An earlier preset there is replaced.

        Raises:
            ValueError: The folder holds other files.
        """
        folder = pathlib.Path(path)
        if folder.exists():
            others = {file.name for file in folder.iterdir()}
            others -= {_CONFIG, _WEIGHTS}
            if others:
                raise ValueError(
                    f"Received path={str(path)!r}, which holds "
                    f"{sorted(others)}. Expected a new folder or a preset to "
                    "replace: choose another path."
                )
        folder.parent.mkdir(parents=True, exist_ok=True)
        # An encoder alone: how it was compiled is no part of it.
        config = {
            "registered_name": keras.saving.get_registered_name(type(self)),
            "config": self.get_config(),
        }
        with tempfile.TemporaryDirectory(
            dir=folder.parent, prefix=f".{folder.name}-"
        ) as scratch:
            new = pathlib.Path(scratch, "new")
            new.mkdir()
            (new / _CONFIG).write_text(json.dumps(config, indent=2) + "\n")
            self.save_weights(new / _WEIGHTS)
            if folder.exists():
                folder.rename(pathlib.Path(scratch, "old"))
            new.rename(folder)

    @classmethod
    def from_preset(
        cls, path: str | pathlib.Path, trainable: bool = True
    ) -> Self:
        """Read a backbone that `save_to_preset` has written.

        Args:
            path: The folder.
            trainable: Whether the weights may be trained. Defaults to True.

        Returns:
            The backbone, of the class that was saved.

        Raises:
            ValueError: The folder is not a preset, or holds a backbone of
                another class than the one that was asked for it.
        """
        folder = pathlib.Path(path)
        for name in (_CONFIG, _WEIGHTS):
            if not (folder / name).is_file():
                raise ValueError(
                    f"Received path={str(path)!r}, where {name} is missing. "
                    "Expected a folder written by save_to_preset."
                )
        config = json.loads((folder / _CONFIG).read_text())
        name = config["registered_name"]
        saved = keras.saving.get_registered_object(name)
        if saved is None or not issubclass(saved, cls):
            raise ValueError(
                f"Received path={str(path)!r}, which holds a {name!r}. "
                f"Expected a {cls.__name__}: use Backbone.from_preset, which "
                "reads all of them, and import the module of a class of your "
                "own first."
            )
        backbone = saved.from_config(config["config"])
        backbone.load_weights(folder / _WEIGHTS)
        backbone.trainable = trainable
        return backbone
