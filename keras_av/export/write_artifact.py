"""The writing of exported models, as a program of its own.

    python -m keras_av.export.write_artifact JOB

It runs on TensorFlow, whatever trained the model, since every format is made
from there. `JOB` is a folder with `model.keras`, `job.json` and batches in
`inputs`, to which the examples are added, the first of one clip. It gets the
files of the model, what Keras computes for the batches, and how long Keras
takes for that clip.
"""

import importlib
import json
import pathlib
import sys
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_av.evaluation.measure_latency import measure_latency
from keras_av.export.example_inputs import example_inputs
from keras_av.export.export_format import FORMATS
from keras_av.export.serving_model import as_called, serving_model


def write_artifact(
    model: keras.Model, format: str, precision: str, folder: pathlib.Path
) -> None:
    """Write a model in a format.

    Args:
        model: Functional model, or an `ImageAudioEncoder`.
        format: One of `FORMATS`.
        precision: One that the format has.
        folder: Folder of the file.
    """
    served = serving_model(model, format)
    # The exporter takes only what has been called.
    served(as_called(served, next(example_inputs(served))))
    path = str(folder / FORMATS[format].file)
    options: dict[str, Any] = {}
    if format == "litert":
        options = _litert_options(precision)
    served.export(path, format=format, verbose=False, **options)
    if precision == "int8_weights":
        _check_quantized(model, path)
    if precision == "float16" and format == "onnx":
        from keras_av.export.half_onnx import half_onnx

        half_onnx(path)
    if precision == "float16" and format == "openvino":
        _half_openvino(pathlib.Path(path))


def _litert_options(precision: str) -> dict[str, Any]:
    import tensorflow as tf

    if precision == "float32":
        return {}
    options: dict[str, Any] = {"optimizations": [tf.lite.Optimize.DEFAULT]}
    if precision == "float16":
        options["target_spec"] = {"supported_types": [tf.float16]}
    return options


def _check_quantized(model: keras.Model, path: str) -> None:
    """Refuse a file that has kept most weights in float32.

    Raises:
        ValueError: If it has.
    """
    from ai_edge_litert.interpreter import Interpreter

    quantized = sum(
        int(np.prod(one["shape"]))
        for one in Interpreter(path).get_tensor_details()
        if one["dtype"] is np.int8
    )
    total = model.count_params()
    if quantized < total / 2:
        raise ValueError(
            f"LiteRT gave 8 bits to {quantized:,} of {total:,} weights of "
            f"{model.name!r}. It has them for dense layers and "
            "two-dimensional convolutions of at least 1,024 weights: "
            "R2Plus1DBackbone is made of such, ResNet3DBackbone is not. Use "
            "precision='float16'."
        )


def _half_openvino(path: pathlib.Path) -> None:
    import openvino

    half = path.with_name("half.xml")
    whole = openvino.Core().read_model(path)
    openvino.save_model(whole, half, compress_to_fp16=True)
    # The file of the weights stays open as long as this is there.
    del whole
    for suffix in (".xml", ".bin"):
        half.with_suffix(suffix).replace(path.with_suffix(suffix))


def run_keras(model: keras.Model, folder: pathlib.Path) -> None:
    """Run a model on every batch of a folder, operation by operation.

    Args:
        model: Functional model, or an `ImageAudioEncoder`.
        folder: Folder with `inputs`; the results are written to `expected`.
    """
    served = serving_model(model)
    inputs, expected = folder / "inputs", folder / "expected"
    expected.mkdir()
    for number, batch in enumerate(example_inputs(served)):
        np.savez(inputs / f"{number}.npz", **batch)  # type: ignore[arg-type]
    files = sorted(inputs.glob("*.npz"))
    for file in files:
        with np.load(file) as batch:
            found = served(as_called(served, batch), training=False)
        np.save(expected / f"{file.stem}.npy", ops.convert_to_numpy(found))
    with np.load(files[0]) as batch:
        median, _ = measure_latency(served, as_called(served, batch))
    (expected / "latency.json").write_text(json.dumps(median))


if __name__ == "__main__":
    job = pathlib.Path(sys.argv[1])
    wanted = json.loads((job / "job.json").read_text())
    for module in wanted["modules"]:
        importlib.import_module(module)
    network = keras.saving.load_model(job / "model.keras", compile=False)
    (job / "artifact").mkdir()
    write_artifact(
        network, wanted["format"], wanted["precision"], job / "artifact"
    )
    run_keras(network, job)
