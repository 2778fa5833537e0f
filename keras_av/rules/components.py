"""Rules for components, each derived from its class."""

import importlib.util
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import keras

from keras_av import callbacks, layers
from keras_av.layers import DecibelSpectrogram, LogMelSpectrogram
from keras_av.methods import Hint
from keras_av.rules.component import component, snake
from keras_av.rules.run import Run
from keras_av.training import CoupledAdam, CoupledSGD
from keras_av.workspace import Rule

LearningRateSchedule: TypeAlias = (
    keras.optimizers.schedules.LearningRateSchedule
)
# Types of parameters that cannot be inferred from their defaults.
_OPTIMIZER_TYPES = {
    "learning_rate": float | LearningRateSchedule,
    "weight_decay": float | None,
    "clipnorm": float | None,
    "clipvalue": float | None,
    "global_clipnorm": float | None,
    "ema_overwrite_frequency": int | None,
    "loss_scale_factor": float | None,
    "gradient_accumulation_steps": int | None,
}
_COUPLED_TYPES = {
    **_OPTIMIZER_TYPES,
    "l2_weight": float,
    "rate_factors": Mapping[str, float] | None,
}


def _optimizer(plain: type, coupled: type) -> Rule:
    """The rule of Keras's optimizer, with the options of the coupled one.

    Keras's own is made if that does: PyTorch has it faster.
    """

    def make(run: Run, options: dict[str, Any]) -> Any:
        if options["l2_weight"] or options["rate_factors"]:
            return coupled(**options)
        del options["l2_weight"], options["rate_factors"]
        return plain(**options)

    return component(
        coupled,
        "Optimizer",
        types=_COUPLED_TYPES,
        make=make,
        name=snake(plain.__name__),
    )


