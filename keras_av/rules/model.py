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
from keras_av.workspace.build.target_folder import TargetFolder


@dataclasses.dataclass(frozen=True)
class Model(Provider):
    """Networks trained by a target.

    Args:
        folder: Folder of the networks.
        dataset: Dataset that they are trained on.
        clip_spec: Specification of their input clips.
        modalities: Modalities with a backbone. A backbone is a preset in the
            folder `video_backbone` or, if its class has no presets, a file
            `video_backbone.keras`.
        classifier_key: Key of the classifier's input in a batch, `None` for
            the whole batch, or `""` if there is no classifier.

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
        """The file of the trained method, with all its parts."""
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
        """The folder of the backbone of a modality.

        Args:
            modality: One of the modalities or, for a student of
                `listen_to_look`, `"fused"`: the whole encoder.

        Raises:
            ValueError: If there is none.
        """
        # Alone, its classifier takes whole batches.
        student = self.classifier_key is None
        if student and modality == "fused":
            return self.folder / "student"
        if modality not in self.modalities:
            known = [*self.modalities, *(["fused"] if student else [])]
            raise ValueError(
                f"modality must be one of {known}, those of "
                f"the model. Received: modality={modality!r}"
            )
        return self.folder / f"{modality}_backbone"

    def backbone(self, modality: str) -> keras.Model:
        """Load the backbone of a modality, which takes raw clips.

        Raises:
            ValueError: If there is none.
        """
        folder = self.backbone_folder(modality)
        if folder.is_dir():
            return Preset.from_preset(folder)
        file = folder.with_suffix(".keras")
        return keras.saving.load_model(file, compile=False)

    def _card(self) -> dict[str, str]:
        """What the cards of the presets say of the training."""
        files = self.dataset.train
        card = {
            "Data": f"{len(files):,} training files of {files.num_classes} "
            "classes",
        }
        folder = TargetFolder(self.folder)
        if folder.is_begun:
            card["Method"] = folder.content()["rule"]
            label = folder.about().get("label")
            if label:
                card["Target"] = f"`{label}`, key `{self.folder.name}`"
        return card

    def load_method(self) -> keras.Model:
        """Load the trained method, with all its parts."""
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
        """Save the networks.

        Args:
            model: Trained method of `keras_av.methods`.
            backbones: Backbones by modality.
            classifier: Classifier, if there is one. Defaults to none.
        """
        card = self._card()
        for modality, backbone in backbones.items():
            folder = self.backbone_folder(modality)
            if isinstance(backbone, Preset):
                backbone.save_to_preset(folder, overwrite=True, card=card)
            else:
                backbone.save(folder.with_suffix(".keras"))
        if classifier is not None:
            classifier.save(self.classifier)
        if model is not None:
            model.save(self.method)


@rule()
def trained_encoder(*, model: Model, modality: str) -> Encoder:
    """Use the backbone of a trained model as an encoder.

    Args:
        model: Trained model that has the backbone.
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
