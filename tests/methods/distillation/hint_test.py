import keras
import numpy as np
import pytest
from keras import ops

from keras_av.methods import Hint


def test_defaults_follow_the_loss():
    found = {
        loss: (Hint("a", "b", loss).loss_weight, Hint("a", "b", loss).match)
        for loss in ("hint", "attention", "relational")
    }
    assert found == {
        "hint": (100.0, "conv"),
        "attention": (1000.0, "none"),
        "relational": (1.0, "none"),
    }
    theirs = Hint("a", "b", keras.distillation.FeatureDistillation())
    assert (theirs.kind, theirs.loss_weight) == ("FeatureDistillation", 1.0)


@keras.saving.register_keras_serializable(package="hint_test")
def difference(student, teacher):
    return teacher - student


@pytest.mark.parametrize(
    "loss, of_batch, expected",
    [
        (difference, True, lambda s, t: (t - s).mean((1, 2))),
        (lambda s, t: ops.sum(s), True, lambda s, t: s.sum()),
        (
            keras.losses.MeanSquaredError(),
            False,
            lambda s, t: ((s - t) ** 2).mean((1, 2)),
        ),
        # Of what is true: student and teacher are told apart.
        (
            keras.losses.MeanAbsolutePercentageError(),
            False,
            lambda s, t: 100 * abs((t - s) / t).mean((1, 2)),
        ),
        (
            keras.distillation.FeatureDistillation("mae"),
            True,
            lambda s, t: abs(s - t).mean(),
        ),
    ],
)
def test_losses_of_ones_own_and_of_keras(loss, of_batch, expected):
    random = np.random.default_rng(0)
    student, teacher = random.normal(size=(2, 4, 3, 5)).astype("float32")
    hint = Hint("a", "b", loss)
    assert (hint.by_batch, hint.loss_weight, hint.match) == (
        of_batch,
        1,
        "none",
    )
    found = hint.compare(student, teacher, np.ones(4, bool))
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), expected(student, teacher), rtol=1e-4
    )


@pytest.mark.parametrize(
    "loss",
    [
        "similarity",
        keras.distillation.FeatureDistillation("mae"),
        keras.losses.CosineSimilarity(),
        difference,
    ],
)
def test_config(loss):
    hint = Hint("a", "b", loss, 2.0, "pool")
    copy = Hint.from_config(hint.get_config())
    assert copy.get_config() == hint.get_config()
    assert type(copy.loss) is type(loss)


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(loss="mse"), "'mse'"),
        (dict(match="crop"), "'crop'"),
        (dict(loss_weight=-1.0), "negative"),
    ],
)
def test_refuses_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        Hint("a", "b", **options)
