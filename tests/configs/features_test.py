"""Students on features, as targets of `configs/features`."""

import importlib.util
import pathlib

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NUM_CLASSES, NUM_CLIPS = 3, 1200


@pytest.fixture(scope="module")
def features():
    """The rules of the folder."""
    path = ROOT / "configs" / "features" / "features.py"
    spec = importlib.util.spec_from_file_location("features", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """What is seen tells the classes, and what is heard tells them less."""
    rng = np.random.default_rng(0)
    labels = np.arange(NUM_CLIPS) % NUM_CLASSES
    seen, heard = (
        rng.normal(size=(NUM_CLASSES, dim))[labels]
        + noise * rng.normal(size=(NUM_CLIPS, dim))
        for dim, noise in ((600, 2.0), (512, 5.0))
    )
    path = tmp_path_factory.mktemp("features") / "features.npz"
    np.savez(
        path,
        visual_mean=seen.astype("float16"),
        audio=heard.astype("float32"),
        has_audio=np.arange(NUM_CLIPS) % 10 != 0,
        labels=labels,
        groups=np.arange(NUM_CLIPS) % 7 + 1,
        test_split1=np.arange(NUM_CLIPS) % 7 == 0,
    )
    return path


def test_a_file_that_is_not_there(features):
    arrays = features.arrays(path="/nowhere/features.npz")
    assert "there is no '/nowhere/features.npz'" in arrays.missing()


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.slow_on_tensorflow
def test_few_clips_have_a_label(features, file, held_out):
    found = features.arrays(path=str(file)).load()
    train, test, num_classes = features._clips(found, held_out, 5, seed=1)
    assert num_classes == NUM_CLASSES
    known = train["label"][train["label"] >= 0]
    assert np.bincount(known).tolist() == [5] * NUM_CLASSES
    heard = found["has_audio"].nonzero()[0]
    official = found["test_split1"][heard]
    groups = found["groups"][heard]
    assert set(train["index"]).isdisjoint(test["index"])
    assert not official[train["index"]].any()
    assert official[test["index"]].all() == (not held_out)
    if held_out:
        assert not set(groups[train["index"]]) & set(groups[test["index"]])


@pytest.mark.slow
def test_a_teacher_may_speak_of_all_clips(features, file, tmp_path):
    arrays = features.arrays(path=str(file))
    found = {}
    for taught in ("labels", "kd_labelled", "kd", "regression", "ccl"):
        folder = tmp_path / taught
        scores = features.sound_student(folder, arrays=arrays, taught=taught)
        assert scores.chance()["top_1"] == pytest.approx(1 / 3, abs=0.02)
        found[taught] = scores.values()["top_1"]
    assert found["kd"] > found["labels"] + 0.1, found
    assert all(value > 0.4 for value in found.values()), found
