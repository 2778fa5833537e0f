"""The export of networks, checked in the runtime of their format."""

import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_av.evaluation.encode_clips import Batches
from keras_av.export import run_artifact
from keras_av.export.export_card import export_card
from keras_av.export.export_format import (
    FORMATS,
    TOLERANCES,
    Format,
    Precision,
)
from keras_av.export.export_report import ExportReport
from keras_av.export.quality import labelled_inputs, quality
from keras_av.export.serving_model import serving_model
from keras_av.ops.telling_of_full_disk import telling_of_full_disk
from keras_av.ops.types import Array
from keras_av.ops.write_folder_whole import clear_scratch, write_folder_whole

# Packages that the program which writes a file imports anyway.
_KNOWN = ("keras", "keras_av", "builtins")


def export_model(
    model: keras.Model,
    path: str | os.PathLike[str],
    format: Format = "tf_saved_model",
    precision: Precision = "float32",
    clips: tuple[Batches, Batches] | None = None,
    overwrite: bool = False,
) -> ExportReport:
    """Export a network to where there is no Keras, and check what was written.

    The file is written by a process of its own on TensorFlow, whatever backend
    is in force, and then run in its own runtime, by a process without Keras, on
    batches of two sizes and, where the network takes any length of sound or
    any number or size of frames, of two lengths. If its outputs differ from
    those of Keras by more than 0.001 of the largest (0.005 for float16, 0.05
    for 8-bit weights), nothing is left behind.

    The network takes raw clips, as a backbone does: frames of 8 bits, if it
    scales them itself, and waveforms. Inputs are called `video`, `image`,
    `audio`, and, for an `ImageAudioEncoder`, `has_audio` as well. Batches may
    have any size.

    The folder also gets `card.json` and `README.md`: inputs, size, difference,
    latency and, if there are clips, what the descriptors are worth before and
    after.

    Args:
        model: Backbone, `ImageAudioEncoder`, or any functional or sequential
            model with one output. It must be one that
            `keras.saving.load_model` loads.
        path: Path of the folder.
        format: `"tf_saved_model"`, `"onnx"`, `"litert"` or `"openvino"`. All
            but the first need an extra of that name. Defaults to
            `"tf_saved_model"`.
        precision: Precision of the weights; computations are in float32.
            `"float32"`; `"float16"`, in all but the first; or
            `"int8_weights"`, in `"litert"` only, which has it for dense layers
            and two-dimensional convolutions. Defaults to `"float32"`.
        clips: Labelled training and test clips, as `keras_av.data.clips` gives
            them, for kNN, a linear probe and retrieval by class before and
            after. Defaults to None.
        overwrite: Whether to replace an export that is there. Defaults to
            False.

    Returns:
        An `ExportReport`.

    Raises:
        ImportError: If the runtime of the format is missing.
        OSError: With the folder as its file name, if the disk is full.
        ValueError: If the model cannot be exported, the format lacks the
            precision, the folder is there, or what was written does not
            compute what Keras computes.

    Examples:

    >>> from keras_av.export import export_model
    >>> from keras_av.models import ResNet3DBackbone
    >>> encoder = ResNet3DBackbone(10, (4, 4, 4, 4), (4, 16, 16, 3))
    >>> export_model(encoder, "served", "tf_saved_model", "float16")
    Traceback (most recent call last):
    ValueError: Received format='tf_saved_model' and precision='float16'. ...
    """
    if format not in FORMATS:
        raise ValueError(
            f"Received format={format!r}. Expected one of {list(FORMATS)}."
        )
    FORMATS[format].check_precision(precision)
    FORMATS[format].check_packages()
    served = serving_model(model)
    folder = pathlib.Path(path)
    clear_scratch(folder)
    _check_folder(folder, overwrite)
    with telling_of_full_disk(folder), write_folder_whole(folder) as job:
        (job / "inputs").mkdir()
        labels = _write_clips(model, served, clips, job / "inputs")
        _write(model, format, precision, job)
        _run(format, job)
        report = _compare(model, served, format, precision, labels, job)
        new = (job / "artifact").rename(job / "new")
        (new / "card.json").write_text(report.to_json())
        (new / "README.md").write_text(export_card(report), "utf-8")
    return report


def _check_folder(folder: pathlib.Path, overwrite: bool) -> None:
    if not folder.exists():
        return
    if not (folder / "card.json").exists():
        raise ValueError(
            f"Received path={str(folder)!r}, which is there and is no export. "
            "Expected a new folder: choose another path."
        )
    if not overwrite:
        raise ValueError(
            f"Received path={str(folder)!r}, which holds an export. Expected a "
            "new folder: choose another path, or pass overwrite=True."
        )


