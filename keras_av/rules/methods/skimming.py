"""Rules for the features of long videos, and for skimming."""

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_av.data import ClipSpec, FileTable, feature_sequences, long_clips
from keras_av.evaluation import count_flops, video_scores, write_features
from keras_av.methods import SelectedClips, Skimming
from keras_av.models import ImageAudioEncoder
from keras_av.ops.types import Array
from keras_av.rules.clip_spec import Clips
from keras_av.rules.dataset import Dataset
from keras_av.rules.methods.method import method
from keras_av.rules.model import Model
from keras_av.rules.run import Run, check_batch_size
from keras_av.rules.scores import Scores
from keras_av.workspace import Provider, rule

_BATCH_SIZE = 32
# Number of random selections, whose accuracies are averaged.
_DRAWS = 10


@dataclasses.dataclass(frozen=True)
class ClipFeatures(Provider):
    """Features of all clips of long videos.

    Args:
        folder: Folder of the features.
        dataset: Long videos.
        model: Model that encoded them.

    Examples:

    >>> import pathlib
    >>> from keras_av.rules import ClipFeatures
    >>> ClipFeatures(pathlib.Path("out"), None, None).place(True).name
    'train'
    """

    folder: pathlib.Path
    dataset: Dataset
    model: Model

    def sequences(
        self,
        training: bool,
        batch_size: int,
        seed: int = 0,
        length_range: Sequence[int] | None = None,
    ) -> tf.data.Dataset:
        """Batches of videos as sequences of features.

        Args:
            training: Whether to read the training videos, in random order.
            batch_size: Number of videos in a batch.
            seed: Integer seed of the order. Defaults to 0.
            length_range: Minimum and maximum length of windows of training
                videos, in clips. Defaults to `None`, whole videos.
        """
        window = None
        if length_range is not None:
            window = length_range[0], length_range[1]
        return feature_sequences(
            self.place(training),
            self.files(training),
            batch_size,
            training=training,
            seed=seed,
            length_range=window,
        )

    def place(self, training: bool) -> pathlib.Path:
        """The folder of the features of training or test videos."""
        return self.folder / ("train" if training else "test")

    def files(self, training: bool) -> FileTable:
        """The training videos or the test videos."""
        return self.dataset.train if training else self.dataset.test


def _plan_features(
    folder: pathlib.Path,
    *,
    model: Model,
    dataset: Dataset | None,
    hop: float,
    **_: Any,
) -> ClipFeatures:
    if model.modalities != ("image", "audio"):
        raise ValueError(
            "model must be from listen_to_look() with both encoders. "
            f"Received: one with the backbones {list(model.modalities)}"
        )
    if hop <= 0:
        raise ValueError(f"hop must be positive. Received: hop={hop}")
    return ClipFeatures(folder, dataset or model.dataset, model)


@rule(plan=_plan_features)
def clip_features(
    output: ClipFeatures,
    *,
    model: Model,
    dataset: Dataset | None = None,
    hop: float = 1.0,
) -> None:
    """Encode long videos clip by clip.

    See `keras_av.evaluation.write_features`.

    Args:
        output: Folder of the result.
        model: Model of `listen_to_look` with both encoders.
        dataset: Long videos. Defaults to the files of the model.
        hop: Time from one clip to the next, in seconds. Defaults to 1.

    Returns:
        `ClipFeatures` of the training and test videos.
    """
    student = model.load_classifier().student
    clips = model.clip_spec.spec
    # Only up to the frame that the student uses.
    seen = student.frame + 1 if student.frame >= 0 else clips.num_frames
    spec = ClipSpec(
        num_frames=seen,
        frame_stride=clips.frame_stride,
        size=clips.size,
        sampling_rate=clips.sampling_rate,
        audio_seconds=clips.audio_seconds,
        audio_alignment="start",
    )
    for side in (True, False):
        batches = long_clips(output.files(side), spec, hop, _BATCH_SIZE)
        write_features(student, batches, output.place(side))
        print(batches.report.summary(), flush=True)


@dataclasses.dataclass(frozen=True)
class ClipScores(Scores):
    """Accuracy on long videos, and the classifier, `classifier.keras`.

    Args:
        folder: Folder of `scores.json`.
        dataset: Long videos.
        clip_spec: Specification of their clips.

    Examples:

    >>> import pathlib
    >>> from keras_av.rules import ClipScores
    >>> ClipScores(pathlib.Path("out"), None, None).folder.name
    'out'
    """

    dataset: Dataset
    clip_spec: Clips


