"""What encoders know."""

import pytest

from keras_av import rules


@pytest.mark.parametrize("modality", ["video", "audio"])
def test_probes(tmp_path, stage1, modality):
    for name, probe in (
        ("linear_probe", rules.linear_probe),
        ("knn", rules.knn_probe),
    ):
        scores = probe(tmp_path / name, model=stage1, modality=modality)
        (found,) = scores.values()
        assert found == f"{modality}_{name}"
        assert 0 <= scores.values()[found] <= 1
        assert scores.chance() == {found: 1 / 8}


def test_probes_of_another_set(tmp_path, classifier):
    other = rules.generated_dataset(num_train=16, num_test=8)
    scores = rules.knn_probe(
        tmp_path, model=classifier, modality="video", dataset=other, num_clips=2
    )
    assert 0 <= scores.values()["video_knn"] <= 1


@pytest.mark.parametrize("modality", ["image", "audio"])
def test_class_retrieval(tmp_path, student, modality):
    scores = rules.class_retrieval(tmp_path, model=student, modality=modality)
    values, chance = scores.values(), scores.chance()
    assert set(values) == set(chance)
    # Eight files to find, one of each class.
    assert chance[f"{modality}_class_recall_1"] == pytest.approx(1 / 8)
    assert 0 < values[f"{modality}_class_map"] <= 1


def test_one_class_tells_nothing(tmp_path, stage1):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.mp4").touch()
    (tmp_path / "files" / "b.mp4").touch()
    dataset = rules.folder_dataset(path=str(tmp_path / "files"))
    with pytest.raises(ValueError, match="dataset must have two classes"):
        rules.knn_probe(
            tmp_path / "x", model=stage1, modality="video", dataset=dataset
        )


def test_retrieval(tmp_path, stage1):
    scores = rules.retrieval(tmp_path, model=stage1)
    assert scores.chance()["audio_to_video_recall_1"] == 1 / 8
    assert set(scores.values()) == set(scores.chance())
    assert (tmp_path / "retrieval.png").is_file()


def test_what_the_model_lacks_is_refused(tmp_path, classifier):
    for probe in (rules.linear_probe, rules.knn_probe):
        with pytest.raises(ValueError, match="modality must be one of"):
            probe(tmp_path, model=classifier, modality="audio")
    with pytest.raises(ValueError, match="modality must be one of"):
        rules.retrieval(tmp_path, model=classifier)
