import keras
import numpy as np
import pytest
from keras import ops

from keras_av import losses
from keras_av.methods import Hint

BY_NAME = {
    "hint": losses.hint_loss,
    "attention_transfer": losses.attention_transfer,
    "similarity_preserving": losses.similarity_preserving,
    "probabilistic_transfer": losses.probabilistic_transfer,
    "relational": losses.relational,
}


def maps(*shape):
    random = np.random.default_rng(0)
    return random.normal(size=(2, *shape)).astype("float32")


def numpy(x):
    return ops.convert_to_numpy(x)


@pytest.mark.parametrize("name", BY_NAME)
def test_losses_by_name(name):
    student, teacher = maps(4, 3, 2, 5)
    found = Hint("a", "b", name).compare(student, teacher)
    expected = BY_NAME[name](student, teacher)
    np.testing.assert_allclose(numpy(found), numpy(expected), rtol=1e-6)


def test_a_mask_reaches_the_losses_of_batches():
    student, teacher = maps(4, 5)
    student[3] = np.nan
    mask = np.array([True, True, True, False])
    for name in ("similarity_preserving", "relational"):
        hint = Hint("a", "b", name)
        assert hint.of_batch
        assert np.isfinite(numpy(hint.compare(student, teacher, mask))).all()


def absolute(student, teacher):
    return ops.abs(student - teacher)


@pytest.mark.parametrize(
    "loss, expected",
    [
        (absolute, lambda s, t: abs(s - t).mean((1, 2))),
        (lambda s, t: ops.sum(t) - ops.sum(s), lambda s, t: (t - s).sum()),
        (
            keras.losses.MeanSquaredError(),
            lambda s, t: ((s - t) ** 2).mean((1, 2)),
        ),
        # Not symmetric: the teacher's is the true one.
        (
            keras.losses.MeanAbsolutePercentageError(),
            lambda s, t: 100 * abs((t - s) / t).mean((1, 2)),
        ),
        (
            keras.distillation.FeatureDistillation("mae"),
            lambda s, t: abs(s - t).mean(),
        ),
    ],
)
def test_other_losses(loss, expected):
    student, teacher = maps(4, 3, 5)
    found = numpy(Hint("a", "b", loss).compare(student, teacher))
    np.testing.assert_allclose(found, expected(student, teacher), rtol=1e-4)


def test_the_logits_distillation_of_keras():
    student, teacher = maps(4, 5)
    # Under the loss's name Keras would compare the logits themselves.
    loss = keras.distillation.LogitsDistillation(
        4.0, keras.losses.KLDivergence(reduction="none")
    )
    hint = Hint(None, None, loss)
    own = losses.soft_targets(student, teacher, 4.0, "kl")
    np.testing.assert_allclose(
        numpy(hint.compare(student, teacher)),
        16 * numpy(own).mean(),
        rtol=1e-4,
    )


def test_defaults():
    assert Hint("a", "b").weight == 100
    assert Hint("a", "b", "attention_transfer").weight == 1000
    assert Hint("a", "b", absolute).weight == 1
    assert Hint("a", "b", weight=0.5).weight == 0.5
    assert Hint("a", "b").matching((4, 4, 3)) == "conv"
    assert Hint("a", "b").matching((3,)) == "linear"
    assert Hint("a", "b", match="pool").matching((4, 4, 3)) == "pool"
    assert Hint("a", "b", "relational").matching((4, 4, 3)) is None


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(loss="mse"), "'mse'"),
        (dict(match="crop"), "'crop'"),
        (dict(weight=-1.0), "not be negative"),
    ],
)
def test_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        Hint("a", "b", **options)


@pytest.mark.parametrize(
    "loss",
    [
        "relational",
        keras.losses.CosineSimilarity(),
        keras.distillation.FeatureDistillation("mse"),
    ],
)
def test_save_and_load(loss):
    hint = Hint(None, "b/c", loss, 3.0, "pool")
    saved = keras.saving.serialize_keras_object(hint)
    loaded = keras.saving.deserialize_keras_object(saved)
    assert (loaded.teacher_tap, loaded.student_tap) == (None, "b/c")
    assert (loaded.weight, loaded.match) == (3.0, "pool")
    student, teacher = maps(4, 5)
    np.testing.assert_allclose(
        numpy(loaded.compare(student, teacher)),
        numpy(hint.compare(student, teacher)),
        rtol=1e-6,
    )