def _plan_selection(
    folder: pathlib.Path,
    *,
    features: ClipFeatures,
    num_steps: int,
    batch_size: int,
    length_range: Sequence[int] | None,
    **_: Any,
) -> ClipScores:
    check_batch_size(batch_size, features.dataset)
    if num_steps < 1:
        raise ValueError(
            f"num_steps must be at least 1. Received: num_steps={num_steps}"
        )
    if length_range is not None and len(length_range) != 2:
        raise ValueError(
            "length_range must be two numbers of clips, the minimum and the "
            f"maximum. Received: length_range={list(length_range)}"
        )
    return ClipScores(folder, features.dataset, features.model.clip_spec)


@method(
    Skimming,
    plan=_plan_selection,
    leave_out=("num_classes", "dim", "fusion"),
    takes_files=False,
)
def skimming(
    output: ClipScores,
    run: Run,
    *,
    features: ClipFeatures,
    hidden_units: int | None = None,
    key_units: int | None = None,
    length_range: Sequence[int] | None = None,
    **options: Any,
) -> None:
    """Classify long videos with an LSTM that attends to some of their clips.

    The scores count what is encoded of a video, and its cost.

    Args:
        features: Features of the clips of long videos.
        hidden_units: Units of the LSTM. Defaults to twice those of the
            student.
        key_units: Size of the keys. Defaults to half the units of the
            student.
        length_range: Minimum and maximum length in clips of the random windows
            of training videos, drawn for each batch. Defaults to whole videos.
    """
    shared, student = _shared(features)
    units = student.units
    model = Skimming(
        **shared,
        hidden_units=hidden_units or 2 * units,
        key_units=key_units or max(units // 2, 1),
        **options,
    )
    batches = features.sequences(True, run.batch_size, run.seed, length_range)
    run.fit(model, batches)
    _measure(model, student, features, output)


@method(
    SelectedClips,
    plan=_plan_selection,
    leave_out=("num_classes", "dim", "fusion"),
    takes_files=False,
)
def selected_clips(
    output: ClipScores,
    run: Run,
    *,
    features: ClipFeatures,
    length_range: Sequence[int] | None = None,
    **options: Any,
) -> None:
    """Classify long videos from all, evenly spaced or random clips.

    Args:
        features: Features of the clips of long videos.
        length_range: Minimum and maximum length in clips of the random windows
            of training videos, drawn for each batch. Defaults to whole videos.
    """
    shared, student = _shared(features)
    model = SelectedClips(**shared, **options)
    draws = _DRAWS if options["selection"] == "random" else 1
    batches = features.sequences(True, run.batch_size, run.seed, length_range)
    run.fit(model, batches)
    _measure(model, student, features, output, draws)


def _shared(
    features: ClipFeatures,
) -> tuple[dict[str, Any], ImageAudioEncoder]:
    """The trained layers of the student, and the student."""
    trained = features.model.load_classifier()
    student = trained.student
    student.fusion.trainable = False
    shared = {
        "num_classes": trained.num_classes,
        "dim": student.image_encoder.output_shape[-1],
        "fusion": student.fusion,
        "classifier": trained.classifier,
    }
    return shared, student


def _measure(
    model: SelectedClips | Skimming,
    student: ImageAudioEncoder,
    features: ClipFeatures,
    output: ClipScores,
    draws: int = 1,
) -> None:
    """Save the classifier, its scores, and the cost of a video."""
    found = [_scores(model, features) for _ in range(draws)]
    scores = {
        name: float(np.mean([one[name] for one in found])) for name in found[0]
    }
    cost = scores["images"] * count_flops(student.image_encoder)
    cost += scores["sounds"] * count_flops(student.audio_encoder)
    model.save(output.folder / "classifier.keras")
    num_videos = len(features.dataset.test)
    output.save({**scores, "MFLOPs": cost / 1e6}, num_clips=num_videos)


def _scores(
    model: SelectedClips | Skimming, features: ClipFeatures
) -> dict[str, float]:
    """Scores of the test videos, and how much of them was encoded."""
    found: dict[str, list[Array]] = {}
    sequences = features.sequences(False, _BATCH_SIZE)
    for batch in sequences.as_numpy_iterator():
        # `predict_on_batch` returns every row once per replica.
        outputs = model.predict(batch, _BATCH_SIZE, verbose=0)
        images, sounds = model.encoded(outputs, batch["mask"])
        columns = {
            "logits": outputs["logits"],
            "label": batch["label"],
            "images": images,
            "sounds": sounds,
        }
        for name, value in columns.items():
            found.setdefault(name, []).append(np.asarray(value))
    joined = {name: np.concatenate(parts) for name, parts in found.items()}
    accuracy = video_scores({k: joined[k] for k in ("logits", "label")})
    return {
        "accuracy": accuracy["top_1"],
        "mAP": accuracy["mAP"],
        "images": joined["images"].mean(),
        "sounds": joined["sounds"].mean(),
    }
