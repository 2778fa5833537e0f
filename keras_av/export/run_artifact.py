"""The runtimes of exported models, as a program of their own.

    python run_artifact.py FORMAT PATH INPUTS OUTPUTS

`INPUTS` is a folder of batches, `*.npz`; `OUTPUTS` gets a file `*.npy` for each
of them and the latency of the first, which is one clip. This file imports
nothing but NumPy and the runtime, so that a model that still needed Keras would
not run.
"""

import json
import pathlib
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Run = Callable[[Mapping[str, Any]], Any]

_REPEATS = 20


def open_tf_saved_model(path: str) -> Run:
    """Open the folder of a SavedModel.

    Args:
        path: Path of the folder.

    Returns:
        Function from arrays by the name of the input to the output.
    """
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    loaded = tf.saved_model.load(path)

    def run(batch: Mapping[str, Any]) -> Any:
        inputs = [tf.constant(value) for value in batch.values()]
        return loaded.serve(inputs if len(inputs) > 1 else inputs[0]).numpy()

    return run


def open_onnx(path: str) -> Run:
    """Open a file of ONNX.

    Args:
        path: Path of the file.

    Returns:
        Function from arrays by the name of the input to the output.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"]
    )
    return lambda batch: session.run(None, dict(batch))[0]


def open_litert(path: str) -> Run:
    """Open a file of LiteRT.

    Args:
        path: Path of the file.

    Returns:
        Function from arrays by the name of the input to the output.
    """
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(path, num_threads=1).get_signature_runner()
    # The only output.
    return lambda batch: next(iter(runner(**batch).values()))


def open_openvino(path: str) -> Run:
    """Open the files of OpenVINO.

    Args:
        path: Path of the file.

    Returns:
        Function from arrays by the name of the input to the output.
    """
    import openvino

    # Where a processor has bfloat16, OpenVINO computes with it by default.
    model = openvino.Core().compile_model(
        path,
        "CPU",
        {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1},
    )
    return lambda batch: model(dict(batch))[0]


OPENERS = {
    "tf_saved_model": open_tf_saved_model,
    "onnx": open_onnx,
    "litert": open_litert,
    "openvino": open_openvino,
}


def run_batches(run: Run, inputs: pathlib.Path, outputs: pathlib.Path) -> float:
    """Run a model on every batch of a folder.

    Args:
        run: The model, opened by one of `OPENERS`.
        inputs: Folder of the batches.
        outputs: Folder for what the model gives.

    Returns:
        Median seconds for the first batch.
    """
    files = sorted(inputs.glob("*.npz"))
    for file in files:
        with np.load(file) as batch:
            np.save(outputs / f"{file.stem}.npy", run(dict(batch)))
    with np.load(files[0]) as batch:
        first = dict(batch)
    seconds = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        run(first)
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


if __name__ == "__main__":
    format_name, path, *folders = sys.argv[1:]
    latency = run_batches(
        OPENERS[format_name](path), *(pathlib.Path(one) for one in folders)
    )
    pathlib.Path(folders[1], "latency.json").write_text(json.dumps(latency))
