"""Learning from labels, as rules."""

import pathlib
from typing import Any

import keras

from keras_av.evaluation import (
    confusion_matrix,
    predict_videos,
    video_scores,
)
from keras_av.evaluation.labelled_features import largest_share
from keras_av.methods import Supervised
from keras_av.report import plot_confusion
from keras_av.rules.clip_spec import Clips
from keras_av.rules.dataset import Dataset
from keras_av.rules.encoder import Encoder, build_encoder
from keras_av.rules.model import Model
from keras_av.rules.optimizer import Optimizer
from keras_av.rules.scores import Scores
from keras_av.rules.training_run import check_batch_size, run_training
from keras_av.workspace import rule

_BATCH_SIZE = 32


def _plan(
    folder: pathlib.Path,
    *,
    dataset: Dataset,
    clip_spec: Clips,
    encoder: Encoder,
    batch_size: int,
    **_: Any,
) -> Model:
    encoder.check("encoder", ("video", "image", "audio"), clip_spec)
    check_batch_size(batch_size, dataset)
    modality = encoder.modality
    key = "audio" if modality == "audio" else "video"
    return Model(folder, dataset, clip_spec, (modality,), key)


@rule(plan=_plan)
def supervised(
    output: Model,
    *,
    dataset: Dataset,
    clip_spec: Clips,
    encoder: Encoder,
    optimizer: Optimizer,
    epochs: int,
    train_encoder: bool = True,
    batch_size: int = 32,
    repeats: int = 1,
    label_smoothing: float = 0.0,
    mixup_alpha: float = 0.0,
    seed: int = 0,
) -> None:
    """Train an encoder and a linear classifier on top by labels.

    See `keras_av.methods.Supervised`. With a `trained_encoder` this is fine
    tuning.

    Args:
        output: Folder of its own.
        dataset: Labelled files.
        clip_spec: What clips are.
        encoder: A network of frames, of the middle frame, or of sound.
        optimizer: For all steps.
        epochs: Passes over the files.
        train_encoder: Whether the encoder learns, too. Defaults to True.
        batch_size: Clips in a batch. Defaults to 32.
        repeats: Clips of each file in an epoch. Defaults to 1.
        label_smoothing: From 0 (default) to below 1.
        mixup_alpha: Of mixup; 0 (default) is none.
        seed: Governs everything random. Defaults to 0.

    Gives:
        A `Model` with a classifier and its backbone.

    Examples:

    >>> from keras_av.rules import supervised
    >>> supervised.executes
    True
    """
    backbone, classifier = make_classifier(output, encoder, seed)
    backbone.trainable = train_encoder
    model = Supervised(
        classifier,
        output.classifier_key,
        label_smoothing=label_smoothing,
        mixup_alpha=mixup_alpha,
        seed=seed,
    )
    clips = dataset.train_clips(
        clip_spec, batch_size, seed=seed, repeats=repeats
    )
    run_training(model, clips, epochs, optimizer, output.folder)
    output.save(None, {encoder.modality: backbone}, classifier)


def make_classifier(
    output: Model, encoder: Encoder, seed: int
) -> tuple[keras.Model, keras.Model]:
    """A backbone, and a linear classifier of clips on top of it.

    Args:
        output: What is to be trained, which knows files and clips.
        encoder: Of the backbone.
        seed: Alone decides the weights of both.

    Returns:
        The backbone, and a functional model from clips or sound to logits; of
        a clip a network of images sees the middle frame.
    """
    keras.utils.set_random_seed(seed)
    dataset, clip_spec = output.dataset, output.clip_spec
    backbone = build_encoder(encoder, dataset, clip_spec, seed, output.folder)
    modality, spec = encoder.modality, clip_spec.spec
    shape = spec.audio_shape if modality == "audio" else spec.video_shape
    inputs = keras.Input(shape)
    seen = inputs[:, spec.num_frames // 2] if modality == "image" else inputs
    head = keras.layers.Dense(
        dataset.files.num_classes, dtype="float32", name="logits"
    )
    return backbone, keras.Model(inputs, head(backbone(seen)))


def _plan_evaluation(
    folder: pathlib.Path, *, model: Model, num_clips: int, **_: Any
) -> Scores:
    if not model.has_classifier:
        raise ValueError(
            "model must have a classifier. Received: one of encoders only, of "
            "which linear_probe() measures what they know."
        )
    if num_clips < 1:
        raise ValueError(
            f"num_clips must be at least 1. Received: num_clips={num_clips}"
        )
    return Scores(folder)


@rule(plan=_plan_evaluation)
def evaluate(
    output: Scores,
    *,
    model: Model,
    dataset: Dataset | None = None,
    num_clips: int = 1,
) -> None:
    """Accuracy on files, each the mean over some of its clips.

    See `keras_av.evaluation.predict_videos`.

    Args:
        output: Folder of its own, in which `confusion.png` shows what is
            taken for what.
        model: With a classifier.
        dataset: Labelled files, those to test on. Defaults to those of the
            model.
        num_clips: Clips of each file. Defaults to 1.

    Gives:
        `Scores` with `top_1` and so on.

    Examples:

    >>> from keras_av.rules import evaluate
    >>> evaluate.executes
    True
    """
    dataset = dataset or model.dataset
    clips = dataset.test_clips(model.clip_spec, _BATCH_SIZE, repeats=num_clips)
    classifier = model.load_classifier()
    found = predict_videos(classifier, clips, model.classifier_key)
    names = dataset.files.class_names
    plot_confusion(
        confusion_matrix(found), names, output.folder / "confusion.png"
    )
    chance = {"top_1": largest_share(found["label"])}
    values = {name: float(v) for name, v in video_scores(found).items()}
    output.save(values, chance)
