import os

import keras
import numpy as np
import pytest

from keras_av.data import (
    ClipSpec,
    Manifest,
    feature_sequences,
    long_clips,
    prepare,
    write_video,
)
from keras_av.evaluation import write_features

SPEC = ClipSpec(num_frames=1, size=28, audio_alignment="start")


class Means(keras.Model):
    """Takes the dictionary of a batch, as a classifier of clips does."""

    def call(self, batch):
        video = keras.ops.cast(batch["video"], "float32")
        audio = keras.ops.cast(batch["audio"], "float32")
        image = keras.ops.mean(video, axis=(1, 2, 3))
        power = keras.ops.mean(audio**2, axis=1, keepdims=True)
        fused = keras.ops.concatenate([image, power], axis=1)
        return {"image": image, "audio": power, "fused": fused}


class Doubled(keras.Model):
    def call(self, batch):
        return 2 * batch["x"]


LENGTHS = (5, 1, 7, 3)


def batches(size, rows=LENGTHS):
    index = np.repeat(np.arange(len(rows)), rows)
    data = {
        "x": np.arange(2 * len(index), dtype="float32").reshape(-1, 2),
        "index": index,
        "position": np.concatenate([np.arange(n) for n in rows]),
        "has_audio": np.arange(len(index)) % 3 == 0,
    }
    parts = [slice(i, i + size) for i in range(0, len(index), size)]
    return data, [{k: v[p] for k, v in data.items()} for p in parts]


def load(folder, row):
    with np.load(folder / f"{row:06d}.npz", allow_pickle=False) as file:
        return dict(file)


@pytest.mark.parametrize("size", [1, 4, 16])
@pytest.mark.slow_on_tensorflow
def test_one_file_for_each_video(tmp_path, size):
    data, parts = batches(size)
    assert write_features(Doubled(), parts, tmp_path) == [0, 1, 2, 3]
    for row in range(4):
        mine = data["index"] == row
        found = load(tmp_path, row)
        assert sorted(found) == ["features", "has_audio", "position"]
        np.testing.assert_array_equal(found["features"], 2 * data["x"][mine])
        for name in ("has_audio", "position"):
            np.testing.assert_array_equal(found[name], data[name][mine])
    assert len(os.listdir(tmp_path)) == 4


def test_the_name_of_one_array(tmp_path):
    parts = batches(4)[1]
    write_features(Doubled(), parts, tmp_path / "a" / "b", name="image")
    assert "image" in load(tmp_path / "a" / "b", 0)


def test_clips_without_has_audio_have_none(tmp_path):
    parts = batches(4)[1]
    for part in parts:
        del part["has_audio"]
    write_features(Doubled(), parts, tmp_path)
    assert not load(tmp_path, 2)["has_audio"].any()


@pytest.mark.slow
@pytest.mark.parametrize("killed_after", range(5))
def test_a_killed_run_goes_on(tmp_path, killed_after):
    _, parts = batches(4)

    def killed():
        yield from parts[:killed_after]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_features(Doubled(), killed(), tmp_path)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    # The last video that was begun may go on in the next batch.
    complete = [0, 0, 2, 2, 3][killed_after]
    assert len(before) == complete
    (tmp_path / "000003.npz.1.aside").write_bytes(b"half of one")
    written = write_features(Doubled(), parts, tmp_path)
    assert written == list(range(complete, 4))
    for path, time in before.items():
        assert path.stat().st_mtime_ns == time
    write_features(Doubled(), parts, tmp_path / "whole")
    for row in range(4):
        found, whole = load(tmp_path, row), load(tmp_path / "whole", row)
        for name in whole:
            np.testing.assert_array_equal(found[name], whole[name])
    assert not list(tmp_path.glob("*.aside"))


class Places(keras.Model):
    """Tells where in its batch a clip is, as rounding may."""

    def call(self, batch):
        rows = keras.ops.arange(keras.ops.shape(batch["video"])[0])
        return keras.ops.cast(rows, "float32")[:, None]


@pytest.mark.backend
@pytest.mark.parametrize("lost", [[0], [1, 2], [2]])
def test_features_that_are_made_again_are_the_same(tmp_path, lost):
    for name, count in zip("abcd", (48, 20, 33, 40)):
        frames = np.zeros((count, 32, 32, 3), "uint8")
        sound = 0.3 * np.sin(np.arange(count * 500) / 9)
        write_video(tmp_path / f"{name}.mp4", frames, 16, sound)
    clips = long_clips(Manifest.from_folder(tmp_path), SPEC, 0.5, 4)
    write_features(Places(), clips, tmp_path / "features")
    whole = [load(tmp_path / "features", row) for row in range(4)]
    for row in lost:
        (tmp_path / "features" / f"{row:06d}.npz").unlink()
    assert write_features(Places(), clips, tmp_path / "features") == lost
    for row in lost:
        for name, found in load(tmp_path / "features", row).items():
            np.testing.assert_array_equal(found, whole[row][name])


