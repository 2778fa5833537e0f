import keras
import numpy as np
import pytest
from keras import ops

from keras_av.evaluation import separate_sounds
from keras_av.layers import ComplexSpectrogram
from keras_av.methods import Separation

FRAMES, SAMPLES, SIDE = 4, 160, 2
SHAPE = (21, 17, 2)


def make(frames=FRAMES):
    """Lets through as much as the mean brightness of the clip."""
    scale = keras.layers.Rescaling(1.0)
    look = keras.Sequential([keras.Input((frames, SIDE, SIDE, 3)), scale])
    mixture = keras.Input(SHAPE, name="mixture")
    video = keras.Input((frames, 3), name="video")
    light = ops.mean(video, axis=(1, 2)) / 5
    # The inverse of what bounds the mask.
    real = ops.reshape(ops.arctanh(light), (-1, 1, 1, 1))
    mask = ops.concatenate(
        [real + 0 * mixture[..., :1], 0 * mixture[..., :1]], axis=-1
    )
    network = keras.Model({"mixture": mixture, "video": video}, mask)
    layer = ComplexSpectrogram(20, 8, 32)
    return Separation(look, network, spectrogram=layer)


def sound(samples, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(samples).astype("float32")


def frames(light):
    light = np.asarray(light, "float32")
    return np.broadcast_to(light[:, None, None, None], (len(light), 2, 2, 3))


@pytest.mark.parametrize(
    "samples",
    [
        *(1, 100, 160, 161, 240, 241),
        pytest.param(
            1000, marks=[pytest.mark.backend, pytest.mark.slow_on_jax]
        ),
    ],
)
def test_what_is_let_through_comes_out_as_it_was(samples):
    wave = sound(samples)
    video = frames(np.ones(-(-samples // 40)))
    found = separate_sounds(make(), video, wave, SAMPLES, batch_size=3)
    assert found.shape == (samples,) and found.dtype == np.float32
    np.testing.assert_allclose(found, wave, atol=1e-4)


def test_windows_are_those_of_their_frames():
    """The definition, one sample after the other."""
    wave, light = sound(600), np.linspace(0.1, 1.0, 15)
    found = separate_sounds(make(), frames(light), wave, SAMPLES)
    fade = np.sin(np.pi * (np.arange(SAMPLES) + 0.5) / SAMPLES) ** 2
    total, weights = np.zeros(720), np.zeros(720)
    for first in range(0, 13, 2):
        own = np.take(light, range(first, first + FRAMES), mode="clip").mean()
        at = slice(40 * first, 40 * first + SAMPLES)
        total[at] += own * fade
        weights[at] += fade
    expected = wave * total[:600] / weights[:600]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_size_of_batches_changes_nothing():
    wave, video = sound(1000), frames(np.linspace(0.1, 1.0, 25))
    model = make()
    found = [
        separate_sounds(model, video, wave, SAMPLES, size)
        for size in (1, 5, 100)
    ]
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)
    np.testing.assert_allclose(found[0], found[2], atol=1e-6)


@pytest.mark.parametrize("count", [1, 3])
def test_an_odd_number_of_frames(count):
    wave, video = sound(1000), frames(np.ones(-(-1000 * count // SAMPLES)))
    found = separate_sounds(make(count), video, wave, SAMPLES)
    np.testing.assert_allclose(found, wave, atol=1e-4)


def test_a_little_more_or_less_video():
    wave, light = sound(600), np.linspace(0.1, 1.0, 15)
    expected = separate_sounds(make(), frames(light), wave, SAMPLES)
    longer = frames([*light, 0.5, 0.7])
    # What is behind the end of the sound is in the last window, too.
    found = separate_sounds(make(), longer, wave, SAMPLES)
    np.testing.assert_allclose(found[:480], expected[:480], atol=1e-5)
    found = separate_sounds(make(), frames(light[:13]), wave, SAMPLES)
    np.testing.assert_allclose(found[:400], expected[:400], atol=1e-5)
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    "video, samples, message",
    [
        (frames(np.ones(12)), 600, "Received 12 frames and 600 samples"),
        (frames(np.ones(18)), 600, "about 15 frames"),
        (frames(np.ones(1)), 0, "some sound"),
        (frames(np.ones(15))[0], 600, r"\(frames, height, width, 3\)"),
    ],
)
def test_what_is_no_video_with_sound(video, samples, message):
    with pytest.raises(ValueError, match=message):
        separate_sounds(make(), video, sound(samples), SAMPLES)
