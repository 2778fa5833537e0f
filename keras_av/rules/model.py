"""Trained networks."""

import dataclasses
import pathlib
from collections.abc import Mapping

import keras

from keras_av.models import Preset
from keras_av.rules.clip_spec import Clips
from keras_av.rules.dataset import Dataset
from keras_av.rules.encoder import Encoder
from keras_av.workspace import Provider, rule


@dataclasses.dataclass(frozen=True)
class Model(Provider):
    """Networks that a target trains.

    Args:
        folder: Where they are.
        dataset: That they learn from.
        clip_spec: What clips they take.
        modalities: Of which there is a backbone: presets, whose folders are
            `video_backbone` and so on; those of classes without presets are
            files, `video_backbone.keras`.
        classifier_key: What of a batch the classifier takes, `None` for the
            batch as a whole; if there is no classifier, `""`.

    Examples:

    >>> import pathlib
    >>> from keras_av.rules import Model, clip_spec, generated_dataset
    >>> model = Model(pathlib.Path("out"), generated_dataset(), clip_spec(),
    ...               ("video",))
    >>> model.backbone_folder("video").name
    'video_backbone'
    """

    folder: pathlib.Path
    dataset: Dataset
    clip_spec: Clips
    modalities: tuple[str, ...]
    classifier_key: str | None = ""

    @property
    def method(self) -> pathlib.Path:
        """The file of the whole model, as its method has trained it."""
        return self.folder / "model.keras"

    @property
    def classifier(self) -> pathlib.Path:
        """The file of the classifier."""
        return self.folder / "classifier.keras"

    @property
    def has_classifier(self) -> bool:
        """Whether there is a classifier."""
        return self.classifier_key != ""

    def backbone_folder(self, modality: str) -> pathlib.Path:
        """Where the backbone of a modality is.

        Raises:
            ValueError: If there is none.
        """
        if modality not in self.modalities:
            raise ValueError(
                f"modality must be one of {list(self.modalities)}, which the "
                f"model has. Received: modality={modality!r}"
            )
        return self.folder / f"{modality}_backbone"

    def backbone(self, modality: str) -> keras.Model:
        """The backbone of a modality, which takes raw clips.

        Raises:
            ValueError: If there is none.
        """
        folder = self.backbone_folder(modality)
        if folder.is_dir():
            return Preset.from_preset(folder)
        file = folder.with_suffix(".keras")
        return keras.saving.load_model(file, compile=False)

    def load_method(self) -> keras.Model:
        """The whole model, as its method has trained it."""
        return keras.saving.load_model(self.method, compile=False)

    def load_classifier(self) -> keras.Model:
        """The classifier."""
        return keras.saving.load_model(self.classifier, compile=False)

    def save(
        self,
        model: keras.Model | None,
        backbones: Mapping[str, keras.Model],
        classifier: keras.Model | None = None,
    ) -> None:
        """Write what there will be.

        Args:
            model: Of a method of `keras_av.methods`.
            backbones: By modality.
            classifier: If there is one. Defaults to none.
        """
        for modality, backbone in backbones.items():
            folder = self.backbone_folder(modality)
            if isinstance(backbone, Preset):
                backbone.save_to_preset(folder)
            else:
                backbone.save(folder.with_suffix(".keras"))
        if classifier is not None:
            classifier.save(self.classifier)
        if model is not None:
            model.save(self.method)


@rule()
def trained_encoder(*, model: Model, modality: str) -> Encoder:
    """The backbone of a trained model, as an encoder to go on with.

    Args:
        model: That has it.
        modality: `"video"`, `"image"` or `"audio"`.

    Raises:
        ValueError: If the model has no backbone of this modality.

    Examples:

    >>> import pathlib
    >>> from keras_av.rules import (
    ...     Model, clip_spec, generated_dataset, trained_encoder
    ... )
    >>> model = Model(pathlib.Path("out"), generated_dataset(), clip_spec(),
    ...               ("video",))
    >>> trained_encoder(model=model, modality="video").spec.num_frames
    16
    """
    model.backbone_folder(modality)
    return Encoder(
        modality,
        lambda run: model.backbone(modality),
        model.clip_spec.spec,
    )
