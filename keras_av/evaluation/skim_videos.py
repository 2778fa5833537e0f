"""Classification of long videos that encodes only what it looks at."""

from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_av.evaluation.whole_videos import Columns, whole_videos
from keras_av.methods import Skimming
from keras_av.models import ImageAudioEncoder
from keras_av.ops.progress import Progress, known_length
from keras_av.ops.types import Array, Tensor

_BATCH_SIZE = 32


def skim_videos(
    model: Skimming,
    student: ImageAudioEncoder,
    clips: Iterable[Mapping[str, Any]],
) -> dict[str, Array]:
    """Classify long videos, and encode only what is looked at.

    Of each video every `model.interpolate`-th image is encoded, as an index.
    Then the model chooses clip after clip, and only the image and the sound of
    a chosen one are encoded, if they have not been yet. It stops at the
    `confidence` of the model. The logits are those that the model gives for
    the features of all clips.

    Args:
        model: `Skimming` with `hard=True` and `index="image"`.
        student: Encoder of the clips.
        clips: Dicts of arrays with `video` or `image`, `audio`, `index` and
            `position`, and `has_audio` if some are silent, in which the clips
            of a video are consecutive, such as from
            `keras_av.data.long_clips`. One video is in memory at a time.

    Returns:
        A dict of arrays, one entry for each video: `logits`, `(videos,
        num_classes)`; `index`, the row of the video, and `label` if the clips
        have one; `num_steps`; the clips that were `chosen`, in order, `(videos,
        max_steps)`, -1 after the last; and what was really encoded,
        `num_images` and `num_sounds` of `num_clips`.

    Raises:
        ValueError: If the model looks at all clips, the student lacks an
            encoder, or there are no clips.

    Examples:

    >>> import numpy as np
    >>> from keras_av.evaluation import skim_videos
    >>> from keras_av.layers import FusionMLP
    >>> from keras_av.methods import Skimming
    >>> from keras_av.models import (
    ...     ImageAudioEncoder, listen_to_look_audio, listen_to_look_image)
    >>> student = ImageAudioEncoder(
    ...     listen_to_look_image(32, depth=10, width=2),
    ...     listen_to_look_audio(1600, depth=10, width=2), FusionMLP(4, 8))
    >>> model = Skimming(3, 16, student.fusion, hidden_units=8, key_units=4,
    ...                  num_steps=3, hard=True, index="image", interpolate=4)
    >>> clips = {"image": np.zeros((20, 32, 32, 3), "uint8"),
    ...          "audio": np.zeros((20, 1600), "float32"),
    ...          "index": np.zeros(20, "int32"), "position": np.arange(20)}
    >>> found = skim_videos(model, student, [clips])
    >>> found["num_clips"].tolist(), bool(found["num_sounds"][0] <= 2)
    ([20], True)
    """
    if not model.hard or model.index != "image":
        raise ValueError(
            "model must choose single clips by their images: hard=True and "
            f'index="image". Received: hard={model.hard}, '
            f"index={model.index!r}, which looks at all clips"
        )
    if student.image_encoder is None or student.audio_encoder is None:
        raise ValueError(
            "student must have an image_encoder and an audio_encoder. "
            "Received: one of them alone"
        )
    encoders = student.image_encoder, student.audio_encoder
    shown = Progress("skim", known_length(clips), "batches").over(clips)
    batches = ({k: np.asarray(v) for k, v in one.items()} for one in shown)
    videos = whole_videos((one["index"], one) for one in batches)
    found = [
        _skim(model, _Eyes(encoders, student.frame, video, model.interpolate))
        for _, video in videos
    ]
    if not found:
        raise ValueError("clips must hold at least one clip. Received: none")
    most = max(len(one["chosen"]) for one in found)
    for one in found:
        rest = most - len(one["chosen"])
        one["chosen"] = np.pad(one["chosen"], (0, rest), constant_values=-1)
    return {key: np.stack([one[key] for one in found]) for key in found[0]}


class _Eyes:
    """Encodes the images and sounds of one video, each once and on demand."""

    def __init__(
        self,
        encoders: tuple[keras.Model, keras.Model],
        frame: int,
        video: Columns,
        stride: int,
    ) -> None:
        self.video = video
        self._image_encoder, self._audio_encoder = encoders
        self._frame = frame
        self.images: dict[int, Array] = {}
        self.sounds: dict[int, Array] = {}
        self.chosen: list[int] = []
        self.num_clips = len(video["index"])
        kept = range(0, self.num_clips, stride)
        for start in range(0, len(kept), _BATCH_SIZE):
            rows = list(kept[start : start + _BATCH_SIZE])
            self.images.update(zip(rows, self._see(rows)))

    def bank(self) -> Array:
        """The images of the index, `(1, clips, dim)`; zero if not encoded."""
        zeros = np.zeros_like(next(iter(self.images.values())))
        rows = range(self.num_clips)
        return np.stack([self.images.get(row, zeros) for row in rows])[None]

    def look(self, row: int) -> tuple[Array, Array]:
        """The image and the sound of a clip, `(1, dim)` each."""
        self.chosen.append(row)
        if row not in self.images:
            self.images[row] = self._see([row])[0]
        if row not in self.sounds:
            self.sounds[row] = self._hear(row)
        return self.images[row][None], self.sounds[row][None]

    def _see(self, rows: list[int]) -> Array:
        if "image" in self.video:
            images = self.video["image"][rows]
        else:
            images = self.video["video"][rows, self._frame]
        return self._image_encoder.predict_on_batch(images)

    def _hear(self, row: int) -> Array:
        if "has_audio" in self.video and not self.video["has_audio"][row]:
            return np.zeros(self._audio_encoder.output_shape[-1], "float32")
        return self._audio_encoder.predict_on_batch(self.video["audio"][[row]])[
            0
        ]


def _skim(model: Skimming, eyes: _Eyes) -> dict[str, Any]:
    """Classify one video."""
    mask = np.ones((1, eyes.num_clips), bool)
    index = model.thinned(eyes.bank(), mask)

    def look(gate: Tensor, weights: Any, chosen: Any) -> tuple[Array, Array]:
        return eyes.look(int(chosen[0][0]))

    def is_sure(steps: list[dict[str, Tensor]]) -> bool:
        if model.confidence is None:
            return False
        logits = model.classified(steps)["logits"]
        sure = ops.max(keras.activations.softmax(logits))
        return float(sure) >= model.confidence

    steps = model.walk((index, ops.zeros_like(index)), mask, look, stop=is_sure)
    outputs = model.classified(steps)
    found = {
        "logits": ops.convert_to_numpy(outputs["logits"][0]),
        "num_steps": len(steps),
        "chosen": np.asarray(eyes.chosen, int),
        "num_clips": eyes.num_clips,
        "num_images": len(eyes.images),
        "num_sounds": len(eyes.sounds),
    }
    for key in ("index", "label"):
        if key in eyes.video:
            found[key] = eyes.video[key][0]
    return found
