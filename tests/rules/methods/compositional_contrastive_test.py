"""Compositional contrastive learning, as a rule."""

import numpy as np
import pytest

from keras_av import rules
from keras_av.data import Manifest
from keras_av.report import read_log
from keras_av.rules.methods.compositional_contrastive import label_vectors


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


def test_vectors_know_nothing_but_the_labels():
    paths = [f"{n}.mp4" for n in range(6)]
    files = Manifest(
        "videos",
        paths,
        label=[0, 1, -1, 0, -1, 1],
        class_names=("a", "b"),
    )
    found = label_vectors(files, 16, seed=3).columns["teacher_audio"]
    alike = np.corrcoef(found) > 0.999
    label = np.asarray(files.label)
    same = (label[:, None] == label) & (label >= 0) | np.eye(6, dtype=bool)
    np.testing.assert_array_equal(alike, same)
    again = label_vectors(files, 16, seed=3).columns["teacher_audio"]
    np.testing.assert_array_equal(found, again)
    other = label_vectors(files, 16, seed=4).columns["teacher_audio"]
    assert not np.allclose(found, other)


@pytest.mark.slow
def test_labels_in_place_of_a_teacher(tmp_path, learning, video, hearing):
    model = rules.compositional_contrastive(
        tmp_path / "student", encoder=video, label_teacher=True, **learning
    )
    log = read_log(model.folder / "log.csv")
    assert np.isfinite(log["audio_contrast"]).all()
    with pytest.raises(ValueError, match="takes the place of all teachers"):
        rules.compositional_contrastive(
            tmp_path / "both",
            encoder=video,
            label_teacher=True,
            teachers={"audio": hearing},
            **learning,
        )
