"""The rule that exports networks for serving."""

import dataclasses
import pathlib
from typing import Any, Literal

from keras_av.rules.model import Model
from keras_av.workspace import Provider, rule


@dataclasses.dataclass(frozen=True)
class Exported(Provider):
    """A network exported for serving.

    Args:
        path: Path of the file or folder.

    Examples:

    >>> import pathlib
    >>> from keras_av.rules import Exported
    >>> Exported(pathlib.Path("out", "saved_model")).path.name
    'saved_model'
    """

    path: pathlib.Path


_NAMES = {"tf_saved_model": "saved_model", "onnx": "model.onnx"}


def _plan(
    folder: pathlib.Path, *, model: Model, modality: str, format: str, **_: Any
) -> Exported:
    model.backbone_folder(modality)
    return Exported(folder / _NAMES[format])


@rule(plan=_plan)
def export(
    output: Exported,
    *,
    model: Model,
    modality: Literal["video", "image", "audio"],
    format: Literal["tf_saved_model", "onnx"] = "tf_saved_model",
) -> None:
    """Export a backbone for serving; see `keras.Model.export`.

    Args:
        output: Folder of the result.
        model: Model with the backbone.
        modality: `"video"`, `"image"` or `"audio"`.
        format: `"tf_saved_model"`, or `"onnx"`, which needs the packages of
            its converter. Defaults to `"tf_saved_model"`.

    Returns:
        `Exported` network.
    """
    model.backbone(modality).export(output.path, format=format, verbose=False)
