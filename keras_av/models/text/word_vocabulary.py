"""Words of sentences, and their numbers."""

from collections.abc import Callable, Sequence

import keras

from keras_av.ops.types import Tensor

# Words are parted by whatever is no letter, digit or apostrophe within one.
_NO_WORD = r"[^\pL\pM\pN']+|'\B|\B'"


def word_vocabulary(
    sentences: Sequence[str], max_words: int | None = None
) -> list[str]:
    """The words of sentences in lower case, the most frequent first.

    Args:
        sentences: Sentences in any languages that part words by spaces.
        max_words: Greatest number of words. Defaults to none, all words.

    Raises:
        ValueError: If there are no words.

    Examples:

    >>> from keras_av.models import word_vocabulary
    >>> word_vocabulary(["It rings.", "It's Über-laut; it rings!", "it"])
    ['it', 'rings', 'über', 'laut', "it's"]
    """
    # Keras counts two more: no word, and any other.
    most = None if max_words is None else max_words + 2
    layer = keras.layers.TextVectorization(most, standardize=None)
    if len(sentences):
        layer.adapt(_standardized(list(sentences)).numpy())
    found = layer.get_vocabulary(include_special_tokens=False)
    words = [str(word) for word in found]
    if not words:
        raise ValueError(
            "A vocabulary needs sentences with words. Received: "
            f"{len(sentences)} sentences without any"
        )
    return words


def word_numbers(
    words: Sequence[str], length: int
) -> Callable[[Tensor], Tensor]:
    """A function from strings to the numbers of their words.

    Args:
        words: Words in lower case; their numbers are from 2 on, and any other
            word has the number 1.
        length: Number of numbers for each string, 0 where it has no more
            words.

    Returns:
        A function from strings, `(batch,)`, to a `tf.Tensor`, int32 `(batch,
        length)`, on every backend.
    """
    import tensorflow as tf

    # Also where a graph is being made: the table outlives it.
    with tf.init_scope():
        layer = keras.layers.TextVectorization(
            vocabulary=list(words),
            output_sequence_length=length,
            standardize=None,
        )

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def numbers(strings: Tensor) -> Tensor:
        return tf.ensure_shape(
            tf.cast(layer(_standardized(strings)), tf.int32), [None, length]
        )

    return numbers


def _standardized(strings: Tensor) -> Tensor:
    # Keras's own leaves capital umlauts as they are; and one that is given to
    # its layer must be of NumPy on other backends than TensorFlow.
    import tensorflow as tf

    lower = tf.strings.lower(strings, encoding="utf-8")
    return tf.strings.strip(tf.strings.regex_replace(lower, _NO_WORD, " "))
