"""What probes on labelled clips share."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from keras_av.callbacks.probe import Probe
from keras_av.evaluation.extract_features import extract_features
from keras_av.methods.two_tower import check_modality
from keras_av.ops.types import Array


class LabelledProbe(Probe):
    """Scores the descriptors of one encoder on labelled clips.

    Beside the score it logs `video_class_chance` or `audio_class_chance`, the
    share of the largest class among the clips measured. Clips of the label -1
    are left out.

    Args:
        train_clips: Labelled batches to learn from.
        test_clips: Labelled batches of other files to measure on.
        modality: `"video"` or `"audio"`.
        frequency: Measure after every so many epochs.
    """

    # What is measured; the log's name is the modality and this.
    kind = ""

    def __init__(
        self,
        train_clips: Iterable[dict[str, Any]],
        test_clips: Iterable[dict[str, Any]],
        modality: str = "video",
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
        """Accuracy from `features` and `label` of both sides."""
        raise NotImplementedError(f"{type(self).__name__} must define score.")

    def measure(self) -> dict[str, float]:
        encoder = getattr(self.model, f"{self.modality}_encoder")
        train, test = (
            _labelled(extract_features(encoder, clips, key=self.modality))
            for clips in (self.train_clips, self.test_clips)
        )
        majority = np.bincount(test["label"]).max() / len(test["label"])
        return dict(zip(self.names, (self.score(train, test), majority)))


def _labelled(found: dict[str, Array]) -> dict[str, Array]:
    known = found["label"] >= 0
    if not known.any():
        raise ValueError(
            f"Received {len(known)} clips, all of the label -1. Expected "
            "labelled ones: put files into a folder for each class, or do "
            "without this probe."
        )
    return {name: values[known] for name, values in found.items()}
