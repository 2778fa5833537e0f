import os
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from keras_av.data import Manifest, feature_sequences
from keras_av.data.features.feature_file import feature_path

LENGTHS = [3, 14, 11, 40, 25, 8, 33]


@pytest.fixture
def folder(tmp_path):
    for row, length in enumerate(LENGTHS):
        write(tmp_path, row, length)
    return tmp_path


def write(folder, row, length, dim=4):
    clip = 1000 * (row + 1) + np.arange(length, dtype="float32")
    image = np.repeat(clip[:, None], dim, axis=1)
    np.savez(
        feature_path(str(folder), row),
        image=image,
        audio=-image[:, :2],
        fused=2 * image,
        has_audio=clip % 3 == 0,
        position=np.arange(length),
    )


def manifest(count=7):
    names = ("cat", "dog")
    paths = [f"{row}.mp4" for row in range(count)]
    return Manifest("videos", paths, np.arange(count) % 2, class_names=names)


def batches(dataset):
    return list(dataset.as_numpy_iterator())


def test_batches(folder):
    batch = next(iter(feature_sequences(folder, manifest(), 3)))
    shapes = {name: (tuple(x.shape), x.dtype.name) for name, x in batch.items()}
    assert shapes == {
        "image_features": ((3, 14, 4), "float32"),
        "audio_features": ((3, 14, 2), "float32"),
        "mask": ((3, 14), "bool"),
        "has_audio": ((3, 14), "bool"),
        "label": ((3,), "int32"),
        "index": ((3,), "int32"),
    }


def test_evaluation_is_whole_and_in_order(folder):
    dataset = feature_sequences(folder, manifest(), 3, names=("fused",))
    found = batches(dataset)
    assert [b["index"].tolist() for b in found] == [[0, 1, 2], [3, 4, 5], [6]]
    assert int(dataset.cardinality()) == 3
    for batch in found:
        assert sorted(batch) == [
            "fused_features", "has_audio", "index", "label", "mask"
        ]  # fmt: skip
        np.testing.assert_array_equal(batch["label"], batch["index"] % 2)
        longest = max(LENGTHS[row] for row in batch["index"])
        assert batch["mask"].shape[1] == longest
        for row, index in enumerate(batch["index"]):
            length = LENGTHS[index]
            assert batch["mask"][row].sum() == max(length, 10)
            assert not batch["mask"][row, max(length, 10) :].any()
            expected = 2 * (1000 * (index + 1) + np.arange(length))
            values = batch["fused_features"][row, :, 0]
            np.testing.assert_array_equal(values[:length], expected)
            assert not values[max(length, 10) :].any()
            heard = batch["has_audio"][row, :length]
            np.testing.assert_array_equal(heard, expected / 2 % 3 == 0)


def test_videos_that_are_all_short(folder):
    found = batches(feature_sequences(folder, manifest(1), 4, min_length=12))
    assert found[0]["mask"].shape == (1, 12) and found[0]["mask"].all()
    assert (found[0]["image_features"][0, 2:] == 1002).all()


def test_training_takes_windows_the_same_of_all_arrays(folder):
    dataset = feature_sequences(
        folder, manifest(), 2, training=True, length_range=(12, 20)
    )
    lengths, starts = set(), set()
    for _ in range(6):
        found = batches(dataset)
        assert len(found) == 3
        seen = np.concatenate([batch["index"] for batch in found])
        assert len(set(seen.tolist())) == 6
        for batch in found:
            image, audio = batch["image_features"], batch["audio_features"]
            np.testing.assert_array_equal(image[..., 0], -audio[..., 0])
            assert batch["mask"].shape[1] <= 20
            for row, index in enumerate(batch["index"]):
                count = batch["mask"][row].sum()
                assert min(max(LENGTHS[index], 10), 12) <= count <= 20
                if LENGTHS[index] > 20:
                    lengths.add(int(count))
                    starts.add(image[row, 0, 0] % 1000)
                    steps = np.diff(image[row, :count, 0])
                    assert (steps == 1).all()
    assert len(lengths) > 3 and len(starts) > 5
    assert min(lengths) >= 12


def test_whole_videos_without_a_range(folder):
    dataset = feature_sequences(
        folder, manifest(), 7, training=True, length_range=None
    )
    (batch,) = batches(dataset)
    assert batch["mask"].sum(axis=1).tolist() == [
        max(LENGTHS[row], 10) for row in batch["index"]
    ]


def test_epochs_differ_and_can_be_restarted(folder):
    def make(seed=0):
        return feature_sequences(
            folder,
            manifest(),
            3,
            training=True,
            seed=seed,
            length_range=(11, 30),
        )

    dataset = make()
    epochs = [batches(dataset) for _ in range(3)]
    again = make()
    again.set_epoch(1)
    for expected in epochs[1:]:
        for got, wanted in zip(batches(again), expected, strict=True):
            for name in wanted:
                np.testing.assert_array_equal(got[name], wanted[name], name)
    orders = [
        np.concatenate([b["index"] for b in found]).tolist()
        for found in (*epochs, batches(make(seed=1)))
    ]
    assert len({tuple(order) for order in orders}) == 4


def test_missing_and_bad_files(folder):
    os.remove(feature_path(str(folder), 1))
    pathlib.Path(feature_path(str(folder), 4)).write_bytes(b"text")
    write(folder, 5, 20, dim=3)
    dataset = feature_sequences(folder, manifest(), 3)
    seen = np.concatenate([b["index"] for b in batches(dataset)])
    assert seen.tolist() == [0, 2, 3, 6]
    counts = dataset.report.as_dict()
    assert counts["reasons"] == {"corrupt": 1, "missing": 1, "unreadable": 1}
    assert (counts["delivered"], counts["skipped"]) == (4, 3)
    assert "000001.npz" in counts["files"]
    dataset = feature_sequences(folder, manifest(), 3, on_error="raise")
    with pytest.raises(tf.errors.OpError, match="000001.npz: missing"):
        batches(dataset)


def test_too_few_for_a_training_batch(folder):
    os.remove(feature_path(str(folder), 1))
    dataset = feature_sequences(folder, manifest(), 7, training=True)
    with pytest.raises(tf.errors.OpError, match="Fewer than 7 videos"):
        batches(dataset)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(batch_size=0), "batch_size"),
        (dict(batch_size=8, training=True), "fewer videos than one batch"),
        (dict(seed=-1), "seed"),
        (dict(min_length=0), "min_length"),
        (dict(length_range=(5, 2)), "length_range"),
        (dict(length_range=(0, 2)), "length_range"),
        (dict(names="image"), "names"),
        (dict(names=()), "names"),
        (dict(names=("video",)), "no 'video' among"),
        (dict(on_error="mask"), "on_error"),
    ],
)
def test_refuses_bad_arguments(folder, arguments, message):
    with pytest.raises(ValueError, match=message):
        feature_sequences(folder, manifest(), **{"batch_size": 2, **arguments})


def test_refuses_an_empty_folder(tmp_path):
    with pytest.raises(ValueError, match="No file of 7.*write_features"):
        feature_sequences(tmp_path, manifest(), 2)
