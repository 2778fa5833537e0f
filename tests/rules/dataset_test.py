"""Files to learn from and to test on."""

import pytest

from keras_av.data import Manifest
from keras_av.rules import Dataset, generated_dataset

PATHS = [f"{c}/{n}.mp4" for c in "ab" for n in range(4)]
LABELS = [0] * 4 + [1] * 4


def manifest(**columns):
    return Manifest("videos", PATHS, LABELS, class_names=("a", "b"), **columns)


def test_by_splits():
    split = ["train", "train", "train", "test"] * 2
    dataset = Dataset(lambda: manifest(split=split))
    assert len(dataset.train) == 6 and len(dataset.test) == 2
    assert set(dataset.test.split) == {"test"}
    assert dataset.num_train == 6 and dataset.num_classes == 2


def test_by_another_split():
    split = ["train", "train", "val", "test"] * 2
    dataset = Dataset(lambda: manifest(split=split), test_split="val")
    assert set(dataset.test.split) == {"val"}
    assert len(dataset.train) == 4


def test_by_folds():
    fold = [1, 2] * 4
    dataset = Dataset(lambda: manifest(fold=fold), test_fold=2)
    assert set(dataset.train.fold) == {1} and set(dataset.test.fold) == {2}
    with pytest.raises(ValueError, match="test_fold must be one of"):
        _ = Dataset(lambda: manifest(fold=fold), test_fold=3).train


def test_by_a_share():
    dataset = Dataset(manifest, test_share=0.25, seed=1)
    assert len(dataset.train) == 6 and len(dataset.test) == 2
    again = Dataset(manifest, test_share=0.25, seed=1)
    assert again.test.path.tolist() == dataset.test.path.tolist()
    assert again.digest() == dataset.digest()
    assert Dataset(manifest, seed=2).digest() != dataset.digest()


def test_classes_are_left_out():
    dataset = Dataset(manifest, exclude_classes=["a"])
    assert {str(path)[0] for path in dataset.files.path} == {"b"}
    with pytest.raises(ValueError, match="exclude_classes must be among"):
        _ = Dataset(manifest, exclude_classes=["c"]).files


def test_what_is_missing(tmp_path):
    dataset = Dataset(manifest, tmp_path / "nowhere")
    assert "nowhere" in dataset.missing()
    assert dataset.num_train is None and dataset.num_classes is None
    assert dataset.digest() == "missing"
    assert Dataset(manifest, tmp_path).missing() is None


def test_the_digest_follows_the_files(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"1")
    (tmp_path / "b.mp4").write_bytes(b"1")

    def dataset():
        files = Manifest(tmp_path, ["a.mp4", "b.mp4"], fold=[1, 2])
        return Dataset(lambda: files, test_fold=2)

    before = dataset().digest()
    assert dataset().digest() == before
    (tmp_path / "b.mp4").write_bytes(b"22")
    assert dataset().digest() != before


@pytest.mark.slow_on_tensorflow
def test_clips(clips):
    dataset = generated_dataset(num_train=8, num_test=8)
    batch = next(iter(dataset.train_clips(clips, 4, seed=3)))
    assert tuple(batch["video"].shape) == (4, 4, 32, 32, 3)
    ordered = dataset.train_clips(clips, 8, training=False)
    assert next(iter(ordered))["index"].numpy().tolist() == list(range(8))
    tested = dataset.test_clips(clips, 8, repeats=2)
    assert sum(len(batch["index"]) for batch in tested) == 16
