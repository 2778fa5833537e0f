"""The rule that encodes all files once for every probe."""

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_av.evaluation.encode_clips import encode_clips
from keras_av.evaluation.extract_features import average_clips
from keras_av.ops.types import Array
from keras_av.rules.dataset import Dataset
from keras_av.rules.model import Model
from keras_av.workspace import Provider, rule

_BATCH_SIZE = 32
SIDES = ("train", "test")


@dataclasses.dataclass(frozen=True)
class Features(Provider):
    """Descriptors of the files of a dataset from each backbone of a model.

    Args:
        folder: Folder of the descriptors.
        dataset: Encoded dataset.
        model: Model with the backbones.

    Examples:

    >>> import pathlib
    >>> from keras_av.rules import Features
    >>> features = Features(pathlib.Path("out"), None, None)
    >>> features.file("video", "test").name
    'video_test.npz'
    """

    folder: pathlib.Path
    dataset: Dataset
    model: Model

    def file(self, modality: str, side: str) -> pathlib.Path:
        """Path of the file of one modality.

        Args:
            modality: `"video"`, `"image"` or `"audio"`.
            side: `"train"` or `"test"`.
        """
        return self.folder / f"{modality}_{side}.npz"

    def load(self, modality: str, side: str) -> dict[str, Array]:
        """Load descriptors with the index and label of their files.

        Args:
            modality: `"video"`, `"image"` or `"audio"`.
            side: `"train"` or `"test"`.

        Returns:
            `features` `(num_files, dim)`, `index` and `label`
            `(num_files,)`.
        """
        with np.load(self.file(modality, side), allow_pickle=False) as file:
            return dict(file)

    def labelled(self, modality: str) -> list[dict[str, Array]]:
        """Load the descriptors of labelled training and test files.

        Args:
            modality: `"video"`, `"image"` or `"audio"`.

        Raises:
            ValueError: If a side has no labelled file.
        """
        found = [self.load(modality, side) for side in SIDES]
        for side, one in zip(SIDES, found):
            if not (one["label"] >= 0).any():
                raise ValueError(
                    f"Received {len(one['label'])} {side} files, none of which "
                    "has a label. Expected labelled files: put the files into "
                    "a folder for each class, or leave out this probe."
                )
        return [
            {name: value[one["label"] >= 0] for name, value in one.items()}
            for one in found
        ]


def _plan(
    folder: pathlib.Path, *, model: Model, dataset: Dataset | None, **_: Any
) -> Features:
    return Features(folder, dataset or model.dataset, model)


@rule(plan=_plan)
def features(
    output: Features,
    *,
    model: Model,
    dataset: Dataset | None = None,
    num_clips: int = 1,
) -> None:
    """Encode all files of a dataset with the backbones of a model.

    Probes share the result, so files are not encoded twice. See
    `keras_av.evaluation.extract_features`.

    Args:
        output: Folder of the result.
        model: Model with backbones.
        dataset: Files to encode. Defaults to those of the model.
        num_clips: Number of clips per file, whose descriptors are averaged.
            Defaults to 1.

    Returns:
        `Features` of the training and test files.
    """
    encoders: dict[str | None, keras.Model] = {
        name: model.backbone(name) for name in model.modalities
    }
    seen = with_image if "image" in encoders else dict
    for side in SIDES:
        clips = output.dataset.clips_once(
            side, model.clip_spec, _BATCH_SIZE, repeats=num_clips
        )
        encoded = encode_clips(encoders, map(seen, clips))
        for modality in model.modalities:
            found = average_clips(encoded, modality, "features")
            np.savez(output.file(modality, side), **found)  # type: ignore[arg-type]


def with_image(batch: Mapping[str, Any]) -> dict[str, Any]:
    """Add the middle frame to a batch, for image networks.

    Args:
        batch: Clips with `video`.
    """
    video = batch["video"]
    return {**batch, "image": video[:, video.shape[1] // 2]}
