import keras
import numpy as np
import pytest

from keras_av.training.with_callbacks import with_callbacks
from tests.training import uneven


def test_a_list_of_keras_is_kept_and_stands_behind_what_is_first():
    given = keras.callbacks.CallbackList(
        [keras.callbacks.TerminateOnNaN()], add_history=True, epochs=2
    )
    kept = list(given.callbacks)
    model, first = keras.Sequential(), keras.callbacks.Callback()
    found = with_callbacks(model, given, [first], [keras.callbacks.Callback()])
    assert found.callbacks == [first, *kept] and given.callbacks == kept
    assert all(one.model is model for one in found.callbacks)
    assert all(one.params == {"epochs": 2} for one in found.callbacks)
    # Keras takes the history of a fit from its list.
    assert model.history in kept


@pytest.mark.parametrize("given", [None, [], keras.callbacks.History()])
def test_callbacks_as_fit_takes_them(given):
    first, last = keras.callbacks.Callback(), keras.callbacks.Callback()
    found = with_callbacks(keras.Sequential(), given, [first], [last])
    assert found == [first, *([given] if given else []), last]


@pytest.mark.backend
def test_fit_takes_a_list_of_keras():
    model = uneven.Fitting()
    model.compile("sgd", jit_compile=False)
    given = keras.callbacks.CallbackList(add_history=True, model=model)
    x = {"x": np.arange(8, dtype="float32")}
    history = model.fit(x, callbacks=given, verbose=0)
    assert history.history["loss"]
