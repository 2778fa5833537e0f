import numpy as np
import pytest
import tensorflow as tf

from keras_av.data import ClipSpec, clips, generated_set
from keras_av.methods import TeacherTargets


def targets_of(index, descriptor, logits):
    columns = {"teacher_descriptor": descriptor, "teacher_logits": logits}
    return TeacherTargets(index, columns)


def test_every_clip_gets_its_own():
    index = np.array([30, 10, 20])
    targets = targets_of(index, np.diag([3.0, 1.0, 2.0]), np.eye(3))
    dataset = tf.data.Dataset.from_tensors({"index": np.array([10, 20, 30])})
    (batch,) = targets.attach(dataset)
    np.testing.assert_array_equal(
        batch["teacher_descriptor"].numpy().sum(1), [1, 2, 3]
    )
    np.testing.assert_array_equal(
        batch["teacher_logits"].numpy().argmax(1), [1, 2, 0]
    )


def test_a_clip_without_targets_is_an_error():
    targets = targets_of([1, 3], np.eye(2), np.eye(2))
    for missing in (0, 2, 4):
        dataset = tf.data.Dataset.from_tensors({"index": [1, missing]})
        with pytest.raises(tf.errors.InvalidArgumentError, match="no targets"):
            list(targets.attach(dataset))


def test_files(tmp_path):
    targets = targets_of([5, 2], np.eye(2), np.ones((2, 3)))
    for _ in range(2):
        targets.save(tmp_path / "deep" / "targets.npz")
    loaded = TeacherTargets.load(tmp_path / "deep" / "targets.npz")
    np.testing.assert_array_equal(loaded.index, [2, 5])
    np.testing.assert_array_equal(
        loaded.columns["teacher_descriptor"], np.eye(2)[::-1]
    )
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["targets.npz"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (([1, 1], np.eye(2), np.eye(2)), "more than once"),
        (([1, 2], np.eye(3), np.eye(2)), "one row per index"),
        (([], [], []), "at least one"),
    ],
)
def test_refuses_what_does_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        targets_of(*arguments)


@pytest.mark.slow_on_tensorflow
def test_random_clips_are_refused():
    manifest = generated_set(num_train=8, num_test=8)
    spec = ClipSpec(num_frames=2, size=16)
    targets = targets_of(np.arange(16), np.eye(16), np.eye(16))
    with pytest.raises(ValueError, match="differ from epoch to epoch"):
        targets.attach(clips(manifest, spec, 4, training=True))
    random = clips(manifest, spec, 4, training=True)
    assert "teacher_logits" in next(
        iter(targets.attach(random, whole_videos=True))
    )
    attached = targets.attach(clips(manifest, spec, 4))
    assert attached.cardinality() == 4
    assert "teacher_logits" in next(iter(attached))
    assert attached.report.as_dict()["read"]
