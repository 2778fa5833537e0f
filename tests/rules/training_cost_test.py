"""What it cost to train a model."""

import pytest

from keras_av import rules
from keras_av.evaluation import count_flops


@pytest.mark.slow
def test_stages_add_up(tmp_path, stage1, classifier):
    scores = rules.training_cost(tmp_path / "one", stages=[stage1])
    networks = [stage1.backbone(name) for name in ("video", "audio")]
    # Two epochs of two batches of four clips.
    assert scores.values() == {
        "updates": 4,
        "clips": 16,
        "MFLOPs": sum(map(count_flops, networks)) / 1e6,
    }
    # The cost of a clip is that of the last stage.
    scores = rules.training_cost(tmp_path / "two", stages=[stage1, classifier])
    assert scores.values() == {
        "updates": 6,
        "clips": 24,
        "MFLOPs": count_flops(networks[0]) / 1e6,
    }


@pytest.mark.slow
def test_who_is_not_trained(tmp_path, dataset, clips, video, audio):
    model = rules.untrained(
        tmp_path / "model",
        dataset=dataset,
        clip_spec=clips,
        video_encoder=video,
        audio_encoder=audio,
    )
    found = rules.training_cost(tmp_path / "cost", stages=[model]).values()
    assert found["updates"] == found["clips"] == 0 and found["MFLOPs"] > 0


def test_of_nothing(tmp_path):
    with pytest.raises(ValueError, match="stages must be one or more"):
        rules.training_cost(tmp_path, stages=[])
