import keras
import numpy as np
import pytest

from keras_av.ops import predict_batch as module
from keras_av.ops.predict_batch import predict_batch

pytestmark = pytest.mark.backend


def double():
    x = keras.Input((4,), name="x")
    return keras.Model({"x": x}, {"y": keras.layers.Rescaling(2.0)(x)})


def test_every_clip_has_an_output():
    x = np.arange(20, dtype="float32").reshape(5, 4)
    found = predict_batch(double(), {"x": x}, batch_size=2)
    np.testing.assert_array_equal(found["y"], 2 * x)


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="JAX")
def test_several_processes_of_jax_are_refused(monkeypatch):
    monkeypatch.setattr(module, "process_count", lambda: 2)
    with pytest.raises(ValueError, match="Received: 2 processes"):
        predict_batch(double(), {"x": np.ones((1, 4))}, 1)
