import keras
import numpy as np
import pytest
from keras import ops

from keras_av.models.per_patch import PerPatch


def network():
    return keras.Sequential(
        [
            keras.Input((4, 3, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )


@pytest.mark.backend
@pytest.mark.parametrize("time", [4, 6, 9])
def test_each_patch_goes_through_the_network(time):
    x = np.random.default_rng(0).normal(size=(2, time, 3, 1)).astype("float32")
    layer = PerPatch(network(), 2)
    got = ops.convert_to_numpy(layer(x))
    assert got.shape == layer.compute_output_shape(x.shape)
    for number, start in enumerate(range(0, time - 3, 2)):
        expected = layer.network(x[:, start : start + 4])
        np.testing.assert_allclose(
            got[:, number], ops.convert_to_numpy(expected), atol=1e-6
        )
    assert got.shape[1] == number + 1


@pytest.mark.backend
def test_learns_and_returns_from_a_file(tmp_path):
    model = keras.Sequential(
        [
            keras.Input((9, 3, 1)),
            PerPatch(network(), 2),
            keras.layers.GlobalAveragePooling1D(),
        ]
    )
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(4, 9, 3, 1)).astype("float32")
    before = model.get_weights()
    model.fit(x, np.ones((4, 2)), epochs=1, verbose=0)
    assert all((a != b).any() for a, b in zip(model.get_weights(), before))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        loaded.predict(x, verbose=0), model.predict(x, verbose=0)
    )
