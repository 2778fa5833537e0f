"""What descriptors are worth, by retrieval and classification."""

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from keras_av.evaluation.class_retrieval import class_retrieval
from keras_av.evaluation.encode_clips import Batches
from keras_av.evaluation.linear_probe import linear_probe
from keras_av.metrics.knn_accuracy import knn_accuracy
from keras_av.models.image_audio import ImageAudioEncoder
from keras_av.ops.types import Array


def quality(
    train: tuple[Array, Array], test: tuple[Array, Array]
) -> dict[str, float]:
    """Measure descriptors by their classes.

    Args:
        train: Descriptors, `(num_train, dim)`, and their classes.
        test: Descriptors, `(num_test, dim)`, and their classes.

    Returns:
        Accuracy of the nearest neighbours, `knn`, and of a linear probe,
        `linear`, and `recall@1` and `recall@5` of retrieval by class.

    Examples:

    >>> import numpy as np
    >>> from keras_av.export.quality import quality
    >>> clips = np.eye(4)[[0, 0, 1, 1]], np.array([0, 0, 1, 1])
    >>> quality(clips, clips)["knn"]
    1.0
    """
    gallery, queries = (
        {"features": features, "label": labels}
        for features, labels in (train, test)
    )
    found = class_retrieval(gallery, queries, ks=(1, 5))
    accuracy, _ = linear_probe(*train, *test)
    return {
        "knn": knn_accuracy(*train, *test),
        "linear": accuracy,
        "recall@1": found["recall@1"],
        "recall@5": found["recall@5"],
    }


def labelled_inputs(
    model: keras.Model, served: keras.Model, dataset: Batches
) -> Iterator[tuple[dict[str, Array], Array]]:
    """Inputs of a model and their classes, of clips that have them.

    Clips without a label are left out and, for a model that only listens,
    clips without sound.

    Args:
        model: The model.
        served: What `serving_model` has made of it.
        dataset: Dicts of arrays with the names of its inputs and `label`. An
            `ImageAudioEncoder` takes its frame from `video` if there is no
            `image`.

    Yields:
        Arrays by the name of the input, and the classes.

    Raises:
        ValueError: If a batch has a missing key.
    """
    names = [one.name for one in served.inputs]
    for batch in dataset:
        arrays = {
            name: np.asarray(value)
            for name, value in _all(model, batch).items()
        }
        missing = sorted({*names, "label"} - {*arrays})
        if missing:
            raise ValueError(
                f"Received clips with the keys {sorted(arrays)}. Expected "
                f"{missing} among them, to measure {model.name!r}."
            )
        known = arrays["label"] >= 0
        if names == ["audio"]:
            known &= arrays["has_audio"].astype(bool)
        if known.any():
            inputs = {
                one.name: arrays[one.name][known].astype(one.dtype)
                for one in served.inputs
            }
            yield inputs, arrays["label"][known]


def _all(model: keras.Model, batch: Mapping[str, Any]) -> dict[str, Any]:
    heard = np.ones(len(batch["label"]), bool) if "label" in batch else None
    found = {"has_audio": heard, **batch}
    if isinstance(model, ImageAudioEncoder) and "video" in batch:
        found.setdefault("image", batch["video"][:, model.frame])
    return found
