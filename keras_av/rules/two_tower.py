"""Pre-training of a video and an audio encoder together, as rules."""

import pathlib
from collections.abc import Sequence
from typing import Any, Literal

import keras

from keras_av.callbacks import Curriculum
from keras_av.data.readers.file_cache import free_memory
from keras_av.layers import MemoryBank
from keras_av.methods import SSCL, CrossModalContrastive, sscl_phases
from keras_av.report import plot_history
from keras_av.rules.clip_spec import Clips
from keras_av.rules.dataset import Dataset
from keras_av.rules.encoder import Encoder, build_encoder
from keras_av.rules.model import Model
from keras_av.rules.optimizer import Optimizer
from keras_av.rules.training_run import check_batch_size, run_training
from keras_av.workspace import rule

_DIM = 128
# Of the bank and of what a step makes of it, in bytes.
_BYTES_OF_ROW = 4 * _DIM


def _plan(
    folder: pathlib.Path,
    *,
    dataset: Dataset,
    clip_spec: Clips,
    video_encoder: Encoder,
    audio_encoder: Encoder,
    **_: Any,
) -> Model:
    """Both encoders, which must fit to the clips."""
    video_encoder.check("video_encoder", ("video",), clip_spec)
    audio_encoder.check("audio_encoder", ("audio",), clip_spec)
    return Model(folder, dataset, clip_spec, ("video", "audio"))


def _plan_training(
    folder: pathlib.Path,
    *,
    dataset: Dataset,
    batch_size: int,
    num_negatives: int,
    bank: bool = True,
    **settings: Any,
) -> Model:
    """The same, trained on batches with negatives that must be there."""
    check_batch_size(batch_size, dataset)
    if bank and dataset.num_train is not None:
        _check_bank(dataset.num_train, num_negatives)
    return _plan(folder, dataset=dataset, **settings)


def _plan_stage(
    folder: pathlib.Path,
    *,
    init: Model | None,
    epochs: Sequence[int],
    **settings: Any,
) -> Model:
    """The same, in two phases."""
    if init is not None and init.modalities != ("video", "audio"):
        raise ValueError(
            "init must be a model of contrastive() or sscl(). Received: one "
            f"with the backbones {list(init.modalities)}"
        )
    if len(epochs) != 2:
        raise ValueError(
            "epochs must be two numbers, of the phase in which the teacher "
            f"learns alone and of that in which both do. Received: {epochs}"
        )
    return _plan_training(folder, **settings)


def _check_bank(num_rows: int, num_negatives: int) -> None:
    needed, free = 2 * num_rows * _BYTES_OF_ROW, free_memory()
    if needed > free:
        raise ValueError(
            f"The memory banks of {num_rows} rows take {needed / 1e9:.1f} GB, "
            f"but {free / 1e9:.1f} GB are free. Use fewer files, or negatives "
            "of the batch."
        )
    if num_negatives >= num_rows:
        raise ValueError(
            "num_negatives must be less than the number of files to learn "
            f"from, {num_rows}. Received: num_negatives={num_negatives}"
        )


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
    """Both encoders as they are before any training, to compare with.

    Args:
        output: Folder of its own.
        dataset: That the others learn from.
        clip_spec: What clips are.
        video_encoder: A network of frames.
        audio_encoder: A network of sound.
        seed: Governs their weights. Defaults to 0.

    Gives:
        A `Model`.

    Examples:

    >>> from keras_av.rules import untrained
    >>> untrained.executes
    True
    """
    encoders = _encoders(output, video_encoder, audio_encoder, seed)
    _save(CrossModalContrastive(*encoders, seed=seed), output)


@rule(plan=_plan_training)
def contrastive(
    output: Model,
    *,
    dataset: Dataset,
    clip_spec: Clips,
    video_encoder: Encoder,
    audio_encoder: Encoder,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int = 32,
    bank: bool = False,
    num_negatives: int = 128,
    momentum: float = 0.5,
    temperature: float = 0.07,
    seed: int = 0,
) -> None:
    """Align two encoders by cross-modal contrastive learning.

    See `keras_av.methods.CrossModalContrastive`.

    Args:
        output: Folder of its own.
        dataset: Files to learn from.
        clip_spec: What clips are.
        video_encoder: A network of frames.
        audio_encoder: A network of sound.
        optimizer: For all steps.
        epochs: Passes over the files.
        batch_size: Clips in a batch. Defaults to 32.
        bank: Whether negatives come from memory banks, not from the batch.
            Defaults to False.
        num_negatives: From a bank. Defaults to 128.
        momentum: Of what a bank remembers. Defaults to 0.5.
        temperature: That scores are divided by. Defaults to 0.07.
        seed: Governs everything random. Defaults to 0.

    Gives:
        A `Model` with both backbones.

    Examples:

    >>> from keras_av.rules import contrastive
    >>> contrastive.executes
    True
    """
    encoders = _encoders(output, video_encoder, audio_encoder, seed)
    memory = _bank(dataset, num_negatives, momentum) if bank else None
    model = CrossModalContrastive(
        *encoders, bank=memory, temperature=temperature, seed=seed
    )
    clips = dataset.train_clips(clip_spec, batch_size, seed=seed)
    log = run_training(model, clips, epochs, optimizer, output.folder)
    losses = {"InfoNCE": list(model.loss_names)}
    plot_history(log, output.folder / "curves.png", losses)
    _save(model, output)


