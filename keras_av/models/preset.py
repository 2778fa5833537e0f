"""Saving and loading of models as presets."""

import json
import pathlib
import tempfile
from typing import Any

import keras

_CONFIG = "config.json"
_WEIGHTS = "model.weights.h5"


class Preset:
    """Mixin that gives a `keras.Model` `save_to_preset` and `from_preset`.

    It does not inherit from `keras.Model`, since Keras changes the bases of
    functional models. Subclasses of both must be registered with Keras, return
    their arguments from `get_config` and restore the model in `from_config`.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.models import Preset, ResNetBackbone
    >>> folder = pathlib.Path(tempfile.mkdtemp(), "preset")
    >>> ResNetBackbone(10, 2, (32, 32, 3)).save_to_preset(folder)
    >>> Preset.from_preset(folder).output_shape
    (None, 16)
    """

    def save_to_preset(self: Any, path: str | pathlib.Path) -> None:
        """Save architecture and weights to a folder.

        The folder contains `config.json` and `model.weights.h5` and is written
        atomically. It can be loaded on every backend.

        Args:
            path: Path of the folder. An existing preset is replaced.

        Raises:
            ValueError: If the folder has other files.
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
        # The compile config is not part of a preset.
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
        cls: Any, path: str | pathlib.Path, trainable: bool = True
    ) -> Any:
        """Load a model saved by `save_to_preset`.

        Args:
            path: Path of the folder.
            trainable: Whether the model is trainable. Defaults to True.

        Returns:
            The model, of the class that was saved.

        Raises:
            ValueError: If the folder is not a preset, or contains a model that
                is not an instance of this class.
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
                f"Expected a {cls.__name__}: use Preset.from_preset, which "
                "loads any class, and import custom classes first."
            )
        model = saved.from_config(config["config"])
        model.load_weights(folder / _WEIGHTS)
        model.trainable = trainable
        return model
