import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_av.layers import FusionMLP
from keras_av.methods import SelectedClips, Skimming, load_skimming_weights
from tests import harness

SIZES = dict(num_classes=5, dim=8, hidden_units=16, key_units=6, num_steps=5)
CASES = {
    "nomask0_hard1": dict(
        mask_selected=True,
        hard=True,
        legacy_start_mask=True,
        legacy_shared_index=True,
    ),
    "nomask1_hard0": {},
}


def numpy(tree):
    return keras.tree.map_structure(ops.convert_to_numpy, tree)


def original(golden, **options):
    """The network of the vectors, and their batch."""
    model = Skimming(fusion=FusionMLP(8, 16), **SIZES, **options)
    state = {k[2:]: v for k, v in golden.items() if k.startswith("w/")}
    load_skimming_weights(model, state)
    batch = {
        "image_features": golden["image"],
        "audio_features": golden["audio"],
        "mask": golden["mask"] > 0,
        "start_index": golden["start_idx"],
    }
    return model, batch


def small(seed=0, **options):
    return Skimming(
        fusion=FusionMLP(8, 16, keras.initializers.GlorotUniform(seed)),
        seed=seed,
        **{**SIZES, **options},
    )


def batches(num=6, lengths=(7, 9, 3), seed=0):
    random = np.random.default_rng(seed)
    longest = max(lengths)
    mask = np.arange(longest) < np.resize(lengths, num)[:, None]
    banks = random.normal(size=(2, num, longest, 8)).astype("float32")
    banks *= mask[..., None]
    return {
        "image_features": banks[0],
        "audio_features": banks[1],
        "mask": mask,
        "label": random.integers(0, 5, num).astype("int32"),
    }


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("case", CASES)
def test_golden(vectors, case):
    golden = vectors("l2l_skimming")
    model, batch = original(golden, **CASES[case])
    found = numpy(model(batch))
    expected = {k.split("/")[1]: v for k, v in golden.items() if case in k}
    close = dict(rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        found["logits"], expected["avgpool_logits"], **close
    )
    np.testing.assert_allclose(
        found["features"].transpose(0, 2, 1), expected["step_features"], **close
    )
    for ours, theirs in {
        "step_logits": "step_logits",
        "states": "h",
        "gate": "modality_attention",
    }.items():
        np.testing.assert_allclose(found[ours], expected[theirs], **close)
    for name in ("image", "audio"):
        np.testing.assert_array_equal(
            found[f"{name}_index"], expected[f"{name}_idx"]
        )


def test_number_of_weights():
    model = Skimming(200)
    trainable = [v for v in model.variables if v.path not in ("",)]
    count = sum(
        int(np.prod(v.shape))
        for v in trainable
        if "moving" not in v.path and "seed" not in v.path
    )
    # The original has a second bias of the LSTM, which is only added.
    assert count == 11_872_146 - 4 * 1024


def test_padding_and_order_change_nothing():
    model, batch = small(), batches()
    expected = numpy(model(batch))
    padded = {
        name: np.pad(value, [(0, 0), (0, 4)] + [(0, 0)] * (value.ndim - 2))
        if value.ndim > 1
        else value
        for name, value in batch.items()
    }
    np.testing.assert_allclose(
        numpy(model(padded))["logits"], expected["logits"], atol=1e-5
    )
    order = np.random.default_rng(0).permutation(9)
    mixed = {
        name: value[:, order] if value.ndim > 1 else value
        for name, value in batch.items()
    }
    found = numpy(model(mixed))
    np.testing.assert_allclose(found["logits"], expected["logits"], atol=1e-5)
    np.testing.assert_array_equal(
        order[found["image_index"]], expected["image_index"]
    )


def test_one_step_is_the_classifier_of_the_mean():
    model, batch = small(num_steps=1), batches()
    mask = batch["mask"][..., None]
    means = [
        (batch[f"{name}_features"] * mask).sum(1) / mask.sum(1)
        for name in ("image", "audio")
    ]
    expected = numpy(model.classifier(model.fusion(means)))
    np.testing.assert_allclose(
        numpy(model(batch))["logits"], expected, atol=1e-5
    )


def test_a_single_valid_entry_makes_soft_and_hard_the_same():
    batch = batches(lengths=(1, 1, 1, 9))
    soft, hard = small(), small(hard=True)
    hard.set_weights(soft.get_weights())
    a, b = numpy(soft(batch))["logits"], numpy(hard(batch))["logits"]
    np.testing.assert_allclose(a[:3], b[:3], atol=1e-5)
    assert abs(a[3] - b[3]).max() > 1e-4


