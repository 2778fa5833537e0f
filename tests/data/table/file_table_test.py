import numpy as np
import pytest

from keras_av.data import Manifest

ROWS = dict(
    path=["b/2.mp4", "a/1.mp4", "a/3.mp4", "c/4.mp4"],
    label=[1, 0, 0, -1],
    split=["train", "test", "train", ""],
    group=["g1", "g1", "g2", ""],
    fold=[1, 2, 1, 0],
    class_names=("a", "b", "empty"),
)


@pytest.fixture
def manifest():
    return Manifest("root", **ROWS)


def test_rows_are_sorted_by_path(manifest):
    assert manifest.path.tolist() == sorted(ROWS["path"])
    assert manifest.label.tolist() == [0, 0, 1, -1]
    assert manifest.label.dtype == manifest.fold.dtype == np.int32
    assert manifest.split.tolist() == ["test", "train", "train", ""]
    assert len(manifest) == 4 and manifest.num_classes == 3
    assert manifest.full_path(0).replace("\\", "/") == "root/a/1.mp4"
    assert "4 files in 3 classes" in repr(manifest)


def test_cannot_be_changed(manifest):
    with pytest.raises(ValueError):
        manifest.label[0] = 5
    with pytest.raises(AttributeError):
        manifest.root = "elsewhere"


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(path=[]), "at least one file"),
        (dict(path=["a", "a", "b", "c"]), "must come once"),
        (dict(label=[0, 1]), "one entry for each"),
        (dict(label=[0, 1, 2, 3]), "class_names"),
        (dict(label=[0, 1, 2, -2]), "class_names"),
    ],
)
def test_refuses_bad_columns(changes, message):
    with pytest.raises(ValueError, match=message):
        Manifest("root", **{**ROWS, **changes})


def test_subset_by_mask_and_by_numbers(manifest):
    by_mask = manifest.subset(manifest.split == "train")
    by_numbers = manifest.subset([2, 1])
    assert by_mask.path.tolist() == by_numbers.path.tolist()
    assert by_mask.path.tolist() == ["a/3.mp4", "b/2.mp4"]
    assert by_mask.class_names == manifest.class_names
    with pytest.raises(ValueError, match="one boolean"):
        manifest.subset([True])
    with pytest.raises(ValueError, match="at least one"):
        manifest.subset(np.zeros(4, bool))


def test_where(manifest):
    assert len(manifest.where(split="train")) == 2
    assert len(manifest.where(split=["train", "test"])) == 3
    assert len(manifest.where(fold=(1, 2), group="g1")) == 2
    assert len(manifest.where(fold=np.int32(1))) == 2
    assert len(manifest.where(fold=np.array([1, 2]))) == 3
    with pytest.raises(ValueError, match="No file has .*'val'"):
        manifest.where(split="val")


def test_split_by_group_keeps_groups_whole():
    numbers = np.arange(100)
    manifest = Manifest(
        "root",
        path=[f"{n:03d}.mp4" for n in numbers],
        group=[f"g{n % 17}" if n < 90 else "" for n in numbers],
    )
    for seed in range(5):
        larger, smaller = manifest.split_by_group(0.2, seed)
        assert len(larger) + len(smaller) == 100
        assert abs(len(smaller) - 20) <= 4
        shared = set(larger.group) & set(smaller.group)
        assert shared <= {""}
    again = manifest.split_by_group(0.2, 4)[1]
    assert again.digest() == smaller.digest()
    assert manifest.split_by_group(0.2, 5)[1].digest() != smaller.digest()


@pytest.mark.parametrize("fraction", [0.05, 0.25, 0.5])
def test_split_by_group_takes_its_share_of_each_class(fraction):
    labels = np.repeat([0, 1, 2, -1], [200, 80, 40, 60])
    manifest = Manifest(
        "root",
        path=[f"{n:03d}.mp4" for n in range(len(labels))],
        label=labels,
        group=[f"g{n // 2}" for n in range(len(labels))],
        class_names="abc",
    )
    for seed in range(5):
        _, smaller = manifest.split_by_group(fraction, seed)
        for label in (0, 1, 2, -1):
            found = (smaller.label == label).sum()
            wanted = fraction * (labels == label).sum()
            assert abs(found - wanted) <= 1


def test_split_by_group_refuses_a_class_of_none(manifest):
    few = Manifest(
        "root",
        path=["1.mp4", "2.mp4", "3.mp4", "4.mp4"],
        label=[0, 0, 1, 1],
        group=["", "", "g", "g"],
        class_names=("cat", "dog"),
    )
    for fraction in (0.2, 0.8):
        with pytest.raises(ValueError, match="dog.* too few groups"):
            few.split_by_group(fraction, seed=0)
    # Nobody asks where files without a label lie.
    labels = few.label.tolist()
    half = few.with_labels([labels[0], labels[1], -1, -1])
    assert len(half.split_by_group(0.2, seed=0)[1]) == 1


def test_other_labels(manifest):
    other = manifest.with_labels([0, 0, -1, 0], ["all"])
    assert other.label.tolist() == [0, 0, -1, 0]
    assert other.class_names == ("all",)
    assert other.path.tolist() == manifest.path.tolist()
    assert other.with_labels(manifest.label * 0).class_names == ("all",)
    with pytest.raises(ValueError, match="label"):
        other.with_labels([0, 1, 0, 0])


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.5, 1.5])
def test_split_by_group_needs_two_sides(manifest, fraction):
    with pytest.raises(ValueError, match="fraction"):
        manifest.split_by_group(fraction, seed=0)


def test_digest_tells_what_matters(manifest):
    digests = {manifest.digest()}
    for changes in (
        dict(path=["b/2.mp4", "a/1.mp4", "a/3.mp4", "c/5.mp4"]),
        dict(label=[1, 0, 1, -1]),
        dict(split=["train", "test", "train", "test"]),
        dict(fold=[1, 2, 1, 1]),
    ):
        digests.add(Manifest("root", **{**ROWS, **changes}).digest())
    assert len(digests) == 5
    assert Manifest("elsewhere", **ROWS).digest() == manifest.digest()
    assert len(manifest.digest()) == 64
