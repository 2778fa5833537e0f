import keras
import numpy as np
import pytest
from keras import ops

from keras_av.methods import CompositionalContrastive
from keras_av.methods.distillation.teacher_embeddings import (
    teacher_embeddings,
)
from keras_av.methods.distillation.unlabelled import (
    confident_labels,
    instance_labels,
    name_by_probes,
)

CLASSES, DIM, FEATURES, BATCH = 3, 6, 10, 12
SILENT = 5


def model(unlabelled, teachers=("image", "audio"), **options):
    keras.utils.set_random_seed(0)
    student = keras.Sequential(
        [keras.Input((FEATURES,)), keras.layers.Dense(DIM)]
    )
    return CompositionalContrastive(
        student,
        CLASSES,
        dict.fromkeys(teachers),
        unlabelled=unlabelled,
        **options,
    )


def clips(labels, seed=0):
    random = np.random.default_rng(seed)
    num = len(labels)
    return {
        "video": random.normal(size=(num, FEATURES)).astype("float32"),
        "teacher_image": random.normal(size=(num, DIM)).astype("float32"),
        "teacher_audio": random.normal(size=(num, DIM)).astype("float32"),
        "has_audio": np.arange(num) != SILENT,
        "label": np.array(labels),
    }


HALF = [0, 1, 2, 0, 1, 2] + [-1] * 6


def losses(built, batch):
    found = built.compute_losses(batch, training=True)[0]
    return {k: float(ops.convert_to_numpy(v)) for k, v in found.items()}


@pytest.mark.backend
def test_instance_labels():
    found = ops.convert_to_numpy(
        instance_labels(ops.convert_to_tensor([2, -1, 0, -1], "int32"))
    )
    assert found.tolist() == [2, -2, 0, -4]


@pytest.mark.backend
def test_the_most_confident_teacher_names_a_clip():
    one = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.0, 0.0]])
    other = np.array([[0.1, 0.9], [0.5, 0.5], [0.05, 0.95], [0.2, 0.8]])
    labels = ops.convert_to_tensor([1, -1, -1, -1], "int32")
    found = confident_labels(labels, [one, other], 0.8)
    assert ops.convert_to_numpy(found).tolist() == [1, -1, 1, 1]
    assert confident_labels(labels, [], 0.8) is labels


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.slow_on_tensorflow
def test_an_instance_is_a_class_of_its_own():
    """As with as many classes, but for what needs a label."""
    found = losses(model("instance"), clips(HALF))
    # Classes of the contrast alone: more than the classifier's.
    named = model("instance")
    whole = clips([*HALF[:6], *range(100, 106)])
    gathered = named._contrast(
        "image",
        *map(
            ops.convert_to_tensor,
            (whole["label"].astype("int32"), np.ones(BATCH, "float32")),
        ),
    )
    video = named.describe(whole)
    teacher = whole["teacher_image"]
    expected = gathered("video_teacher", video, ops.convert_to_tensor(teacher))
    only = model("instance", pairs=["video_teacher"], teachers=["image"])
    alone = losses(only, clips(HALF))
    np.testing.assert_allclose(
        alone["image_contrast"], float(expected), rtol=1e-5
    )
    assert found["cross_entropy"] == pytest.approx(
        losses(model("skip"), clips(HALF))["cross_entropy"], rel=1e-5
    )


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("unlabelled", ["skip", "instance", "teacher"])
def test_with_all_labels_nothing_changes(unlabelled):
    batch = clips([0, 1, 2] * 4)
    found, expected = (
        losses(model(unlabelled), batch),
        losses(model("skip"), batch),
    )
    for name in expected:
        if unlabelled == "teacher" and name.endswith("composition"):
            # The teacher's classifier learns there, too.
            assert found[name] > expected[name]
        else:
            assert found[name] == pytest.approx(expected[name], rel=1e-5)


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_a_confident_teacher_stands_for_the_label():
    """A probe that is sure of the true class, against the labels."""
    labels = np.array([0, 1, 2] * 4)
    batch = clips(np.where(np.arange(BATCH) < 6, labels, -1))
    onehot = 60 * np.eye(CLASSES, DIM)[labels]
    batch["teacher_image"] = onehot.astype("float32")
    built = model("teacher", teachers=["image"], confidence=0.9)
    built.image_probe.set_weights([np.eye(DIM, CLASSES), np.zeros(CLASSES)])
    found = losses(built, batch)
    expected = losses(
        model("skip", teachers=["image"]), {**batch, "label": labels}
    )
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-4)
    # Not sure: nobody names them.
    batch["teacher_image"] = (0.01 * onehot).astype("float32")
    found = losses(built, batch)
    other = losses(model("instance", teachers=["image"]), batch)
    assert found["cross_entropy"] == pytest.approx(
        other["cross_entropy"], rel=1e-4
    )


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_silent_clips_are_named_by_sight_alone():
    built = model("teacher", confidence=0.9)
    # Sure of any sound, if it listened: also of a silent clip.
    sure = [np.eye(DIM, CLASSES), np.array([0.0, 60.0, 0.0])]
    built.audio_probe.set_weights(sure)
    batch = clips([-1] * BATCH)
    batch["teacher_audio"] = np.eye(DIM, dtype="float32")[[1] * BATCH]
    batch["teacher_image"] = np.zeros((BATCH, DIM), "float32")
    batch = {k: ops.convert_to_tensor(v) for k, v in batch.items()}
    teachers = teacher_embeddings(
        built.teachers,
        batch,
        labelled=False,
        dim=DIM,
        training=True,
        generator=None,
    )
    labels = ops.cast(batch["label"], "int32")
    _, named = name_by_probes(built.probes, teachers, labels, 0.9)
    expected = [1] * BATCH
    expected[SILENT] = -1
    assert ops.convert_to_numpy(named).tolist() == expected


@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
@pytest.mark.backend
@pytest.mark.parametrize("unlabelled", ["instance", "teacher"])
def test_trains_and_is_restored(unlabelled, tmp_path):
    built = model(unlabelled)
    built.compile("adam")
    history = built.fit(clips(HALF), batch_size=6, epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    # Accuracy is that of true labels alone: six clips.
    assert (np.array(history["accuracy"]) * 6) % 1 == pytest.approx(0, abs=1e-5)
    built.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.unlabelled == unlabelled
    for one, other in zip(built.get_weights(), again.get_weights()):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "options",
    [{"unlabelled": "guess"}, {"confidence": -0.1}, {"confidence": 2}],
)
def test_refuses(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        model(**{"unlabelled": "teacher", **options})
