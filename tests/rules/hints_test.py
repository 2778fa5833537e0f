"""Hints, as a rule."""

import pytest

from keras_av import rules


def test_a_student_with_hints(tmp_path, learning, classifier):
    model = rules.hints(
        tmp_path / "student",
        encoder=rules.resnet3d(depth=10, width=2),
        teacher=classifier,
        taps=["stage1"],
        kd_weight=0.5,
        **learning,
    )
    scores = rules.evaluate(tmp_path / "accuracy", model=model)
    assert 0 <= scores.values()["top_1"] <= 1


def test_a_teacher_of_another_sense_is_refused(
    tmp_path, learning, video, hearing
):
    with pytest.raises(ValueError, match="teacher must have a classifier of"):
        rules.hints(tmp_path, encoder=video, teacher=hearing, **learning)
