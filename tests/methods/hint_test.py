import keras
import pytest

from keras_av.methods import Hint


def test_defaults_follow_the_loss():
    found = {
        loss: (Hint("a", "b", loss).weight, Hint("a", "b", loss).match)
        for loss in ("hint", "attention", "relational")
    }
    assert found == {
        "hint": (100.0, "conv"),
        "attention": (1000.0, "none"),
        "relational": (1.0, "none"),
    }
    theirs = Hint("a", "b", keras.distillation.FeatureDistillation())
    assert (theirs.kind, theirs.weight) == ("FeatureDistillation", 1.0)


@pytest.mark.parametrize(
    "loss", ["similarity", keras.distillation.FeatureDistillation("mae")]
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
        (dict(weight=-1.0), "negative"),
    ],
)
def test_refuses_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        Hint("a", "b", **options)
