"""Presets that lie on hubs."""

import os
import pathlib
from typing import Any

HUGGING_FACE, KAGGLE = "hf://", "kaggle://"


def fetched(path: str | os.PathLike[str]) -> pathlib.Path:
    """The folder of a preset, fetched first if it is on a hub.

    Args:
        path: Path of a folder, `"hf://owner/name"` or
            `"kaggle://owner/model/framework/variation"`.

    Raises:
        ImportError: If the client of the hub is missing.

    Examples:

    >>> from keras_av.models.presets.preset_source import fetched
    >>> fetched("my_preset").name
    'my_preset'
    """
    text = os.fspath(path)
    if text.startswith(HUGGING_FACE):
        client = hub_client("huggingface_hub")
        name = text.removeprefix(HUGGING_FACE)
        return pathlib.Path(client.snapshot_download(repo_id=name))
    if text.startswith(KAGGLE):
        client = hub_client("kagglehub")
        name = text.removeprefix(KAGGLE)
        return pathlib.Path(client.model_download(name))
    return pathlib.Path(text)


def hub_client(name: str) -> Any:
    """Import the client of a hub.

    Args:
        name: Name of the package.

    Raises:
        ImportError: If it is missing.
    """
    try:
        return __import__(name)
    except ImportError as error:
        raise ImportError(
            f"Presets on this hub need the package {name}: pip install {name}."
        ) from error
