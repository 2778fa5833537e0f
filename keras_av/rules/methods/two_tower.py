"""Rules for joint pre-training of a video and an audio encoder."""

import pathlib
from collections.abc import Callable, Sequence
from typing import Any, Literal

import keras

from keras_av.callbacks import Curriculum
from keras_av.methods import (
    SSCL,
    CrossModalAgreement,
    CrossModalContrastive,
    MomentumContrast,
    agreement_phases,
    sscl_phases,
)
from keras_av.methods.contrastive.two_tower import TwoTower
from keras_av.report import plot_history
from keras_av.rules.clip_spec import Clips
from keras_av.rules.component import Component
from keras_av.rules.dataset import Dataset
from keras_av.rules.encoder import Encoder
from keras_av.rules.methods.check_bank import check_bank
from keras_av.rules.methods.method import method
from keras_av.rules.model import Model
from keras_av.rules.options import options_of
from keras_av.rules.run import Run, check_batch_size
from keras_av.workspace import rule


def _plan(
    folder: pathlib.Path,
    *,
    dataset: Dataset,
    clip_spec: Clips,
    video_encoder: Encoder,
    audio_encoder: Encoder,
    **_: Any,
) -> Model:
    """Check that two encoders match the clips."""
    video_encoder.check("video_encoder", ("video",), clip_spec)
    audio_encoder.check("audio_encoder", ("audio",), clip_spec)
    return Model(folder, dataset, clip_spec, ("video", "audio"))


def _plan_training(
    folder: pathlib.Path,
    *,
    dataset: Dataset,
    batch_size: int,
    bank: Component | None,
    **settings: Any,
) -> Model:
    """Check the encoders, the batch size and the memory banks."""
    check_batch_size(batch_size, dataset)
    if bank is not None:
        check_bank(bank, dataset, num_banks=2)
    return _plan(folder, dataset=dataset, **settings)


def _plan_queue(
    folder: pathlib.Path,
    *,
    dataset: Dataset,
    batch_size: int,
    queue: Component,
    **settings: Any,
) -> Model:
    """Check the encoders, the batch size and the queue."""
    check_batch_size(batch_size, dataset)
    num_train, num_rows = dataset.num_train, queue.options["num_rows"]
    if num_train is not None and num_rows >= num_train:
        raise ValueError(
            "num_rows of a queue must be less than the number of training "
            f"files, {num_train}, or each clip is always its own negative. "
            f"Received: num_rows={num_rows}"
        )
    return _plan(folder, dataset=dataset, **settings)


def _plan_stage(
    folder: pathlib.Path,
    *,
    init: Model | None,
    epochs: Sequence[int],
    **settings: Any,
) -> Model:
    if init is not None and init.modalities != ("video", "audio"):
        raise ValueError(
            "init must be from sscl() or cross_modal_contrastive(). "
            f"Received: one with the backbones {list(init.modalities)}"
        )
    if len(epochs) != 2:
        raise ValueError(
            "epochs must be two numbers, for the two phases of the stage. "
            f"Received: epochs={list(epochs)}"
        )
    return _plan_training(folder, **settings)


def _plan_agreement(
    folder: pathlib.Path,
    *,
    epochs: Sequence[int],
    mine_every: int,
    **settings: Any,
) -> Model:
    # It checks both.
    agreement_phases(epochs, mine_every)
    return _plan_training(folder, **settings)


@rule(plan=_plan)
def untrained(
    output: Model,
    *,
    dataset: Dataset,
    clip_spec: Clips,
    video_encoder: Encoder,
    audio_encoder: Encoder,
    seed: int = 0,
) -> None:
    """Make two untrained encoders as a baseline.

    Args:
        output: Folder of the result.
        dataset: Files that trained encoders are trained on.
        clip_spec: Specification of the clips.
        video_encoder: Encoder of frames.
        audio_encoder: Encoder of sound.
        seed: Integer seed of the weights. Defaults to 0.

    Returns:
        A `Model`.
    """
    keras.utils.set_random_seed(seed)
    run = Run(dataset, clip_spec, seed, output.folder)
    networks = video_encoder.make(run), audio_encoder.make(run)
    _save(CrossModalContrastive(*networks, seed=seed), output)


