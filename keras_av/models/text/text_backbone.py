"""A small network of words."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import keras
from keras import ops

from keras_av.models.backbone import Backbone
from keras_av.models.text.word_vocabulary import word_numbers
from keras_av.ops.types import Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class TextBackbone(Backbone):
    """Embeddings of words and a convolution over neighbours.

    The maximum over all places of the convolution, with a ReLU, is the
    descriptor: what matters may be said anywhere, and in which order is seen
    within `kernel_size` words. It has its vocabulary, with which it is saved,
    and `tokenize` makes of strings what it takes.

    References:
        - [Kim, 2014](https://arxiv.org/abs/1408.5882)

    Args:
        vocabulary: Words in lower case, in any languages, such as from
            `word_vocabulary`.
        length: Number of words of a text; longer ones are cut off. Defaults
            to 32.
        width: Size of the embeddings and of the descriptor. Defaults to 128.
        kernel_size: Number of neighbouring words that are seen at once.
            Defaults to 5.
        **kwargs: `name` and `trainable`.

    Call arguments:
        inputs: Numbers of words, integers `(batch, length)`: from 2 on those
            of the vocabulary, 1 for any other, 0 after the end.

    Output shape:
        `(batch, width)`, float32.

    Raises:
        ValueError: If the vocabulary is empty or repeats a word, or a size is
            not positive.

    Examples:

    >>> from keras_av.models import TextBackbone, word_vocabulary
    >>> words = word_vocabulary(["a high tone", "a low tone"])
    >>> encoder = TextBackbone(words, length=4, width=8)
    >>> tokens = encoder.tokenize(["A high tone!", "unheard"])
    >>> tokens.numpy().tolist()
    [[3, 5, 2, 0], [1, 0, 0, 0]]
    >>> tuple(encoder(tokens.numpy()).shape)
    (2, 8)
    """

    input_dtype: ClassVar[str | None] = "int32"

    def __init__(
        self,
        vocabulary: Sequence[str],
        length: int = 32,
        width: int = 128,
        kernel_size: int = 5,
        **kwargs: Any,
    ) -> None:
        words = list(vocabulary)
        if not words or len(set(words)) < len(words):
            raise ValueError(
                "vocabulary must hold words, each once, such as those of "
                f"word_vocabulary(sentences). Received: {len(words)} words, "
                f"{len(set(words))} of them different"
            )
        if min(length, width, kernel_size) < 1:
            raise ValueError(
                "length, width and kernel_size must be positive. Received: "
                f"length={length}, width={width}, kernel_size={kernel_size}"
            )

        def trunk(x: Tensor) -> dict[str, Tensor]:
            embed = keras.layers.Embedding(len(words) + 2, width, name="embed")
            convolve = keras.layers.Conv1D(
                width,
                kernel_size,
                padding="same",
                activation="relu",
                data_format="channels_last",
                name="conv1",
            )
            # Behind the end there is nothing: no words, and no maximum.
            words_there = ops.expand_dims(ops.not_equal(x, 0), -1)
            stem = ops.where(words_there, embed(x), 0.0)
            places = ops.where(words_there, convolve(stem), 0.0)
            return {"stem": stem, "stage1": places}

        super().__init__(trunk, (length,), 2, "max", **kwargs)
        self.vocabulary = words
        self.length = length
        self.width = width
        self.kernel_size = kernel_size

    @functools.cached_property
    def _numbers(self) -> Callable[[Tensor], Tensor]:
        # It is no part of the network, whatever the backend, and so not among
        # the layers that Keras finds and saves.
        return word_numbers(self.vocabulary, self.length)

    def tokenize(self, strings: Tensor | Sequence[str]) -> Tensor:
        """The numbers of words, in operations of TensorFlow.

        Args:
            strings: Texts, `(batch,)`.

        Returns:
            A `tf.Tensor`, int32 `(batch, length)`, on every backend.
        """
        return self._numbers(strings)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "trainable": self.trainable,
            "vocabulary": list(self.vocabulary),
            "length": self.length,
            "width": self.width,
            "kernel_size": self.kernel_size,
        }
