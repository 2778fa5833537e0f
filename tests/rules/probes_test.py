"""What encoders know."""

import pytest

from keras_av import rules
from keras_av.callbacks import RetrievalProbe
from keras_av.data import Manifest
from keras_av.rules.probes import shared_numbers


@pytest.mark.parametrize("modality", ["video", "audio"])
@pytest.mark.slow
def test_probes(tmp_path, encoded, modality):
    for name, probe in (
        ("linear_probe", rules.linear_probe),
        ("knn", rules.knn_probe),
    ):
        scores = probe(tmp_path / name, features=encoded, modality=modality)
        (found,) = scores.values()
        assert found == f"{modality}_{name}"
        assert 0 <= scores.values()[found] <= 1
        assert scores.chance() == {found: 1 / 8}


@pytest.mark.parametrize("modality", ["video", "audio"])
@pytest.mark.slow
def test_class_retrieval(tmp_path, encoded, modality):
    scores = rules.class_retrieval(
        tmp_path, features=encoded, modality=modality
    )
    values, chance = scores.values(), scores.chance()
    assert set(values) == set(chance)
    # Eight files to find, one of each class.
    assert chance[f"{modality}_class_recall_1"] == pytest.approx(1 / 8)
    assert 0 < values[f"{modality}_class_map"] <= 1


@pytest.mark.slow
def test_one_class_tells_nothing(tmp_path, stage1):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.mp4").touch()
    (tmp_path / "files" / "b.mp4").touch()
    dataset = rules.folder_dataset(path=str(tmp_path / "files"))
    features = rules.Features(tmp_path, dataset, stage1)
    with pytest.raises(
        ValueError, match="dataset must have at least two classes"
    ):
        rules.knn_probe(tmp_path / "x", features=features, modality="video")


@pytest.mark.slow
def test_retrieval_is_that_of_the_whole_model(tmp_path, encoded, stage1, clips):
    scores = rules.retrieval(tmp_path, features=encoded)
    assert scores.chance()["audio_to_video_recall_1"] == 1 / 8
    assert set(scores.values()) == set(scores.chance())
    assert (tmp_path / "retrieval.png").is_file()
    probe = RetrievalProbe(stage1.dataset.test_clips(clips, 8))
    probe.set_model(stage1.load_method())
    found = probe.measure()
    assert {n: found[n] for n in scores.values()} == scores.values()


@pytest.mark.slow
def test_retrieval_of_the_same_class(tmp_path, encoded):
    (tmp_path / "class").mkdir()
    scores = rules.retrieval(tmp_path / "class", features=encoded, same="class")
    # Eight files, one of each class: the class is the clip.
    (tmp_path / "clip").mkdir()
    by_clip = rules.retrieval(tmp_path / "clip", features=encoded)
    assert scores.values() == {
        f"class_{name}": value for name, value in by_clip.values().items()
    }
    with pytest.raises(ValueError, match="needs a group for every test file"):
        rules.retrieval(tmp_path / "group", features=encoded, same="group")


def test_groups_are_those_of_a_class():
    paths = [f"{n}.mp4" for n in range(4)]
    files = Manifest(
        "videos",
        paths,
        label=[0, 1, 0, 0],
        group=["g01", "g01", "g02", "g01"],
        class_names=("a", "b"),
    )
    assert shared_numbers(files, "group").tolist() == [0, 2, 1, 0]
    assert shared_numbers(files, "class").tolist() == [0, 1, 0, 0]
    assert shared_numbers(files, "clip") is None


@pytest.mark.slow_on_tensorflow
def test_what_the_model_lacks_is_refused(tmp_path, classifier):
    features = rules.Features(tmp_path, classifier.dataset, classifier)
    for probe in (rules.linear_probe, rules.knn_probe):
        with pytest.raises(ValueError, match="modality must be one of"):
            probe(tmp_path, features=features, modality="audio")
    with pytest.raises(ValueError, match="modality must be one of"):
        rules.retrieval(tmp_path, features=features)
