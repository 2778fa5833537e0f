"""Encoders: networks from clips to descriptors, made for a run."""

import dataclasses
import pathlib
from collections.abc import Callable

import keras

from keras_av.data import ClipSpec
from keras_av.rules.clip_spec import Clips
from keras_av.rules.run import Run
from keras_av.workspace import Provider


@dataclasses.dataclass(frozen=True)
class Encoder(Provider):
    """A network from clips to descriptors, made when a run begins.

    Args:
        modality: `"video"`, `"image"` or `"audio"`: what it takes.
        make: Function of a `Run` that makes the network.
        spec: Clips that it was made for, where they are fixed. Defaults to
            none.
        path: File or folder that must exist. Defaults to none.

    Examples:

    >>> from keras_av import rules
    >>> encoder = rules.resnet3d_backbone(depth=10, width=4)
    >>> encoder.modality
    'video'
    """

    modality: str
    make: Callable[[Run], keras.Model]
    spec: ClipSpec | None = None
    path: pathlib.Path | None = None

    def missing(self) -> str | None:
        if self.path is None or self.path.exists():
            return None
        return f"there is no {str(self.path)!r}"

    def check(
        self, name: str, modalities: tuple[str, ...], clips: Clips
    ) -> None:
        """Refuse an encoder that does not fit.

        Args:
            name: Name of the attribute, for the error.
            modalities: Modalities that fit.
            clips: Clips that it would be fed with.

        Raises:
            ValueError: Its modality is another one, or it was made for other
                clips.
        """
        if self.modality not in modalities:
            raise ValueError(
                f"{name} must be an encoder of {' or '.join(modalities)}. "
                f"Received: one of {self.modality}"
            )
        if self.spec is not None:
            check_clips(name, self.modality, self.spec, clips)


def check_clips(
    name: str, modality: str, made_for: ClipSpec, clips: Clips
) -> None:
    """Refuse clips that a network was not made for.

    Args:
        name: Name of the network, for the error.
        modality: What it takes.
        made_for: Clips that it was made for.
        clips: Clips that it would be fed with.

    Raises:
        ValueError: They differ in what the modality needs.
    """
    fields = ("sampling_rate", "num_samples")
    if modality != "audio":
        fields = ("num_frames", "height_width")
    for field in fields:
        expected, given = getattr(made_for, field), getattr(clips.spec, field)
        if expected != given:
            raise ValueError(
                f"{name} was made for clips of {field}={expected}. Received: "
                f"clip_spec with {field}={given}. Use the clip_spec that it "
                "was trained with."
            )
