"""Rules that evaluate trained encoders with probes."""

import pathlib
from typing import Any, Literal

import keras
import numpy as np

from keras_av.data import FileTable
from keras_av.evaluation import class_retrieval as measure_class_retrieval
from keras_av.evaluation import linear_probe as fit_linear_probe
from keras_av.evaluation.labelled_features import largest_share
from keras_av.metrics import knn_accuracy, pair_retrieval
from keras_av.ops.types import Array
from keras_av.report import plot_retrieval
from keras_av.rules.features import Features
from keras_av.rules.scores import Scores
from keras_av.workspace import rule

_BATCH_SIZE = 32
Modality = Literal["video", "image", "audio"]


def _plan(
    folder: pathlib.Path, *, features: Features, modality: str, **_: Any
) -> Scores:
    features.model.backbone_folder(modality)
    num_classes = features.dataset.num_classes
    if num_classes is not None and num_classes < 2:
        raise ValueError(
            "dataset must have at least two classes, one folder per class. "
            f"Received: {num_classes}"
        )
    return Scores(folder)


@rule(plan=_plan)
def linear_probe(
    output: Scores, *, features: Features, modality: Modality
) -> None:
    """Accuracy of logistic regression on frozen descriptors.

    See `keras_av.evaluation.linear_probe`.

    Args:
        output: Folder of the result.
        features: Descriptors of labelled files.
        modality: `"video"`, `"image"` or `"audio"`.

    Returns:
        `Scores` with `video_linear_probe` and so on.
    """
    train, test = features.labelled(modality)
    accuracy, _ = fit_linear_probe(
        train["features"], train["label"], test["features"], test["label"]
    )
    _save(output, f"{modality}_linear_probe", accuracy, test["label"])


@rule(plan=_plan)
def knn_probe(
    output: Scores, *, features: Features, modality: Modality, k: int = 20
) -> None:
    """Nearest-neighbour accuracy of frozen descriptors.

    See `keras_av.metrics.knn_accuracy`.

    Args:
        output: Folder of the result.
        features: Descriptors of labelled files.
        modality: `"video"`, `"image"` or `"audio"`.
        k: Number of neighbours. Defaults to 20.

    Returns:
        `Scores` with `video_knn` and so on.
    """
    train, test = features.labelled(modality)
    accuracy = knn_accuracy(
        train["features"],
        train["label"],
        test["features"],
        test["label"],
        k=min(k, len(train["label"])),
    )
    _save(output, f"{modality}_knn", accuracy, test["label"])


@rule(plan=_plan)
def class_retrieval(
    output: Scores, *, features: Features, modality: Modality
) -> None:
    """Retrieval of training files of the same class by test files.

    See `keras_av.evaluation.class_retrieval`.

    Args:
        output: Folder of the result.
        features: Descriptors of labelled files.
        modality: `"video"`, `"image"` or `"audio"`.

    Returns:
        `Scores` with `video_class_recall_1`, `video_class_map` and so on.
    """
    gallery, queries = features.labelled(modality)
    found = measure_class_retrieval(gallery, queries)
    names = {
        name: f"{modality}_class_{name.replace('@', '_')}"
        for name in found
        if f"chance_{name}" in found
    }
    output.save(
        {title: float(found[name]) for name, title in names.items()},
        {
            title: float(found[f"chance_{name}"])
            for name, title in names.items()
        },
        num_clips=len(queries["label"]),
    )


def _plan_retrieval(
    folder: pathlib.Path, *, features: Features, **_: Any
) -> Scores:
    for modality in ("video", "audio"):
        features.model.backbone_folder(modality)
    return Scores(folder)


@rule(plan=_plan_retrieval)
def retrieval(
    output: Scores,
    *,
    features: Features,
    same: Literal["clip", "group", "class"] = "clip",
) -> None:
    """Audio-to-video and video-to-audio retrieval of test clips.

    See `keras_av.metrics.pair_retrieval`.

    Args:
        output: Folder of the result, with examples in `retrieval.png`.
        features: Descriptors from a model with a video and an audio encoder.
        same: What the correct answers to a clip share with it: `"clip"`, the
            clip itself; `"group"`, cuts of one recording, which can hardly be
            told apart; or `"class"`. Defaults to `"clip"`.

    Returns:
        `Scores` with `audio_to_video_recall_1` and so on, or
        `group_audio_to_video_recall_1`.
    """
    network = features.model.load_method()
    found = [features.load(m, "test") for m in ("video", "audio")]
    # Clips without sound have no audio descriptor.
    index, *rows = np.intersect1d(
        found[0]["index"], found[1]["index"], return_indices=True
    )
    heads = network.video_head, network.audio_head
    embeddings = {
        modality: keras.ops.convert_to_numpy(head(one["features"][row]))
        for modality, head, one, row in zip(
            ("video", "audio"), heads, found, rows
        )
    }
    labels = shared_numbers(features.dataset.test, same)
    found_and_chance = pair_retrieval(
        **embeddings, labels=None if labels is None else labels[index]
    )
    prefix = "" if same == "clip" else f"{same}_"
    values, chance = (
        {prefix + name: value for name, value in one.items()}
        for one in found_and_chance
    )
    clips = features.dataset.clips_once(
        "test", features.model.clip_spec, _BATCH_SIZE
    )
    plot_retrieval(
        {**embeddings, "index": index}, clips, output.folder / "retrieval.png"
    )
    output.save(values, chance, num_clips=len(index))


def shared_numbers(files: FileTable, same: str) -> Array | None:
    """The group or class of each file, as a number.

    Args:
        files: The files.
        same: `"group"`, `"class"`, or `"clip"` for None.

    Raises:
        ValueError: If a file has none.
    """
    if same == "clip":
        return None
    missing = files.group == "" if same == "group" else files.label < 0
    if missing.any():
        raise ValueError(
            f"same={same!r} needs a {same} for every test file. Received: "
            f"{missing.sum()} of {len(files)} files without one."
        )
    if same == "class":
        return files.label
    # Sets such as UCF101 number the groups of each class.
    names = [f"{label} {name}" for label, name in zip(files.label, files.group)]
    return np.unique(names, return_inverse=True)[1]


def _save(output: Scores, name: str, value: float, labels: Array) -> None:
    """Save a score together with the share of the largest class."""
    chance = {name: largest_share(labels)}
    output.save({name: float(value)}, chance, num_clips=len(labels))
