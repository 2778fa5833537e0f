"""Models that are written to a folder and read back in one line."""

import json
import pathlib
import tempfile
from typing import Any

import keras

_CONFIG = "config.json"
_WEIGHTS = "model.weights.h5"


class Preset:
    """What gives a `keras.Model` `save_to_preset` and `from_preset`.

    A class beside `keras.Model`, not below it: Keras changes the bases of
    functional models. A subclass of both is registered with Keras, returns its
    arguments from `get_config` and makes itself of them in `from_config`.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.models import Preset, ResNetBackbone
    >>> folder = pathlib.Path(tempfile.mkdtemp(), "preset")
    >>> ResNetBackbone(10, 2, (32, 32, 3)).save_to_preset(folder)
    >>> Preset.from_preset(folder).output_shape
    (None, 16)
    """

    def save_to_preset(self: Any, path: str | pathlib.Path) -> None:
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
        # The network alone: how it was compiled is no part of it.
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
        """Read a model that `save_to_preset` has written.

        Args:
            path: The folder.
            trainable: Whether the weights may be trained. Defaults to True.

        Returns:
            The model, of the class that was saved.

        Raises:
            ValueError: The folder is not a preset, or holds a model of
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
                f"Expected a {cls.__name__}: use Preset.from_preset, which "
                "reads all of them, and import the module of a class of your "
                "own first."
            )
        model = saved.from_config(config["config"])
        model.load_weights(folder / _WEIGHTS)
        model.trainable = trainable
        return model
