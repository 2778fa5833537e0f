import numpy as np
import pytest

from keras_av.models import word_vocabulary
from keras_av.models.text.word_vocabulary import word_numbers

SENTENCES = ["It rings.", "Es klingt ÜBER-laut; „ganz“ laut!", "it’s laut?"]


@pytest.mark.backend
def test_words_of_several_languages_in_lower_case():
    words = word_vocabulary(SENTENCES)
    assert words[0] == "laut" and words[1] == "it"
    assert sorted(words[2:]) == [
        "es",
        "ganz",
        "klingt",
        "rings",
        "s",
        "über",
    ]
    assert all(type(word) is str for word in words)
    assert word_vocabulary(SENTENCES) == words
    assert word_vocabulary(SENTENCES, max_words=2) == ["laut", "it"]


def test_apostrophes_are_part_of_a_word_but_no_quotes():
    found = word_vocabulary(["don't 'quote' rock 'n' roll'"])
    assert sorted(found) == ["don't", "n", "quote", "rock", "roll"]


@pytest.mark.parametrize("sentences", [[], ["", "... ♪"]])
def test_refuses_sentences_without_words(sentences):
    with pytest.raises(ValueError, match="needs sentences with words"):
        word_vocabulary(sentences)


@pytest.mark.backend
def test_numbers_are_places_in_the_vocabulary():
    import tensorflow as tf

    numbers = word_numbers(["über", "it"], 3)
    strings = ["Über it", "", "it it it it", "what? ÜBER!"]
    expected = [[2, 3, 0], [0, 0, 0], [3, 3, 3], [1, 2, 0]]
    found = numbers(strings)
    assert isinstance(found, tf.Tensor) and found.dtype == tf.int32
    np.testing.assert_array_equal(found.numpy(), expected)
    # Within a pipeline, where the function is first called.
    again = word_numbers(["über", "it"], 3)
    dataset = tf.data.Dataset.from_tensor_slices(strings).batch(3).map(again)
    assert dataset.element_spec.shape.as_list() == [None, 3]
    rows = np.concatenate(list(dataset.as_numpy_iterator()))
    np.testing.assert_array_equal(rows, expected)
