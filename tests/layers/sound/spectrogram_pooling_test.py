import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import SpectrogramPooling
from tests import harness


@pytest.mark.backend
def test_golden(vectors):
    golden = {
        k.split("/")[1]: v
        for k, v in vectors("blocks").items()
        if k.startswith("l2l_audio_head/")
    }
    layer = SpectrogramPooling()
    x = np.moveaxis(golden["x"], 1, -1)
    layer.build(x.shape)
    layer.set_weights([golden["w"].reshape(-1), golden["b"].reshape(())])
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer(x)), golden["y"], rtol=1e-5, atol=1e-6
    )


@pytest.mark.backend
@pytest.mark.parametrize("freq_pool", ["conv", "mean", "max"])
@pytest.mark.parametrize("time_pool", ["max", "avg", "max_avg"])
def test_matches_the_definition(freq_pool, time_pool):
    x = np.random.default_rng(0).normal(size=(2, 5, 4, 3))
    layer = SpectrogramPooling(
        freq_pool, time_pool, keras.initializers.RandomNormal(seed=1)
    )
    got = ops.convert_to_numpy(layer(x))
    if freq_pool == "conv":
        kernel, bias = layer.get_weights()
        frequency = np.einsum("btfc,f->btc", x, kernel) + bias
    else:
        frequency = getattr(x, freq_pool)(axis=2)
    over_time = {"max": frequency.max(1), "avg": frequency.mean(1)}
    over_time["max_avg"] = over_time["max"] + over_time["avg"]
    expected = over_time[time_pool]
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)
    assert bool(layer.weights) == (freq_pool == "conv")


def test_half_precision_input_gives_float32():
    got = SpectrogramPooling()(ops.ones((2, 5, 3, 4), "float16") * 60000)
    assert keras.backend.standardize_dtype(got.dtype) == "float32"
    assert np.isfinite(ops.convert_to_numpy(got)).all()


@pytest.mark.parametrize(
    "options", [dict(freq_pool="sum"), dict(time_pool="last")]
)
def test_refuses_unknown_pooling(options):
    with pytest.raises(ValueError, match="Received"):
        SpectrogramPooling(**options)


def test_needs_to_know_the_frequencies():
    with pytest.raises(ValueError, match="frequency cell"):
        SpectrogramPooling().build((None, None, None, 8))
    SpectrogramPooling("max").build((None, None, None, 8))


@pytest.mark.backend
@pytest.mark.parametrize("pools", [("conv", "max"), ("mean", "avg")])
def test_stands(pools, tmp_path):
    x = np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype("float32")
    harness.check_layer(
        lambda **options: SpectrogramPooling(*pools, **options),
        x,
        folder=tmp_path,
    )
