"""How well sounds are separated."""

import numpy as np

from keras_av.ops.types import Array


def separation_scores(sounds: Array, separated: Array) -> dict[str, Array]:
    """SDR and SI-SDR of separated sounds, in decibels.

    The power of what is the true sound over that of the rest, by
    `fast_bss_eval`, which the extra `separation` installs. For the
    signal-to-distortion ratio (SDR) of BSS Eval, whatever a filter of 512 taps
    makes of the true sound counts as that sound; for the scale-invariant one
    (SI-SDR) only a factor does.

    References:
        - [Scheibler, 2022](https://arxiv.org/abs/2110.06440)
        - [Vincent et al., 2006](https://doi.org/10.1109/TSA.2005.858005)
        - [Le Roux et al., 2019](https://arxiv.org/abs/1811.02508)

    Args:
        sounds: True sounds, `(rows, samples)`, none of them silent.
        separated: Separated sounds, or mixtures, of the same shape.

    Returns:
        `sdr` and `si_sdr`, each float64 `(rows,)`; of silence, `-inf`.

    Raises:
        ValueError: If the shapes differ or are of another rank, or a true sound
            is silent.
        ImportError: If `fast_bss_eval` is not installed.

    Examples:

    >>> import numpy as np
    >>> from keras_av.metrics import separation_scores
    >>> rng = np.random.default_rng(0)
    >>> sound, other = rng.standard_normal((2, 1, 8000))
    >>> scores = separation_scores(sound, sound + 0.1 * other)
    >>> round(float(scores["si_sdr"][0]))
    20
    """
    sounds, separated = (np.asarray(x, "float64") for x in (sounds, separated))
    if sounds.ndim != 2 or sounds.shape != separated.shape:
        raise ValueError(
            f"Received sounds of shape {sounds.shape} and separated of shape "
            f"{separated.shape}. Expected the same shape, (rows, samples)."
        )
    silent = np.flatnonzero(~sounds.any(axis=1))
    if len(silent):
        raise ValueError(
            f"Received silent sounds in rows {silent.tolist()}, of which "
            "nothing can be found again: leave them out."
        )
    try:
        import fast_bss_eval
    except ImportError as error:
        raise ImportError(
            "separation_scores needs fast_bss_eval, which is not installed. "
            'Install it with: pip install "keras_av[separation]"'
        ) from error
    heard = separated.any(axis=1)
    pairs = (sounds[heard, None], separated[heard, None])
    found = {}
    for name in ("sdr", "si_sdr"):
        measure = getattr(fast_bss_eval, name)
        found[name] = np.full(len(sounds), -np.inf)
        if heard.any():
            found[name][heard] = measure(*pairs)[:, 0]
    return found
