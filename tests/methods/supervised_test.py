import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import expit, log_softmax
from sklearn.metrics import average_precision_score

from keras_av.methods import Supervised
from tests import harness


def mlp(key, num_classes=3):
    shape = {"video": (2, 4, 4, 3), "image": (4, 4, 3), "audio": (20,)}[key]
    kernel = keras.initializers.RandomNormal(stddev=0.1, seed=1)
    return keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Rescaling(1 / 255.0 if key != "audio" else 1.0),
            keras.layers.Flatten(),
            keras.layers.Dense(num_classes, kernel_initializer=kernel),
        ]
    )


def late_fusion():
    inputs = {
        "image": keras.Input((4, 4, 3), name="image"),
        "audio": keras.Input((20,), name="audio"),
    }
    scores = [mlp(key)(x) for key, x in inputs.items()]
    return keras.Model(inputs, keras.layers.Add()(scores))


def batch(size=12, num_classes=3, multi_label=False):
    rng = np.random.default_rng(0)
    label = np.arange(size) % num_classes
    if multi_label:
        label = (rng.random((size, num_classes)) < 0.4).astype("int32")
    return {
        "video": rng.integers(0, 256, (size, 2, 4, 4, 3), dtype="uint8"),
        "image": rng.integers(0, 256, (size, 4, 4, 3), dtype="uint8"),
        "audio": rng.standard_normal((size, 20)).astype("float32"),
        "label": label.astype("int32"),
    }


def numpy(x):
    return ops.convert_to_numpy(x)


def oracle(logits, targets, weights, smoothing, class_weights, multi_label):
    """The loss from its definition in float64."""
    logits = logits.astype("float64")
    if multi_label:
        t = targets * (1 - smoothing) + smoothing / 2
        terms = -t * np.log(expit(logits)) - (1 - t) * np.log(expit(-logits))
        losses = (terms * class_weights).mean(axis=1)
    else:
        t = targets * (1 - smoothing) + smoothing / targets.shape[1]
        losses = -(t * log_softmax(logits, axis=1)).sum(axis=1)
        weights = weights * (targets @ class_weights)
    return (losses * weights).sum() / weights.sum()


