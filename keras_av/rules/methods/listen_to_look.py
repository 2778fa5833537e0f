"""Rules for Listen to Look: a cheap student of an expensive network."""

import pathlib
from typing import Any

import keras

from keras_av.layers import FusionMLP
from keras_av.methods import ListenToLook
from keras_av.models import ImageAudioEncoder, with_descriptor
from keras_av.rules.clip_spec import Clips
from keras_av.rules.component import KINDS
from keras_av.rules.dataset import Dataset
from keras_av.rules.encoder import Encoder
from keras_av.rules.methods.method import method
from keras_av.rules.model import Model
from keras_av.rules.options import options_of
from keras_av.rules.run import Run, check_batch_size


def _plan(
    folder: pathlib.Path,
    *,
    dataset: Dataset,
    clip_spec: Clips,
    teacher: Model,
    image_encoder: Encoder | None,
    audio_encoder: Encoder | None,
    batch_size: int,
    **_: Any,
) -> Model:
    check_batch_size(batch_size, dataset)
    if teacher.classifier_key != "video":
        raise ValueError(
            "teacher must have a video classifier, such as from supervised() "
            "with a video encoder."
        )
    wanted = {"image": image_encoder, "audio": audio_encoder}
    given = {name: encoder for name, encoder in wanted.items() if encoder}
    if not given:
        raise ValueError("Give an image_encoder, an audio_encoder, or both.")
    for name, encoder in given.items():
        encoder.check(f"{name}_encoder", (name,), clip_spec)
    return Model(folder, dataset, clip_spec, tuple(given), None)


@method(
    ListenToLook,
    ImageAudioEncoder,
    plan=_plan,
    leave_out=("num_classes", "teacher_key"),
    types={"kl_weight": float},
)
def listen_to_look(
    output: Model,
    run: Run,
    *,
    teacher: Model,
    image_encoder: Encoder | None = None,
    audio_encoder: Encoder | None = None,
    **options: Any,
) -> None:
    """Distill a video network into an image and audio network.

    If `label_weight` is 0, the student learns from the teacher only. If
    `kl_weight` is 0 as well, the teacher's classifier is applied to the
    student's descriptors.

    Args:
        teacher: Model with a video classifier.
        image_encoder: Encoder of single frames. Defaults to none.
        audio_encoder: Encoder of sound. Defaults to none.
    """
    network = teacher.load_classifier()
    given = {"image": image_encoder, "audio": audio_encoder}
    backbones = {
        name: encoder.make(run)
        for name, encoder in given.items()
        if encoder is not None
    }
    dim = network.layers[-1].kernel.shape[0]
    fusion = options.pop("fusion") or FusionMLP(dim, 2 * dim, "he_normal")
    student = ImageAudioEncoder(
        backbones.get("image"),
        backbones.get("audio"),
        fusion,
        frame=options.pop("frame"),
    )
    model = ListenToLook(student, with_descriptor(network), **options)
    run.fit(model)
    # The student no longer needs its teacher.
    learned = options["kl_weight"] > 0 or options["label_weight"] > 0
    head = model.classifier if learned else network.layers[-1]
    alone = _without_teacher(student, head.units)
    alone.classifier.set_weights(head.get_weights())
    _save(alone, output)


def _plan_tuning(
    folder: pathlib.Path,
    *,
    model: Model,
    dataset: Dataset | None,
    batch_size: int,
    **_: Any,
) -> Model:
    if model.classifier_key is not None:
        raise ValueError(
            "model must be from listen_to_look(). Received: one with the "
            f"backbones {list(model.modalities)}"
        )
    dataset = dataset or model.dataset
    check_batch_size(batch_size, dataset)
    return Model(folder, dataset, model.clip_spec, model.modalities, None)


@method(
    ListenToLook,
    plan=_plan_tuning,
    takes_files=False,
    # There is no teacher, and the classes are those of the files.
    leave_out=tuple(options_of(ListenToLook, kinds=KINDS)),
)
def fine_tune_student(
    output: Model,
    run: Run,
    *,
    model: Model,
    dataset: Dataset | None = None,
    train_encoders: bool = False,
) -> None:
    """Fine-tune a student of `listen_to_look` with labels.

    Args:
        model: Student to fine-tune.
        dataset: Labelled files, for which a new classifier is made. Defaults
            to the dataset of the student, whose classifier is kept.
        train_encoders: Whether to train the encoders as well as the fusion and
            the classifier. Defaults to False.
    """
    tuned = model.load_classifier()
    if dataset is not None:
        tuned = _without_teacher(tuned.student, run.num_classes)
    encoders = list(_encoders(tuned.student).values())
    for encoder in encoders:
        encoder.trainable = train_encoders
    run.fit(tuned)
    for encoder in encoders:
        encoder.trainable = True
    _save(tuned, output)


def _without_teacher(
    student: ImageAudioEncoder, num_classes: int
) -> ListenToLook:
    """The student without its teacher, for training with labels."""
    return ListenToLook(
        student,
        num_classes=num_classes,
        kl_weight=0.0,
        l1_weight=0.0,
        label_weight=1.0,
    )


def _encoders(student: ImageAudioEncoder) -> dict[str, keras.Model]:
    """The encoders of the student by modality."""
    both = {"image": student.image_encoder, "audio": student.audio_encoder}
    return {name: one for name, one in both.items() if one is not None}


def _save(model: ListenToLook, output: Model) -> None:
    folder = output.backbone_folder("fused")
    model.student.save_to_preset(folder, overwrite=True)
    output.save(None, _encoders(model.student), model)