def test_what_was_selected_is_not_selected_again():
    found = numpy(small(mask_selected=True)(batches()))
    for row, length in zip(found["image_index"], (7, 9, 3)):
        first = row[: min(length, 5)]
        assert len(set(first.tolist())) == len(first)
        assert max(row) < length


def test_where_all_were_selected_all_may_be_again():
    batch = batches(lengths=(1, 1, 1, 9))
    model, other = small(mask_selected=True), small()
    other.set_weights(model.get_weights())
    found, free = numpy(model(batch)), numpy(other(batch))
    for name in ("logits", "step_logits", "image_index"):
        np.testing.assert_allclose(
            found[name][:3], free[name][:3], atol=1e-5, err_msg=name
        )


def test_no_clip_is_ruled_out_when_the_mean_starts():
    # The original rules out a random one.
    free = numpy(small(mask_selected=True)(batches()))
    plain = numpy(small()(batches()))
    np.testing.assert_array_equal(
        free["image_index"][:, 0], plain["image_index"][:, 0]
    )


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_an_index_of_images_does_not_hear_what_it_does_not_choose():
    model, batch = small(index="image", hard=True), batches(3)
    expected = numpy(model(batch))
    assert (expected["gate"] == [1, 0]).all()
    np.testing.assert_array_equal(
        expected["image_index"], expected["audio_index"]
    )
    chosen = np.zeros_like(batch["mask"])
    rows = np.arange(3)[:, None]
    chosen[rows, expected["image_index"][:, :-1]] = True
    deaf = {**batch, "audio_features": batch["audio_features"].copy()}
    deaf["audio_features"][~chosen] = 100.0
    np.testing.assert_allclose(
        numpy(model(deaf))["logits"], expected["logits"], atol=1e-5
    )
    # The first step has no sound.
    image = batch["image_features"].sum(1) / batch["mask"].sum(1)[:, None]
    first = numpy(model.fusion([image, 0 * image]))
    np.testing.assert_allclose(expected["features"][:, 0], first, atol=1e-5)
    names = {w.path for w in model.trainable_weights}
    assert not any("gate" in n or "audio_attention" in n for n in names)


@pytest.mark.parametrize(
    "options, images, sounds",
    [
        ({}, [7, 9, 3], [7, 9, 3]),
        ({"interpolate": 2}, [4, 5, 2], [4, 5, 2]),
        ({"index": "image", "interpolate": 2}, [7, 9, 3], [7, 9, 3]),
    ],
)
def test_who_weighs_all_clips_encodes_them(options, images, sounds):
    model, batch = small(**options), batches(3)
    found = model.encoded(model(batch), batch["mask"])
    assert [one.tolist() for one in found] == [images, sounds]


@pytest.mark.slow_on_tensorflow
def test_training_is_soft():
    batch = batches(3)
    soft, hard = (small(index="image", hard=hard) for hard in (False, True))
    hard.set_weights(soft.get_weights())
    losses = [
        float(model.compute_losses(batch, True)[0]["average"])
        for model in (soft, hard)
    ]
    assert losses[0] == losses[1]
    found = [numpy(model(batch))["logits"] for model in (soft, hard)]
    assert abs(found[0] - found[1]).max() > 1e-4


def test_a_thin_index_thins_out_no_value():
    model, batch = small(index="image", hard=True, interpolate=3), batches(3)
    found = numpy(model(batch))
    rows, index = np.arange(3)[:, None], found["image_index"][:, :-1]
    seen = [batch[f"{n}_features"][rows, index] for n in ("image", "audio")]
    np.testing.assert_allclose(
        found["features"][:, 1:], numpy(model.fusion(seen)), atol=1e-5
    )


@pytest.mark.slow_on_tensorflow
def test_stops_when_it_is_sure():
    model, batch = small(), batches(16)
    every = numpy(model(batch))
    means = np.cumsum(every["features"], 1) / np.arange(1, 6)[:, None]
    running = numpy(ops.softmax(model.classifier(means)))
    confidence = float(np.median(running.max(-1)))
    stopping = small(confidence=confidence)
    stopping.set_weights(model.get_weights())
    found = numpy(stopping(batch))
    sure = running.max(-1) >= confidence
    steps = np.where(sure.any(1), sure.argmax(1) + 1, 5)
    assert len(set(steps.tolist())) > 1
    np.testing.assert_array_equal(found["num_steps"], steps)
    rows = np.arange(16)
    np.testing.assert_allclose(
        numpy(ops.softmax(found["logits"])),
        running[rows, steps - 1],
        atol=1e-5,
    )
    assert (numpy(stopping(batch, training=True))["num_steps"] == 5).all()