@pytest.mark.backend
@pytest.mark.parametrize("multi_label", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("class_weights", [None, [1.0, 0.0, 3.0]])
@pytest.mark.slow_on_jax
def test_the_loss_is_its_definition(multi_label, smoothing, class_weights):
    model = Supervised(
        mlp("video"),
        label_smoothing=smoothing,
        class_weights=class_weights,
        multi_label=multi_label,
    )
    data = batch(multi_label=multi_label)
    data["sample_weight"] = np.linspace(0.0, 2.0, 12)
    data["label"][[3, 4]] = -1
    known = np.isin(np.arange(12), [3, 4], invert=True)
    losses, outputs = model.compute_losses(data, training=False)
    targets = data["label"] if multi_label else np.eye(3)[data["label"]]
    expected = oracle(
        numpy(outputs["logits"])[known],
        targets[known],
        data["sample_weight"][known],
        smoothing,
        np.array(class_weights or [1.0] * 3),
        multi_label,
    )
    got = float(losses["cross_entropy"])
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_equal_logits_give_the_log_of_the_number_of_classes():
    classifier = mlp("video")
    classifier.layers[-1].kernel.assign(np.zeros((96, 3)))
    model = Supervised(classifier, label_smoothing=0.3, mixup_alpha=1.0)
    losses, _ = model.compute_losses(batch(), training=True)
    np.testing.assert_allclose(
        float(losses["cross_entropy"]), np.log(3), rtol=1e-5
    )


def test_clips_without_sound_weigh_nothing_to_who_only_hears():
    data = batch()
    data["has_audio"] = np.arange(12) % 4 != 0
    kept = {k: v[data["has_audio"]] for k, v in data.items()}
    model = Supervised(mlp("audio"), key="audio")
    got, outputs = model.compute_losses(data, training=False)
    expected, _ = model.compute_losses(kept, training=False)
    np.testing.assert_allclose(
        float(got["cross_entropy"]), float(expected["cross_entropy"]), rtol=1e-5
    )
    model.compile(optimizer="sgd", jit_compile=False)
    found = model.evaluate(data, verbose=0, return_dict=True)
    right = numpy(outputs["logits"]).argmax(axis=1) == data["label"]
    assert np.isclose(found["accuracy"], right[data["has_audio"]].mean())
    seen = Supervised(mlp("image"), key="image")
    _, outputs = seen.compute_losses(data, training=False)
    assert (numpy(outputs["weights"]) == 1).all()


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_a_label_beyond_the_classes_is_noticed(alpha):
    data = batch()
    data["label"][3] = 3
    model = Supervised(
        mlp("video"), mixup_alpha=alpha, class_weights=[1.0, 2.0, 3.0]
    )
    losses, _ = model.compute_losses(data, training=True)
    assert np.isnan(float(losses["cross_entropy"]))


def test_a_batch_without_any_label_is_no_fault():
    data = batch()
    data["label"][:] = -1
    for alpha in (0.0, 1.0):
        model = Supervised(mlp("video"), mixup_alpha=alpha)
        losses, outputs = model.compute_losses(data, training=True)
        assert float(losses["cross_entropy"]) == 0.0
        assert np.isfinite(numpy(outputs["targets"])).all()


class Blended(keras.Model):
    """Sees what it is given: its logits do not matter."""

    num_classes = 3

    def call(self, batch):
        self.seen = batch
        return ops.zeros((len(batch["label"]), 3))


def test_mixup_treats_all_that_belongs_to_a_clip_alike():
    data = batch()
    data["has_audio"] = np.arange(12) % 3 != 0
    data["audio"][~data["has_audio"]] = 0.0
    data["sample_weight"] = np.linspace(0.5, 1.5, 12)
    data["label"][5] = -1
    # One number tells the clip.
    data["image"] = np.zeros((12, 4, 4, 3), "uint8")
    data["image"][np.arange(12), 0, 0, 0] = 0
    data["audio"][:, 0] = np.where(data["has_audio"], np.arange(12), 0)
    classifier = Blended()
    classifier.built = True
    model = Supervised(classifier, key=None, mixup_alpha=1.0, seed=0)
    codes = np.eye(12, dtype="float32")
    shares = numpy(
        Supervised._blend(
            model,
            {
                "image": codes,
                "has_audio": data["has_audio"],
            },
            codes,
            np.ones(12, "float32"),
        )[0]["image"]
    )
    # The same draws once more.
    model = Supervised(classifier, key=None, mixup_alpha=1.0, seed=0)
    losses, outputs = model.compute_losses(data, training=True)
    seen = {k: numpy(v) for k, v in classifier.seen.items()}
    heard = data["has_audio"]
    np.testing.assert_array_equal(seen["has_audio"], heard)
    assert (seen["audio"][~heard] == 0).all()
    assert (shares[heard][:, ~heard] == 0).all()
    assert (np.diag(shares) < 1).sum() > 3
    for name in ("video", "image", "audio"):
        expected = np.tensordot(shares, data[name].astype("float64"), 1)
        np.testing.assert_allclose(seen[name], expected, rtol=1e-4, atol=1e-4)
    weight = data["sample_weight"] * (data["label"] >= 0)
    weighted = np.eye(3)[data["label"]] * weight[:, None]
    np.testing.assert_allclose(
        numpy(outputs["weights"]), shares @ weight, rtol=1e-5, atol=1e-6
    )
    total = numpy(outputs["targets"]) * numpy(outputs["weights"])[:, None]
    np.testing.assert_allclose(total, shares @ weighted, rtol=1e-4, atol=1e-5)


def test_evaluation_never_mixes():
    data = batch()
    plain = Supervised(mlp("video"))
    mixing = Supervised(plain.classifier, mixup_alpha=1.0, seed=0)
    for model in (plain, mixing):
        model.compile(optimizer="sgd", jit_compile=False)
    expected = plain.evaluate(data, verbose=0, return_dict=True)
    assert mixing.evaluate(data, verbose=0, return_dict=True) == expected
    losses, _ = mixing.compute_losses(data, training=True)
    assert abs(float(losses["cross_entropy"]) - expected["loss"]) > 1e-4


def test_accuracy_counts_clips_and_not_their_weights():
    data = batch()
    data["sample_weight"] = np.linspace(0.0, 5.0, 12)
    data["label"][5] = -1
    model = Supervised(mlp("video"), class_weights=[1.0, 9.0, 2.0])
    model.compile(optimizer="sgd", jit_compile=False)
    found = model.evaluate(data, batch_size=5, verbose=0, return_dict=True)
    right = model.predict(data, verbose=0).argmax(axis=1) == data["label"]
    counted = np.isin(np.arange(12), [0, 5], invert=True)
    assert np.isclose(found["accuracy"], right[counted].mean())


def test_average_precision_of_several_labels():
    data = batch(60, multi_label=True)
    data["label"][7] = -1
    model = Supervised(mlp("image"), key="image", multi_label=True)
    model.compile(optimizer="sgd", jit_compile=False)
    found = model.evaluate(data, batch_size=16, verbose=0, return_dict=True)
    logits = model.predict(data, verbose=0)
    kept = data["label"][:, 0] >= 0
    expected = average_precision_score(data["label"][kept], logits[kept])
    assert abs(found["mAP"] - expected) < 0.03
    assert set(found) == {"loss", "cross_entropy", "mAP"}


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.0, 0.4])
@pytest.mark.parametrize("key", ["video", "audio", None])
def test_learns_to_tell_random_clips_apart(key, alpha):
    data = batch()
    data["has_audio"] = np.ones(12, bool)
    classifier = late_fusion() if key is None else mlp(key)
    model = Supervised(classifier, key=key, mixup_alpha=alpha, seed=0)
    model.compile(keras.optimizers.Adam(0.02))
    model.fit(data, batch_size=6, epochs=25, verbose=0)
    found = model.evaluate(data, verbose=0, return_dict=True)
    assert found["accuracy"] > 0.9
    assert model.predict(data, verbose=0).shape == (12, 3)


