"""What both optimizers with coupled weight decay promise."""

import keras
import numpy as np
import pytest

from keras_av.training import CoupledAdam, CoupledSGD
from tests.training.optimizers.coupling import START, layer

pytestmark = pytest.mark.backend


@pytest.mark.parametrize("kind", [CoupledSGD, CoupledAdam])
def test_goes_through_a_file_and_refuses(kind):
    optimizer = kind(0.1, l2_weight=0.2, rate_factors={"a": 0.5}, clipnorm=1.0)
    config = keras.optimizers.serialize(optimizer)
    again = keras.optimizers.deserialize(config)
    assert type(again) is kind and again.get_config() == optimizer.get_config()
    with pytest.raises(ValueError, match="'a'.*kernel"):
        optimizer.build([layer("b").kernel])
    with pytest.raises(ValueError, match="l2_weight must not be negative"):
        kind(l2_weight=-1.0)
    with pytest.raises(ValueError, match="rate_factors must not be negative"):
        kind(rate_factors={"a": -1.0})


def test_a_part_has_its_factor_of_the_rate():
    weights = [layer(name).kernel for name in ("encoder", "classifier")]
    optimizer = CoupledSGD(0.1, rate_factors={"classifier": 0.5})
    optimizer.apply([keras.ops.ones((2, 3))] * 2, weights)
    for weight, step in zip(weights, (0.1, 0.05)):
        found = keras.ops.convert_to_numpy(weight)
        np.testing.assert_allclose(found, START - step, atol=1e-6)


@pytest.mark.slow_on_tensorflow
def test_trains_a_compiled_model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(CoupledSGD(0.01, 0.9, l2_weight=0.1), loss="mse")
    x = np.ones((8, 3), "float32")
    history = model.fit(x, 9 * x[:, :1], epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
