import importlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_av.data import (
    ClipSpec,
    Manifest,
    encode_files,
    long_clips,
    write_video,
)
from keras_av.evaluation import FeatureWriter, write_features

module = importlib.import_module("keras_av.data.features.encode_files")
SPEC = ClipSpec(num_frames=1, size=16, audio_seconds=0)


@pytest.fixture(autouse=True)
def two_files_a_job(monkeypatch):
    monkeypatch.setattr(module, "_PER_JOB", 2)


@pytest.fixture
def files(tmp_path):
    (tmp_path / "videos").mkdir()
    for number, count in enumerate((48, 20, 33, 40, 25)):
        frames = np.full((count, 32, 32, 3), 40 * number, "uint8")
        write_video(tmp_path / "videos" / f"{number}.mp4", frames, 16)
    return Manifest.from_folder(tmp_path / "videos")


@pytest.fixture
def model(tmp_path):
    video = keras.Input((1, 16, 16, 3), name="video")
    hidden = keras.layers.Conv3D(4, (1, 3, 3))(video)
    mean = keras.layers.GlobalAveragePooling3D()(hidden)
    keras.Model({"video": video}, mean).save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def encode(model, files, folder):
    write = FeatureWriter(model)
    return encode_files(write, files, SPEC, 0.5, 4, folder, num_workers=1)


def features(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_features_are_those_of_write_features(tmp_path, model, files):
    assert encode(model, files, tmp_path / "a") == [0, 1, 2, 3, 4]
    clips = long_clips(files, SPEC, 0.5, 4)
    network = keras.saving.load_model(model)
    write_features(network, clips, tmp_path / "b")
    assert len(features(tmp_path / "a")) == 5
    for name in features(tmp_path / "b"):
        one, two = (np.load(tmp_path / side / name) for side in "ab")
        np.testing.assert_array_equal(one["position"], two["position"])
        np.testing.assert_allclose(one["features"], two["features"], rtol=1e-5)


@pytest.mark.parametrize("lost", [[0], [1, 2], [3], [4], [0, 1, 2, 3]])
def test_lost_features_are_made_again_and_no_others(
    tmp_path, model, files, lost
):
    folder = tmp_path / "features"
    encode(model, files, folder)
    whole = features(folder)
    for row in lost:
        (folder / f"{row:06d}.npz").unlink()
    (folder / "000003.npz.1.aside").write_bytes(b"half of one")
    assert encode(model, files, folder) == lost
    assert features(folder) == whole
    assert encode(model, files, folder) == []


def test_files_that_cannot_be_read_have_no_features(tmp_path, model, files):
    # A whole job, and one of another.
    for row in (0, 1, 3):
        with open(files.full_path(row), "wb") as file:
            file.write(b"nothing")
    assert encode(model, files, tmp_path / "a") == [2, 4]
    for row in (2, 4):
        with open(files.full_path(row), "wb") as file:
            file.write(b"nothing")
    with pytest.raises(RuntimeError, match="None of 5 files under"):
        encode(model, files, tmp_path / "b")


def test_a_fault_of_the_model_is_raised(tmp_path, files):
    video = keras.Input((1, 8, 8, 3), name="video")
    keras.Model({"video": video}, video).save(tmp_path / "model.keras")
    with pytest.raises(Exception, match="shape"):
        encode(tmp_path / "model.keras", files, tmp_path)


def test_a_fault_of_tensorflow_is_raised(tmp_path, files):
    def broken(clips, folder, done):
        raise tf.errors.InternalError(None, None, "out of order")

    with pytest.raises(tf.errors.InternalError, match="out of order"):
        encode_files(broken, files, SPEC, 0.5, 4, tmp_path, num_workers=1)
