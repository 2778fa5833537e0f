"""The rule for compositional contrastive learning."""

import pathlib
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_av.data import FileTable
from keras_av.methods import CompositionalContrastive, TeacherTargets
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
    label_teacher: bool,
    batch_size: int,
    **_: Any,
) -> Model:
    encoder.check("encoder", ("video",), clip_spec)
    check_batch_size(batch_size, dataset)
    if label_teacher and teachers:
        raise ValueError(
            "label_teacher=True takes the place of all teachers. Received: "
            f"teachers={list(teachers)}"
        )
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
    label_teacher: bool = False,
    **options: Any,
) -> None:
    """Train a video network with labels and image and audio teachers.

    Args:
        encoder: Video encoder of the student.
        teachers: Models with a backbone for `"image"` or `"audio"`, by
            modality. Defaults to none, labels only.
        label_teacher: Whether a random vector for each class takes the place
            of an audio teacher: a rival of teachers, which knows nothing but
            the labels. Defaults to False.
    """
    student = encoder.make(run)
    networks: dict[str, keras.Model | None] = {
        name: teacher.backbone(name)
        for name, teacher in (teachers or {}).items()
    }
    clips = run.train_clips
    if label_teacher:
        networks["audio"] = None
        vectors = label_vectors(
            run.dataset.train, student.output_shape[-1], run.seed
        )
        clips = vectors.attach(clips, whole_videos=True)
    model = CompositionalContrastive(
        student, run.num_classes, networks, **options
    )
    run.fit(model, clips)
    classifier = keras.Sequential([student, model.classifier])
    output.save(None, {"video": student}, classifier)


def label_vectors(files: FileTable, dim: int, seed: int) -> TeacherTargets:
    """A random vector for each class, as the embedding of each of its files.

    Args:
        files: The files. Each without a label has a vector of its own.
        dim: Size of the vectors.
        seed: Integer seed of the vectors.
    """
    generator = np.random.default_rng(seed)
    of_classes = generator.standard_normal((files.num_classes, dim))
    of_files = generator.standard_normal((len(files), dim))
    label = np.asarray(files.label)
    vectors = np.where(label[:, None] >= 0, of_classes[label], of_files)
    return TeacherTargets(np.arange(len(files)), {"teacher_audio": vectors})
