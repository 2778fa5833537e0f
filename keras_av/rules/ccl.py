"""Compositional contrastive learning, as a rule."""

import pathlib
from collections.abc import Mapping
from typing import Any

import keras

from keras_av.methods import CompositionalContrastive
from keras_av.rules.clip_spec import Clips
from keras_av.rules.dataset import Dataset
from keras_av.rules.encoder import Encoder, build_encoder
from keras_av.rules.model import Model
from keras_av.rules.optimizer import Optimizer
from keras_av.rules.training_run import check_batch_size, run_training
from keras_av.workspace import rule


def _plan(
    folder: pathlib.Path,
    *,
    dataset: Dataset,
    clip_spec: Clips,
    encoder: Encoder,
    teachers: Mapping[str, Model] | None,
    batch_size: int,
    **_: Any,
) -> Model:
    encoder.check("encoder", ("video",), clip_spec)
    check_batch_size(batch_size, dataset)
    for modality, teacher in (teachers or {}).items():
        if modality not in ("image", "audio"):
            raise ValueError(
                'teachers must be of "image" or "audio". Received: '
                f"{modality!r}"
            )
        teacher.backbone_folder(modality)
        taught = Encoder(modality, encoder.make, teacher.clip_spec.spec)
        taught.check(f"teachers[{modality!r}]", (modality,), clip_spec)
    return Model(folder, dataset, clip_spec, ("video",), "video")


@rule(plan=_plan)
def ccl(
    output: Model,
    *,
    dataset: Dataset,
    clip_spec: Clips,
    encoder: Encoder,
    optimizer: Optimizer,
    epochs: int,
    teachers: Mapping[str, Model] | None = None,
    batch_size: int = 32,
    seed: int = 0,
) -> None:
    """Teach a video network by labels and by what image and sound know.

    See `keras_av.methods.CompositionalContrastive`.

    Args:
        output: Folder of its own.
        dataset: Labelled files.
        clip_spec: What clips are.
        encoder: The student, a network of frames.
        optimizer: For all steps.
        epochs: Passes over the files.
        teachers: Models with a backbone for `"image"` or `"audio"`, by its
            name. Defaults to none: from labels alone.
        batch_size: Clips in a batch. Defaults to 32.
        seed: Governs everything random. Defaults to 0.

    Gives:
        A `Model` with a classifier and its video backbone.

    Examples:

    >>> from keras_av.rules import ccl
    >>> ccl.executes
    True
    """
    keras.utils.set_random_seed(seed)
    student = build_encoder(encoder, dataset, clip_spec, seed, output.folder)
    networks = {
        name: teacher.backbone(name)
        for name, teacher in (teachers or {}).items()
    }
    model = CompositionalContrastive(
        student, dataset.files.num_classes, networks, seed=seed
    )
    clips = dataset.train_clips(clip_spec, batch_size, seed=seed)
    run_training(model, clips, epochs, optimizer, output.folder)
    classifier = keras.Sequential([student, model.classifier])
    output.save(None, {"video": student}, classifier)
