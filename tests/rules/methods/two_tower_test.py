"""Two encoders learn together."""

import keras
import numpy as np
import pytest

from keras_av import rules
from keras_av.report import read_log


def towers(learning, video, audio, **options):
    return {
        **learning,
        "video_encoder": video,
        "audio_encoder": audio,
        "bank": rules.memory_bank(dim=128, num_negatives=4),
        **options,
    }


@pytest.mark.slow
def test_stage_2_goes_on_with_stage_1(tmp_path, learning, video, audio, stage1):
    options = towers(learning, video, audio, epochs=[0, 1])
    stage2 = rules.sscl(
        tmp_path / "stage2",
        **options,
        stage=2,
        init=stage1,
        joint_mode="symmetric",
    )
    assert stage2.modalities == ("video", "audio")
    first, second = (
        keras.saving.load_model(model.method) for model in (stage1, stage2)
    )
    assert len(first.get_weights()) == len(second.get_weights())
    # One step of one epoch from there, not from the beginning.
    fresh = rules.untrained(
        tmp_path / "fresh",
        **{k: options[k] for k in ("dataset", "clip_spec")},
        video_encoder=video,
        audio_encoder=audio,
    )
    kernels = [
        model.backbone("video").get_layer("conv1").get_weights()[0]
        for model in (stage1, stage2, fresh)
    ]
    near = np.abs(kernels[1] - kernels[0]).max()
    assert 0 < near < np.abs(kernels[1] - kernels[2]).max()


@pytest.mark.slow
@pytest.mark.parametrize("with_bank", [False, True])
def test_contrastive(tmp_path, learning, video, audio, with_bank):
    options = (
        {"bank": None}
        if not with_bank
        else {
            "partition": rules.partition_function(),
            "head": rules.projection_head(units=128, hidden_units=[8]),
            "loss_weights": {"video_cross": 1.0, "audio_uni": 0.5},
            "callbacks": [
                rules.knn_probe_callback(modality="audio"),
                rules.linear_probe_callback(),
                rules.retrieval_probe(),
                rules.collapse_monitor(),
            ],
        }
    )
    model = rules.cross_modal_contrastive(
        tmp_path / "model", **towers(learning, video, audio, **options)
    )
    log = read_log(model.folder / "log.csv")
    assert ("audio_knn" in log) == with_bank
    assert (model.folder / "curves.png").is_file()
    assert model.backbone("audio").input_shape == (None, 16000)


@pytest.mark.slow
def test_cross_modal_agreement(tmp_path, learning, video, audio):
    model = rules.cross_modal_agreement(
        tmp_path / "model",
        **{**learning, "epochs": [1, 1]},
        video_encoder=video,
        audio_encoder=audio,
        bank=rules.memory_bank(dim=128, num_negatives=4),
        num_positives=2,
        num_set_negatives=3,
    )
    log = read_log(model.folder / "log.csv")
    assert log["phase"] == [0, 1]
    assert np.isnan(log["audio_set"]).tolist() == [True, False]
    assert (model.folder / "curves.png").is_file()
    assert model.load_method().sets.is_mined


def test_agreement_has_two_phases(tmp_path, learning, video, audio):
    with pytest.raises(ValueError, match="epochs must be two numbers"):
        rules.cross_modal_agreement(
            tmp_path / "x",
            **{**learning, "epochs": [1]},
            video_encoder=video,
            audio_encoder=audio,
            bank=rules.memory_bank(dim=128, num_negatives=4),
        )


@pytest.mark.slow
def test_momentum_contrast(tmp_path, learning, video, audio):
    model = rules.momentum_contrast(
        tmp_path / "model",
        **learning,
        video_encoder=video,
        audio_encoder=audio,
        queue=rules.feature_queue(num_rows=6, dim=16),
        momentum=0.5,
        loss_weights={"video_cross": 1.0, "audio_uni": 0.5},
    )
    log = read_log(model.folder / "log.csv")
    assert np.isfinite(log["audio_uni"]).all()
    assert (model.folder / "curves.png").is_file()
    method = model.load_method()
    assert method.momentum == 0.5
    # One epoch of 8 clips.
    assert int(method.audio_queue.pointer[0]) == 8 % 6
    assert model.backbone("video").input_shape == (None, 4, 32, 32, 3)


@pytest.mark.parametrize(
    "num_rows, batch_size, message",
    [
        (8, 4, "num_rows of a queue must be less than .* files, 8"),
        (7, 9, "batch_size must be"),
    ],
)
def test_mistakes_of_momentum_contrast(
    tmp_path, learning, video, audio, num_rows, batch_size, message
):
    with pytest.raises(ValueError, match=message):
        rules.momentum_contrast(
            tmp_path / "x",
            **{**learning, "batch_size": batch_size},
            video_encoder=video,
            audio_encoder=audio,
            queue=rules.feature_queue(num_rows=num_rows, dim=16),
        )
    assert not (tmp_path / "x").exists()


MISTAKES = {
    "an encoder of something else": (
        {"video_encoder": rules.resnet_backbone(modality="audio")},
        "video_encoder must be an encoder of video",
    ),
    "a batch that is too large": ({"batch_size": 9}, "batch_size must be"),
    "too many negatives": (
        {"bank": rules.memory_bank(dim=128, num_negatives=8)},
        "num_negatives must be less than the number of training",
    ),
    "epochs of one phase": ({"epochs": [1]}, "epochs must be two numbers"),
    "a bank larger than memory": (
        {"dataset": rules.generated_dataset(num_train=10**10)},
        "The memory banks of 10000000000 rows take",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_refused_before_anything_runs(
    tmp_path, learning, video, audio, mistake
):
    changes, message = MISTAKES[mistake]
    options = towers(learning, video, audio, epochs=[1, 1])
    with pytest.raises(ValueError, match=message):
        rules.sscl(tmp_path / "x", **{**options, "stage": 1, **changes})
    assert not (tmp_path / "x").exists()


@pytest.mark.slow
def test_a_model_of_something_else_is_refused(
    tmp_path, learning, video, audio, classifier
):
    options = towers(learning, video, audio, epochs=[1, 1])
    with pytest.raises(ValueError, match="init must be from"):
        rules.sscl(tmp_path, **options, stage=2, init=classifier)
