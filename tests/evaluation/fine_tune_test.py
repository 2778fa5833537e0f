import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_av.evaluation import fine_tune


def encoder():
    inputs = keras.Input((None,))
    x = keras.layers.Reshape((-1, 4))(inputs)
    x = keras.layers.Conv1D(8, 1, activation="relu", name="conv")(x)
    return keras.Model(inputs, keras.layers.GlobalAveragePooling1D()(x))


def sounds(seed, num=48, size=16):
    """Class 1 has a pattern of period 4; every third clip lies if heard."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, num)
    has_audio = np.arange(num) % 3 != 0
    pattern = np.tile([1.0, -1.0, 0.5, 0.0], 8)
    audio = np.where(label == has_audio, 1.0, 0.0)[:, None] * pattern
    audio = audio + 0.1 * rng.standard_normal(audio.shape)
    data = {
        "audio": audio.astype("float32"),
        "has_audio": has_audio,
        "label": label,
        "index": np.arange(num),
    }
    parts = [slice(i, i + size) for i in range(0, num, size)]
    return [{k: v[p] for k, v in data.items()} for p in parts]


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("as_tf_data", [True, False])
def test_learns_from_clips_with_sound(as_tf_data):
    train = sounds(0)
    if as_tf_data:
        whole = {k: np.concatenate([b[k] for b in train]) for k in train[0]}
        train = tf.data.Dataset.from_tensor_slices(whole).batch(16)
    accuracy, model = fine_tune(
        encoder(), train, sounds(1), 2, 25, 0.05, key="audio"
    )
    assert accuracy > 0.95
    losses = model.history.history["loss"]
    assert len(losses) == 25 and losses[-1] < 0.3 * losses[0]


def test_a_frozen_backbone_stays_as_it_is():
    backbone = encoder()
    backbone.trainable = False
    before = backbone.get_weights()
    _, model = fine_tune(
        backbone, sounds(0), sounds(1), 2, 2, 0.05, key="audio"
    )
    for a, b in zip(backbone.get_weights(), before):
        np.testing.assert_array_equal(a, b)
    assert len(model.trainable_weights) == 2


def test_names_the_key_that_is_missing():
    data = [{"audio": np.zeros((2, 8), "float32")}]
    with pytest.raises(ValueError, match="'label' among them"):
        fine_tune(encoder(), data, data, 2, key="audio")