def test_as_sure_as_wanted_is_sure():
    model, batch = small(num_classes=4), batches()
    model.classifier.set_weights(
        [0 * w for w in model.classifier.get_weights()]
    )
    # A quarter each, as this backend's softmax rounds it.
    logits = ops.zeros((6, model.num_steps, 4))
    model.confidence = float(
        numpy(keras.activations.softmax(logits))[0, 0].max()
    )
    assert numpy(model(batch))["num_steps"][0] == 1


def test_of_a_thin_bank_the_padding_is_nothing():
    mask = np.array([[True, True, True, False, False]])
    bank = np.ones((1, 5, 8), "float32")
    found = numpy(small(interpolate=2).thinned(bank, mask))
    np.testing.assert_array_equal(found[0, 3:], 0)
    assert np.isfinite(found).all()


def test_interpolated_banks():
    batch = batches(2, lengths=(9,))
    ramp = np.linspace(0, 1, 9, dtype="float32")[:, None] * np.ones(8)
    batch["image_features"][:] = batch["audio_features"][:] = ramp
    model = small(interpolate=3, num_steps=1)
    # torch.nn.functional.interpolate of entries 0, 3 and 6 to 9 places.
    kept = np.interp((np.arange(9) + 0.5) / 3 - 0.5, [0, 1, 2], ramp[::3, 0])
    mean = np.full((2, 8), kept.mean(), "float32")
    expected = numpy(model.classifier(model.fusion([mean, mean])))
    np.testing.assert_allclose(
        numpy(model(batch))["logits"], expected, atol=1e-5
    )


@pytest.mark.slow
@pytest.mark.parametrize("output", ["avg", "last", "both"])
def test_learns(output):
    random = np.random.default_rng(0)
    data = batches(96, lengths=(9,), seed=1)
    # One entry of each bank tells the class, the others are noise.
    place = random.integers(0, 9, 96)
    data["image_features"][np.arange(96), place, :5] += (
        6 * np.eye(5)[data["label"]]
    )
    model = small(output_kind=output, num_steps=3)
    model.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    untrained = model.evaluate(data, verbose=0, return_dict=True)
    history = model.fit(data, epochs=12, batch_size=32, verbose=0, shuffle=True)
    found = model.evaluate(data, verbose=0, return_dict=True)
    assert found["loss"] < 0.6 * untrained["loss"]
    assert found["accuracy"] > 0.7
    names = {"avg": {"average"}, "last": {"last"}}.get(
        output, {"average", "last"}
    )
    assert names | {"loss", "accuracy"} == set(history.history)


@pytest.mark.slow
def test_predict_on_a_pipeline_of_videos_of_different_length():
    model = small()
    data = [batches(2, lengths=(length,)) for length in (4, 9)]
    dataset = tf.data.Dataset.from_generator(
        lambda: iter(data),
        output_signature={
            k: tf.TensorSpec((None,) * 1 + (None,) + v.shape[2:], v.dtype)
            if v.ndim > 1
            else tf.TensorSpec((None,), v.dtype)
            for k, v in data[0].items()
        },
    )
    found = model.predict(dataset, verbose=0)
    for i, batch in enumerate(data):
        np.testing.assert_allclose(
            found["logits"][2 * i : 2 * i + 2],
            numpy(model(batch))["logits"],
            atol=1e-5,
        )


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(output_kind="mean"), "output_kind must be"),
        (dict(start="first"), "start"),
        (dict(num_steps=0), "num_steps"),
        (dict(index="sound"), "index must be"),
        (dict(index="image", start="random"), "starts from the mean"),
    ],
)
def test_refuses_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        small(**options)


def test_a_batch_without_a_mask_is_refused():
    batch = batches()
    del batch["mask"]
    with pytest.raises(ValueError, match="without .'mask'"):
        small()(batch)


def test_baselines_are_means_over_their_clips():
    batch = batches(3)
    model = SelectedClips(5, 8, selection="all")
    fused = numpy(
        model.fusion([batch["image_features"], batch["audio_features"]])
    )
    mean = np.stack([f[:n].mean(0) for f, n in zip(fused, (7, 9, 3))])
    np.testing.assert_allclose(
        numpy(model(batch))["logits"], numpy(model.classifier(mean)), atol=1e-5
    )


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_stands(tmp_path):
    batch = batches(9)
    batch["image_features"] *= 100
    harness.check_method(
        lambda: small(mask_selected=True, output_kind="both", num_steps=2),
        batch,
        tmp_path,
    )
