"""Rules for supervised training and evaluation."""

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
from keras_av.rules.encoder import Encoder
from keras_av.rules.methods.method import method
from keras_av.rules.model import Model
from keras_av.rules.run import Run, check_batch_size
from keras_av.rules.scores import Scores
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


@method(Supervised, plan=_plan, leave_out=("key",))
def supervised(
    output: Model,
    run: Run,
    *,
    encoder: Encoder,
    train_encoder: bool = True,
    repeats: int = 1,
    **options: Any,
) -> None:
    """Train an encoder with a linear classifier on labels.

    With a `trained_encoder` this is fine-tuning.

    Args:
        encoder: Encoder of frames, of the middle frame, or of sound.
        train_encoder: Whether to train the encoder as well as the classifier.
            Defaults to True.
        repeats: Number of clips per file in an epoch. Defaults to 1.
    """
    run.repeats = repeats
    backbone, classifier = make_classifier(output, run, encoder)
    backbone.trainable = train_encoder
    run.fit(Supervised(classifier, output.classifier_key, **options))
    output.save(None, {encoder.modality: backbone}, classifier)


def make_classifier(
    output: Model, run: Run, encoder: Encoder
) -> tuple[keras.Model, keras.Model]:
    """Make a backbone and a linear classifier on top of it.

    Args:
        output: Model to train.
        run: Run that trains it.
        encoder: Encoder of the backbone.

    Returns:
        The backbone, and a functional model from clips or sound to logits. An
        image network gets the middle frame of a clip.
    """
    backbone = encoder.make(run)
    modality, spec = encoder.modality, run.clip_spec.spec
    shape = spec.audio_shape if modality == "audio" else spec.video_shape
    inputs = keras.Input(shape)
    seen = inputs[:, spec.num_frames // 2] if modality == "image" else inputs
    head = keras.layers.Dense(run.num_classes, dtype="float32", name="logits")
    return backbone, keras.Model(inputs, head(backbone(seen)))


def _plan_evaluation(
    folder: pathlib.Path, *, model: Model, num_clips: int, **_: Any
) -> Scores:
    if not model.has_classifier:
        raise ValueError(
            "model must have a classifier. Received: one with encoders only; "
            "use linear_probe() to evaluate them."
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
    """Accuracy on test files, averaging the predictions of their clips.

    See `keras_av.evaluation.predict_videos`.

    Args:
        output: Folder of the result, with the confusion matrix in
            `confusion.png`.
        model: Model with a classifier.
        dataset: Dataset whose labelled test files are used. Defaults to that
            of the model.
        num_clips: Number of clips per file. Defaults to 1.

    Returns:
        `Scores` with `top_1` and so on.
    """
    dataset = dataset or model.dataset
    clips = dataset.clips_once(
        "test", model.clip_spec, _BATCH_SIZE, repeats=num_clips
    )
    classifier = model.load_classifier()
    found = predict_videos(classifier, clips, model.classifier_key)
    names = dataset.files.class_names
    plot_confusion(
        confusion_matrix(found), names, output.folder / "confusion.png"
    )
    chance = {"top_1": largest_share(found["label"])}
    values = {name: float(v) for name, v in video_scores(found).items()}
    num_labelled = int((found["label"] >= 0).sum())
    output.save(values, chance, num_labelled)
