"""The printed line of an epoch."""

import keras
import numpy as np
import pytest

from tests.harness import ONE_STEP
from tests.training import toy


class Half(keras.callbacks.Callback):
    """Logs a value in every second epoch."""

    def on_epoch_end(self, epoch, logs=None):
        logs["probe"] = 0.5 if epoch % 2 else float("nan")


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("verbose", [1, 2])
@pytest.mark.slow_on_tensorflow
def test_what_was_not_measured_is_not_printed(tmp_path, capsys, verbose):
    model = toy.model()
    model.compile("adam")
    log = tmp_path / "log.csv"
    history = model.fit(
        toy.dataset(),
        epochs=2,
        verbose=verbose,
        callbacks=[Half(), keras.callbacks.CSVLogger(log)],
    ).history
    first, second = capsys.readouterr().out.split("Epoch 2/2")
    # A bar grows with each batch.
    assert ("1/4" in first) == (verbose == 1)
    assert "loss" in first and "probe" not in first and "nan" not in first
    assert "probe: 0.5" in second
    # What is kept has every name in every epoch.
    np.testing.assert_array_equal(history["probe"], [np.nan, 0.5])
    rows = np.genfromtxt(log, delimiter=",", names=True)
    np.testing.assert_array_equal(rows["probe"], [np.nan, 0.5])


@pytest.mark.slow_on_tensorflow
def test_a_loss_that_is_not_a_number_is_printed(capsys):
    model = toy.model()
    model.compile("adam", **ONE_STEP)
    model.set_weights([w * np.nan for w in model.get_weights()])
    model.fit(toy.dataset(), verbose=2)
    assert "loss: nan" in capsys.readouterr().out


@pytest.mark.slow_on_tensorflow
def test_nothing_is_printed_if_nothing_is_asked_for(capsys):
    model = toy.model()
    model.compile("adam", **ONE_STEP)
    model.fit(toy.dataset(), verbose=0)
    assert "loss" not in capsys.readouterr().out
