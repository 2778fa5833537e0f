import keras
import numpy as np
import pytest
from keras import ops

from keras_av.methods.distillation.frozen_teacher import FrozenTeacher
from keras_av.methods.distillation.teacher_embeddings import (
    teacher_embedding,
    teacher_embeddings,
)

DIM, BATCH = 3, 4
OPTIONS = dict(dim=DIM, training=True, generator=None)


def kept(name, value=1.0, dim=DIM):
    return {f"teacher_{name}": np.full((BATCH, dim), value, "float32")}


@pytest.mark.backend
def test_silent_and_unlabelled_clips_have_none():
    batch = {
        **kept("image", np.nan),
        **kept("audio", 2.0),
        "has_audio": np.array([True, False, True, True]),
        "label": np.array([0, 0, -1, 1]),
    }
    batch["teacher_image"][[0, 1, 3]] = 1.0
    batch = {k: ops.convert_to_tensor(v) for k, v in batch.items()}
    teachers = {"image": None, "audio": None}
    found = teacher_embeddings(teachers, batch, labelled=True, **OPTIONS)
    for name, weights, value in (
        ("image", [1, 1, 0, 1], 1.0),
        ("audio", [1, 0, 0, 1], 2.0),
    ):
        embedding, counted = map(ops.convert_to_numpy, found[name])
        assert counted.tolist() == weights
        expected = np.array(weights)[:, None] * np.full((1, DIM), value)
        np.testing.assert_array_equal(embedding, expected)
    # Without labels, sound alone counts.
    found = teacher_embeddings(teachers, batch, labelled=False, **OPTIONS)
    counted = ops.convert_to_numpy(found["audio"][1])
    assert counted.tolist() == [1, 0, 1, 1]


def test_a_network_is_asked_where_nothing_is_kept():
    network = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(DIM, name="d")]
    )
    teacher = FrozenTeacher(network, "audio", outputs=("descriptor",))
    batch = {"audio": np.ones((BATCH, 5), "float32")}
    found = teacher_embedding("audio", batch, teacher, **OPTIONS)
    np.testing.assert_allclose(
        ops.convert_to_numpy(found),
        ops.convert_to_numpy(network(batch["audio"])),
        rtol=1e-6,
    )
    # What is kept comes first.
    found = teacher_embedding(
        "audio", {**batch, **kept("audio", 7.0)}, teacher, **OPTIONS
    )
    assert float(ops.max(found)) == 7.0


def test_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="size of the student"):
        teacher_embedding("image", kept("image", dim=2), None, **OPTIONS)
    with pytest.raises(ValueError, match="There is no image teacher"):
        teacher_embedding("image", {}, None, **OPTIONS)
    options = {**OPTIONS, "training": False}
    assert teacher_embedding("image", {}, None, **options) is None
