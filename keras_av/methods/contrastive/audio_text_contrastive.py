"""Contrastive learning of an audio and a text encoder."""

from collections.abc import Mapping
from typing import Any, ClassVar

import keras

from keras_av.methods.contrastive.cross_modal_contrastive import (
    CrossModalContrastive,
)
from keras_av.methods.contrastive.two_tower import query_and_key


@keras.saving.register_keras_serializable(package="keras_av")
class AudioTextContrastive(CrossModalContrastive):
    """Aligns an audio and a text encoder in one embedding space.

    It is `CrossModalContrastive` with sound and words in place of frames and
    sound: the embeddings of the sound of a clip and of what is said in it, or
    of it, are pulled together, those of different clips apart. The losses are
    `in_batch`, `audio_cross`, `text_cross`, `audio_uni` and `text_uni`. The
    words may be in another language than the sound, or in several.

    A clip without sound, or in which nothing is said, is left out of all terms
    that need what it lacks.

    References:
        - [van den Oord et al., 2018](https://arxiv.org/abs/1807.03748)
        - [Elizalde et al., 2023](https://arxiv.org/abs/2206.04769)

    Args:
        audio_encoder: Any built `keras.Model` from waveforms `(batch,
            samples)` to descriptors `(batch, ..., channels)`.
        text_encoder: Any built `keras.Model` from integers `(batch, length)`,
            such as those of words, to descriptors, such as a
            `keras_av.models.TextBackbone`.
        **kwargs: Further arguments of `CrossModalContrastive`: `head`, `bank`,
            `bank_momentum`, `temperature`, `loss_weights`,
            `direction_reduction`, `partition`, `seed`.

    Call arguments:
        batch: Dict with `audio` or `text` or both. Training also uses `index`
            if there is a bank and, if present, `has_audio`, `has_text` and
            `sample_weight`, each `(batch,)`.

    Returns:
        A dict of unit-length embeddings, `(batch, dim)`, by modality.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.methods import AudioTextContrastive
    >>> from keras_av.models import TextBackbone
    >>> audio = keras.Sequential([keras.Input((100,)), keras.layers.Dense(4)])
    >>> text = TextBackbone(["high", "low", "tone"], length=4, width=8)
    >>> model = AudioTextContrastive(audio, text, seed=0)
    >>> model.compile(optimizer="adam", jit_compile=False)
    >>> tokens = text.tokenize(["a high tone", "a low tone"] * 4)
    >>> batch = {"audio": np.zeros((8, 100), "float32"),
    ...          "text": np.array(tokens)}
    >>> history = model.fit(batch, batch_size=4, verbose=0)
    >>> tuple(model(batch)["text"].shape)
    (8, 128)
    """

    modalities: ClassVar[tuple[str, str]] = ("audio", "text")
    bank_losses: ClassVar[Mapping[str, tuple[str, str]]] = query_and_key(
        "audio", "text"
    )

    def __init__(
        self,
        audio_encoder: keras.Model,
        text_encoder: keras.Model,
        **kwargs: Any,
    ):
        # By position: they are no video and audio encoder.
        super().__init__(audio_encoder, text_encoder, **kwargs)
