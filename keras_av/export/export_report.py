"""What is known of an exported model."""

import dataclasses
import json


@dataclasses.dataclass(frozen=True)
class ExportReport:
    """An exported model, as it was measured in its own runtime.

    Args:
        model: Class of the network.
        format: Format of the file.
        precision: Precision of the file.
        file: Name of the file or folder.
        inputs: Shape without the batch axis and dtype of each input, by name;
            None is any size.
        output: Shape of the output without the batch axis.
        difference: Largest difference to Keras, as a share of the largest
            output.
        num_bytes: Size of the files.
        latency: Seconds for one clip in the runtime, with one thread.
        keras_latency: Seconds for one clip of `predict_on_batch` on
            TensorFlow.
        num_clips: Numbers of training and test clips, or `(0, 0)`.
        before: Scores of the descriptors of Keras by name; empty without
            clips.
        after: Scores of the descriptors of the exported model.
        versions: Versions of packages by name.

    Examples:

    >>> from keras_av.export import ExportReport
    >>> report = ExportReport(
    ...     "ResNetBackbone", "litert", "float32", "model.tflite",
    ...     {"image": ((32, 32, 3), "uint8")}, (16,), 2e-7, 70_000, 1e-3, 2e-3)
    >>> '"num_bytes": 70000' in report.to_json()
    True
    """

    model: str
    format: str
    precision: str
    file: str
    inputs: dict[str, tuple[tuple[int | None, ...], str]]
    output: tuple[int | None, ...]
    difference: float
    num_bytes: int
    latency: float
    keras_latency: float
    num_clips: tuple[int, int] = (0, 0)
    before: dict[str, float] = dataclasses.field(default_factory=dict)
    after: dict[str, float] = dataclasses.field(default_factory=dict)
    versions: dict[str, str] = dataclasses.field(default_factory=dict)

    def to_json(self) -> str:
        """What is known, as text for programs."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"