@pytest.mark.parametrize("key", ["index", "position"])
def test_refuses_batches_without_a_key(tmp_path, key):
    parts = batches(4)[1]
    del parts[0][key]
    with pytest.raises(ValueError, match=f"Expected '{key}'.*long_clips"):
        write_features(Doubled(), parts, tmp_path)


def test_refuses_batches_without_an_input_of_the_model(tmp_path):
    inputs = {name: keras.Input((2,), name=name) for name in ("x", "z")}
    model = keras.Model(inputs, keras.layers.Add()(list(inputs.values())))
    with pytest.raises(ValueError, match="without .'z'."):
        write_features(model, batches(4)[1], tmp_path)
    assert not os.listdir(tmp_path)


@pytest.mark.slow_on_tensorflow
def test_refuses_mixed_videos(tmp_path):
    parts = batches(1)[1]
    with pytest.raises(ValueError, match="video 0 after those of another"):
        write_features(Doubled(), [*parts, parts[0]], tmp_path)


def test_refuses_outputs_of_another_rank(tmp_path):
    parts = batches(4)[1]
    for part in parts:
        part["x"] = part["x"][:, None]
    with pytest.raises(ValueError, match="Expected .batch, dim."):
        write_features(Doubled(), parts, tmp_path)
    with pytest.raises(ValueError, match="a name other than"):
        write_features(
            Doubled(), batches(4)[1], tmp_path / "b", name="position"
        )


@pytest.mark.slow_on_tensorflow
def test_real_videos_to_features_and_back(shared, tmp_path):
    manifest = Manifest.from_folder(shared("data/ucf6/clips"))
    manifest = manifest.subset(np.arange(0, len(manifest), 80))
    dataset = long_clips(manifest, SPEC, 0.5, 8)
    clips = [
        {name: np.asarray(value) for name, value in batch.items()}
        for batch in dataset
    ]
    count = len(manifest)
    # The first run ends in the middle; the second does not decode again.
    assert write_features(Means(), clips[:2], tmp_path)
    os.remove(max(tmp_path.iterdir()))
    done = len(os.listdir(tmp_path))
    read = dataset.report.as_dict()["delivered"]
    written = write_features(Means(), dataset, tmp_path)
    assert written == list(range(done, count))
    assert dataset.report.as_dict()["delivered"] < 2 * read or not done
    index = np.concatenate([batch["index"] for batch in clips])
    video = np.concatenate([batch["video"] for batch in clips])
    sequences = feature_sequences(
        tmp_path, manifest, count, names=("image", "audio", "fused")
    )
    (batch,) = sequences.as_numpy_iterator()
    np.testing.assert_array_equal(batch["label"], manifest.label)
    for row in range(count):
        expected = video[index == row].mean(axis=(1, 2, 3))
        found = batch["image_features"][row, : len(expected)]
        np.testing.assert_allclose(found, expected, rtol=1e-4)
        assert batch["mask"][row].sum() == max(len(expected), 10)
        silent = ~batch["has_audio"][row]
        assert not batch["audio_features"][row][silent].any()


@pytest.mark.slow
def test_features_of_a_prepared_set_are_those_of_its_files(shared, tmp_path):
    manifest = Manifest.from_folder(shared("data/ucf6/clips"))
    manifest = manifest.subset(np.arange(0, len(manifest), 120))
    made = prepare(
        manifest, tmp_path / "made", SPEC, num_workers=1, verbose=False
    )
    rows = list(range(len(manifest)))
    for name, files in (("files", manifest), ("prepared", made)):
        dataset = long_clips(files, SPEC, 0.5, 8)
        folder = tmp_path / name
        assert write_features(Means(), dataset, folder) == rows
        # All of it is there: another run reads nothing.
        assert write_features(Means(), dataset, folder) == []
    for row in rows:
        expected, found = (
            load(tmp_path / name, row) for name in ("files", "prepared")
        )
        assert found.keys() == expected.keys()
        for name in ("position", "has_audio"):
            np.testing.assert_array_equal(found[name], expected[name])
        # In levels of brightness, of 255; another frame is further off.
        np.testing.assert_allclose(found["image"], expected["image"], atol=2)
        np.testing.assert_allclose(found["audio"], expected["audio"], atol=1e-4)