@rule(plan=_plan_stage)
def sscl(
    output: Model,
    *,
    dataset: Dataset,
    clip_spec: Clips,
    video_encoder: Encoder,
    audio_encoder: Encoder,
    optimizer: Optimizer,
    stage: Literal[1, 2],
    epochs: Sequence[int],
    init: Model | None = None,
    first_teacher: Literal["video", "audio"] = "video",
    joint_mode: Literal["teacher_uni", "student", "symmetric"] = "teacher_uni",
    batch_size: int = 32,
    num_negatives: int = 128,
    momentum: float = 0.5,
    temperature: float = 0.07,
    seed: int = 0,
) -> None:
    """Train one stage of self-supervised curriculum learning.

    In the first phase of a stage its teacher learns alone, in the second
    both do. See `keras_av.methods.SSCL` and `sscl_phases`.

    Args:
        output: Folder of its own.
        dataset: Files to learn from.
        clip_spec: What clips are.
        video_encoder: A network of frames.
        audio_encoder: A network of sound.
        optimizer: For all steps.
        stage: 1 or 2, in which the roles are exchanged.
        epochs: Passes over the files in the two phases.
        init: The model of stage 1, whose weights and memory banks stage 2
            goes on with. Defaults to none.
        first_teacher: Who teaches in stage 1. Defaults to `"video"`.
        joint_mode: What trains when both encoders do. Defaults to
            `"teacher_uni"`.
        batch_size: Clips in a batch. Defaults to 32.
        num_negatives: From the bank. Defaults to 128.
        momentum: Of what a bank remembers. Defaults to 0.5.
        temperature: That scores are divided by. Defaults to 0.07.
        seed: Governs everything random. Defaults to 0.

    Gives:
        A `Model` with both backbones.

    Raises:
        ValueError: If `epochs` are not two.

    Examples:

    >>> from keras_av.rules import sscl
    >>> sscl.executes
    True
    """
    encoders = _encoders(output, video_encoder, audio_encoder, seed)
    model = SSCL(
        *encoders,
        bank=_bank(dataset, num_negatives, momentum),
        temperature=temperature,
        seed=seed,
    )
    if init is not None:
        _continue_from(model, init)
    counts = [*epochs, 0, 0] if stage == 1 else [0, 0, *epochs]
    phases = sscl_phases(counts, first_teacher, joint_mode)
    ordered = dataset.train_clips(clip_spec, batch_size, False)
    curriculum = Curriculum(phases, clips=ordered)
    clips = dataset.train_clips(clip_spec, batch_size, seed=seed)
    log = run_training(
        model, clips, curriculum.epochs, optimizer, output.folder, [curriculum]
    )
    names = [phase.name for phase in phases]
    losses = {"InfoNCE": list(model.loss_names)}
    plot_history(log, output.folder / "curves.png", losses, names)
    _save(model, output)


def _encoders(
    output: Model, video_encoder: Encoder, audio_encoder: Encoder, seed: int
) -> tuple[keras.Model, keras.Model]:
    """Both networks, of weights that the seed alone decides."""
    keras.utils.set_random_seed(seed)
    place = output.dataset, output.clip_spec, seed, output.folder
    return (
        build_encoder(video_encoder, *place),
        build_encoder(audio_encoder, *place),
    )


def _bank(dataset: Dataset, num_negatives: int, momentum: float) -> MemoryBank:
    return MemoryBank(
        len(dataset.train), _DIM, momentum, num_negatives=num_negatives
    )


def _continue_from(model: SSCL, init: Model) -> None:
    """Take over weights and memory banks."""
    model.set_weights(init.load_method().get_weights())


def _save(model: CrossModalContrastive, output: Model) -> None:
    backbones = {"video": model.video_encoder, "audio": model.audio_encoder}
    output.save(model, backbones)
