"""The rule for knowledge distillation with hints."""

import pathlib
from typing import Any

from keras_av.methods import HintDistillation
from keras_av.rules.clip_spec import Clips
from keras_av.rules.dataset import Dataset
from keras_av.rules.encoder import Encoder
from keras_av.rules.methods.method import method
from keras_av.rules.methods.supervised import make_classifier
from keras_av.rules.model import Model
from keras_av.rules.run import Run, check_batch_size


def _plan(
    folder: pathlib.Path,
    *,
    dataset: Dataset,
    clip_spec: Clips,
    encoder: Encoder,
    teacher: Model | None,
    batch_size: int,
    **_: Any,
) -> Model:
    encoder.check("encoder", ("video", "audio"), clip_spec)
    check_batch_size(batch_size, dataset)
    key = encoder.modality
    if teacher is not None and teacher.classifier_key not in ("video", "audio"):
        raise ValueError(
            "teacher must have a classifier of video or audio. Received: one "
            f"of {teacher.classifier_key or 'nothing'}"
        )
    return Model(folder, dataset, clip_spec, (key,), key)


@method(
    HintDistillation,
    plan=_plan,
    leave_out=("student_key", "teacher_key", "teacher_shapes"),
)
def hint_distillation(
    output: Model,
    run: Run,
    *,
    encoder: Encoder,
    teacher: Model | None = None,
    **options: Any,
) -> None:
    """Train a small classifier with labels and a large teacher.

    Args:
        encoder: Encoder of the student.
        teacher: Model with a classifier. Defaults to none, labels only.
    """
    backbone, student = make_classifier(output, run, encoder)
    network = None if teacher is None else teacher.load_classifier()
    model = HintDistillation(
        student,
        network,
        student_key=output.classifier_key,
        teacher_key=None if teacher is None else teacher.classifier_key,
        **options,
    )
    run.fit(model)
    output.save(None, {encoder.modality: backbone}, student)