@method(CrossModalContrastive, plan=_plan_training)
def cross_modal_contrastive(
    output: Model,
    run: Run,
    *,
    video_encoder: Encoder,
    audio_encoder: Encoder,
    **options: Any,
) -> None:
    """Train two encoders by cross-modal contrastive learning.

    Args:
        video_encoder: Encoder of frames.
        audio_encoder: Encoder of sound.
    """
    model = CrossModalContrastive(
        video_encoder.make(run), audio_encoder.make(run), **options
    )
    _train(model, output, run)


@method(MomentumContrast, plan=_plan_queue)
def momentum_contrast(
    output: Model,
    run: Run,
    *,
    video_encoder: Encoder,
    audio_encoder: Encoder,
    **options: Any,
) -> None:
    """Train two encoders by momentum contrast (MoCo).

    Args:
        video_encoder: Encoder of frames.
        audio_encoder: Encoder of sound.
    """
    model = MomentumContrast(
        video_encoder.make(run), audio_encoder.make(run), **options
    )
    _train(model, output, run)


@method(CrossModalAgreement, agreement_phases, plan=_plan_agreement)
def cross_modal_agreement(
    output: Model,
    run: Run,
    *,
    video_encoder: Encoder,
    audio_encoder: Encoder,
    epochs: Sequence[int],
    **options: Any,
) -> None:
    """Train two encoders by instance discrimination, then with agreement.

    Args:
        video_encoder: Encoder of frames.
        audio_encoder: Encoder of sound.
        epochs: Numbers of epochs of AVID and of CMA.
    """
    of_phases = _taken_out(options, agreement_phases)
    phases = agreement_phases(epochs, **of_phases)
    model = CrossModalAgreement(
        video_encoder.make(run), audio_encoder.make(run), **options
    )
    curriculum = Curriculum(phases)
    run.epochs = curriculum.epochs
    _train(model, output, run, [curriculum], [phase.name for phase in phases])


@method(SSCL, sscl_phases, plan=_plan_stage)
def sscl(
    output: Model,
    run: Run,
    *,
    video_encoder: Encoder,
    audio_encoder: Encoder,
    stage: Literal[1, 2],
    epochs: Sequence[int],
    init: Model | None = None,
    **options: Any,
) -> None:
    """Train one stage of self-supervised curriculum learning.

    The first phase of a stage trains only the teacher, the second phase both
    encoders.

    Args:
        video_encoder: Encoder of frames.
        audio_encoder: Encoder of sound.
        stage: Number of the stage, 1 or 2. Roles are exchanged in stage 2.
        epochs: Numbers of epochs of the two phases.
        init: Model of stage 1 whose weights and memory banks stage 2 starts
            from. Defaults to none.
    """
    of_phases = _taken_out(options, sscl_phases)
    model = SSCL(video_encoder.make(run), audio_encoder.make(run), **options)
    if init is not None:
        model.set_weights(init.load_method().get_weights())
    counts = [*epochs, 0, 0] if stage == 1 else [0, 0, *epochs]
    phases = sscl_phases(counts, **of_phases)
    curriculum = Curriculum(phases, clips=run.train_in_order)
    run.epochs = curriculum.epochs
    names = [phase.name for phase in phases]
    _train(model, output, run, [curriculum], names)


def _taken_out(
    options: dict[str, Any], phases: Callable[..., Any]
) -> dict[str, Any]:
    """Take out of the options those that phases are made with."""
    names = options_of(phases, leave_out=("epochs",))
    return {name: options.pop(name) for name in names}


def _train(
    model: TwoTower,
    output: Model,
    run: Run,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    phases: Sequence[str] = (),
) -> None:
    """Fit a method, draw its losses and save it."""
    log = run.fit(model, callbacks=callbacks)
    losses = {"InfoNCE": list(model.loss_names)}
    plot_history(log, output.folder / "curves.png", losses, phases)
    _save(model, output)


def _save(model: TwoTower, output: Model) -> None:
    backbones = {"video": model.video_encoder, "audio": model.audio_encoder}
    output.save(model, backbones)
