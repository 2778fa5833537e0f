"""Saving and loading of models as presets."""

import contextlib
import inspect
import json
import pathlib
import tempfile
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

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
            ValueError: If the folder is not a preset, is damaged, contains a
                model that is not an instance of this class, or weights that are
                NaN or infinite.
        """
        folder = pathlib.Path(path)
        for name in (_CONFIG, _WEIGHTS):
            if not (folder / name).is_file():
                raise ValueError(
                    f"Received path={str(path)!r}, where {name} is missing. "
                    "Expected a folder written by save_to_preset."
                )
        name, config = read_preset_config(folder)
        saved: Any = keras.saving.get_registered_object(name)
        # What is registered may also be a function.
        fits = inspect.isclass(saved) and issubclass(saved, cls)
        if not fits:
            raise ValueError(
                f"Received path={str(path)!r}, which holds a {name!r}. "
                f"Expected a {cls.__name__}: use Preset.from_preset, which "
                "loads any class, and import custom classes first."
            )
        with _telling(folder / _CONFIG, f"describes no {name!r}"):
            model: Any = saved.from_config(config)
        with _telling(folder / _WEIGHTS, f"holds no weights of this {name!r}"):
            model.load_weights(folder / _WEIGHTS)
        _check_finite(model, folder / _WEIGHTS)
        model.trainable = trainable
        return model


def read_preset_config(folder: pathlib.Path) -> tuple[str, dict[str, Any]]:
    """The registered name of the class in a preset, and its config.

    Args:
        folder: Folder of the preset.

    Raises:
        ValueError: If its `config.json` is malformed.
    """
    path = folder / _CONFIG
    with _telling(path, "is no JSON"):
        entry = json.loads(path.read_text("utf-8"))
    kinds = {"registered_name": str, "config": dict}
    for key, kind in kinds.items():
        if not isinstance(entry, dict) or not isinstance(entry.get(key), kind):
            raise ValueError(
                f"{str(path)!r} is no config of a preset. Expected "
                f"{key!r}, a {kind.__name__}, as save_to_preset writes it."
            )
    return entry["registered_name"], entry["config"]


@contextlib.contextmanager
def _telling(path: pathlib.Path, what: str) -> Iterator[None]:
    """Tell of any error in a file, whatever reads it, alike."""
    try:
        yield
    except Exception as error:
        raise ValueError(
            f"{str(path)!r} {what}: {type(error).__name__}: {error}. It is "
            "damaged, or save_to_preset did not write it."
        ) from error


def _check_finite(model: keras.Model, path: pathlib.Path) -> None:
    """Refuse weights that are NaN or infinite.

    Raises:
        ValueError: If there are such.
    """
    wrong = [
        weight.path
        for weight in model.weights
        if keras.backend.is_float_dtype(weight.dtype)
        and not bool(ops.all(ops.isfinite(weight.value)))
    ]
    if wrong:
        raise ValueError(
            f"{str(path)!r} holds NaN or infinity in {len(wrong)} of "
            f"{len(model.weights)} weights: {wrong[:5]}. The model that was "
            "saved had diverged; load an earlier preset."
        )
