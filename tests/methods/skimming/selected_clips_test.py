import keras
import numpy as np
import pytest
from keras import ops

from keras_av.methods import SelectedClips
from tests.methods.skimming.skimming_test import batches


def numpy(x):
    return ops.convert_to_numpy(x)


@pytest.mark.parametrize("num_steps", [1, 2, 5, 12])
def test_uniform(num_steps):
    batch = batches(3)
    model = SelectedClips(5, 8, selection="uniform", num_steps=num_steps)
    found = model(batch)
    lengths = np.array([7, 9, 3])
    middles = (np.arange(num_steps) + 0.5) / num_steps
    index = np.floor(middles * lengths[:, None]).astype(int)
    np.testing.assert_array_equal(numpy(found["image_index"]), index)
    rows = np.arange(3)[:, None]
    fused = numpy(
        model.fusion(
            [batch[f"{n}_features"][rows, index] for n in ("image", "audio")]
        )
    )
    np.testing.assert_allclose(
        numpy(found["logits"]),
        numpy(model.classifier(fused.mean(1))),
        atol=1e-5,
    )
    assert (numpy(found["num_steps"]) == num_steps).all()


@pytest.mark.parametrize(
    "options, counts",
    [
        ({"selection": "all"}, [7, 9, 3]),
        ({"selection": "uniform", "num_steps": 5}, [5, 5, 3]),
        ({"selection": "random", "num_steps": 4}, [4, 4, 3]),
    ],
)
def test_clips_are_encoded_once(options, counts):
    batch = batches(3)
    model = SelectedClips(5, 8, **options)
    images, sounds = model.encoded(model(batch), batch["mask"])
    assert images.tolist() == sounds.tolist() == counts


@pytest.mark.backend
@pytest.mark.parametrize("pooling", ["mean", "max", "attention"])
@pytest.mark.slow_on_jax
def test_pooling(pooling):
    batch = batches(3)
    model = SelectedClips(5, 8, pooling=pooling, seed=0)
    found = numpy(model(batch)["logits"])
    banks = [batch[f"{name}_features"] for name in ("image", "audio")]
    fused = numpy(model.fusion(banks))
    for row, length in enumerate((7, 9, 3)):
        valid = fused[row, :length]
        weights = np.full(length, 1 / length)
        if pooling == "attention":
            hidden, bias, score = map(numpy, model.attention.weights)
            weights = np.exp(np.tanh(valid @ hidden + bias) @ score)[:, 0]
            weights /= weights.sum()
        pooled = valid.max(0) if pooling == "max" else weights @ valid
        expected = numpy(model.classifier(pooled[None]))
        np.testing.assert_allclose(found[row], expected[0], atol=1e-5)


@pytest.mark.slow_on_tensorflow
def test_random_is_without_repetition_and_covers_everything():
    batch = batches(3)
    model = SelectedClips(5, 8, selection="random", num_steps=3, seed=0)
    drawn = np.stack([numpy(model(batch)["image_index"]) for _ in range(60)])
    for row, length in enumerate((7, 9, 3)):
        assert set(drawn[:, row].ravel()) == set(range(length))
        assert all(len(set(d)) == 3 for d in drawn[:, row])
    # More than there are: all of them, and some again.
    model = SelectedClips(5, 8, selection="random", num_steps=5, seed=0)
    assert set(numpy(model(batch)["image_index"])[2]) == {0, 1, 2}


@pytest.mark.slow_on_tensorflow
def test_learns_and_is_saved(tmp_path):
    data = batches(64, lengths=(9,))
    data["image_features"][..., :5] += np.eye(5)[data["label"]][:, None]
    model = SelectedClips(5, 8, selection="uniform", num_steps=3)
    model.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    model.fit(data, epochs=12, batch_size=16, verbose=0)
    found = model.evaluate(data, verbose=0, return_dict=True)
    assert found["accuracy"] > 0.7
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        loaded.predict(data, verbose=0)["logits"],
        model.predict(data, verbose=0)["logits"],
        atol=1e-5,
    )


def test_unlabelled_videos_count_for_nothing():
    data = batches(6)
    model = SelectedClips(5, 8)
    expected = model.compute_losses({k: v[:4] for k, v in data.items()}, False)
    data["label"][4:] = -1
    found = model.compute_losses(data, False)
    np.testing.assert_allclose(
        float(found[0]["average"]), float(expected[0]["average"]), rtol=1e-5
    )


@pytest.mark.parametrize(
    "options",
    [dict(selection="first"), dict(num_steps=0), dict(pooling="sum")],
)
def test_refuses_bad_options(options):
    with pytest.raises(ValueError, match="Received"):
        SelectedClips(5, 8, **options)


def test_a_classifier_of_other_classes_is_refused():
    with pytest.raises(ValueError, match="3 classes"):
        SelectedClips(5, 8, classifier=keras.layers.Dense(3))
