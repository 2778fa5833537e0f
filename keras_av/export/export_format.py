"""The formats of exported models."""

import dataclasses
import importlib.util
from collections.abc import Mapping
from typing import Literal

Format = Literal["tf_saved_model", "onnx", "litert", "openvino"]
Precision = Literal["float32", "float16", "int8_weights"]

# Difference to Keras that is allowed, as a share of the largest output.
TOLERANCES: dict[str, float] = {
    "float32": 1e-3,
    "float16": 5e-3,
    "int8_weights": 5e-2,
}


@dataclasses.dataclass(frozen=True)
class ExportFormat:
    """A format of exported models: what it needs, and what it can hold.

    Args:
        title: Name of the format in text.
        file: Name of the file, or of the folder.
        packages: Packages that write it and that run it, as they are imported.
        extra: Name of the extra of this package that installs them, or an
            empty string if they are always there.
        lacking: Why there is no model of a precision, by precision.

    Examples:

    >>> from keras_av.export.export_format import FORMATS
    >>> FORMATS["litert"].file
    'model.tflite'
    >>> FORMATS["onnx"].check_precision("int8_weights")
    Traceback (most recent call last):
    ValueError: Received format='onnx' and precision='int8_weights'. ...
    """

    title: str
    file: str
    packages: tuple[str, ...]
    extra: str
    lacking: Mapping[str, str]

    @property
    def name(self) -> str:
        """Name of the format in `FORMATS`."""
        return next(key for key, value in FORMATS.items() if value is self)

    def check_precision(self, precision: str) -> None:
        """Refuse a precision that the format lacks.

        Args:
            precision: Precision of the model to export.

        Raises:
            ValueError: If it is unknown, or the format lacks it.
        """
        if precision not in TOLERANCES:
            raise ValueError(
                f"Received precision={precision!r}. Expected one of "
                f"{list(TOLERANCES)}."
            )
        if precision in self.lacking:
            others = [p for p in TOLERANCES if p not in self.lacking]
            raise ValueError(
                f"Received format={self.name!r} and precision={precision!r}. "
                f"{self.lacking[precision]}. Expected one of {others}, or "
                "format='litert', which has them all."
            )

    def check_packages(self) -> None:
        """Refuse to go on without the packages of the format.

        Raises:
            ImportError: If one is missing.
        """
        missing = [
            package
            for package in self.packages
            if importlib.util.find_spec(package) is None
        ]
        if missing:
            raise ImportError(
                f"format={self.name!r} needs {' and '.join(missing)}: pip "
                f"install 'keras_av[{self.extra}]'."
            )


FORMATS = {
    "tf_saved_model": ExportFormat(
        "TensorFlow SavedModel",
        "saved_model",
        ("tensorflow",),
        "",
        {
            "float16": "TensorFlow computes with weights as they are stored",
            "int8_weights": "TensorFlow runs no graph with 8-bit weights",
        },
    ),
    "onnx": ExportFormat(
        "ONNX",
        "model.onnx",
        ("tf2onnx", "onnxruntime"),
        "onnx",
        {
            "int8_weights": "onnxruntime has no convolution of video with "
            "8-bit weights"
        },
    ),
    "litert": ExportFormat(
        "LiteRT", "model.tflite", ("ai_edge_litert",), "litert", {}
    ),
    "openvino": ExportFormat(
        "OpenVINO",
        "model.xml",
        ("openvino",),
        "openvino",
        {
            "int8_weights": "OpenVINO quantizes in a package of its own, which "
            "needs a calibration"
        },
    ),
}
