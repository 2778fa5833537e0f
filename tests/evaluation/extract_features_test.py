import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_av.evaluation import extract_features


def pooling(rank):
    shape = (2, 2, 2, 3) if rank == 5 else (6,)
    inputs = keras.Input(shape)
    x = inputs
    if rank == 5:
        x = keras.layers.GlobalAveragePooling3D()(x)
    return keras.Model(inputs, keras.layers.Rescaling(2.0)(x))


def batches(num=10, size=4):
    rng = np.random.default_rng(0)
    index = rng.integers(0, 4, num) * 3
    data = {
        "video": rng.standard_normal((num, 2, 2, 2, 3)).astype("float32"),
        "audio": rng.standard_normal((num, 6)).astype("float32"),
        "has_audio": np.arange(num) % 3 != 0,
        "index": index,
        "label": index // 3 + 5,
    }
    parts = [slice(i, i + size) for i in range(0, num, size)]
    return data, [{k: v[p] for k, v in data.items()} for p in parts]


def oracle(vectors, index):
    names = np.unique(index)
    return names, [vectors[index == name].mean(axis=0) for name in names]


@pytest.mark.parametrize("as_tf_data", [True, False])
def test_averages_the_clips_of_a_video(as_tf_data):
    data, parts = batches()
    if as_tf_data:
        parts = tf.data.Dataset.from_tensor_slices(data).batch(4)
    got = extract_features(pooling(5), parts)
    vectors = 2 * data["video"].mean(axis=(1, 2, 3))
    names, expected = oracle(vectors, data["index"])
    np.testing.assert_array_equal(got["index"], names)
    np.testing.assert_array_equal(got["label"], names // 3 + 5)
    np.testing.assert_allclose(got["features"], expected, rtol=1e-5, atol=1e-6)
    assert got["features"].dtype == np.float32


def test_leaves_out_clips_without_sound():
    data, parts = batches()
    got = extract_features(pooling(2), parts, key="audio")
    kept = data["has_audio"]
    names, expected = oracle(2 * data["audio"][kept], data["index"][kept])
    np.testing.assert_array_equal(got["index"], names)
    np.testing.assert_allclose(got["features"], expected, rtol=1e-5)


def test_labels_are_optional():
    _, parts = batches()
    for part in parts:
        del part["label"]
    assert set(extract_features(pooling(5), parts)) == {"features", "index"}


def test_says_what_is_wrong():
    data, parts = batches()
    with pytest.raises(ValueError, match=r"\['image'\] among them"):
        extract_features(pooling(5), parts, key="image")
    silent = [{**part, "has_audio": 0 * part["index"]} for part in parts]
    with pytest.raises(ValueError, match="has_audio"):
        extract_features(pooling(2), silent, key="audio")
    identity = keras.Sequential(
        [keras.Input((2, 2, 2, 3)), keras.layers.Rescaling(1.0)]
    )
    with pytest.raises(ValueError, match="global pooling"):
        extract_features(identity, parts)
