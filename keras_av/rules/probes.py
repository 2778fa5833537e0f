"""What a trained encoder knows, as rules."""

import pathlib
from typing import Any

from keras_av.callbacks import RetrievalProbe
from keras_av.evaluation import class_retrieval as measure_class_retrieval
from keras_av.evaluation import linear_probe as fit_linear_probe
from keras_av.evaluation.labelled_features import (
    labelled_features,
    largest_share,
)
from keras_av.metrics import knn_accuracy
from keras_av.ops.types import Array
from keras_av.report import plot_retrieval
from keras_av.rules.dataset import Dataset
from keras_av.rules.model import Model
from keras_av.rules.scores import Scores, chance_of
from keras_av.workspace import rule

_BATCH_SIZE = 32


def _plan(
    folder: pathlib.Path,
    *,
    model: Model,
    modality: str,
    dataset: Dataset | None,
    **_: Any,
) -> Scores:
    model.backbone_folder(modality)
    num_classes = (dataset or model.dataset).num_classes
    if num_classes is not None and num_classes < 2:
        raise ValueError(
            "dataset must have two classes or more, a folder for each. "
            f"Received: {num_classes}"
        )
    return Scores(folder)


@rule(plan=_plan)
def linear_probe(
    output: Scores,
    *,
    model: Model,
    modality: str,
    dataset: Dataset | None = None,
    num_clips: int = 1,
) -> None:
    """Accuracy of logistic regression on frozen descriptors.

    See `keras_av.evaluation.linear_probe`.

    Args:
        output: Folder of its own.
        model: That has the backbone.
        modality: `"video"`, `"image"` or `"audio"`.
        dataset: Files with classes. Defaults to those of the model.
        num_clips: Clips of each file, whose descriptors are averaged.
            Defaults to 1.

    Gives:
        `Scores` with `video_linear_probe` and so on.

    Examples:

    >>> from keras_av.rules import linear_probe
    >>> linear_probe.executes
    True
    """
    train, test = _features(model, modality, dataset, num_clips)
    accuracy, _ = fit_linear_probe(
        train["features"], train["label"], test["features"], test["label"]
    )
    name = f"{modality}_linear_probe"
    _save(output, name, accuracy, test["label"])


@rule(plan=_plan)
def knn_probe(
    output: Scores,
    *,
    model: Model,
    modality: str,
    dataset: Dataset | None = None,
    num_clips: int = 1,
    k: int = 20,
) -> None:
    """Accuracy of the nearest neighbours of frozen descriptors.

    See `keras_av.metrics.knn_accuracy`.

    Args:
        output: Folder of its own.
        model: That has the backbone.
        modality: `"video"`, `"image"` or `"audio"`.
        dataset: Files with classes. Defaults to those of the model.
        num_clips: Clips of each file, whose descriptors are averaged.
            Defaults to 1.
        k: Number of neighbours. Defaults to 20.

    Gives:
        `Scores` with `video_knn` and so on.

    Examples:

    >>> from keras_av.rules import knn_probe
    >>> knn_probe.executes
    True
    """
    train, test = _features(model, modality, dataset, num_clips)
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
    output: Scores,
    *,
    model: Model,
    modality: str,
    dataset: Dataset | None = None,
    num_clips: int = 1,
) -> None:
    """How well test files find training files of their class.

    See `keras_av.evaluation.class_retrieval`.

    Args:
        output: Folder of its own.
        model: That has the backbone.
        modality: `"video"`, `"image"` or `"audio"`.
        dataset: Files with classes. Defaults to those of the model.
        num_clips: Clips of each file, whose descriptors are averaged.
            Defaults to 1.

    Gives:
        `Scores` with `video_class_recall_1`, `video_class_map` and so on.

    Examples:

    >>> from keras_av.rules import class_retrieval
    >>> class_retrieval.executes
    True
    """
    train, test = _features(model, modality, dataset, num_clips)
    found = measure_class_retrieval(train, test)
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
    )


def _plan_retrieval(folder: pathlib.Path, *, model: Model, **_: Any) -> Scores:
    for modality in ("video", "audio"):
        model.backbone_folder(modality)
    return Scores(folder)


@rule(plan=_plan_retrieval)
def retrieval(
    output: Scores, *, model: Model, dataset: Dataset | None = None
) -> None:
    """How well sound finds its picture, and the other way round.

    See `keras_av.callbacks.RetrievalProbe`.

    Args:
        output: Folder of its own, in which `retrieval.png` shows examples.
        model: Of `contrastive` or `sscl`.
        dataset: Files to search in, those to test on. Defaults to those of
            the model.

    Gives:
        `Scores` with `audio_to_video_recall_1` and so on.

    Examples:

    >>> from keras_av.rules import retrieval
    >>> retrieval.executes
    True
    """
    network = model.load_method()
    dataset = dataset or model.dataset
    clips = dataset.test_clips(model.clip_spec, _BATCH_SIZE)
    probe = RetrievalProbe(clips)
    probe.set_model(network)
    found = probe.measure()
    chance = chance_of(found)
    values = {name: found[name] for name in chance}
    plot_retrieval(network, clips, output.folder / "retrieval.png")
    output.save(values, chance)


def _features(
    model: Model, modality: str, dataset: Dataset | None, num_clips: int
) -> list[dict[str, Array]]:
    """Descriptors of labelled files, to learn from and to test on."""
    encoder = model.backbone(modality)
    dataset, clip_spec = dataset or model.dataset, model.clip_spec
    seen = _with_image if modality == "image" else dict
    return [
        labelled_features(encoder, map(seen, clips), modality)
        for clips in (
            dataset.train_clips(
                clip_spec, _BATCH_SIZE, False, repeats=num_clips
            ),
            dataset.test_clips(clip_spec, _BATCH_SIZE, repeats=num_clips),
        )
    ]


def _with_image(batch: dict[str, Any]) -> dict[str, Any]:
    """A batch with the middle frame, which a network of images sees."""
    video = batch["video"]
    return {**batch, "image": video[:, video.shape[1] // 2]}


def _save(output: Scores, name: str, value: float, labels: Array) -> None:
    """Keep a score beside the share of the largest class."""
    output.save({name: float(value)}, {name: largest_share(labels)})
