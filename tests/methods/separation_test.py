import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import ComplexSpectrogram, ProjectionHead
from keras_av.methods import Separation
from keras_av.methods.separation import neighbors
from keras_av.models import SeparationUNet
from tests import harness

STEPS, CHANNELS, SAMPLES = 3, 4, 200
SPECTRA = {"window_length": 20, "sequence_stride": 8, "fft_length": 32}
SHAPE = (1 + SAMPLES // 8, 17, 2)


def dense(units, seed):
    kernel = keras.initializers.GlorotUniform(seed)
    return keras.layers.Dense(units, kernel_initializer=kernel)


def look(shape=(STEPS, 5)):
    return keras.Sequential([keras.Input(shape), dense(CHANNELS, 1)])


def linear_masks(bias=0.0):
    """Masks that depend on the mixture and on the mean of the video."""
    mixture = keras.Input(SHAPE, name="mixture")
    video = keras.Input((STEPS, CHANNELS), name="video")
    seen = dense(2, 3)(keras.layers.GlobalAveragePooling1D()(video))
    masks = dense(2, 2)(mixture) + ops.reshape(seen, (-1, 1, 1, 2)) + bias
    return keras.Model({"mixture": mixture, "video": video}, masks)


def constant_masks(real):
    """The same factor everywhere."""
    network = linear_masks(np.arctanh(np.array([real, 0.0]) / 5))
    network.set_weights([0 * w for w in network.get_weights()])
    return network


def listen():
    return keras.Sequential(
        [keras.Input(SHAPE), keras.layers.Flatten(), dense(6, 4)]
    )


def unet():
    return SeparationUNet(SHAPE, (STEPS, CHANNELS), widths=(4,))


def make(masks=linear_masks, **options):
    options = {"sound_encoder": listen(), "head": ProjectionHead(5), **options}
    layer = ComplexSpectrogram(**SPECTRA)
    options = {"spectrogram": layer, "seed": 5, **options}
    return Separation(look(), masks(), **options)


def batch(size=8, seed=0, **fields):
    """Tones of one frequency each, which a row of the video gives."""
    rng = np.random.default_rng(seed)
    video = rng.uniform(-1, 1, (size, STEPS, 5))
    pitch = 0.4 + 0.8 * (video[:, :1, 0] > 0)
    level = 10 ** rng.uniform(-1, 0, (size, 1))
    audio = level * np.sin(pitch * np.arange(SAMPLES) + rng.uniform(0, 6))
    audio += 0.1 * level * rng.standard_normal((size, SAMPLES))
    return {
        "video": video.astype("float32"),
        "audio": audio.astype("float32"),
        **fields,
    }


def numpy(x):
    return ops.convert_to_numpy(x)


def weights_of(model):
    return [numpy(w).astype("float64") for w in model.weights]


def level(wave):
    return 0.1 * wave / np.sqrt(np.mean(wave**2))


def spectrum(wave):
    """Complex frames around every stride."""
    window = np.zeros(32)
    window[6:26] = np.sin(np.pi * np.arange(20) / 20) ** 2
    padded = np.pad(wave, 16)
    frames = [padded[8 * n : 8 * n + 32] for n in range(SHAPE[0])]
    return np.fft.rfft(window * np.array(frames))


def parts(x):
    return np.stack([x.real, x.imag], axis=-1)


def unit(x):
    return x / np.linalg.norm(x)


def definition(weights, data, bound=5.0, margin=0.5):
    """Losses of each clip, one mixture at a time, in float64."""
    shapes = [w.shape for w in weights]
    dims = [(5, 4), (4, 2), (2, 2), (SHAPE[0] * 34, 6), (4, 5), (6, 5)]
    assert sorted(shapes[::2]) == sorted(dims)
    by_shape = {w.shape: (w, b) for w, b in zip(weights[::2], weights[1::2])}
    look_at, by_video, by_sound, hear, video_head, sound_head = (
        by_shape[dim] for dim in dims
    )

    def apply(layer, x):
        return x @ layer[0] + layer[1]

    heard = data.get("has_audio", np.ones(len(data["audio"]), bool))
    weight = data.get("sample_weight", np.ones(len(heard))) * heard
    ring = np.flatnonzero(weight > 0)
    waves = {n: level(data["audio"][n].astype("float64")) for n in ring}
    seen = {n: apply(look_at, data["video"][n].astype(float)) for n in ring}
    faces = {n: unit(apply(video_head, x.mean(0))) for n, x in seen.items()}

    def separate(own, other):
        mixture = waves[own] + waves[other]
        gain = 0.1 / np.sqrt(np.mean(mixture**2))
        mixed, sound = spectrum(gain * mixture), spectrum(gain * waves[own])
        raw = apply(by_sound, parts(mixed))
        raw = raw + apply(by_video, seen[own].mean(axis=0))
        mask = bound * np.tanh(raw)
        true = np.clip(parts(sound / mixed), -bound, bound)
        error = np.log1p(np.abs(mixed))[..., None] * (mask - true) ** 2
        separated = parts((mask[..., 0] + 1j * mask[..., 1]) * mixed)
        voice = unit(apply(sound_head, apply(hear, separated.reshape(-1))))
        return error.mean(), voice

    def triplet(anchor, positive, negative):
        return max(0.0, anchor @ negative - anchor @ positive + margin)

    found = {name: [] for name in ("mask", "cross_modal", "consistency")}
    for place, own in enumerate(ring):
        terms = []
        for way in (1, -1):
            other, last = (
                ring[(place + step) % len(ring)] for step in (way, -way)
            )
            error, voice = separate(own, other)
            _, again = separate(own, last)
            _, strange = separate(other, own)
            terms.append(
                (
                    error,
                    triplet(voice, faces[own], faces[other]),
                    triplet(voice, again, strange),
                )
            )
        for values, term in zip(found.values(), np.mean(terms, axis=0)):
            values.append(term)
    return {k: np.average(v, weights=weight[ring]) for k, v in found.items()}


def total(weights, data):
    losses = definition(weights, data)
    return losses["mask"] + 0.3 * (
        losses["cross_modal"] + losses["consistency"]
    )


HEAVY = {"cross_modal_weight": 0.3, "consistency_weight": 0.3}


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.parametrize("training", [True, False])
def test_the_losses_are_their_definition(training):
    model = make()
    heard = np.arange(8) % 3 != 0
    weight = np.linspace(0.5, 1.5, 8).astype("float32")
    weight[4] = 0.0
    data = batch(has_audio=heard, sample_weight=weight)
    losses, _ = model.compute_losses(data, training)
    expected = definition(weights_of(model), data)
    assert expected.pop("mask") == pytest.approx(
        float(losses.pop("mask")), rel=1e-3
    )
    for name, value in expected.items():
        assert value > 0.01
        found = float(losses.pop(name)) / 0.01
        assert found == pytest.approx(value, rel=1e-3), name
    assert not losses


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_a_step_is_that_of_the_definition():
    model, rate = make(**HEAVY), 0.5
    data, before = batch(4), weights_of(model)
    model.compile(keras.optimizers.SGD(rate), **harness.ONE_STEP)
    logs = model.train_on_batch(data, return_dict=True)
    assert logs["loss"] == pytest.approx(total(before, data), rel=1e-3)
    after, rng, step = weights_of(model), np.random.default_rng(0), 1e-5
    for number, (old, new) in enumerate(zip(before, after)):
        gradient = (old - new) / rate
        assert np.abs(gradient).max() > 1e-5, number
        way = rng.standard_normal(old.shape)
        sides = []
        for sign in (1, -1):
            moved = list(before)
            moved[number] = old + sign * step * way
            sides.append(total(moved, data))
        slope = (sides[0] - sides[1]) / (2 * step)
        found = (gradient * way).sum()
        assert found == pytest.approx(slope, rel=1e-2, abs=1e-4), number


@pytest.mark.backend
@pytest.mark.parametrize(
    "heard",
    [[1, 1], [1, 1, 1, 1], [0, 1, 0, 1, 1], [1, 0, 0, 0, 1], [1, 1, 0, 0]],
)
def test_neighbors_are_heard(heard):
    found = numpy(neighbors(np.array(heard, bool)))
    ring = np.flatnonzero(heard)
    np.testing.assert_array_equal(found[ring, 0], np.roll(ring, -1))
    np.testing.assert_array_equal(found[ring, 1], np.roll(ring, 1))
    assert set(found.ravel()) <= set(range(len(heard)))


@pytest.mark.parametrize("heard", [[0, 0, 0], [0, 0, 1], [1]])
def test_a_sound_alone_is_left_out(heard):
    data = batch(len(heard), has_audio=np.array(heard, bool))
    assert numpy(neighbors(data["has_audio"])).max() < len(heard)
    losses, _ = make().compute_losses(data, True)
    assert {float(loss) for loss in losses.values()} == {0.0}


@pytest.mark.parametrize("masks", [linear_masks, unet])
def test_a_clip_without_sound_teaches_nothing(masks):
    data = batch(has_audio=np.arange(8) != 2)
    results = []
    keras.utils.set_random_seed(0)
    start = make(masks).get_weights()
    for factor in (0.0, 5.0):
        data["audio"][2] = factor * np.sin(np.arange(SAMPLES))
        model = make(masks)
        model.set_weights(start)
        model.compile(keras.optimizers.SGD(0.1), **harness.ONE_STEP)
        logs = model.train_on_batch(data, return_dict=True)
        results.append([logs["loss"], *weights_of(model)])
    for a, b in zip(*results):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_silence_that_counts_as_sound():
    """A sound is all of its mixture with silence, and silence nothing."""
    data = batch(2)
    data["audio"][1] = 0.0
    model = make(lambda: constant_masks(1.0), sound_encoder=None)
    for weight, expected in (([1, 0.001], 0.0), ([0.001, 1], 1.0)):
        data["sample_weight"] = np.array(weight, "float32")
        losses, _ = model.compute_losses(data, True)
        mixed = np.abs(spectrum(level(data["audio"][0].astype(float))))
        whole = np.log1p(mixed).mean() / 2
        assert float(losses["mask"]) == pytest.approx(
            expected * whole, rel=2e-3, abs=2e-3 * whole
        )
    data["audio"][0] = 0.0
    losses, _ = model.compute_losses(data, True)
    assert float(losses["mask"]) == pytest.approx(0.0, abs=1e-5)


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_calling_separates():
    data = batch(3)
    whole = make(lambda: constant_masks(1.0))(data)
    np.testing.assert_allclose(numpy(whole["audio"]), data["audio"], atol=1e-5)
    half = make(lambda: constant_masks(-0.5))(data)
    np.testing.assert_allclose(
        numpy(half["audio"]), -data["audio"] / 2, atol=1e-5
    )
    assert tuple(half["mask"].shape) == (3, *SHAPE)
    # As the network hears a mixture, whatever its level.
    model = make()
    found = numpy(model(data)["audio"])
    louder = numpy(model({**data, "audio": 7 * data["audio"]})["audio"])
    np.testing.assert_allclose(louder, 7 * found, rtol=1e-3, atol=1e-4)
    mixture = data["audio"][0].astype("float64")
    mask = numpy(model(data)["mask"])[0]
    mixed = spectrum(mixture)
    raw = parts(mixed * 0.1 / np.sqrt(np.mean(mixture**2)))
    by_kernel = model.mask_network(
        {
            "mixture": raw[None].astype("float32"),
            "video": numpy(model.video_encoder(data["video"][:1])),
        }
    )
    np.testing.assert_allclose(
        mask, 5 * np.tanh(numpy(by_kernel)[0]), atol=1e-4
    )


def test_without_a_sound_encoder_there_are_no_triplets():
    model = make(sound_encoder=None)
    losses, _ = model.compute_losses(batch(), True)
    assert set(losses) == {"mask"} == set(model.loss_names)
    assert model.parts == ("video_encoder", "mask_network")


def test_a_loss_of_weight_0_is_off():
    losses, _ = make(consistency_weight=0.0).compute_losses(batch(), True)
    assert set(losses) == {"mask", "cross_modal"}
    model = make(consistency_weight=0.0, cross_modal_weight=0.0)
    losses, _ = model.compute_losses(batch(), True)
    assert set(losses) == {"mask"}
    assert {"sound_encoder", "video_head", "sound_head"} < set(make().parts)


def test_videos_are_described_over_time():
    shapes = {(STEPS, 5): STEPS, (STEPS, 2, 6, 5): STEPS, (5,): 1}
    for shape, steps in shapes.items():
        network = SeparationUNet(SHAPE, (steps, CHANNELS), widths=(2,))
        layer = ComplexSpectrogram(**SPECTRA)
        model = Separation(look(shape), network, spectrogram=layer)
        video = np.random.default_rng(0).standard_normal((2, *shape))
        found = numpy(model._describe({"video": video}, False))
        maps = numpy(model.video_encoder(video)).reshape(2, steps, -1, CHANNELS)
        np.testing.assert_allclose(found, maps.mean(axis=2), atol=1e-5)


def test_the_seed_governs_the_heads():
    kernels = [numpy(make(seed=s).sound_head.weights[0]) for s in (1, 1, 2)]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert (kernels[0] != kernels[2]).any()


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_stands(tmp_path):
    model = harness.check_method(lambda: make(unet), batch(9), tmp_path)
    loaded = keras.saving.load_model(tmp_path / "method.keras")
    assert loaded.loss_weights == model.loss_weights
    assert loaded.spectrogram.get_config() == model.spectrogram.get_config()


@pytest.mark.slow
def test_finds_what_is_seen():
    keras.utils.set_random_seed(0)
    model = make(unet, sound_encoder=None)
    model.compile(keras.optimizers.Adam(0.01))
    train, seen, other = batch(512), batch(64, seed=1), batch(64, seed=2)
    for data in (train, seen, other):
        # The pitch is to be seen at all times.
        data["video"][..., 0] = data["video"][:, :1, 0]
    model.fit(train, batch_size=32, epochs=15, verbose=0)
    same = (seen["video"][:, 0, 0] > 0) == (other["video"][:, 0, 0] > 0)
    sounds = np.array([level(wave) for wave in seen["audio"]])
    mixtures = sounds + np.array([level(wave) for wave in other["audio"]])

    def gain(video):
        found = numpy(model({"video": video, "audio": mixtures})["audio"])
        left, before = found - sounds, mixtures - sounds
        ratio = (before**2).sum(axis=1) / (left**2).sum(axis=1)
        return 10 * np.log10(ratio)[~same]

    assert len(gain(seen["video"])) > 20
    right, wrong = gain(seen["video"]).mean(), gain(other["video"]).mean()
    assert right > 2 and right > wrong + 1.5, (right, wrong)


@pytest.mark.slow_on_tensorflow
def test_a_killed_run_resumes(tmp_path):
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices(batch(6)).batch(3)
    harness.check_resumes(make, data, 2, 3, tmp_path)


@pytest.mark.slow_on_tensorflow
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.distribute"
)
def test_two_replicas_equal_one():
    from tests.training import replicas_test as replicas

    clips = batch(14, has_audio=np.arange(14) % 5 != 1)
    names = ("loss", "mask", "cross_modal", "consistency")
    replicas.check_method(lambda: make(**HEAVY), clips, names, rtol=1e-4)


