"""The two encoders of Listen to Look's image-audio network."""

from typing import Any

import keras

from keras_av.layers.sound.log_mel_spectrogram import LogMelSpectrogram
from keras_av.layers.sound.spectrogram_pooling import SpectrogramPooling
from keras_av.models.resnet import ResNetBackbone

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


def listen_to_look_image(
    size: int | None = None, depth: int = 18, width: int = 64, **kwargs: Any
) -> ResNetBackbone:
    """Make the image encoder of Listen to Look: a ResNet-18 for one frame.

    It takes 8-bit frames and standardizes them with the statistics of
    ImageNet. It has 11,176,512 trainable weights. The original starts from
    ImageNet weights: load those of torchvision's ResNet-18 with
    `load_torch_weights`.

    References:
        - [Gao et al., 2020](https://arxiv.org/abs/1912.04487)

    Args:
        size: Height and width of a frame in pixels. Defaults to None, any
            size. The paper does not state it; 112 and 224 are suitable.
        depth: 10, 18 or 34. Defaults to 18.
        width: Number of filters of the first stage. Defaults to 64.
        **kwargs: Further arguments of `ResNetBackbone`.

    Returns:
        A `ResNetBackbone` from `(batch, height, width, 3)` to `(batch,
        8 * width)`.

    Examples:

    >>> import numpy as np
    >>> from keras_av.models import listen_to_look_image
    >>> encoder = listen_to_look_image(depth=10, width=2)
    >>> tuple(encoder(np.zeros((1, 64, 64, 3), "uint8")).shape)
    (1, 16)
    """
    scale = keras.layers.Rescaling(
        [1 / (255 * std) for std in _IMAGENET_STD],
        [-mean / std for mean, std in zip(_IMAGENET_MEAN, _IMAGENET_STD)],
    )
    return ResNetBackbone(
        depth,
        width,
        input_shape=(size, size, 3),
        preprocessor=scale,
        **kwargs,
    )


def listen_to_look_audio(
    num_samples: int | None = 16000,
    sampling_rate: int = 16000,
    num_mel_bins: int = 40,
    depth: int = 18,
    width: int = 64,
    preprocessor: keras.layers.Layer | None = None,
    **kwargs: Any,
) -> ResNetBackbone:
    """Make the audio encoder of Listen to Look: a ResNet-18 on log-mel input.

    Its first convolution has one channel and stride 1, so the network
    downsamples time and frequency by 16. `SpectrogramPooling` weights the
    remaining `ceil(num_mel_bins / 16)` frequency cells and takes the maximum
    over time. With 40 mel bins and windows of 25 ms every 10 ms, it has
    11,170,244 trainable weights.

    References:
        - [Gao et al., 2020](https://arxiv.org/abs/1912.04487)

    Args:
        num_samples: Length of a waveform in samples, or None for any length.
            Defaults to 16000.
        sampling_rate: Sampling rate of the waveforms, in Hz. Defaults to 16000.
        num_mel_bins: Number of mel bins. Defaults to 40.
        depth: 10, 18 or 34. Defaults to 18.
        width: Number of filters of the first stage. Defaults to 64.
        preprocessor: Layer that replaces the default front end, such as a
            `LogMelSpectrogram` with statistics followed by a `SpecAugment`.
        **kwargs: Further arguments of `ResNetBackbone`, such as
            `pooling=SpectrogramPooling("mean", "avg")`.

    Returns:
        A `ResNetBackbone` from `(batch, num_samples)` to `(batch,
        8 * width)`.

    Examples:

    >>> import numpy as np
    >>> from keras_av.models import listen_to_look_audio
    >>> encoder = listen_to_look_audio(depth=10, width=2)
    >>> tuple(encoder(np.zeros((1, 16000), "float32")).shape)
    (1, 16)
    """
    front = preprocessor or LogMelSpectrogram(
        sampling_rate=sampling_rate,
        num_mel_bins=num_mel_bins,
        window_length=sampling_rate // 40,
        sequence_stride=sampling_rate // 100,
        fft_length=2 ** (sampling_rate // 40 - 1).bit_length(),
    )
    kwargs.setdefault("pooling", SpectrogramPooling())
    return ResNetBackbone(
        depth,
        width,
        input_shape=(num_samples,),
        preprocessor=front,
        stem_strides=1,
        **kwargs,
    )
