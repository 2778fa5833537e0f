import time

import keras
import numpy as np
import pytest

from keras_av.evaluation import measure_latency


class Counting:
    """Stands for a model whose passes take known times."""

    def __init__(self, seconds):
        self.seconds = list(seconds)

    def predict_on_batch(self, inputs):
        time.sleep(self.seconds.pop(0))


def test_median_and_quartiles_after_the_warm_up():
    model = Counting([0.2, 0.03, 0.03, 0.03, 0.06, 0.2])
    median, spread = measure_latency(model, None, repeats=5, warm_up=1)
    assert 0.03 <= median < 0.055
    assert 0.025 < spread < 0.06
    assert not model.seconds


def test_waits_for_what_takes_long():
    layers = [keras.layers.Dense(3000, use_bias=False) for _ in range(4)]
    large = keras.Sequential([keras.Input((3000,)), *layers])
    small = keras.Sequential([keras.Input((3000,)), keras.layers.Dense(1)])
    x = np.ones((64, 3000), "float32")
    slow, _ = measure_latency(large, x, repeats=3)
    fast, _ = measure_latency(small, x, repeats=3)
    # 36 million weights against 3 thousand.
    assert slow > 3 * fast


def test_structures_of_inputs():
    inputs = {name: keras.Input((2,), name=name) for name in "ab"}
    model = keras.Model(inputs, keras.layers.Add()(list(inputs.values())))
    batch = {name: np.ones((1, 2)) for name in "ab"}
    assert measure_latency(model, batch, repeats=2)[0] > 0


@pytest.mark.parametrize("kwargs", [{"repeats": 0}, {"warm_up": 0}])
def test_wrong_arguments(kwargs):
    with pytest.raises(ValueError, match="positive"):
        measure_latency(Counting([]), None, **kwargs)
