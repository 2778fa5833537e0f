import keras
import numpy as np
import pytest

from keras_av.methods import CrossModalContrastive
from keras_av.models import Preset, frames_encoder, listen_to_look_audio
from tests import harness

RANDOM = np.random.default_rng(0)
CLIPS = RANDOM.integers(0, 256, (4, 3, 32, 32, 3), "uint8")
SCALE = {"scale": 1 / 127.5, "offset": -1.0}


def maps():
    inputs = keras.Input((32, 32, 3))
    return keras.Model(inputs, keras.layers.Conv2D(5, 3)(inputs))


def tokens():
    """Tokens of a dict with one entry, as networks of keras_hub give them."""
    inputs = keras.Input((32, 32, 3), name="images")
    x = keras.layers.Conv2D(5, 8, 8)(inputs)
    x = keras.layers.Reshape((16, 5))(x)
    return keras.Model({"images": inputs}, x)


@pytest.mark.backend
@pytest.mark.parametrize("token", ["mean", "class"])
@pytest.mark.parametrize("pooling", ["mean", "max", "attention"])
def test_each_frame_alone_then_the_pooling(token, pooling):
    network = tokens()
    scale = keras.layers.Rescaling(**SCALE)
    encoder = frames_encoder(network, 3, None, pooling, token, scale)
    found = harness.numpy(encoder(CLIPS))
    frames = [
        harness.numpy(network({"images": CLIPS[:, t] / 127.5 - 1}))
        for t in range(3)
    ]
    frames = np.stack(frames, 1)
    vectors = frames.mean(2) if token == "mean" else frames[:, :, 0]
    tap = keras.Model(encoder.input, encoder.taps)(CLIPS)["frames"]
    np.testing.assert_allclose(harness.numpy(tap), vectors, atol=1e-5)
    if pooling == "attention":
        pool = encoder.layers[-1]
        hidden = vectors @ harness.numpy(pool.hidden_dense.kernel)
        scores = np.tanh(hidden) @ harness.numpy(pool.score_dense.kernel)
        weights = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        expected = (weights * vectors).sum(1)
    else:
        expected = getattr(np, pooling)(vectors, 1)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.backend
@pytest.mark.parametrize("make", [maps, tokens])
def test_is_a_preset(make, tmp_path):
    scale = keras.layers.Rescaling(**SCALE)
    encoder = frames_encoder(make(), 3, pooling="attention", preprocessor=scale)
    encoder.save_to_preset(tmp_path / "preset")
    again = Preset.from_preset(tmp_path / "preset")
    found, expected = harness.numpy([again(CLIPS), encoder(CLIPS)])
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    harness.check_config(encoder)


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_a_method_trains_it():
    encoder = frames_encoder(maps(), 3)
    sound = listen_to_look_audio(1600, depth=10, width=2)
    model = CrossModalContrastive(encoder, sound, seed=0)
    model.compile("sgd", **harness.ONE_STEP)
    batch = {
        "video": CLIPS,
        "audio": RANDOM.normal(0, 0.1, (4, 1600)).astype("float32"),
        "index": np.arange(4),
    }
    before = encoder.get_weights()
    model.train_on_batch(batch)
    assert not np.array_equal(before[0], encoder.get_weights()[0])


def test_networks_of_any_size_need_one():
    network = keras.applications.MobileNetV2(
        (None, None, 3), alpha=0.35, include_top=False, weights=None
    )
    with pytest.raises(ValueError, match=r"size=\(height, width\)"):
        frames_encoder(network, 3)
    assert frames_encoder(network, 3, (32, 32)).output_shape == (None, 1280)


def test_what_cannot_be_lifted_is_refused():
    inputs = {name: keras.Input((4, 4, 3), name=name) for name in ("a", "b")}
    added = keras.layers.Add()(list(inputs.values()))
    with pytest.raises(ValueError, match=r"inputs \['a', 'b'\]"):
        frames_encoder(keras.Model(inputs, added), 3)
    vector = keras.Input((4,))
    with pytest.raises(ValueError, match="network of images"):
        frames_encoder(keras.Model(vector, vector * 2), 3)
    for wrong in ({"pooling": "sum"}, {"token": "last"}):
        with pytest.raises(ValueError, match="Expected"):
            frames_encoder(maps(), 3, **wrong)
