import keras
import numpy as np
import pytest
from keras import ops

from keras_av.evaluation import measure_separation
from keras_av.layers import ComplexSpectrogram
from keras_av.methods import Separation

pytest.importorskip("fast_bss_eval")

SAMPLES, FRAMES, SHAPE = 1600, 4, (101, 65, 2)


def make():
    """Lets low frequencies through for dark videos, high ones for light."""
    look = keras.Sequential(
        [keras.Input((FRAMES, 2, 2, 3)), keras.layers.Rescaling(1.0)]
    )
    mixture = keras.Input(SHAPE, name="mixture")
    video = keras.Input((FRAMES, 3), name="video")
    high = np.arange(65, dtype="float32")[:, None] >= 20
    light = ops.reshape(ops.mean(video, axis=(1, 2)), (-1, 1, 1, 1))
    share = ops.where(high, light, 1 - light)
    real = ops.arctanh(0.9 * share / 5) + 0 * mixture[..., :1]
    mask = ops.concatenate([real, 0 * real], axis=-1)
    network = keras.Model({"mixture": mixture, "video": video}, mask)
    layer = ComplexSpectrogram(64, 16, 128)
    return Separation(look, network, spectrogram=layer)


def data(pitches, gates):
    """Tones in noise, each of which is heard for some of the time."""
    rng = np.random.default_rng(0)
    times = np.arange(2 * SAMPLES)
    tones = np.sin(np.outer(pitches, times)) * np.stack(gates)
    tones = tones + 0.01 * rng.standard_normal(tones.shape)
    light = np.asarray(pitches) > 2 * np.pi * 20 / 128
    shape = (len(tones), 2 * FRAMES, 2, 2, 3)
    video = np.broadcast_to(light[:, None, None, None, None], shape)
    levels = 4.0 ** np.arange(len(tones))[:, None]
    return video.astype("float32"), levels * tones


def test_each_separates_by_what_it_knows():
    video, audio = data([0.5, 2.0, 2.0], 3 * [np.ones(2 * SAMPLES)])
    others = np.array([1, 0, 0])
    found = measure_separation(make(), video, audio, others, SAMPLES)
    assert all(set(one) == {"sdr", "si_sdr"} for one in found.values())
    scores = {name: one["si_sdr"] for name, one in found.items()}
    # Equally loud, whatever they were before.
    assert abs(scores["mixture"]) < 0.5
    assert scores["band_filter"] > 25 and scores["best_mask"] > 25
    assert scores["separated"] > 20 and scores["wrong_video"] < -20


def test_sounds_of_one_pitch():
    """No filter of frequencies tells apart who is heard by turns."""
    turns = (np.arange(2 * SAMPLES) // 400 % 2).astype("float64")
    video, audio = data([0.5, 0.5], [turns, 1 - turns])
    others = np.array([1, 0])
    found = measure_separation(make(), video, audio, others, SAMPLES)
    scores = {name: one["si_sdr"] for name, one in found.items()}
    assert abs(scores["mixture"]) < 1 and abs(scores["band_filter"]) < 3
    assert scores["best_mask"] > 15
    assert scores["separated"] == pytest.approx(scores["wrong_video"])