def _write_clips(
    model: keras.Model,
    served: keras.Model,
    clips: tuple[Batches, Batches] | None,
    folder: pathlib.Path,
) -> dict[str, Array]:
    """Write labelled clips for both processes; return their classes."""
    labels = {}
    for name, dataset in zip(("train", "test"), clips or ()):
        found: list[Array] = []
        for inputs, classes in labelled_inputs(model, served, dataset):
            file = folder / f"{name}-{len(found):06}.npz"
            np.savez(file, **inputs)  # type: ignore[arg-type]
            found.append(classes)
        if not found:
            raise ValueError(
                f"Received {name} clips without any label. Expected labelled "
                "clips, or clips=None."
            )
        labels[name] = np.concatenate(found)
    return labels


def _write(
    model: keras.Model, format: str, precision: str, job: pathlib.Path
) -> None:
    model.save(job / "model.keras")
    config = keras.saving.serialize_keras_object(model)
    wanted = {
        "format": format,
        "precision": precision,
        "modules": sorted(_modules(config)),
    }
    (job / "job.json").write_text(json.dumps(wanted))
    _start("-m", "keras_av.export.write_artifact", str(job))


def _modules(config: Any) -> set[str]:
    """Modules of the classes that a config names, other than Keras's."""
    if isinstance(config, (list, tuple)):
        return {name for one in config for name in _modules(one)}
    if not isinstance(config, Mapping):
        return set()
    found = _modules(list(config.values()))
    name = config.get("module")
    if "class_name" in config and isinstance(name, str):
        found.add(name)
    return {one for one in found if one.split(".")[0] not in _KNOWN}


def _run(format: str, job: pathlib.Path) -> None:
    (job / "found").mkdir()
    file = job / "artifact" / FORMATS[format].file
    folders = [str(job / "inputs"), str(job / "found")]
    # Its folder does not become one to import from.
    _start("-P", run_artifact.__file__, format, str(file), *folders)


def _start(*arguments: str) -> None:
    """Run a program of Python.

    Raises:
        ValueError: If it fails.
    """
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
    )
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.strip()]
        what = "run" if "-P" in arguments else "write"
        raise ValueError(
            f"The model could not be exported: the program to {what} it ended "
            f"with {done.returncode}. " + "\n".join(last[-5:])
        )


def _compare(
    model: keras.Model,
    served: keras.Model,
    format: str,
    precision: str,
    labels: Mapping[str, Array],
    job: pathlib.Path,
) -> ExportReport:
    """Compare what Keras and the runtime have computed.

    Raises:
        ValueError: If they differ by more than the precision allows.
    """
    sides = [_outputs(job / name) for name in ("expected", "found")]
    expected, found = sides
    largest = max(float(np.abs(x).max()) for x in expected.values())
    difference = max(_difference(expected[n], found[n]) for n in expected)
    difference = difference / max(largest, float(np.finfo("float32").tiny))
    if not difference <= TOLERANCES[precision]:
        why = (
            "float16 may be enough where 8 bits are not"
            if precision == "int8_weights"
            else f"a layer of {model.name!r} computes something else where it "
            "is exported"
        )
        raise ValueError(
            f"What was written in format={format!r} and precision="
            f"{precision!r} differs from Keras by {difference:.2g} of the "
            f"largest output, {largest:.3g}. Expected at most "
            f"{TOLERANCES[precision]}: {why}. Nothing was kept."
        )
    before, after = (_scores(side, labels) for side in sides)
    files = (job / "artifact").rglob("*")
    return ExportReport(
        model=type(model).__name__,
        format=format,
        precision=precision,
        file=FORMATS[format].file,
        inputs={x.name: (tuple(x.shape[1:]), x.dtype) for x in served.inputs},
        output=tuple(served.outputs[0].shape[1:]),
        difference=difference,
        num_bytes=sum(x.stat().st_size for x in files if x.is_file()),
        latency=_latency(job / "found"),
        keras_latency=_latency(job / "expected"),
        num_clips=(len(labels.get("train", ())), len(labels.get("test", ()))),
        before=before,
        after=after,
        versions=_versions(format),
    )


def _latency(folder: pathlib.Path) -> float:
    return float(json.loads((folder / "latency.json").read_text()))


def _outputs(folder: pathlib.Path) -> dict[str, Array]:
    return {file.stem: np.load(file) for file in sorted(folder.glob("*.npy"))}


def _difference(expected: Array, found: Array) -> float:
    if expected.shape != found.shape:
        return float("inf")
    return float(np.abs(expected.astype("float64") - found).max())


def _scores(
    outputs: Mapping[str, Array], labels: Mapping[str, Array]
) -> dict[str, float]:
    if not labels:
        return {}
    sides = [
        np.concatenate([x for n, x in outputs.items() if n.startswith(side)])
        for side in ("train", "test")
    ]
    return quality(*((x, labels[s]) for x, s in zip(sides, ("train", "test"))))


def _versions(format: str) -> dict[str, str]:
    names = ["keras_av", "keras", "tensorflow", *FORMATS[format].packages]
    return {name: importlib.metadata.version(name) for name in names}
