"""Knowledge distillation at every level, as a rule."""

import pathlib
from collections.abc import Sequence
from typing import Any, Literal

from keras_av.methods import Hint, HintDistillation
from keras_av.rules.clip_spec import Clips
from keras_av.rules.dataset import Dataset
from keras_av.rules.encoder import Encoder
from keras_av.rules.model import Model
from keras_av.rules.optimizer import Optimizer
from keras_av.rules.supervised import make_classifier
from keras_av.rules.training_run import check_batch_size, run_training
from keras_av.workspace import rule

Loss = Literal["hint", "attention", "similarity", "probabilistic", "relational"]


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
    if teacher is not None and teacher.classifier_key != key:
        raise ValueError(
            f"teacher must have a classifier of {key}. Received: one of "
            f"{teacher.classifier_key or 'nothing'}"
        )
    return Model(folder, dataset, clip_spec, (key,), key)


@rule(plan=_plan)
def hints(
    output: Model,
    *,
    dataset: Dataset,
    clip_spec: Clips,
    encoder: Encoder,
    optimizer: Optimizer,
    epochs: int,
    teacher: Model | None = None,
    taps: Sequence[str] = (),
    loss: Loss = "hint",
    label_weight: float = 1.0,
    kd_weight: float = 0.0,
    temperature: float = 4.0,
    batch_size: int = 32,
    seed: int = 0,
) -> None:
    """Train a small classifier by labels and by what a large one computes.

    See `keras_av.methods.HintDistillation`.

    Args:
        output: Folder of its own.
        dataset: Labelled files.
        clip_spec: What clips are.
        encoder: Of the student.
        optimizer: For all steps.
        epochs: Passes over the files.
        teacher: Model with a classifier. Defaults to none: labels alone.
        taps: Names of the stages that are compared, such as `"stage1"`.
            Defaults to none.
        loss: How they are compared. Defaults to `"hint"`.
        label_weight: Of the labels. Defaults to 1.
        kd_weight: Of the teacher's softened classes. Defaults to 0.
        temperature: That softens them. Defaults to 4.
        batch_size: Clips in a batch. Defaults to 32.
        seed: Governs everything random. Defaults to 0.

    Gives:
        A `Model` with a classifier and its backbone.

    Examples:

    >>> from keras_av.rules import hints
    >>> hints.executes
    True
    """
    backbone, student = make_classifier(output, encoder, seed)
    network = None if teacher is None else teacher.load_classifier()
    model = HintDistillation(
        student,
        network,
        [Hint(tap, tap, loss) for tap in taps],
        label_weight=label_weight,
        kd_weight=kd_weight,
        temperature=temperature,
        student_key=output.classifier_key,
    )
    clips = dataset.train_clips(clip_spec, batch_size, seed=seed)
    run_training(model, clips, epochs, optimizer, output.folder)
    output.save(None, {encoder.modality: backbone}, student)
