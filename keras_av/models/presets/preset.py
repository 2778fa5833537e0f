"""Saving and loading of models as presets."""

import contextlib
import inspect
import json
import os
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

import keras
from keras import ops

from keras_av.models.presets.count_described import count_described
from keras_av.models.presets.model_card import model_card
from keras_av.models.presets.preset_metadata import (
    METADATA,
    check_metadata,
    write_metadata,
)
from keras_av.models.presets.preset_source import fetched
from keras_av.ops.telling_of_full_disk import telling_of_full_disk
from keras_av.ops.write_folder_whole import clear_scratch, write_folder_whole

_CONFIG = "config.json"
_WEIGHTS = "model.weights.h5"
_CARD = "README.md"


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

    def save_to_preset(
        self: Any,
        path: str | pathlib.Path,
        *,
        overwrite: bool = False,
        card: Mapping[str, str] | None = None,
    ) -> None:
        """Save architecture and weights to a folder.

        The folder contains `config.json`, `model.weights.h5`, versions and
        checksums in `metadata.json`, and a model card, `README.md`. It is
        written atomically and can be loaded on every backend.

        Args:
            path: Path of the folder.
            overwrite: Whether to replace a preset that is there. Defaults to
                False.
            card: Further text of the model card by title, such as `"Method"`,
                `"Data"`, `"License"` and `"Scores"`. Defaults to none.

        Raises:
            OSError: With the folder as its file name, if the disk is full.
            ValueError: If the folder has other files, or there is a preset
                and `overwrite` is False.
        """
        folder = pathlib.Path(path)
        clear_scratch(folder)
        if folder.exists():
            _check_replaceable(folder, overwrite)
        # The compile config is not part of a preset.
        config = {
            "module": type(self).__module__,
            "class_name": type(self).__name__,
            "config": self.get_config(),
            "registered_name": keras.saving.get_registered_name(type(self)),
        }
        with (
            telling_of_full_disk(folder),
            write_folder_whole(folder) as scratch,
        ):
            new = scratch / "new"
            new.mkdir()
            (new / _CONFIG).write_text(json.dumps(config, indent=2) + "\n")
            self.save_weights(new / _WEIGHTS)
            text = model_card(self, folder.name, card)
            (new / _CARD).write_text(text, "utf-8")
            write_metadata(new, self, (_CONFIG, _WEIGHTS))

    @classmethod
    def from_preset(
        cls: Any, path: str | os.PathLike[str], trainable: bool = True
    ) -> Any:
        """Load a model saved by `save_to_preset`.

        `Preset.from_preset` also loads folders of keras_hub, and models of any
        class that is registered with Keras.

        Args:
            path: Path of the folder, or where a hub has it:
                `"hf://owner/name"`, which needs the package huggingface_hub,
                or `"kaggle://owner/model/framework/variation"`, kagglehub.
            trainable: Whether the model is trainable. Defaults to True.

        Returns:
            The model, of the class that was saved.

        Raises:
            ImportError: If the client of the hub is missing.
            ValueError: If the folder is not a preset, is damaged or newer than
                this library, contains a model that is not an instance of this
                class, more weights than its file can hold, or weights that
                are NaN or infinite.
        """
        folder = fetched(path)
        for name in (_CONFIG, _WEIGHTS):
            if not (folder / name).is_file():
                raise ValueError(
                    f"Received path={str(path)!r}, where {name} is missing. "
                    "Expected a folder written by save_to_preset."
                )
        check_metadata(folder)
        name, config = read_preset_config(folder)
        saved: Any = keras.saving.get_registered_object(name)
        # What is registered may also be a function.
        wanted = keras.Model if cls is Preset else cls
        fits = inspect.isclass(saved) and issubclass(saved, wanted)
        if not fits:
            raise ValueError(
                f"Received path={str(path)!r}, which holds a {name!r}. "
                f"Expected a {cls.__name__}: use Preset.from_preset, which "
                "loads any class, and import custom classes first."
            )
        with _telling(folder / _CONFIG, f"describes no {name!r}"):
            count = count_described(saved, config)
        _check_size(count, name, folder / _WEIGHTS)
        with _telling(folder / _CONFIG, f"describes no {name!r}"):
            model: Any = saved.from_config(config)
        with _telling(folder / _WEIGHTS, f"holds no weights of this {name!r}"):
            model.load_weights(folder / _WEIGHTS)
        _check_finite(model, folder / _WEIGHTS)
        model.trainable = trainable
        return model


def _check_replaceable(folder: pathlib.Path, overwrite: bool) -> None:
    """Refuse a folder that is no preset, or one that is to stay.

    Raises:
        ValueError: If it has other files, or holds a preset and `overwrite` is
            False.
    """
    others = {file.name for file in folder.iterdir()}
    others -= {_CONFIG, _WEIGHTS, _CARD, METADATA}
    if others:
        raise ValueError(
            f"Received path={str(folder)!r}, which holds {sorted(others)}. "
            "Expected a new folder or a preset to replace: choose another path."
        )
    if (folder / _CONFIG).exists() and not overwrite:
        raise ValueError(
            f"Received path={str(folder)!r}, which holds a preset. Expected a "
            "new folder: choose another path, or pass overwrite=True."
        )


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


def _check_size(count: int, name: str, path: pathlib.Path) -> None:
    """Refuse a model of more weights than its file can hold.

    Raises:
        ValueError: If there are more than the file has bytes.
    """
    num_bytes = path.stat().st_size
    if count > num_bytes:
        raise ValueError(
            f"{str(path)!r} holds no weights of this {name!r}, which is made "
            f"of {count:,} of them: it has {num_bytes:,} bytes. Expected at "
            f"least one for each: it or {_CONFIG} is damaged."
        )


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