def _cosine_decay(run: Run, options: dict[str, Any]) -> LearningRateSchedule:
    # A short run must not end before the warm-up.
    warmup_steps = min(options.pop("warmup_steps"), run.num_steps // 4)
    if not warmup_steps and options["warmup_target"] is not None:
        options["initial_learning_rate"] = options["warmup_target"]
        options["warmup_target"] = None
    return keras.optimizers.schedules.CosineDecay(
        **options, decay_steps=run.num_steps, warmup_steps=warmup_steps
    )


def _piecewise(run: Run, options: dict[str, Any]) -> LearningRateSchedule:
    shares = options.pop("boundaries")
    if not all(0 < share < 1 for share in shares):
        raise ValueError(
            "boundaries must be fractions of training, such as [0.5, 0.75]. "
            f"Received: {shares}"
        )
    return keras.optimizers.schedules.PiecewiseConstantDecay(
        [round(share * run.num_steps) for share in shares], **options
    )


def _log_mel(run: Run, options: dict[str, Any]) -> LogMelSpectrogram:
    options = {"sampling_rate": run.clip_spec.spec.sampling_rate, **options}
    # Computed over all columns, however many of them the network skips.
    measured = {k: v for k, v in options.items() if k != "sequence_stride"}
    mean, std = run.statistics(LogMelSpectrogram(**measured))
    return LogMelSpectrogram(**options, mean=mean, std=std)


def _decibels(run: Run, options: dict[str, Any]) -> DecibelSpectrogram:
    mean, std = run.statistics(DecibelSpectrogram(**options))
    return DecibelSpectrogram(**options, mean=mean, std=std)


def _published(
    *,
    recipe: Literal[
        "cross_modal_contrastive", "sscl", "compositional_contrastive"
    ],
    modality: Literal["video", "audio"] = "video",
    crop_size: int | None = None,
) -> Any:
    """Augmentation of a published method.

    Args:
        recipe: Name of the method.
        modality: Modality to augment. Defaults to `"video"`.
        crop_size: Height and width of the crops in pixels. Defaults to those
            of the clips.
    """


def _published_layer(run: Run, options: dict[str, Any]) -> keras.layers.Layer:
    size = options["crop_size"] or run.clip_spec.spec.height_width
    both = layers.augmentation_recipe(options["recipe"], size, run.seed)
    return both[options["modality"] == "audio"]


# Layers that prepare raw clips.
augmentation_recipe = component(
    _published, "Layer", name="augmentation_recipe", make=_published_layer
)
clip_augmentation = component(layers.ClipAugmentation, "Layer")
decibel_spectrogram = component(
    DecibelSpectrogram,
    "DecibelSpectrogram",
    "Layer",
    make=_decibels,
)
log_mel_spectrogram = component(
    LogMelSpectrogram,
    "LogMelSpectrogram",
    "Layer",
    make=_log_mel,
    sampling_rate=lambda run: run.clip_spec.spec.sampling_rate,
)
random_blur = component(layers.RandomBlur, "Layer")
random_gain = component(layers.RandomGain, "Layer")
random_noise = component(layers.RandomNoise, "Layer")
random_resized_crop = component(layers.RandomResizedCrop, "Layer")
random_time_shift = component(layers.RandomTimeShift, "Layer")
sound_mixing = component(layers.SoundMixing, "Layer")
rescaling = component(
    keras.layers.Rescaling,
    "Layer",
    types={
        "scale": float | Sequence[float],
        "offset": float | Sequence[float],
    },
)
spec_augment = component(layers.SpecAugment, "Layer")
spectrogram_pooling = component(
    layers.SpectrogramPooling,
    "Layer",
    types={"kernel_initializer": str | None},
)

# Parts of methods.
fusion_mlp = component(
    layers.FusionMLP,
    "FusionMLP",
    "Layer",
    types={"kernel_initializer": str | None},
)
hint = component(
    Hint,
    types={
        "loss": Literal[
            "hint", "attention", "similarity", "probabilistic", "relational"
        ]
        | keras.losses.Loss,
        "loss_weight": float | None,
        "match": Literal["conv", "linear", "pool", "none"] | None,
    },
)
feature_queue = component(layers.FeatureQueue, "FeatureQueue", "Layer")
memory_bank = component(
    layers.MemoryBank,
    "MemoryBank",
    "Layer",
    num_rows=lambda run: len(run.dataset.train),
    # Nothing in a BUILD file could give the weights.
    weighted_negatives=lambda run: False,
)
partition_function = component(
    layers.PartitionFunction, "PartitionFunction", "Layer"
)
projection_head = component(layers.ProjectionHead, "ProjectionHead", "Layer")

# Losses of hints.
cosine_similarity = component(
    keras.losses.CosineSimilarity, "Loss", types={"axis": int}
)
huber = component(keras.losses.Huber, "Loss")
kl_divergence = component(keras.losses.KLDivergence, "Loss")
mean_absolute_error = component(keras.losses.MeanAbsoluteError, "Loss")
mean_squared_error = component(keras.losses.MeanSquaredError, "Loss")

# Optimizers and schedules of their learning rates.
adam = _optimizer(keras.optimizers.Adam, CoupledAdam)
adam_w = component(
    keras.optimizers.AdamW,
    "Optimizer",
    types={**_OPTIMIZER_TYPES, "weight_decay": float},
)
sgd = _optimizer(keras.optimizers.SGD, CoupledSGD)
cosine_decay = component(
    keras.optimizers.schedules.CosineDecay,
    "LearningRateSchedule",
    types={
        "initial_learning_rate": float,
        "warmup_target": float | None,
        "warmup_steps": int,
    },
    make=_cosine_decay,
    decay_steps=lambda run: run.num_steps,
)
piecewise_constant_decay = component(
    keras.optimizers.schedules.PiecewiseConstantDecay,
    "LearningRateSchedule",
    types={"boundaries": Sequence[float], "values": Sequence[float]},
    make=_piecewise,
)

# Probes and monitors during training. Two have the names of rules that measure
# after training.
collapse_monitor = component(
    callbacks.CollapseMonitor, "Callback", clips=lambda run: run.test_clips
)
knn_probe_callback = component(
    callbacks.KNNProbe,
    "Callback",
    name="knn_probe_callback",
    train_clips=lambda run: run.train_in_order,
    test_clips=lambda run: run.test_clips,
)
linear_probe_callback = component(
    callbacks.LinearProbe,
    "Callback",
    name="linear_probe_callback",
    train_clips=lambda run: run.train_in_order,
    test_clips=lambda run: run.test_clips,
)
retrieval_probe = component(
    callbacks.RetrievalProbe, "Callback", clips=lambda run: run.test_clips
)


_TENSORBOARD = "tensorboard"


def _tensorboard_folder(run: Run) -> pathlib.Path:
    """Where TensorBoard writes, if it is there; it fails after an epoch."""
    if importlib.util.find_spec("tensorboard") is None:
        raise ValueError(
            "tensor_board needs TensorBoard, which newer versions of "
            'TensorFlow do not bring: pip install "keras_av[tensorboard]"'
        )
    return run.folder / _TENSORBOARD


tensor_board = component(
    keras.callbacks.TensorBoard,
    "Callback",
    types={
        "embeddings_freq": int,
        "histogram_freq": int,
        "update_freq": str | int,
    },
    log_dir=_tensorboard_folder,
    profile_batch=lambda run: 0,
)
tensor_board_clips = component(
    callbacks.TensorBoardClips,
    "Callback",
    # It says by itself if TensorBoard is not there.
    log_dir=lambda run: run.folder / _TENSORBOARD,
    clips=lambda run: run.test_clips,
    class_names=lambda run: run.dataset.files.class_names,
    sampling_rate=lambda run: run.clip_spec.spec.sampling_rate,
)
