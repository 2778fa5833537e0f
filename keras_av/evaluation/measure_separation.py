"""How well a method separates the sounds of videos."""

import numpy as np
from keras import ops

from keras_av.evaluation.separate_sounds import separate_sounds
from keras_av.losses.separation import apply_mask, ratio_mask
from keras_av.methods.separation import Separation
from keras_av.metrics.separation_scores import separation_scores
from keras_av.ops.types import Array

# Level below that of any sound.
_LEAST = 1e-8


def measure_separation(
    model: Separation,
    video: Array,
    audio: Array,
    others: Array,
    num_samples: int,
) -> dict[str, dict[str, float]]:
    """Mean SDR and SI-SDR of separated sounds, in decibels, beside rivals.

    Each sound is mixed with another one, equally loud, and separated by its
    video, in windows if it is longer than a clip.

    Args:
        model: Trained method.
        video: Frames of each video, `(videos, frames, height, width, 3)`.
        audio: Sounds, none of them silent, `(videos, samples)`.
        others: Which sound each one is mixed with, `(videos,)`.
        num_samples: Length of the model's clips, in samples.

    Returns:
        Means of `sdr` and `si_sdr` of

        - `mixture`: the mixture itself;
        - `band_filter`: the best share of each frequency, the same at all
          times, of who knows both sounds: all that a difference in pitch is
          good for;
        - `wrong_video`: what the model separates by the other video;
        - `separated`: what it separates by the right one;
        - `best_mask`: the true mask, within the model's bound.

    Raises:
        ValueError: If the shapes do not fit, or a sound is silent.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.evaluation import measure_separation
    >>> from keras_av.methods import Separation
    >>> from keras_av.models import SeparationUNet
    >>> look = keras.Sequential(
    ...     [keras.Input((4, 8, 8, 3)), keras.layers.Conv3D(2, (1, 8, 8))])
    >>> unet = SeparationUNet((11, 257, 2), (4, 2), widths=(2, 2))
    >>> video = np.zeros((2, 8, 8, 8, 3), "float32")
    >>> audio = np.random.default_rng(0).standard_normal((2, 3200))
    >>> found = measure_separation(
    ...     Separation(look, unet), video, audio, np.array([1, 0]), 1600)
    >>> list(found)
    ['mixture', 'band_filter', 'wrong_video', 'separated', 'best_mask']
    >>> bool(found["best_mask"]["sdr"] > found["mixture"]["sdr"] + 20)
    True
    """
    levels = np.sqrt(np.mean(np.square(audio), axis=1, keepdims=True))
    sounds = (audio / np.maximum(levels, _LEAST)).astype("float32")
    mixtures = sounds + sounds[others]

    def separate(videos: Array) -> Array:
        rows = zip(videos, mixtures)
        return np.stack(
            [separate_sounds(model, *row, num_samples) for row in rows]
        )

    spectra, mixed = model.spectrogram(sounds), model.spectrogram(mixtures)
    masks = {
        "band_filter": _band_mask(ops.convert_to_numpy(spectra), others),
        "best_mask": ratio_mask(spectra, mixed, model.mask_bound),
    }
    masked = {
        name: ops.convert_to_numpy(
            model.spectrogram.waveform(
                apply_mask(mask, mixed), mixtures.shape[1]
            )
        )
        for name, mask in masks.items()
    }
    found = {
        "mixture": mixtures,
        "band_filter": masked["band_filter"],
        "wrong_video": separate(video[others]),
        "separated": separate(video),
        "best_mask": masked["best_mask"],
    }
    return {
        title: {
            name: float(values.mean())
            for name, values in separation_scores(sounds, waves).items()
        }
        for title, waves in found.items()
    }


def _band_mask(spectra: Array, others: Array) -> Array:
    """The share of a sound in the power of each frequency, over all time."""
    power = np.square(spectra).sum(axis=-1).mean(axis=1, keepdims=True)
    whole = np.maximum(power + power[others], 1e-12)
    share = np.broadcast_to(power / whole, spectra.shape[:-1])
    return np.stack([share, np.zeros_like(share)], axis=-1)
