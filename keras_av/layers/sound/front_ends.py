"""Front ends of published networks for sound."""

from collections.abc import Sequence

import numpy as np

from keras_av.layers.sound.log_mel_spectrogram import LogMelSpectrogram


def panns_log_mel(sampling_rate: int = 32000) -> LogMelSpectrogram:
    """Make the front end of PANNs: decibels of 64 mel bins.

    Mel power `p` of 50 Hz to 14 kHz becomes `10 log10(max(p, 1e-10))`, in
    steps of 10 ms, of a waveform that is mirrored at its ends.

    References:
        - [Kong et al., 2020](https://arxiv.org/abs/1912.10211)

    Args:
        sampling_rate: 32000 Hz, windows of 1024 samples, or 16000 Hz, windows
            of 512 and bins up to 8 kHz. Defaults to 32000.

    Returns:
        A `LogMelSpectrogram`.

    Raises:
        ValueError: If the rate is another one.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import panns_log_mel
    >>> spectrogram = panns_log_mel()(np.zeros((1, 32000), "float32"))
    >>> tuple(spectrogram.shape), round(float(spectrogram[0, 0, 0, 0]), 3)
    ((1, 101, 64, 1), -100.0)
    """
    if sampling_rate not in (16000, 32000):
        raise ValueError(
            f"Received sampling_rate={sampling_rate}. Expected 16000 or 32000."
        )
    length = sampling_rate * 32 // 1000
    return LogMelSpectrogram(
        sampling_rate,
        64,
        window_length=length,
        sequence_stride=sampling_rate // 100,
        fft_length=length,
        min_freq=50.0,
        max_freq=min(14000.0, sampling_rate / 2),
        floor=1e-10,
        std=np.log(10.0) / 10.0,
        padding="reflect",
    )


def yamnet_log_mel() -> LogMelSpectrogram:
    """Make the front end of YAMNet: logarithms of 64 mel bins.

    The mel amplitude `a` of 125 Hz to 7.5 kHz becomes `log(a + 0.001)`, in
    windows of 25 ms every 10 ms at 16 kHz, from the first sample on.

    References:
        - [YAMNet, 2020](https://github.com/tensorflow/models/tree/master/
          research/audioset/yamnet)

    Returns:
        A `LogMelSpectrogram`.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import yamnet_log_mel
    >>> spectrogram = yamnet_log_mel()(np.zeros((1, 15600), "float32"))
    >>> tuple(spectrogram.shape), round(float(spectrogram[0, 0, 0, 0]), 3)
    ((1, 96, 64, 1), -6.908)
    """
    return LogMelSpectrogram(
        min_freq=125.0,
        max_freq=7500.0,
        floor=float(np.finfo("float32").tiny),
        power=1.0,
        offset=0.001,
        mel_scale="kaldi",
        norm=None,
        padding="valid",
    )


def kaldi_fbank(
    num_mel_bins: int = 128,
    mean: float | Sequence[float] = 0.0,
    std: float | Sequence[float] = 1.0,
) -> LogMelSpectrogram:
    """Make the filter bank of Kaldi that spectrogram transformers take.

    Each frame of 25 ms, every 10 ms at 16 kHz, loses its mean, is
    pre-emphasized by 0.97 and weighted by a symmetric Hann window. The
    logarithm of its mel power above 20 Hz is at least that of 1.19e-7.

    References:
        - [Gong et al., 2021](https://arxiv.org/abs/2104.01778)

    Args:
        num_mel_bins: Number of mel bins. Defaults to 128. Of so many, some
            of the lowest hold no frequency and are constant.
        mean: Number, or one per mel bin, to subtract. Defaults to 0.
        std: Positive number, or one per mel bin, to divide by. Defaults to 1.

    Returns:
        A `LogMelSpectrogram`.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import kaldi_fbank
    >>> tuple(kaldi_fbank()(np.zeros((1, 16000), "float32")).shape)
    (1, 98, 128, 1)
    """
    return LogMelSpectrogram(
        num_mel_bins=num_mel_bins,
        min_freq=20.0,
        floor=float(np.finfo("float32").eps),
        mean=mean,
        std=std,
        mel_scale="kaldi",
        norm=None,
        padding="valid",
        window="hann_symmetric",
        preemphasis=0.97,
        transform="conv",
    )
