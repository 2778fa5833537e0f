"""Listen to Look, as rules: a cheap student of an expensive network."""

import pathlib
from typing import Any

import keras

from keras_av.layers import FusionMLP
from keras_av.methods import ListenToLook
from keras_av.models import ImageAudioEncoder, with_descriptor
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
    teacher: Model,
    image_encoder: Encoder | None,
    audio_encoder: Encoder | None,
    batch_size: int,
    **_: Any,
) -> Model:
    check_batch_size(batch_size, dataset)
    if teacher.classifier_key != "video":
        raise ValueError(
            "teacher must have a classifier of video, as of supervised() with "
            "an encoder of video."
        )
    wanted = {"image": image_encoder, "audio": audio_encoder}
    given = {name: encoder for name, encoder in wanted.items() if encoder}
    if not given:
        raise ValueError("Give an image_encoder, an audio_encoder, or both.")
    for name, encoder in given.items():
        encoder.check(f"{name}_encoder", (name,), clip_spec)
    return Model(folder, dataset, clip_spec, tuple(given), None)


@rule(plan=_plan)
def listen_to_look(
    output: Model,
    *,
    dataset: Dataset,
    clip_spec: Clips,
    teacher: Model,
    optimizer: Optimizer,
    epochs: int,
    image_encoder: Encoder | None = None,
    audio_encoder: Encoder | None = None,
    kl_weight: float = 100.0,
    l1_weight: float = 1.0,
    batch_size: int = 32,
    seed: int = 0,
) -> None:
    """Distil a network of clips into one of an image and its sound.

    See `keras_av.methods.ListenToLook`. The student learns from the teacher
    alone. Where classes weigh nothing the teacher's own classifier reads the
    descriptors.

    Args:
        output: Folder of its own.
        dataset: Files, whose labels are not used.
        clip_spec: What clips are.
        teacher: Model with a classifier of video.
        optimizer: For all steps.
        epochs: Passes over the files.
        image_encoder: Of single frames. Defaults to none.
        audio_encoder: Of sound. Defaults to none.
        kl_weight: Of the teacher's classes. Defaults to 100.
        l1_weight: Of its descriptors. Defaults to 1.
        batch_size: Clips in a batch. Defaults to 32.
        seed: Governs everything random. Defaults to 0.

    Gives:
        A `Model` with a classifier and the backbones; the preset `student`
        in its folder is both with their fusion.

    Examples:

    >>> from keras_av.rules import listen_to_look
    >>> listen_to_look.executes
    True
    """
    keras.utils.set_random_seed(seed)
    network = teacher.load_classifier()
    given = {"image": image_encoder, "audio": audio_encoder}
    backbones = {
        name: build_encoder(encoder, dataset, clip_spec, seed, output.folder)
        for name, encoder in given.items()
        if encoder is not None
    }
    dim = network.layers[-1].kernel.shape[0]
    student = ImageAudioEncoder(
        backbones.get("image"),
        backbones.get("audio"),
        FusionMLP(dim, 2 * dim, "he_normal"),
    )
    model = ListenToLook(
        student,
        with_descriptor(network),
        kl_weight=kl_weight,
        l1_weight=l1_weight,
    )
    clips = dataset.train_clips(clip_spec, batch_size, seed=seed)
    run_training(model, clips, epochs, optimizer, output.folder)
    # It does not need its teacher any more.
    head = model.classifier if kl_weight > 0 else network.layers[-1]
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
            "model must be one of listen_to_look(). Received: one with the "
            f"backbones {list(model.modalities)}"
        )
    dataset = dataset or model.dataset
    check_batch_size(batch_size, dataset)
    return Model(folder, dataset, model.clip_spec, model.modalities, None)


@rule(plan=_plan_tuning)
def fine_tune_student(
    output: Model,
    *,
    model: Model,
    optimizer: Optimizer,
    epochs: int,
    dataset: Dataset | None = None,
    train_encoders: bool = False,
    batch_size: int = 32,
    seed: int = 0,
) -> None:
    """Train a student of `listen_to_look` by labels.

    Args:
        output: Folder of its own.
        model: The student.
        optimizer: For all steps.
        epochs: Passes over the files.
        dataset: Labelled files, for whose classes there is a new classifier.
            Defaults to those of the student, whose classifier is kept.
        train_encoders: Whether its encoders learn, too, and not only their
            fusion and the classifier. Defaults to False.
        batch_size: Clips in a batch. Defaults to 32.
        seed: Governs everything random. Defaults to 0.

    Gives:
        A `Model` of the same networks.

    Examples:

    >>> from keras_av.rules import fine_tune_student
    >>> fine_tune_student.executes
    True
    """
    keras.utils.set_random_seed(seed)
    tuned = model.load_classifier()
    if dataset is not None:
        tuned = _without_teacher(tuned.student, dataset.files.num_classes)
    encoders = list(_encoders(tuned.student).values())
    for encoder in encoders:
        encoder.trainable = train_encoders
    clips = output.dataset.train_clips(model.clip_spec, batch_size, seed=seed)
    run_training(tuned, clips, epochs, optimizer, output.folder)
    for encoder in encoders:
        encoder.trainable = True
    _save(tuned, output)


def _without_teacher(
    student: ImageAudioEncoder, num_classes: int
) -> ListenToLook:
    """The student, ready to learn from labels."""
    return ListenToLook(
        student,
        num_classes=num_classes,
        kl_weight=0.0,
        l1_weight=0.0,
        label_weight=1.0,
    )


def _encoders(student: ImageAudioEncoder) -> dict[str, keras.Model]:
    """What it has of both senses."""
    both = {"image": student.image_encoder, "audio": student.audio_encoder}
    return {name: one for name, one in both.items() if one is not None}


def _save(model: ListenToLook, output: Model) -> None:
    model.student.save_to_preset(output.folder / "student")
    output.save(None, _encoders(model.student), model)
