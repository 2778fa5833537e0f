"""Encoders: networks from clips to descriptors, created for a run."""

import dataclasses
import pathlib
from collections.abc import Callable

import keras

from keras_av.data import ClipSpec
from keras_av.rules.clip_spec import Clips
from keras_av.rules.run import Run
from keras_av.workspace import Provider
from keras_av.workspace.provider import missing_path


@dataclasses.dataclass(frozen=True)
class Encoder(Provider):
    """A network from clips to descriptors, created when a run begins.

    Args:
        modality: Modality of its input, `"video"`, `"image"` or `"audio"`.
        make: Function of a `Run` that creates the network.
        spec: Specification of the clips that it requires, if fixed. Defaults
            to none.
        path: Path of a file or folder that must exist. Defaults to none.

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
        return None if self.path is None else missing_path(self.path)

    def check(
        self, name: str, modalities: tuple[str, ...], clips: Clips
    ) -> None:
        """Raise an error if the encoder does not match.

        Args:
            name: Name of the attribute, for the error.
            modalities: Accepted modalities.
            clips: Specification of its input clips.

        Raises:
            ValueError: If it has another modality, or requires other clips.
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
    """Raise an error if a network was made for other clips.

    Args:
        name: Name of the network, for the error.
        modality: Modality of its input.
        made_for: Specification of the clips that it was made for.
        clips: Specification of its input clips.

    Raises:
        ValueError: If they differ in a field of the modality.
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
