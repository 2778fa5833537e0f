import keras
import numpy as np
import pytest
from keras import ops

from keras_av.models import Backbone, TextBackbone
from tests import harness

WORDS = ["high", "low", "not", "über"]


def make(**options):
    return TextBackbone(WORDS, **{"length": 6, "width": 5, **options})


def numpy(x):
    return ops.convert_to_numpy(x)


def by_hand(weights, tokens, size):
    """The descriptors by the definition, in float64."""
    table, kernel, bias = (w.astype("float64") for w in weights)
    rows = []
    for row in tokens:
        row = row[row > 0]
        before = (size - 1) // 2
        padded = np.zeros((len(row) + size - 1, table.shape[1]))
        padded[before : before + len(row)] = table[row]
        # Behind the last word there is nothing, as after the end of the text.
        places = [
            np.einsum("kc,kcd->d", padded[n : n + size], kernel) + bias
            for n in range(len(row))
        ]
        rows.append(np.max([np.zeros(len(bias)), *places], axis=0))
    return np.array(rows)


@pytest.mark.backend
@pytest.mark.parametrize("size", [1, 3, 4])
def test_a_descriptor_is_its_definition(size):
    encoder = make(kernel_size=size)
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal(w.shape) for w in encoder.get_weights()]
    encoder.set_weights(weights)
    tokens = np.array(
        [[2, 4, 3, 5, 1, 2], [4, 2, 0, 0, 0, 0], [5, 0, 0, 0, 0, 0]], "int32"
    )
    found = numpy(encoder(tokens))
    np.testing.assert_allclose(found, by_hand(weights, tokens, size), atol=1e-5)


def test_nothing_said_is_a_vector_of_zeros():
    encoder = make()
    # A bias alone would be heard in a text without words.
    encoder.set_weights([np.ones(w.shape) for w in encoder.get_weights()])
    found = numpy(encoder(np.zeros((2, 6), "int32")))
    np.testing.assert_array_equal(found, np.zeros((2, 5)))


def test_the_order_of_words_matters_within_the_kernel():
    keras.utils.set_random_seed(0)
    one, two = make(kernel_size=3), make(kernel_size=1)
    texts = ["high not low", "low not high"]
    for encoder, differ in ((one, True), (two, False)):
        found = numpy(encoder(np.array(encoder.tokenize(texts))))
        assert bool(np.abs(found[0] - found[1]).max() > 1e-4) == differ


@pytest.mark.backend
def test_tokens_are_numbers_of_words():
    encoder = make()
    found = np.array(encoder.tokenize(["ÜBER high!", "a b c d e f g"]))
    assert found.dtype == "int32"
    np.testing.assert_array_equal(found, [[5, 2, 0, 0, 0, 0], [1] * 6])


@pytest.mark.backend
def test_numbers_of_words_are_not_rounded_in_half_precision():
    words = [f"w{n}" for n in range(3000)]
    with harness.dtype_policy("mixed_float16"):
        encoder = TextBackbone(words, length=1, width=4)
    tokens = np.array(encoder.tokenize(["w2998", "w2999"]))
    table = encoder.get_layer("embed").get_weights()[0]
    assert tokens.tolist() == [[3000], [3001]]
    stem = keras.Model(encoder.input, encoder.taps["stem"])
    found = numpy(ops.cast(stem(tokens), "float32"))
    np.testing.assert_allclose(found[:, 0], table[[3000, 3001]], atol=1e-4)


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_stands(tmp_path):
    tokens = np.array([[2, 4, 3, 0, 0, 0], [5, 3, 2, 4, 2, 1]], "int32")
    harness.check_backbone(make, tokens, tmp_path)
    for loaded in (
        Backbone.from_preset(tmp_path / "preset"),
        keras.saving.load_model(tmp_path / "encoder.keras"),
    ):
        # The vocabulary came with it.
        assert loaded.vocabulary == WORDS and loaded.kernel_size == 5
        np.testing.assert_array_equal(
            np.array(loaded.tokenize(["über low"])), [[5, 3, 0, 0, 0, 0]]
        )
    card = (tmp_path / "preset" / "README.md").read_text("utf-8")
    assert "Takes words, `(batch, 6)`: integers" in card


@pytest.mark.parametrize(
    "options, message",
    [
        ({"vocabulary": []}, "0 words, 0 of them different"),
        ({"vocabulary": ["a", "a"]}, "2 words, 1 of them different"),
        ({"vocabulary": ["a"], "length": 0}, "length=0"),
        ({"vocabulary": ["a"], "kernel_size": 0}, "kernel_size=0"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        TextBackbone(**options)
