"""Rules for BUILD files."""

# Written by `python -m keras_av.rules.table`.

import os
from collections.abc import Mapping, Sequence
from typing import Literal

from keras_av.rules.methods.skimming import ClipFeatures as ClipFeatures
from keras_av.rules.methods.skimming import ClipScores as ClipScores
from keras_av.rules.clip_spec import Clips as Clips
from keras_av.rules.component import Component as Component
from keras_av.rules.dataset import Dataset as Dataset
from keras_av.rules.encoder import Encoder as Encoder
from keras_av.rules.export import Exported as Exported
from keras_av.rules.features import Features as Features
from keras_av.rules.model import Model as Model
from keras_av.rules.prepared_dataset import PreparedDataset as PreparedDataset
from keras_av.rules.report_table import Report as Report
from keras_av.rules.run import Run as Run
from keras_av.rules.scores import Scores as Scores
from keras_av.workspace import Rule

RULES: dict[str, Rule]

def activitynet(
    *,
    path: str,
) -> Dataset: ...
def adam(
    *,
    l2_weight: float = 0.0,
    rate_factors: Mapping[str, float] | None = None,
    learning_rate: float | Component = 0.001,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-07,
    amsgrad: bool = False,
    weight_decay: float | None = None,
    clipnorm: float | None = None,
    clipvalue: float | None = None,
    global_clipnorm: float | None = None,
    use_ema: bool = False,
    ema_momentum: float = 0.99,
    ema_overwrite_frequency: int | None = None,
    loss_scale_factor: float | None = None,
    gradient_accumulation_steps: int | None = None,
) -> Component: ...
def adam_w(
    *,
    learning_rate: float | Component = 0.001,
    weight_decay: float = 0.004,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-07,
    amsgrad: bool = False,
    clipnorm: float | None = None,
    clipvalue: float | None = None,
    global_clipnorm: float | None = None,
    use_ema: bool = False,
    ema_momentum: float = 0.99,
    ema_overwrite_frequency: int | None = None,
    loss_scale_factor: float | None = None,
    gradient_accumulation_steps: int | None = None,
) -> Component: ...
def augmentation_recipe(
    *,
    recipe: Literal[
        "cross_modal_contrastive", "sscl", "compositional_contrastive"
    ],
    modality: Literal["video", "audio"] = "video",
    crop_size: int | None = None,
) -> Component: ...
def avid_audio_backbone(
    *,
    width: int | Sequence[int] = 64,
    pooling: Literal["avg", "max"] | Component = "max",
    preprocessor: Sequence[Component] | None = None,
    weights: str | None = None,
) -> Encoder: ...
def class_retrieval(
    output: str | os.PathLike[str],
    *,
    features: Features,
    modality: Literal["video", "image", "audio"],
) -> Scores: ...
def clip_augmentation(
    *,
    brightness: float = 0.4,
    contrast: float = 0.4,
    saturation: float = 0.4,
    grayscale_probability: float = 0.2,
    hue: float = 0.0,
) -> Component: ...
def clip_features(
    output: str | os.PathLike[str],
    *,
    model: Model,
    dataset: Dataset | None = None,
    hop: float = 1.0,
) -> ClipFeatures: ...
def clip_spec(
    *,
    num_frames: int = 16,
    frame_stride: int = 2,
    fps: float | None = None,
    size: int = 112,
    sampling_rate: int = 16000,
    audio_seconds: float = 1.0,
    audio_alignment: Literal["center", "start", "end"] = "center",
    stride_jitter: int = 0,
    frame_jitter: int = 0,
) -> Clips: ...
def collapse_monitor(
    *,
    frequency: int = 1,
) -> Component: ...
def compositional_contrastive(
    output: str | os.PathLike[str],
    *,
    dataset: Dataset,
    clip_spec: Clips,
    optimizer: Component,
    epochs: int,
    encoder: Encoder,
    batch_size: int = 32,
    callbacks: Sequence[Component] = (),
    seed: int = 0,
    teachers: Mapping[str, Model] | None = None,
    label_teacher: bool = False,
    temperatures: Mapping[str, float] | None = None,
    teacher_weight: float | None = None,
    convex_weight: float | None = None,
    pairs: Sequence[
        Literal["video_composition", "video_teacher", "composition_teacher"]
    ] = ("video_composition", "video_teacher", "composition_teacher"),
    symmetric: bool = True,
    logit_divergence: Literal["jeffreys", "jsd", "none"] = "jeffreys",
    leak: bool = False,
    legacy_eps: bool = False,
    legacy_schedules: bool = False,
    unlabelled: Literal["skip", "instance", "teacher"] = "skip",
    confidence: float = 0.8,
    augmentation: Component | None = None,
) -> Model: ...
def cosine_decay(
    *,
    initial_learning_rate: float,
    alpha: float = 0.0,
    warmup_target: float | None = None,
    warmup_steps: int = 0,
) -> Component: ...
def cosine_similarity(
    *,
    axis: int = -1,
    reduction: str = "sum_over_batch_size",
) -> Component: ...
def cross_modal_agreement(
    output: str | os.PathLike[str],
    *,
    dataset: Dataset,
    clip_spec: Clips,
    optimizer: Component,
    epochs: Sequence[int],
    video_encoder: Encoder,
    audio_encoder: Encoder,
    bank: Component,
    batch_size: int = 32,
    callbacks: Sequence[Component] = (),
    seed: int = 0,
    mine_every: int = 5,
    num_positives: int = 32,
    agreement: Literal["consensus", "union", "video", "audio"] = "consensus",
    num_set_negatives: int = 64,
    loss_weights: Mapping[str, float] | None = None,
    bank_momentum: Mapping[str, float | Component] | None = None,
    temperature: float = 0.07,
    direction_reduction: Literal["mean", "sum"] = "mean",
    partition: Component | Mapping[str, Component] | None = None,
    head: Component | None = None,
) -> Model: ...
def cross_modal_contrastive(
    output: str | os.PathLike[str],
    *,
    dataset: Dataset,
    clip_spec: Clips,
    optimizer: Component,
    epochs: int,
    video_encoder: Encoder,
    audio_encoder: Encoder,
    batch_size: int = 32,
    callbacks: Sequence[Component] = (),
    seed: int = 0,
    bank: Component | None = None,
    bank_momentum: Mapping[str, float | Component] | None = None,
    temperature: float = 0.07,
    loss_weights: Mapping[str, float] | None = None,
    direction_reduction: Literal["mean", "sum"] = "mean",
    partition: Component | Mapping[str, Component] | None = None,
    head: Component | None = None,
) -> Model: ...
def csv_dataset(
    *,
    path: str,
    root: str,
    test_fold: int = 0,
    test_share: float = 0.25,
    exclude_classes: Sequence[str] = (),
    seed: int = 0,
) -> Dataset: ...
def dataset_share(
    *,
    dataset: Dataset,
    share: float,
    seed: int = 0,
    rest: bool = False,
    keep_unlabelled: bool = False,
    test_on_others: bool = False,
) -> Dataset: ...
def dcase(
    *,
    path: str,
    fold: int = 1,
) -> Dataset: ...
def decibel_spectrogram(
    *,
    fft_length: int = 1024,
    sequence_stride: int = 240,
    top_db: float = 100.0,
) -> Component: ...
def esc50(
    *,
    path: str,
    test_fold: int = 1,
    esc10: bool = False,
) -> Dataset: ...
def evaluate(
    output: str | os.PathLike[str],
    *,
    model: Model,
    dataset: Dataset | None = None,
    num_clips: int = 1,
) -> Scores: ...
def export(
    output: str | os.PathLike[str],
    *,
    model: Model,
    modality: Literal["video", "image", "audio", "fused"],
    format: Literal[
        "tf_saved_model", "onnx", "litert", "openvino"
    ] = "tf_saved_model",
    precision: Literal["float32", "float16", "int8_weights"] = "float32",
) -> Exported: ...
def feature_queue(
    *,
    num_rows: int,
    dim: int,
) -> Component: ...
def features(
    output: str | os.PathLike[str],
    *,
    model: Model,
    dataset: Dataset | None = None,
    num_clips: int = 1,
) -> Features: ...
def fine_tune_student(
    output: str | os.PathLike[str],
    *,
    optimizer: Component,
    epochs: int,
    model: Model,
    batch_size: int = 32,
    callbacks: Sequence[Component] = (),
    seed: int = 0,
    dataset: Dataset | None = None,
    train_encoders: bool = False,
) -> Model: ...
def folder_dataset(
    *,
    path: str,
    test_share: float = 0.25,
    seed: int = 0,
) -> Dataset: ...
def fusion_mlp(
    *,
    units: int = 512,
    hidden_units: int = 1024,
    kernel_initializer: str | None = None,
) -> Component: ...
def generated_benchmark_dataset(
    *,
    num_classes: int = 32,
    frame: float = 1.0,
    motion: float = 1.0,
    sound: float = 0.25,
    spread: float = 0.08,
    task_seed: int = 0,
    num_train: int = 2048,
    num_test: int = 1024,
    seconds: float = 2.0,
    num_coarse_classes: int = 0,
    mismatched: float = 0.0,
) -> Dataset: ...
def generated_dataset(
    *,
    num_train: int = 320,
    num_test: int = 128,
    exclude_classes: Sequence[str] = (),
) -> Dataset: ...
def generated_long_dataset(
    *,
    num_train: int = 112,
    num_test: int = 48,
    seconds: float = 40.0,
) -> Dataset: ...
def hint(
    *,
    teacher_tap: str,
    student_tap: str,
    loss: Literal[
        "hint", "attention", "similarity", "probabilistic", "relational"
    ]
    | Component = "hint",
    loss_weight: float | None = None,
    match: Literal["conv", "linear", "pool", "none"] | None = None,
) -> Component: ...
def hint_distillation(
    output: str | os.PathLike[str],
    *,
    dataset: Dataset,
    clip_spec: Clips,
    optimizer: Component,
    epochs: int,
    encoder: Encoder,
    batch_size: int = 32,
    callbacks: Sequence[Component] = (),
    seed: int = 0,
    teacher: Model | None = None,
    hints: Sequence[Component] = (),
    label_weight: float = 1.0,
    kd_weight: float = 0.0,
    temperature: float = 4.0,
    augmentation: Component | None = None,
) -> Model: ...
def hmdb51(
    *,
    path: str,
    split: int = 1,
) -> Dataset: ...
def huber(
    *,
    delta: float = 1.0,
    reduction: str = "sum_over_batch_size",
) -> Component: ...
def instance_discrimination(
    output: str | os.PathLike[str],
    *,
    dataset: Dataset,
    clip_spec: Clips,
    optimizer: Component,
    epochs: int,
    encoder: Encoder,
    bank: Component,
    batch_size: int = 32,
    callbacks: Sequence[Component] = (),
    seed: int = 0,
    head: Component | None = None,
    temperature: float = 0.07,
    partition: Component | None = None,
) -> Model: ...
def intervals(
    output: str | os.PathLike[str],
    *,
    reports: Sequence[Report],
    baseline: str | None = None,
) -> Report: ...
def kinetics(
    *,
    path: str,
    classes: Sequence[str] | None = None,
) -> Dataset: ...
def kl_divergence(
    *,
    reduction: str = "sum_over_batch_size",
) -> Component: ...
def knn_probe(
    output: str | os.PathLike[str],
    *,
    features: Features,
    modality: Literal["video", "image", "audio"],
    k: int = 20,
) -> Scores: ...
def knn_probe_callback(
    *,
    modality: Literal["video", "audio"] = "video",
    k: int = 20,
    frequency: int = 1,
) -> Component: ...
def linear_probe(
    output: str | os.PathLike[str],
    *,
    features: Features,
    modality: Literal["video", "image", "audio"],
) -> Scores: ...
def linear_probe_callback(
    *,
    modality: Literal["video", "audio"] = "video",
    frequency: int = 1,
) -> Component: ...
def listen_to_look(
    output: str | os.PathLike[str],
    *,
    dataset: Dataset,
    clip_spec: Clips,
    optimizer: Component,
    epochs: int,
    teacher: Model,
    kl_weight: float,
    batch_size: int = 32,
    callbacks: Sequence[Component] = (),
    seed: int = 0,
    image_encoder: Encoder | None = None,
    audio_encoder: Encoder | None = None,
    fusion: Component | None = None,
    frame: int = 0,
    l1_weight: float = 1.0,
    label_weight: float = 0.0,
    l1_reduction: Literal["sum", "mean"] = "sum",
    kl_form: Literal["cross_entropy", "kl"] = "cross_entropy",
    temperature: float = 1.0,
) -> Model: ...
def listen_to_look_audio(
    *,
    depth: int = 18,
    width: int = 64,
    preprocessor: Sequence[Component] | None = None,
    weights: str | None = None,
) -> Encoder: ...
def listen_to_look_image(
    *,
    depth: int = 18,
    width: int = 64,
    weights: str | None = None,
) -> Encoder: ...
def log_mel_spectrogram(
    *,
    num_mel_bins: int = 64,
    window_length: int = 400,
    sequence_stride: int = 160,
    fft_length: int = 512,
    min_freq: float = 0.0,
    max_freq: float | None = None,
    floor: float = 1e-06,
    power: float = 2.0,
    offset: float = 0.0,
    mel_scale: Literal["slaney", "htk", "kaldi"] = "slaney",
    norm: Literal["slaney"] | None = "slaney",
    padding: Literal["zeros", "reflect", "valid"] = "zeros",
    window: Literal["hann", "hann_symmetric", "povey"] = "hann",
    preemphasis: float = 0.0,
    transform: Literal["fft", "conv"] = "fft",
) -> Component: ...
def mean_absolute_error(
    *,
    reduction: str = "sum_over_batch_size",
) -> Component: ...
def mean_squared_error(
    *,
    reduction: str = "sum_over_batch_size",
) -> Component: ...
def memory_bank(
    *,
    dim: int,
    momentum: float | Component = 0.5,
    renormalize: bool = True,
    num_negatives: int = 1024,
    shared_negatives: bool = False,
    exclude_self: bool = True,
    duplicates: Literal["last", "mean"] = "last",
    initial_rows: Literal["unit", "uniform"] = "unit",
    on_host: bool = False,
) -> Component: ...
def momentum_contrast(
    output: str | os.PathLike[str],
    *,
    dataset: Dataset,
    clip_spec: Clips,
    optimizer: Component,
    epochs: int,
    video_encoder: Encoder,
    audio_encoder: Encoder,
    queue: Component,
    batch_size: int = 32,
    callbacks: Sequence[Component] = (),
    seed: int = 0,
    head: Component | None = None,
    momentum: float | Component = 0.999,
    temperature: float = 0.07,
    loss_weights: Mapping[str, float] | None = None,
) -> Model: ...
def panns_backbone(
    *,
    variant: Literal["cnn6", "cnn10", "cnn14"] = "cnn14",
    width: int = 64,
    embedding_dim: int | None = None,
    dropout: Sequence[float] = (0.2, 0.5),
    preprocessor: Sequence[Component] | None = None,
    weights: str | None = None,
) -> Encoder: ...
def partition_function(
    *,
    mode: Literal["ema", "first_batch", "fixed"] = "ema",
    momentum: float = 0.99,
    value: float | None = None,
    source: Literal["negatives", "all"] = "negatives",
) -> Component: ...
def piecewise_constant_decay(
    *,
    boundaries: Sequence[float],
    values: Sequence[float],
) -> Component: ...
def prepared_dataset(
    output: str | os.PathLike[str],
    *,
    dataset: Dataset,
    clip_spec: Clips,
    quality: int = 90,
) -> PreparedDataset: ...
def preset_encoder(
    *,
    path: str,
    modality: Literal["video", "image", "audio"],
) -> Encoder: ...
def projection_head(
    *,
    units: int = 128,
    hidden_units: Sequence[int] = (),
) -> Component: ...
def r2plus1d_backbone(
    *,
    depth: int = 18,
    width: int | Sequence[int] = 64,
    pooling: Literal["avg", "max"] | Component = "avg",
    variant: Literal["torchvision", "ccl", "avid"] = "torchvision",
    preprocessor: Sequence[Component] | None = None,
    weights: str | None = None,
) -> Encoder: ...
def random_blur(
    *,
    sigma: tuple[float, float] = (0.1, 2.0),
    probability: float = 0.5,
) -> Component: ...
def random_gain(
    *,
    gain: tuple[float, float] = (-6.0, 6.0),
) -> Component: ...
def random_noise(
    *,
    snr: tuple[float, float] = (10.0, 40.0),
) -> Component: ...
def random_resized_crop(
    *,
    size: int | tuple[int, int],
    area: tuple[float, float] = (0.08, 1.0),
    aspect_ratio: tuple[float, float] = (0.75, 1.3333333333333333),
) -> Component: ...
def random_time_shift(
    *,
    max_shift: float = 0.1,
) -> Component: ...
def report(
    output: str | os.PathLike[str],
    *,
    columns: Mapping[str, Sequence[Scores]],
    mean: bool = False,
    model: Model | None = None,
) -> Report: ...
def rescaling(
    *,
    scale: float | Sequence[float],
    offset: float | Sequence[float] = 0.0,
) -> Component: ...
def resnet3d_backbone(
    *,
    depth: int = 18,
    width: int | Sequence[int] = 64,
    pooling: Literal["avg", "max"] | Component = "avg",
    variant: Literal["hara", "r3d", "mc3"] = "hara",
    preprocessor: Sequence[Component] | None = None,
    weights: str | None = None,
) -> Encoder: ...
def resnet_backbone(
    *,
    modality: Literal["audio", "image"],
    depth: int = 18,
    width: int | Sequence[int] = 64,
    pooling: Literal["avg", "max"] | Component = "avg",
    stem_strides: int = 2,
    preprocessor: Sequence[Component] | None = None,
    weights: str | None = None,
) -> Encoder: ...
def retrieval(
    output: str | os.PathLike[str],
    *,
    features: Features,
    same: Literal["clip", "group", "class"] = "clip",
) -> Scores: ...
def retrieval_probe(
    *,
    frequency: int = 1,
) -> Component: ...
def selected_clips(
    output: str | os.PathLike[str],
    *,
    optimizer: Component,
    epochs: int,
    features: ClipFeatures,
    batch_size: int = 32,
    callbacks: Sequence[Component] = (),
    seed: int = 0,
    length_range: Sequence[int] | None = None,
    selection: Literal["all", "uniform", "random"] = "all",
    num_steps: int = 10,
    pooling: Literal["mean", "max", "attention"] = "mean",
) -> ClipScores: ...
def sgd(
    *,
    l2_weight: float = 0.0,
    rate_factors: Mapping[str, float] | None = None,
    learning_rate: float | Component = 0.01,
    momentum: float = 0.0,
    nesterov: bool = False,
    weight_decay: float | None = None,
    clipnorm: float | None = None,
    clipvalue: float | None = None,
    global_clipnorm: float | None = None,
    use_ema: bool = False,
    ema_momentum: float = 0.99,
    ema_overwrite_frequency: int | None = None,
    loss_scale_factor: float | None = None,
    gradient_accumulation_steps: int | None = None,
) -> Component: ...
def skimming(
    output: str | os.PathLike[str],
    *,
    optimizer: Component,
    epochs: int,
    features: ClipFeatures,
    batch_size: int = 32,
    callbacks: Sequence[Component] = (),
    seed: int = 0,
    hidden_units: int | None = None,
    key_units: int | None = None,
    length_range: Sequence[int] | None = None,
    num_steps: int = 10,
    output_kind: Literal["avg", "last", "both"] = "avg",
    start: Literal["mean", "random"] = "mean",
    hard: bool = False,
    mask_selected: bool = False,
    interpolate: int = 1,
    confidence: float | None = None,
    index: Literal["both", "image"] = "both",
    legacy_start_mask: bool = False,
    legacy_shared_index: bool = False,
) -> ClipScores: ...
def sound_cnn_backbone(
    *,
    width: int = 16,
    preprocessor: Sequence[Component] | None = None,
    weights: str | None = None,
) -> Encoder: ...
def sound_mixing(
    *,
    snr: tuple[float, float] = (6.0, 20.0),
) -> Component: ...
def spec_augment(
    *,
    num_time_masks: int = 2,
    max_time_width: int = 20,
    num_freq_masks: int = 2,
    max_freq_width: int = 8,
    mask_value: float = 0.0,
) -> Component: ...
def spectrogram_pooling(
    *,
    freq_pool: Literal["conv", "mean", "max"] = "conv",
    time_pool: Literal["max", "avg", "max_avg"] = "max",
    kernel_initializer: str | None = None,
) -> Component: ...
def sscl(
    output: str | os.PathLike[str],
    *,
    dataset: Dataset,
    clip_spec: Clips,
    optimizer: Component,
    epochs: Sequence[int],
    video_encoder: Encoder,
    audio_encoder: Encoder,
    stage: Literal[1, 2],
    bank: Component,
    batch_size: int = 32,
    callbacks: Sequence[Component] = (),
    seed: int = 0,
    init: Model | None = None,
    first_teacher: Literal["video", "audio"] = "video",
    joint_mode: Literal["teacher_uni", "student", "symmetric"] = "teacher_uni",
    reset: Literal["none", "banks", "all"] = "none",
    refresh_student_bank: bool = True,
    bank_momentum: Mapping[str, float | Component] | None = None,
    temperature: float = 0.07,
    loss_weights: Mapping[str, float] | None = None,
    direction_reduction: Literal["mean", "sum"] = "mean",
    partition: Component | Mapping[str, Component] | None = None,
    head: Component | None = None,
) -> Model: ...
def supervised(
    output: str | os.PathLike[str],
    *,
    dataset: Dataset,
    clip_spec: Clips,
    optimizer: Component,
    epochs: int,
    encoder: Encoder,
    batch_size: int = 32,
    callbacks: Sequence[Component] = (),
    seed: int = 0,
    train_encoder: bool = True,
    repeats: int = 1,
    label_smoothing: float = 0.0,
    mixup_alpha: float = 0.0,
    class_weights: Sequence[float] | None = None,
    multi_label: bool = False,
) -> Model: ...
def tensor_board(
    *,
    histogram_freq: int = 0,
    write_graph: bool = True,
    write_images: bool = False,
    write_steps_per_second: bool = False,
    update_freq: str | int = "epoch",
    embeddings_freq: int = 0,
) -> Component: ...
def tensor_board_clips(
    *,
    frequency: int = 1,
) -> Component: ...
def tfds_dataset(
    *,
    tfds_name: str,
    data_dir: str,
    test_fold: int = 0,
) -> Dataset: ...
def trained_encoder(
    *,
    model: Model,
    modality: str,
) -> Encoder: ...
def training_cost(
    output: str | os.PathLike[str],
    *,
    stages: Sequence[Model],
) -> Scores: ...
def ucf101(
    *,
    path: str,
    split: int = 1,
) -> Dataset: ...
def untrained(
    output: str | os.PathLike[str],
    *,
    dataset: Dataset,
    clip_spec: Clips,
    video_encoder: Encoder,
    audio_encoder: Encoder,
    seed: int = 0,
) -> Model: ...
def vggsound(
    *,
    path: str,
) -> Dataset: ...
def wave_cnn_backbone(
    *,
    depth: int = 5,
    width: int | None = None,
    preprocessor: Sequence[Component] | None = None,
    weights: str | None = None,
) -> Encoder: ...
