"""Rules for BUILD files, which can also be called from Python."""

# Written by `python -m keras_av.rules.table`.

from typing import TYPE_CHECKING

from keras_av.on_demand import load_on_demand

# For the documentation; type checkers take the stub.
if TYPE_CHECKING:
    from keras_av.rules.clip_spec import (
        Clips,
        clip_spec,
    )
    from keras_av.rules.component import (
        Component,
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
    from keras_av.rules.dataset import (
        Dataset,
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
    from keras_av.rules.encoder import (
        Encoder,
    )
    from keras_av.rules.every_rule import (
        RULES,
    )
    from keras_av.rules.export import (
        Exported,
        export,
    )
    from keras_av.rules.features import (
        Features,
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
        ClipFeatures,
        ClipScores,
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
        Model,
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
        PreparedDataset,
        prepared_dataset,
    )
    from keras_av.rules.probes import (
        class_retrieval,
        knn_probe,
        linear_probe,
        retrieval,
    )
    from keras_av.rules.report_table import (
        Report,
        report,
    )
    from keras_av.rules.run import (
        Run,
    )
    from keras_av.rules.scores import (
        Scores,
    )
    from keras_av.rules.training_cost import (
        training_cost,
    )

__all__ = [
    "RULES",
    "ClipFeatures",
    "ClipScores",
    "Clips",
    "Component",
    "Dataset",
    "Encoder",
    "Exported",
    "Features",
    "Model",
    "PreparedDataset",
    "Report",
    "Run",
    "Scores",
    "activitynet",
    "adam",
    "adam_w",
    "augmentation_recipe",
    "avid_audio_backbone",
    "class_retrieval",
    "clip_augmentation",
    "clip_features",
    "clip_spec",
    "collapse_monitor",
    "compositional_contrastive",
    "cosine_decay",
    "cosine_similarity",
    "cross_modal_agreement",
    "cross_modal_contrastive",
    "csv_dataset",
    "dataset_share",
    "dcase",
    "decibel_spectrogram",
    "esc50",
    "evaluate",
    "export",
    "feature_queue",
    "features",
    "fine_tune_student",
    "folder_dataset",
    "fusion_mlp",
    "generated_benchmark_dataset",
    "generated_dataset",
    "generated_long_dataset",
    "hint",
    "hint_distillation",
    "hmdb51",
    "huber",
    "instance_discrimination",
    "intervals",
    "kinetics",
    "kl_divergence",
    "knn_probe",
    "knn_probe_callback",
    "linear_probe",
    "linear_probe_callback",
    "listen_to_look",
    "listen_to_look_audio",
    "listen_to_look_image",
    "log_mel_spectrogram",
    "mean_absolute_error",
    "mean_squared_error",
    "memory_bank",
    "momentum_contrast",
    "panns_backbone",
    "partition_function",
    "piecewise_constant_decay",
    "prepared_dataset",
    "preset_encoder",
    "projection_head",
    "r2plus1d_backbone",
    "random_blur",
    "random_gain",
    "random_noise",
    "random_resized_crop",
    "random_time_shift",
    "report",
    "rescaling",
    "resnet3d_backbone",
    "resnet_backbone",
    "retrieval",
    "retrieval_probe",
    "selected_clips",
    "sgd",
    "skimming",
    "sound_cnn_backbone",
    "sound_mixing",
    "spec_augment",
    "spectrogram_pooling",
    "sscl",
    "supervised",
    "tensor_board",
    "tensor_board_clips",
    "tfds_dataset",
    "trained_encoder",
    "training_cost",
    "ucf101",
    "untrained",
    "vggsound",
    "wave_cnn_backbone",
]

load_on_demand(
    __name__,
    {
        "keras_av.rules.clip_spec": ["Clips", "clip_spec"],
        "keras_av.rules.component": ["Component"],
        "keras_av.rules.components": [
            "adam",
            "adam_w",
            "augmentation_recipe",
            "clip_augmentation",
            "collapse_monitor",
            "cosine_decay",
            "cosine_similarity",
            "decibel_spectrogram",
            "feature_queue",
            "fusion_mlp",
            "hint",
            "huber",
            "kl_divergence",
            "knn_probe_callback",
            "linear_probe_callback",
            "log_mel_spectrogram",
            "mean_absolute_error",
            "mean_squared_error",
            "memory_bank",
            "partition_function",
            "piecewise_constant_decay",
            "projection_head",
            "random_blur",
            "random_gain",
            "random_noise",
            "random_resized_crop",
            "random_time_shift",
            "rescaling",
            "retrieval_probe",
            "sgd",
            "sound_mixing",
            "spec_augment",
            "spectrogram_pooling",
            "tensor_board",
            "tensor_board_clips",
        ],
        "keras_av.rules.dataset": ["Dataset"],
        "keras_av.rules.dataset_share": ["dataset_share"],
        "keras_av.rules.datasets": [
            "activitynet",
            "csv_dataset",
            "dcase",
            "esc50",
            "folder_dataset",
            "generated_benchmark_dataset",
            "generated_dataset",
            "generated_long_dataset",
            "hmdb51",
            "kinetics",
            "tfds_dataset",
            "ucf101",
            "vggsound",
        ],
        "keras_av.rules.encoder": ["Encoder"],
        "keras_av.rules.every_rule": ["RULES"],
        "keras_av.rules.export": ["Exported", "export"],
        "keras_av.rules.features": ["Features", "features"],
        "keras_av.rules.intervals": ["intervals"],
        "keras_av.rules.methods.compositional_contrastive": [
            "compositional_contrastive"
        ],
        "keras_av.rules.methods.hint_distillation": ["hint_distillation"],
        "keras_av.rules.methods.instance_discrimination": [
            "instance_discrimination"
        ],
        "keras_av.rules.methods.listen_to_look": [
            "fine_tune_student",
            "listen_to_look",
        ],
        "keras_av.rules.methods.skimming": [
            "ClipFeatures",
            "ClipScores",
            "clip_features",
            "selected_clips",
            "skimming",
        ],
        "keras_av.rules.methods.supervised": ["evaluate", "supervised"],
        "keras_av.rules.methods.two_tower": [
            "cross_modal_agreement",
            "cross_modal_contrastive",
            "momentum_contrast",
            "sscl",
            "untrained",
        ],
        "keras_av.rules.model": ["Model", "trained_encoder"],
        "keras_av.rules.networks": [
            "avid_audio_backbone",
            "listen_to_look_audio",
            "listen_to_look_image",
            "panns_backbone",
            "preset_encoder",
            "r2plus1d_backbone",
            "resnet3d_backbone",
            "resnet_backbone",
            "sound_cnn_backbone",
            "wave_cnn_backbone",
        ],
        "keras_av.rules.prepared_dataset": [
            "PreparedDataset",
            "prepared_dataset",
        ],
        "keras_av.rules.probes": [
            "class_retrieval",
            "knn_probe",
            "linear_probe",
            "retrieval",
        ],
        "keras_av.rules.report_table": ["Report", "report"],
        "keras_av.rules.run": ["Run"],
        "keras_av.rules.scores": ["Scores"],
        "keras_av.rules.training_cost": ["training_cost"],
    },
)


def __dir__() -> list[str]:
    return list(__all__)
