"""Variables without a gradient are passed over."""

import warnings

import keras
import pytest

from keras_av.training import Phase
from keras_av.training.known_gradients import known_gradients
from tests.training import toy


def test_pairs():
    assert known_gradients([1, None, 2], ["a", "b", "c"]) == (
        [1, 2],
        ["a", "c"],
    )
    # The optimizer refuses it, and says why.
    assert known_gradients([None], ["a"]) == ([None], ["a"])


@pytest.mark.slow_on_tensorflow
def test_a_phase_without_a_loss_of_some_part_does_not_warn():
    model = toy.model(dropout=0.0)
    model.compile(keras.optimizers.Adam())
    model.begin_phase(Phase("video", 1, model.parts, ["video_uni"]))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(toy.dataset(), epochs=1, verbose=0)
    assert not [w for w in caught if "Gradients" in str(w.message)]


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="PyTorch itself refuses it; JAX has gradients of 0",
)
def test_no_gradient_at_all_is_refused():
    model = toy.model(bank=False)
    model.compile(keras.optimizers.SGD(), run_eagerly=True)
    zero = keras.ops.zeros(())
    model.compute_losses = lambda batch, training: ({"in_batch": zero}, {})
    model.commit = lambda batch, outputs: None
    with pytest.raises(ValueError, match="No gradients"):
        model.fit(toy.dataset(), epochs=1, verbose=0)
