"""Base class of probes on labelled clips."""

from collections.abc import Iterable
from typing import Any, Literal

from keras_av.callbacks.probe import Probe
from keras_av.evaluation.labelled_features import (
    labelled_features,
    largest_share,
)
from keras_av.methods.contrastive.two_tower import check_modality
from keras_av.ops.types import Array


class LabelledProbe(Probe):
    """Scores the descriptors of one encoder on labelled clips.

    Besides the score it logs `video_class_chance` or `audio_class_chance`, the
    share of the largest class among the test clips. Clips with label -1 are
    left out.

    Args:
        train_clips: Labelled batches to fit on.
        test_clips: Labelled batches of other files to measure on.
        modality: `"video"` or `"audio"`.
        frequency: Number of epochs between measurements.
    """

    # Name of the measurement, which follows the modality in the logs.
    kind = ""

    def __init__(
        self,
        train_clips: Iterable[dict[str, Any]],
        test_clips: Iterable[dict[str, Any]],
        modality: Literal["video", "audio"] = "video",
        frequency: int = 1,
    ):
        super().__init__(frequency)
        self.train_clips = train_clips
        self.test_clips = test_clips
        self.modality = check_modality(modality)

    @property
    def names(self) -> tuple[str, ...]:
        return (f"{self.modality}_{self.kind}", f"{self.modality}_class_chance")

    def score(self, train: dict[str, Array], test: dict[str, Array]) -> float:
        """Compute the accuracy from `features` and `label` of both sets."""
        raise NotImplementedError(f"{type(self).__name__} must define score.")

    def measure(self) -> dict[str, float]:
        train, test = (
            labelled_features(
                self.encode(clips, [self.modality]), self.modality
            )
            for clips in (self.train_clips, self.test_clips)
        )
        majority = largest_share(test["label"])
        return dict(zip(self.names, (self.score(train, test), majority)))
