"""The rule for compositional contrastive learning."""

import pathlib
from collections.abc import Mapping
from typing import Any

import keras

from keras_av.methods import CompositionalContrastive
from keras_av.rules.clip_spec import Clips
from keras_av.rules.dataset import Dataset
from keras_av.rules.encoder import Encoder, check_clips
from keras_av.rules.methods.method import method
from keras_av.rules.model import Model
from keras_av.rules.run import Run, check_batch_size


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
        name, spec = f"teachers[{modality!r}]", teacher.clip_spec.spec
        check_clips(name, modality, spec, clip_spec)
    return Model(folder, dataset, clip_spec, ("video",), "video")


@method(CompositionalContrastive, plan=_plan, leave_out=("num_classes",))
def compositional_contrastive(
    output: Model,
    run: Run,
    *,
    encoder: Encoder,
    teachers: Mapping[str, Model] | None = None,
    **options: Any,
) -> None:
    """Train a video network with labels and image and audio teachers.

    Args:
        encoder: Video encoder of the student.
        teachers: Models with a backbone for `"image"` or `"audio"`, by
            modality. Defaults to none, labels only.
    """
    student = encoder.make(run)
    networks = {
        name: teacher.backbone(name)
        for name, teacher in (teachers or {}).items()
    }
    model = CompositionalContrastive(
        student, run.num_classes, networks, **options
    )
    run.fit(model)
    classifier = keras.Sequential([student, model.classifier])
    output.save(None, {"video": student}, classifier)