@pytest.mark.slow
def test_a_resumed_run_draws_the_same(tmp_path):
    def compiled(seed):
        model = Supervised(
            mlp("video"),
            mixup_alpha=1.0,
            label_smoothing=0.1,
            class_weights=[1, 2, 3],
            seed=seed,
        )
        model.compile(keras.optimizers.SGD(0.1), jit_compile=False)
        return model

    def epochs(model, count):
        fit = model.fit(
            batch(), batch_size=6, epochs=count, shuffle=False, verbose=0
        )
        return fit.history["loss"]

    whole = epochs(compiled(0), 3)
    begun = compiled(0)
    epochs(begun, 1)
    begun.save(tmp_path / "model.keras")
    resumed = keras.models.load_model(tmp_path / "model.keras")
    for name in ("key", "label_smoothing", "mixup_alpha", "class_weights"):
        assert getattr(resumed, name) == getattr(begun, name)
    np.testing.assert_allclose(epochs(resumed, 2), whole[1:], rtol=1e-6)
    assert abs(epochs(compiled(1), 1)[0] - whole[0]) > 1e-6


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"key": "sound"}, "key='sound'"),
        ({"label_smoothing": 1.0}, "label_smoothing"),
        ({"mixup_alpha": -0.1}, "alpha"),
        ({"class_weights": [1.0, 2.0]}, "3 non-negative numbers"),
        ({"class_weights": [1.0, 2.0, -1.0]}, "3 non-negative numbers"),
    ],
)
def test_wrong_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        Supervised(mlp("video"), **kwargs)


def test_wrong_classifiers_and_batches():
    with pytest.raises(ValueError, match="built keras.Model"):
        Supervised(keras.layers.Dense(2))
    maps = keras.Sequential([keras.Input((4, 4)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="one output"):
        Supervised(maps)
    model = Supervised(mlp("video"))
    with pytest.raises(ValueError, match="'label'"):
        model.compute_losses({"video": batch()["video"]}, training=True)
    with pytest.raises(ValueError, match="'video'"):
        model({"image": batch()["image"]})
    hot = {**batch(), "label": np.eye(12)}
    without = {name: x for name, x in batch().items() if name != "audio"}
    with pytest.raises(ValueError, match="without .'audio'."):
        Supervised(late_fusion(), key=None)(without)
    with pytest.raises(ValueError, match="multi_label=False"):
        model.compute_losses(hot, training=True)


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_stands(tmp_path):
    harness.check_method(
        lambda: Supervised(mlp("video"), mixup_alpha=0.4, seed=0),
        batch(9),
        tmp_path,
    )
