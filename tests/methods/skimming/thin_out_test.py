import numpy as np
import pytest
from keras import ops

from keras_av.methods.skimming.thin_out import thin_out


@pytest.mark.parametrize("length", [1, 2, 3, 7, 12])
@pytest.mark.parametrize("stride", [1, 2, 3, 5])
def test_is_a_linear_resize_with_half_pixel_centres(length, stride):
    bank = np.random.default_rng(0).normal(size=(2, length, 3))
    kept = bank[:, ::stride]
    count = kept.shape[1]
    places = (np.arange(length) + 0.5) * count / length - 0.5
    expected = np.stack(
        [
            [np.interp(places, np.arange(count), row[:, d]) for d in range(3)]
            for row in kept
        ]
    ).transpose(0, 2, 1)
    np.testing.assert_allclose(
        ops.convert_to_numpy(thin_out(bank.astype("float32"), stride)),
        expected,
        atol=1e-5,
    )
