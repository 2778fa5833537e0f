"""The rule that exports networks to where there is no Keras."""

import dataclasses
import pathlib
from typing import Any, Literal

from keras_av.export import export_model
from keras_av.export.export_format import FORMATS, Format, Precision
from keras_av.rules.features import SIDES, with_image
from keras_av.rules.model import Model
from keras_av.workspace import Provider, rule

_FOLDER = "exported"
_BATCH_SIZE = 32


@dataclasses.dataclass(frozen=True)
class Exported(Provider):
    """A network exported to where there is no Keras.

    Args:
        path: Path of the file or folder. Its card, `README.md`, is beside it.

    Examples:

    >>> import pathlib
    >>> from keras_av.rules import Exported
    >>> Exported(pathlib.Path("out", "model.onnx")).path.name
    'model.onnx'
    """

    path: pathlib.Path


def _plan(
    folder: pathlib.Path,
    *,
    model: Model,
    modality: str,
    format: str,
    precision: str,
    **_: Any,
) -> Exported:
    FORMATS[format].check_precision(precision)
    model.backbone_folder(modality)
    return Exported(folder / _FOLDER / FORMATS[format].file)


@rule(plan=_plan)
def export(
    output: Exported,
    *,
    model: Model,
    modality: Literal["video", "image", "audio", "fused"],
    format: Format = "tf_saved_model",
    precision: Precision = "float32",
) -> None:
    """Export a network; see `keras_av.export.export_model`.

    What was written is run in its own runtime and compared before the target
    is done. With fewer bits, the card tells what descriptors of the model's
    training and test files are worth before and after.

    Args:
        output: Folder of the result.
        model: Model with the network.
        modality: `"video"`, `"image"` or `"audio"` for a backbone, `"fused"`
            for the student of `listen_to_look`.
        format: `"tf_saved_model"`, `"onnx"`, `"litert"` or `"openvino"`; all
            but the first need an extra of that name. Defaults to
            `"tf_saved_model"`.
        precision: `"float32"`, `"float16"` or `"int8_weights"`. Defaults to
            `"float32"`.

    Returns:
        `Exported` network.
    """
    clips: Any = None
    if precision != "float32":
        clips = [
            map(
                with_image if modality == "image" else dict,
                model.dataset.clips_once(side, model.clip_spec, _BATCH_SIZE),
            )
            for side in SIDES
        ]
    network = model.backbone(modality)
    folder = output.path.parent
    export_model(network, folder, format, precision, clips, overwrite=True)
