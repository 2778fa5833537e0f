"""Pushing of presets to hubs."""

import os

from keras_av.models.presets.preset import Preset
from keras_av.models.presets.preset_source import (
    HUGGING_FACE,
    KAGGLE,
    hub_client,
)


def push_preset(path: str | os.PathLike[str], handle: str) -> None:
    """Push the folder of a preset to a hub.

    The client of the hub must be installed, and know who you are. The preset is
    loaded first: one that was changed or cut off is not pushed.

    Args:
        path: Path of the folder, as `save_to_preset` wrote it.
        handle: `"hf://owner/name"`, which is made if it is not there, or
            `"kaggle://owner/model/framework/variation"`.

    Raises:
        ImportError: If the client of the hub is missing.
        ValueError: If the folder is no preset, or the handle is none.

    Examples:

    >>> from keras_av.models import push_preset
    >>> push_preset("my_preset", "ftp://me/mine")
    Traceback (most recent call last):
    ValueError: Received handle='ftp://me/mine'. Expected 'hf://...' or ...
    """
    if not handle.startswith((HUGGING_FACE, KAGGLE)):
        raise ValueError(
            f"Received handle={handle!r}. Expected 'hf://...' or "
            "'kaggle://...'."
        )
    folder = os.fspath(path)
    Preset.from_preset(folder)
    if handle.startswith(HUGGING_FACE):
        client = hub_client("huggingface_hub")
        name = handle.removeprefix(HUGGING_FACE)
        client.create_repo(repo_id=name, exist_ok=True)
        client.upload_folder(repo_id=name, folder_path=folder)
    else:
        client = hub_client("kagglehub")
        client.model_upload(handle.removeprefix(KAGGLE), folder)
