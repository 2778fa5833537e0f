import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_av.layers import Mixup


def numpy(x):
    return keras.tree.map_structure(ops.convert_to_numpy, x)


def codes(size):
    """One-hot rows, which tell after the blending who went into it."""
    return np.eye(size, dtype="float32")


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_all_tensors_have_the_same_partner_and_share():
    rng = np.random.default_rng(0)
    video = rng.integers(0, 256, (16, 2, 4, 4, 3), dtype="uint8")
    audio = rng.standard_normal((16, 50)).astype("float32")
    inputs = {"video": video, "audio": audio, "who": codes(16)}
    mixed = numpy(Mixup(1.0, seed=3)(inputs, training=True))
    shares = mixed["who"]
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-6)
    assert ((shares > 0).sum(axis=1) <= 2).all()
    assert ((shares > 0.05) & (shares < 0.95)).any()
    for name in ("video", "audio"):
        expected = np.tensordot(shares, inputs[name].astype("float64"), 1)
        np.testing.assert_allclose(mixed[name], expected, rtol=1e-4, atol=1e-4)
        assert mixed[name].dtype == np.float32


def test_partners_are_a_permutation():
    shares = numpy(Mixup(1.0, seed=0)(codes(64), training=True))
    others = np.where(np.eye(64, dtype=bool), 0, shares)
    # Each clip is the partner of at most one other.
    assert ((others > 0).sum(axis=0) <= 1).all()
    assert (others > 0).any(axis=0).sum() > 50


@pytest.mark.parametrize("alpha", [0.1, 0.4, 1.0, 8.0])
def test_shares_follow_the_beta_distribution(alpha):
    layer = Mixup(alpha, seed=1)
    shares = np.diag(numpy(layer(codes(2000), training=True)))
    # A clip that is its own partner says nothing of its share.
    shares = shares[shares < 1]
    inner = shares[(shares > 0.05) & (shares < 0.95)]
    beta = stats.beta(alpha, alpha)
    low, high = beta.cdf([0.05, 0.95])
    result = stats.kstest(inner, lambda x: (beta.cdf(x) - low) / (high - low))
    assert result.pvalue > 1e-3
    assert abs(len(inner) / 2000 - (high - low)) < 0.04


def test_clips_of_another_group_are_never_mixed_in():
    has_audio = np.arange(40) % 3 != 0
    layer = Mixup(1.0, seed=2)
    for _ in range(5):
        shares = numpy(layer(codes(40), groups=has_audio, training=True))
        assert (shares[has_audio][:, ~has_audio] == 0).all()
        assert (shares[~has_audio][:, has_audio] == 0).all()
        assert (np.diag(shares) < 1).any()


def test_outside_of_training_nothing_is_mixed():
    video = np.arange(24, dtype="uint8").reshape(2, 3, 4)
    got = numpy(Mixup(1.0, seed=0)(video))
    np.testing.assert_array_equal(got, video.astype("float32"))


def test_the_seed_governs_the_draws():
    def draw(seed):
        layer = Mixup(1.0, seed=seed)
        return [numpy(layer(codes(8), training=True)) for _ in range(2)]

    first, second, other = draw(1), draw(1), draw(2)
    np.testing.assert_array_equal(first, second)
    assert (first[0] != first[1]).any()
    assert (first[0] != other[0]).any()


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.slow_on_tensorflow
def test_is_compiled_for_any_batch_size(jit_compile):
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        layer = Mixup(0.4, seed=5)
        spec = [tf.TensorSpec((None, 3))]

        @tf.function(jit_compile=jit_compile, input_signature=spec)
        def run(x):
            return layer(x, training=True)

    elif keras.backend.backend() == "jax":
        import jax

        layer = Mixup(0.4, seed=5)
        layer(codes(2))
        state = [v.value for v in layer.non_trainable_variables]

        def run(x):
            return layer.stateless_call([], state, x, training=True)[0]

        run = jax.jit(run) if jit_compile else run
    else:
        layer = Mixup(0.4, seed=5)

        def run(x):
            return layer(x, training=True)

    for size in (4, 7):
        x = ops.convert_to_tensor(np.ones((size, 3), "float32"))
        np.testing.assert_allclose(numpy(run(x)), 1.0, rtol=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_saves_and_loads(tmp_path, policy):
    inputs = keras.Input((5,), dtype="uint8")
    outputs = Mixup(0.3, seed=4, dtype=policy)(inputs)
    assert outputs.dtype == "float32"
    model = keras.Model(inputs, outputs)
    model.save(tmp_path / "m.keras")
    layer = keras.models.load_model(tmp_path / "m.keras").layers[-1]
    assert (layer.alpha, layer.seed) == (0.3, 4)


def test_partners_are_mixed_in_a_little_by_default():
    assert Mixup().alpha == 0.2


@pytest.mark.parametrize("alpha", [0.0, -1.0, float("nan")])
def test_wrong_alpha(alpha):
    with pytest.raises(ValueError, match="alpha"):
        Mixup(alpha)
