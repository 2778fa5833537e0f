"""Compositional contrastive learning, as a rule."""

import pytest

from keras_av import rules


@pytest.mark.slow
def test_a_student_of_sound(tmp_path, learning, video, hearing):
    model = rules.compositional_contrastive(
        tmp_path / "student",
        encoder=video,
        teachers={"audio": hearing},
        pairs=["video_teacher"],
        temperatures={"audio": 0.2},
        convex_weight=0.3,
        logit_divergence="none",
        **learning,
    )
    scores = rules.evaluate(tmp_path / "accuracy", model=model)
    assert 0 <= scores.values()["top_1"] <= 1


@pytest.mark.slow
def test_labels_alone(tmp_path, learning, video):
    model = rules.compositional_contrastive(
        tmp_path / "baseline", encoder=video, **learning
    )
    assert model.modalities == ("video",)


@pytest.mark.slow
def test_other_teachers_are_refused(tmp_path, learning, video, classifier):
    for name, message in (
        ("video", "teachers must be of"),
        ("audio", "modality must be one of"),
    ):
        with pytest.raises(ValueError, match=message):
            rules.compositional_contrastive(
                tmp_path,
                encoder=video,
                teachers={name: classifier},
                **learning,
            )
