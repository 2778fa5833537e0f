"""All rules by name."""

# Written by `python -m keras_av.rules.table`.

from keras_av.rules.clip_spec import (
    clip_spec,
)
from keras_av.rules.components import (
    adam,
    adam_w,
    augmentation_recipe,
    clip_augmentation,
    collapse_monitor,
    cosine_decay,
    cosine_similarity,
    decibel_spectrogram,
    feature_queue,
    fusion_mlp,
    hint,
    huber,
    kl_divergence,
    knn_probe_callback,
    linear_probe_callback,
    log_mel_spectrogram,
    mean_absolute_error,
    mean_squared_error,
    memory_bank,
    partition_function,
    piecewise_constant_decay,
    projection_head,
    random_blur,
    random_gain,
    random_noise,
    random_resized_crop,
    random_time_shift,
    rescaling,
    retrieval_probe,
    sgd,
    sound_mixing,
    spec_augment,
    spectrogram_pooling,
    tensor_board,
    tensor_board_clips,
)
from keras_av.rules.dataset_share import (
    dataset_share,
)
from keras_av.rules.datasets import (
    activitynet,
    csv_dataset,
    dcase,
    esc50,
    folder_dataset,
    generated_benchmark_dataset,
    generated_dataset,
    generated_long_dataset,
    hmdb51,
    kinetics,
    tfds_dataset,
    ucf101,
    vggsound,
)
from keras_av.rules.export import (
    export,
)
from keras_av.rules.features import (
    features,
)
from keras_av.rules.intervals import (
    intervals,
)
from keras_av.rules.methods.compositional_contrastive import (
    compositional_contrastive,
)
from keras_av.rules.methods.hint_distillation import (
    hint_distillation,
)
from keras_av.rules.methods.instance_discrimination import (
    instance_discrimination,
)
from keras_av.rules.methods.listen_to_look import (
    fine_tune_student,
    listen_to_look,
)
from keras_av.rules.methods.skimming import (
    clip_features,
    selected_clips,
    skimming,
)
from keras_av.rules.methods.supervised import (
    evaluate,
    supervised,
)
from keras_av.rules.methods.two_tower import (
    cross_modal_agreement,
    cross_modal_contrastive,
    momentum_contrast,
    sscl,
    untrained,
)
from keras_av.rules.model import (
    trained_encoder,
)
from keras_av.rules.networks import (
    avid_audio_backbone,
    listen_to_look_audio,
    listen_to_look_image,
    panns_backbone,
    preset_encoder,
    r2plus1d_backbone,
    resnet3d_backbone,
    resnet_backbone,
    sound_cnn_backbone,
    wave_cnn_backbone,
)
from keras_av.rules.prepared_dataset import (
    prepared_dataset,
)
from keras_av.rules.probes import (
    class_retrieval,
    knn_probe,
    linear_probe,
    retrieval,
)
from keras_av.rules.report_table import (
    report,
)
from keras_av.rules.training_cost import (
    training_cost,
)
from keras_av.workspace import Rule

RULES: dict[str, Rule] = {
    "activitynet": activitynet,
    "adam": adam,
    "adam_w": adam_w,
    "augmentation_recipe": augmentation_recipe,
    "avid_audio_backbone": avid_audio_backbone,
    "class_retrieval": class_retrieval,
    "clip_augmentation": clip_augmentation,
    "clip_features": clip_features,
    "clip_spec": clip_spec,
    "collapse_monitor": collapse_monitor,
    "compositional_contrastive": compositional_contrastive,
    "cosine_decay": cosine_decay,
    "cosine_similarity": cosine_similarity,
    "cross_modal_agreement": cross_modal_agreement,
    "cross_modal_contrastive": cross_modal_contrastive,
    "csv_dataset": csv_dataset,
    "dataset_share": dataset_share,
    "dcase": dcase,
    "decibel_spectrogram": decibel_spectrogram,
    "esc50": esc50,
    "evaluate": evaluate,
    "export": export,
    "feature_queue": feature_queue,
    "features": features,
    "fine_tune_student": fine_tune_student,
    "folder_dataset": folder_dataset,
    "fusion_mlp": fusion_mlp,
    "generated_benchmark_dataset": generated_benchmark_dataset,
    "generated_dataset": generated_dataset,
    "generated_long_dataset": generated_long_dataset,
    "hint": hint,
    "hint_distillation": hint_distillation,
    "hmdb51": hmdb51,
    "huber": huber,
    "instance_discrimination": instance_discrimination,
    "intervals": intervals,
    "kinetics": kinetics,
    "kl_divergence": kl_divergence,
    "knn_probe": knn_probe,
    "knn_probe_callback": knn_probe_callback,
    "linear_probe": linear_probe,
    "linear_probe_callback": linear_probe_callback,
    "listen_to_look": listen_to_look,
    "listen_to_look_audio": listen_to_look_audio,
    "listen_to_look_image": listen_to_look_image,
    "log_mel_spectrogram": log_mel_spectrogram,
    "mean_absolute_error": mean_absolute_error,
    "mean_squared_error": mean_squared_error,
    "memory_bank": memory_bank,
    "momentum_contrast": momentum_contrast,
    "panns_backbone": panns_backbone,
    "partition_function": partition_function,
    "piecewise_constant_decay": piecewise_constant_decay,
    "prepared_dataset": prepared_dataset,
    "preset_encoder": preset_encoder,
    "projection_head": projection_head,
    "r2plus1d_backbone": r2plus1d_backbone,
    "random_blur": random_blur,
    "random_gain": random_gain,
    "random_noise": random_noise,
    "random_resized_crop": random_resized_crop,
    "random_time_shift": random_time_shift,
    "report": report,
    "rescaling": rescaling,
    "resnet3d_backbone": resnet3d_backbone,
    "resnet_backbone": resnet_backbone,
    "retrieval": retrieval,
    "retrieval_probe": retrieval_probe,
    "selected_clips": selected_clips,
    "sgd": sgd,
    "skimming": skimming,
    "sound_cnn_backbone": sound_cnn_backbone,
    "sound_mixing": sound_mixing,
    "spec_augment": spec_augment,
    "spectrogram_pooling": spectrogram_pooling,
    "sscl": sscl,
    "supervised": supervised,
    "tensor_board": tensor_board,
    "tensor_board_clips": tensor_board_clips,
    "tfds_dataset": tfds_dataset,
    "trained_encoder": trained_encoder,
    "training_cost": training_cost,
    "ucf101": ucf101,
    "untrained": untrained,
    "vggsound": vggsound,
    "wave_cnn_backbone": wave_cnn_backbone,
}
