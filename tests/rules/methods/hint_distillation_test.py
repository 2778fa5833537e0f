"""Hints, as a rule."""

import pytest

from keras_av import rules


@pytest.mark.slow
def test_a_student_with_hints(tmp_path, learning, classifier):
    model = rules.hint_distillation(
        tmp_path / "student",
        encoder=rules.resnet3d_backbone(depth=10, width=2),
        teacher=classifier,
        hints=[
            rules.hint(teacher_tap="stage1", student_tap="stage1"),
            rules.hint(
                teacher_tap="stage2",
                student_tap="stage2",
                loss=rules.mean_squared_error(),
            ),
        ],
        kd_weight=0.5,
        **learning,
    )
    scores = rules.evaluate(tmp_path / "accuracy", model=model)
    assert 0 <= scores.values()["top_1"] <= 1


@pytest.mark.slow
def test_a_teacher_without_a_classifier_is_refused(
    tmp_path, learning, video, stage1
):
    with pytest.raises(ValueError, match="teacher must have a classifier of"):
        rules.hint_distillation(
            tmp_path, encoder=video, teacher=stage1, **learning
        )
