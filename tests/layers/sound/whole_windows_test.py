import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import WholeWindows
from tests import harness


@pytest.mark.backend
@pytest.mark.parametrize("count", [1, 10, 11, 14, 15, 40])
def test_adds_the_least_silence_for_whole_windows(count):
    waves = np.random.default_rng(0).standard_normal((2, count))
    layer = WholeWindows(10, 4)
    got = ops.convert_to_numpy(layer(waves))
    lengths = [10 + 4 * k for k in range(20)]
    expected = min(length for length in lengths if length >= count)
    assert got.shape == layer.compute_output_shape(waves.shape) == (2, expected)
    np.testing.assert_array_equal(got[:, :count], waves.astype("float32"))
    assert not got[:, count:].any()


def test_any_length_in_a_graph():
    model = keras.Sequential([keras.Input((None,)), WholeWindows(10, 4)])
    assert model.output_shape == (None, None)
    for count, expected in ((3, 10), (12, 14)):
        found = model.predict(np.ones((2, count)), verbose=0)
        assert found.shape == (2, expected)


def test_windows_may_begin_at_every_sample():
    layer = WholeWindows(3, 1)
    assert layer.compute_output_shape((2, 4)) == (2, 4)


def test_refuses_wrong_arguments():
    with pytest.raises(ValueError, match="window_length=0"):
        WholeWindows(0, 4)
    with pytest.raises(ValueError, match="samples"):
        WholeWindows(10, 4)(np.ones((2, 10, 1)))


def test_stands(tmp_path):
    harness.check_layer(
        lambda **options: WholeWindows(10, 4, **options),
        np.ones((2, 11), "float32"),
        folder=tmp_path,
        dtype="float32",
    )
