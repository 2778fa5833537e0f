"""Networks that are not there yet."""

import dataclasses
import json
import pathlib
from collections.abc import Callable

import keras
import numpy as np

from keras_av.data import ClipSpec
from keras_av.layers import LogMelSpectrogram, log_mel_statistics
from keras_av.ops.types import Array
from keras_av.rules.clip_spec import Clips
from keras_av.rules.dataset import Dataset
from keras_av.workspace import Provider
from keras_av.workspace.build.target_folder import write_json

_STATISTICS = "log_mel_statistics.json"
_BATCH_SIZE = 32

Statistics = Callable[[LogMelSpectrogram], tuple[Array, Array]]


@dataclasses.dataclass(frozen=True)
class Encoder(Provider):
    """A network from clips to descriptors that is made when it is needed.

    Args:
        modality: `"video"`, `"image"` or `"audio"`: what it takes.
        make: Gives the network, of a `ClipSpec`, a seed, and a function from
            a `LogMelSpectrogram` to its mean and standard deviation over the
            clips to learn from.
        spec: What clips it has been made for, if it is fixed.
        path: What must be there for it, if anything must.

    Examples:

    >>> from keras_av.rules import clip_spec, resnet3d
    >>> encoder = resnet3d(depth=10, width=4)
    >>> encoder.modality
    'video'
    """

    modality: str
    make: Callable[[ClipSpec, int, Statistics], keras.Model]
    spec: ClipSpec | None = None
    path: pathlib.Path | None = None

    def missing(self) -> str | None:
        if self.path is None or self.path.exists():
            return None
        return f"there is no {str(self.path)!r}"

    def check(
        self, name: str, modalities: tuple[str, ...], clips: Clips
    ) -> None:
        """Refuse it where it does not fit.

        Args:
            name: Of the attribute, for the error.
            modalities: That are wanted.
            clips: That it would be fed with.

        Raises:
            ValueError: If its modality is another one, or it has been made
                for other clips.
        """
        if self.modality not in modalities:
            raise ValueError(
                f"{name} must be an encoder of {' or '.join(modalities)}. "
                f"Received: one of {self.modality}"
            )
        if self.spec is None:
            return
        fields = ("sampling_rate", "num_samples")
        if self.modality != "audio":
            fields = ("num_frames", "height_width")
        for field in fields:
            made_for, given = (
                getattr(self.spec, field),
                getattr(clips.spec, field),
            )
            if made_for != given:
                raise ValueError(
                    f"{name} has been made for clips of {field}={made_for}. "
                    f"Received: clip_spec with {field}={given}. Use the "
                    "clip_spec that it was trained with."
                )


def build_encoder(
    encoder: Encoder,
    dataset: Dataset,
    clip_spec: Clips,
    seed: int,
    output: pathlib.Path,
) -> keras.Model:
    """Make the network of an encoder.

    Args:
        encoder: That is wanted.
        dataset: Of whose clips to learn from spectrograms take their mean
            and standard deviation.
        clip_spec: What clips are.
        seed: Governs what is random in it.
        output: Folder that keeps the statistics, which are measured once.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.rules import (
    ...     build_encoder, clip_spec, generated_dataset, resnet3d
    ... )
    >>> model = build_encoder(
    ...     resnet3d(depth=10, width=4),
    ...     generated_dataset(num_train=8, num_test=8),
    ...     clip_spec(num_frames=8, size=32),
    ...     seed=0,
    ...     output=pathlib.Path(tempfile.mkdtemp()),
    ... )
    >>> model.input_shape
    (None, 8, 32, 32, 3)
    """

    def statistics(layer: LogMelSpectrogram) -> tuple[Array, Array]:
        # Some decoders of sound make up noise, which must not show in a run
        # that goes on.
        file = output / f"{encoder.modality}_{_STATISTICS}"
        if not file.exists():
            batches = dataset.train_clips(clip_spec, _BATCH_SIZE, False)
            values = [np.asarray(v) for v in log_mel_statistics(layer, batches)]
            write_json(file, [value.tolist() for value in values])
        mean, std = json.loads(file.read_text())
        return np.array(mean, "float32"), np.array(std, "float32")

    return encoder.make(clip_spec.spec, seed, statistics)