@pytest.mark.parametrize(
    "network, message",
    [
        (lambda: SeparationUNet(SHAPE, (STEPS, 5), (2,)), r"3, 5\)}"),
        (lambda: SeparationUNet(SHAPE, (2, CHANNELS), (2,)), r"2, 4\)}"),
        (lambda: SeparationUNet((26, 33, 2), (3, 4), (2,)), "time, 17, 2"),
        (lambda: listen(), "functional model from a dict"),
    ],
)
def test_a_mask_network_that_does_not_fit(network, message):
    with pytest.raises(ValueError, match=message):
        make(network)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"margin": 0.0}, "margin must be positive"),
        ({"mask_bound": -1.0}, "mask_bound must be positive"),
        ({"cross_modal_weight": -0.1}, "cross_modal_weight must not be neg"),
        ({"consistency_weight": -1.0}, "consistency_weight must not be neg"),
        ({"sound_encoder": "resnet"}, "sound_encoder must be a keras.Model"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_sounds_of_another_length():
    data = batch()
    data["audio"] = data["audio"][:, :150]
    model = make()
    for use in (model, lambda batch: model.compute_losses(batch, True)):
        with pytest.raises(ValueError, match="26 spectra.*150 samples.* 19"):
            use(data)


def test_a_missing_key_is_named():
    data = batch()
    del data["audio"]
    with pytest.raises(ValueError, match="audio"):
        make().compute_losses(data, True)


def test_clips_need_sound():
    model = make()
    model.compile("sgd", **harness.ONE_STEP)
    with pytest.raises(ValueError, match="none of 8 clips has sound"):
        model.fit(batch(has_audio=np.zeros(8, bool)), verbose=0)
