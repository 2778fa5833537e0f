"""The same network of operations that a format has."""

import keras

from keras_av.export.banded_log_mel import BandedLogMel
from keras_av.export.split_max_pooling import SplitMaxPooling
from keras_av.layers.sound.log_mel_spectrogram import LogMelSpectrogram
from keras_av.models.image_audio import ImageAudioEncoder
from keras_av.models.input_of import input_of


def portable(model: keras.Model, format: str) -> keras.Model:
    """Copy a network, with other layers where a format lacks an operation.

    For ONNX, spectra are computed by a convolution; for LiteRT, they are
    filtered a few bands at a time, and video is pooled within frames, then
    over time. What is computed is the same.

    Args:
        model: Functional model, or an `ImageAudioEncoder`.
        format: One of `FORMATS`.

    Returns:
        A network with weights of its own.

    Examples:

    >>> from keras_av.export.portable import portable
    >>> from keras_av.models import listen_to_look_audio
    >>> encoder = listen_to_look_audio(depth=10, width=2)
    >>> portable(encoder, "onnx").layers[1].transform
    'conv'
    """
    if isinstance(model, ImageAudioEncoder):
        image, audio = model.image_encoder, model.audio_encoder
        return ImageAudioEncoder(
            image and portable(image, format),
            audio and portable(audio, format),
            model.fusion,
            model.frame,
            name=model.name,
        )

    def replaced(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        if format == "onnx" and isinstance(layer, LogMelSpectrogram):
            return LogMelSpectrogram.from_config(
                {**config, "transform": "conv"}
            )
        if format == "litert" and isinstance(layer, LogMelSpectrogram):
            return BandedLogMel.from_config(config)
        if format == "litert" and isinstance(layer, keras.layers.MaxPooling3D):
            # Others are not in this library, and have an operation of their
            # own if any.
            if layer.padding == "valid":
                return SplitMaxPooling(
                    layer.pool_size, layer.strides, name=layer.name
                )
        return type(layer).from_config(config)

    copy = keras.models.clone_model(
        # Without a class of its own, whose constructor takes other arguments.
        keras.Model(input_of(model), model.outputs[0]),
        clone_function=replaced,
        recursive=True,
    )
    copy.set_weights(model.get_weights())
    return copy
