import numpy as np
import pytest
from keras import ops

from keras_av.layers import DecibelSpectrogram, log_mel_statistics
from tests import harness


def waves(num=2, samples=1500, seed=0):
    rng = np.random.default_rng(seed)
    t = np.arange(samples) / 24000
    tone = np.sin(2 * np.pi * 900 * t) * np.linspace(1, 0, samples) ** 8
    noise = rng.standard_normal((num, samples))
    return (0.3 * tone + 1e-4 * noise).astype("float32")


def oracle(wave, fft, stride, top_db):
    """From the formula, in float64."""
    padded = np.pad(wave.astype("float64"), fft // 2)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(fft) / fft)
    frames = [
        padded[t * stride :][:fft] * window for t in range(len(wave) // stride)
    ]
    power = np.abs(np.fft.rfft(frames)) ** 2
    pairs = power[:, 1:].reshape(len(frames), -1, 2).mean(axis=2)
    power = np.concatenate([power[:, :1], pairs], axis=1)
    decibels = 10 * np.log10(np.maximum(power, 1e-10))
    return np.maximum(decibels, decibels.max() - top_db)


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_golden(vectors):
    golden = vectors("spectrograms")
    found = DecibelSpectrogram()(golden["avid_wave24k"])
    found = ops.convert_to_numpy(found)[..., 0]
    np.testing.assert_allclose(found, golden["avid_logspec_db"], atol=2e-3)


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("fft, stride, top_db", [(256, 100, 30), (64, 64, 200)])
def test_matches_the_definition(fft, stride, top_db):
    layer = DecibelSpectrogram(fft, stride, top_db, mean=-20.0, std=7.0)
    found = ops.convert_to_numpy(layer(waves()))
    assert found.shape == layer.compute_output_shape(waves().shape)
    expected = np.stack([oracle(w, fft, stride, top_db) for w in waves()])
    expected = (expected[..., None] + 20.0) / 7.0
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_a_clip_is_cut_off_below_its_own_loudest_point():
    layer = DecibelSpectrogram(64, 64, top_db=20)
    loud = waves()
    both = ops.convert_to_numpy(layer(np.concatenate([loud, loud / 100])))
    np.testing.assert_allclose(both[2:], both[:2] - 40, atol=1e-3)


def test_statistics_standardize_each_bin():
    layer = DecibelSpectrogram(64, 64)
    mean, std = log_mel_statistics(layer, [waves()])
    assert mean.shape == std.shape == (17,)
    scaled = DecibelSpectrogram(64, 64, mean=mean, std=std)(waves())
    found = ops.convert_to_numpy(scaled)
    np.testing.assert_allclose(found.mean(axis=(0, 1, 3)), 0, atol=1e-4)
    np.testing.assert_allclose(found.std(axis=(0, 1, 3)), 1, atol=1e-4)


@pytest.mark.backend
def test_stands(tmp_path):
    def make(**kwargs):
        return DecibelSpectrogram(
            64, 64, mean=np.linspace(-30, 0, 17), std=15.0, **kwargs
        )

    harness.check_layer(make, waves(), folder=tmp_path)


@pytest.mark.parametrize(
    "kwargs",
    [{"fft_length": 1022}, {"sequence_stride": 0}, {"top_db": 0}, {"std": 0}],
)
def test_wrong_options(kwargs):
    name = next(iter(kwargs))
    with pytest.raises(ValueError, match=f"{name}={kwargs[name]}"):
        DecibelSpectrogram(**kwargs)


def test_stereo_is_refused():
    with pytest.raises(ValueError, match="average the channels"):
        DecibelSpectrogram()(np.zeros((2, 2, 3000), "float32"))
