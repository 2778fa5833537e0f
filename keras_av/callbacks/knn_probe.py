"""Nearest-neighbour accuracy during training."""

from collections.abc import Iterable
from typing import Any, Literal

from keras_av.callbacks.labelled_probe import LabelledProbe
from keras_av.metrics.knn_accuracy import knn_accuracy
from keras_av.ops.types import Array


class KNNProbe(LabelledProbe):
    """Measures the nearest-neighbour accuracy of one encoder.

    The encoder runs in inference mode; each test clip is classified by a
    weighted vote of the `k` training clips with the nearest descriptors.
    Logged as `video_knn` or `audio_knn`, beside the share of the largest
    class, `video_class_chance` or `audio_class_chance`.

    References:
        - [Wu et al., 2018](https://arxiv.org/abs/1805.01978)

    Args:
        train_clips: Labelled batches to search in, such as from
            `keras_av.data.clips` without `training`.
        test_clips: Labelled batches of other files to measure on.
        modality: `"video"` or `"audio"`. Defaults to `"video"`.
        k: Number of neighbours. Defaults to 20.
        frequency: Number of epochs between measurements. Defaults to 1.

    Examples:

    >>> from keras_av.callbacks import KNNProbe
    >>> KNNProbe(train_clips=[], test_clips=[]).names
    ('video_knn', 'video_class_chance')
    """

    kind = "knn"

    def __init__(
        self,
        train_clips: Iterable[dict[str, Any]],
        test_clips: Iterable[dict[str, Any]],
        modality: Literal["video", "audio"] = "video",
        k: int = 20,
        frequency: int = 1,
    ):
        super().__init__(train_clips, test_clips, modality, frequency)
        self.k = k

    def score(self, train: dict[str, Array], test: dict[str, Array]) -> float:
        return knn_accuracy(
            train["features"],
            train["label"],
            test["features"],
            test["label"],
            k=self.k,
        )
