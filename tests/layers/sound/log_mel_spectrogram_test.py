import keras
import librosa
import numpy as np
import pytest
from keras import ops

from keras_av.layers import LogMelSpectrogram
from tests import harness


def chirps(num=3, rate=16000, seconds=1.0):
    rng = np.random.default_rng(0)
    t = np.arange(int(rate * seconds)) / rate
    tones = [
        0.3 * np.sin(2 * np.pi * f * t * (1 + 0.1 * t))
        for f in 220.0 * 2.0 ** np.arange(num)
    ]
    return (tones + 0.05 * rng.normal(size=(num, t.size))).astype("float32")


def librosa_log_mel(waves, floor, **arguments):
    mels = [
        librosa.feature.melspectrogram(
            y=wave.astype("float64"),
            power=2.0,
            pad_mode="constant",
            **arguments,
        )
        for wave in waves
    ]
    return np.log(np.maximum(np.stack(mels), floor)).transpose(0, 2, 1)


@pytest.mark.xdist_group("librosa")
@pytest.mark.slow
@pytest.mark.backend
@pytest.mark.parametrize(
    "rate, bins, window, stride, fft, low, high",
    [
        (16000, 64, 400, 160, 512, 0.0, None),
        (16000, 40, 400, 200, 400, 20.0, 7600.0),
        (24000, 80, 601, 240, 1024, 0.0, 12000.0),
    ],
)
def test_matches_librosa(rate, bins, window, stride, fft, low, high):
    waves = chirps(rate=rate)
    layer = LogMelSpectrogram(rate, bins, window, stride, fft, low, high)
    expected = librosa_log_mel(
        waves,
        1e-6,
        sr=rate,
        n_mels=bins,
        win_length=window,
        hop_length=stride,
        n_fft=fft,
        fmin=low,
        fmax=high,
    )
    got = ops.convert_to_numpy(layer(waves))
    assert got.shape == layer.compute_output_shape(waves.shape)
    np.testing.assert_allclose(got[..., 0], expected, rtol=0, atol=1e-4)


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_matches_panns_away_from_the_edges(vectors):
    golden = vectors("spectrograms")
    layer = LogMelSpectrogram(32000, 64, 1024, 320, 1024, 50, 14000, 1e-10)
    got = ops.convert_to_numpy(layer(golden["panns_wave32k"]))[..., 0]
    decibels = 10 / np.log(10) * got
    # PANNs mirrors the sound at its edges, which reaches two frames far.
    np.testing.assert_allclose(
        decibels[0, 2:-2], golden["panns_logmel"][0, 0, 2:-2], atol=2e-3
    )


def test_silence_is_the_logarithm_of_the_floor():
    layer = LogMelSpectrogram(floor=1e-5)
    got = ops.convert_to_numpy(layer(np.zeros((1, 800), "float32")))
    np.testing.assert_allclose(got, np.log(1e-5), rtol=1e-6)


def test_doubling_the_amplitude_adds_log_4():
    waves = chirps()
    layer = LogMelSpectrogram()
    difference = layer(2 * waves) - layer(waves)
    np.testing.assert_allclose(
        ops.convert_to_numpy(difference), np.log(4), atol=1e-4
    )


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_is_the_rounded_float32(policy):
    waves = 1e-3 * chirps()
    full = ops.convert_to_numpy(LogMelSpectrogram()(waves))
    half = LogMelSpectrogram(dtype=policy)(ops.convert_to_tensor(waves))
    dtype = keras.DTypePolicy(policy).compute_dtype
    assert keras.backend.standardize_dtype(half.dtype) == dtype
    expected = ops.cast(ops.cast(full, dtype), "float32")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(ops.cast(half, "float32")),
        ops.convert_to_numpy(expected),
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"window_length": 600},
        {"floor": 0.0},
        {"std": [1.0] * 63 + [0.0]},
        {"power": 3},
        {"padding": "same"},
        {"transform": "dct"},
        {"preemphasis": 0.97},
        {"window": "hamming"},
        {"mel_scale": "bark"},
        {"norm": "l2"},
    ],
)
def test_refuses_wrong_arguments(arguments):
    with pytest.raises(ValueError, match="Expected"):
        LogMelSpectrogram(**arguments)


def test_refuses_stereo():
    with pytest.raises(ValueError, match="average the channels"):
        LogMelSpectrogram()(np.zeros((2, 800, 2), "float32"))


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_stands(tmp_path):
    mean = np.linspace(-3, 0, 64)
    harness.check_layer(
        lambda **options: LogMelSpectrogram(mean=mean, std=2.0, **options),
        chirps(),
        folder=tmp_path,
    )
    model = keras.Sequential([keras.Input((None,)), LogMelSpectrogram()])
    assert model.output_shape == (None, None, 64, 1)


def test_a_window_of_one_sample():
    layer = LogMelSpectrogram(window_length=1)
    assert np.isfinite(ops.convert_to_numpy(layer(np.ones((1, 2000))))).all()


@pytest.mark.parametrize("padding, least", [("reflect", 257), ("valid", 400)])
@pytest.mark.parametrize("transform", ["fft", "conv"])
def test_refuses_waveforms_that_are_too_short(padding, least, transform):
    layer = LogMelSpectrogram(padding=padding, transform=transform)
    with pytest.raises(ValueError, match=f"at least {least}"):
        layer(np.ones((2, least - 1), "float32"))
    found = ops.convert_to_numpy(layer(np.ones((2, least), "float32")))
    assert found.shape == layer.compute_output_shape((2, least))
    assert np.isfinite(found).all()


@pytest.mark.backend
@pytest.mark.parametrize("padding", ["zeros", "reflect", "valid"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"power": 1, "mel_scale": "htk", "norm": None, "offset": 0.01},
        {"window_length": 301, "sequence_stride": 130, "fft_length": 513},
    ],
)
@pytest.mark.slow_on_jax
def test_a_convolution_gives_the_same(options, padding):
    waves = chirps(2, seconds=0.2)
    layers = [
        LogMelSpectrogram(
            num_mel_bins=20, padding=padding, transform=transform, **options
        )
        for transform in ("fft", "conv")
    ]
    fft, conv = (ops.convert_to_numpy(layer(waves)) for layer in layers)
    assert fft.shape == layers[0].compute_output_shape(waves.shape)
    np.testing.assert_allclose(conv, fft, atol=1e-4)


@pytest.mark.xdist_group("librosa")
@pytest.mark.slow_on_tensorflow
def test_other_filters_and_edges_are_those_of_librosa():
    waves = chirps()
    layer = LogMelSpectrogram(
        power=1, mel_scale="htk", norm=None, padding="reflect", offset=0.01
    )
    mels = [
        librosa.feature.melspectrogram(
            y=wave.astype("float64"),
            sr=16000,
            n_fft=512,
            win_length=400,
            hop_length=160,
            n_mels=64,
            power=1.0,
            htk=True,
            norm=None,
            pad_mode="reflect",
        )
        for wave in waves
    ]
    expected = np.log(np.stack(mels) + 0.01).transpose(0, 2, 1)
    got = ops.convert_to_numpy(layer(waves))[..., 0]
    np.testing.assert_allclose(got, expected, atol=1e-4)
