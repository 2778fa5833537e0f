"""The card of an exported model."""

from keras_av.export.export_format import FORMATS
from keras_av.export.export_report import ExportReport
from keras_av.models.presets.model_card import written_shape

# How to run a model where there is no Keras.
_USE = {
    "tf_saved_model": """\
import tensorflow as tf

model = tf.saved_model.load("{file}")
output = model.serve({arguments})""",
    "onnx": """\
import onnxruntime

session = onnxruntime.InferenceSession("{file}")
{batch}
(output,) = session.run(None, batch)""",
    "litert": """\
from ai_edge_litert.interpreter import Interpreter

run = Interpreter("{file}").get_signature_runner()
{batch}
(output,) = run(**batch).values()""",
    "openvino": """\
import openvino

model = openvino.Core().compile_model(
    "{file}", "CPU", {{"INFERENCE_PRECISION_HINT": "f32"}}
)
{batch}
output = model(batch)[0]""",
}


def export_card(report: ExportReport) -> str:
    """What someone who gets an exported model has to know.

    Args:
        report: What is known of it.

    Returns:
        Markdown.

    Examples:

    >>> from keras_av.export import ExportReport
    >>> from keras_av.export.export_card import export_card
    >>> report = ExportReport(
    ...     "ResNetBackbone", "litert", "float32", "model.tflite",
    ...     {"image": ((32, 32, 3), "uint8")}, (16,), 2e-7, 70_000, 1e-3, 2e-3)
    >>> print(export_card(report))
    # ResNetBackbone, LiteRT, float32
    <BLANKLINE>
    - Takes `image`, `(batch, 32, 32, 3)`, uint8: numbers in [0, 255].
    - Gives `(batch, 16)`, float32.
    - Size: 0.070 MB.
    - Differs from Keras by at most 2.0e-07 of the largest output.
    - One clip takes 1.00 ms with one thread; Keras on TensorFlow, 2.00 ms.
    <BLANKLINE>
    ```python
    from ai_edge_litert.interpreter import Interpreter
    <BLANKLINE>
    run = Interpreter("model.tflite").get_signature_runner()
    batch = {"image": image}
    (output,) = run(**batch).values()
    ```
    <BLANKLINE>
    """
    title = FORMATS[report.format].title
    lines = [
        f"# {report.model}, {title}, {report.precision}",
        "",
        *(_taken(name, *spec) for name, spec in report.inputs.items()),
        f"- Gives {written_shape(report.output)}, float32.",
        f"- Size: {report.num_bytes / 1e6:.3f} MB.",
        f"- Differs from Keras by at most {report.difference:.1e} of the "
        "largest output.",
        f"- One clip takes {1e3 * report.latency:.2f} ms with one thread; "
        f"Keras on TensorFlow, {1e3 * report.keras_latency:.2f} ms.",
        "",
        "```python",
        _use(report),
        "```",
        "",
        *_scores(report),
    ]
    if report.versions:
        known = ", ".join(f"{k} {v}" for k, v in report.versions.items())
        lines += [f"Made with {known}.", ""]
    return "\n".join(lines)


def _taken(name: str, shape: tuple[int | None, ...], dtype: str) -> str:
    meaning = {
        "uint8": ": numbers in [0, 255]",
        "bool": ": whether a clip has sound",
    }
    if name == "audio":
        meaning[dtype] = ": samples in [-1, 1]"
    text = f"{written_shape(shape)}, {dtype}{meaning.get(dtype, '')}"
    return f"- Takes `{name}`, {text}."


def _use(report: ExportReport) -> str:
    batch = ", ".join(f'"{name}": {name}' for name in report.inputs)
    names = ", ".join(report.inputs)
    arguments = f"[{names}]" if len(report.inputs) > 1 else names
    return _USE[report.format].format(
        file=report.file, batch=f"batch = {{{batch}}}", arguments=arguments
    )


def _scores(report: ExportReport) -> list[str]:
    if not report.before:
        return []
    train, test = report.num_clips
    return [
        f"Descriptors of {train:,} training and {test:,} test clips, by Keras "
        "in float32 and by this file:",
        "",
        "| | before | after |",
        "| --- | --- | --- |",
        *(
            f"| {name} | {value:.3f} | {report.after[name]:.3f} |"
            for name, value in report.before.items()
        ),
        "",
    ]
