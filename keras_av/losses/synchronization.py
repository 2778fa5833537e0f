"""Synchronization: which shift of the sound belongs to the frames."""

from keras import ops

from keras_av.losses.info_nce import info_nce_of_scores
from keras_av.ops.types import Tensor


def synchronization_scores(
    video: Tensor, audio: Tensor, scale: Tensor | float = 1.0
) -> Tensor:
    """Scores of every place of every frame with the sound at each shift.

    The score volume of audio-visual objects, with `v` the descriptor of a
    place of a frame and `a` that of the sound at a shift `n`,

        S[n, t, h, w] = scale * v[t, h, w] . a[n, t],

    computed in float32.

    References:
        - [Afouras et al., 2020](https://arxiv.org/abs/2008.04237)

    Args:
        video: Unit vectors, `(batch, frames, height, width, dim)`.
        audio: Unit vectors, one for each shift and frame, `(batch, shifts,
            frames, dim)`; `shifted_windows` makes them from a sequence.
        scale: Factor of the scores, a number or a scalar tensor. Defaults to
            1.

    Returns:
        Scores, `(batch, shifts, frames, height, width)`, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import synchronization_scores
    >>> video = np.ones((2, 5, 4, 4, 8), "float32")
    >>> audio = np.ones((2, 3, 5, 8), "float32")
    >>> tuple(synchronization_scores(video, audio).shape)
    (2, 3, 5, 4, 4)
    """
    video, audio = ops.cast(video, "float32"), ops.cast(audio, "float32")
    return scale * ops.einsum("bthwd,bntd->bnthw", video, audio)


def shifted_windows(audio: Tensor, num_frames: int) -> Tensor:
    """Every window of a sequence of sound that is as long as the frames.

    Args:
        audio: Descriptors over time, `(batch, steps, dim)`.
        num_frames: Number of frames, up to `steps`.

    Returns:
        The windows that begin at each step, `(batch, steps - num_frames + 1,
        num_frames, dim)`.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import shifted_windows
    >>> audio = np.arange(4.0).reshape(1, 4, 1)
    >>> np.array(shifted_windows(audio, 3))[0, :, :, 0].tolist()
    [[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]
    """
    count = audio.shape[1] - num_frames + 1
    windows = [audio[:, first : first + num_frames] for first in range(count)]
    return ops.stack(windows, axis=1)


def attention_map(scores: Tensor) -> Tensor:
    """Where in a frame a sound comes from: log-softmax over its places.

    Args:
        scores: Scores, `(..., height, width)`.

    Returns:
        Logarithms of shares that add up to 1 in each frame, of the shape of
        the scores, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import attention_map
    >>> logarithms = attention_map(np.zeros((1, 5, 2, 2), "float32"))
    >>> round(float(logarithms[0, 0, 0, 0]), 4)  # -log 4
    -1.3863
    """
    scores = ops.cast(scores, "float32")
    return scores - ops.logsumexp(scores, axis=(-2, -1), keepdims=True)


def shift_scores(scores: Tensor) -> Tensor:
    """Score of each shift: the mean over frames of the best place.

    Args:
        scores: Scores, `(batch, shifts, frames, height, width)`.

    Returns:
        Scores, `(batch, shifts)`, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import shift_scores
    >>> scores = np.zeros((1, 3, 2, 4, 4), "float32")
    >>> scores[0, 1, :, 2, 3] = 6.0
    >>> np.array(shift_scores(scores)).tolist()
    [[0.0, 6.0, 0.0]]
    """
    best = ops.max(ops.cast(scores, "float32"), axis=(-2, -1))
    return ops.mean(best, axis=-1)


def synchronization_nce(
    video: Tensor,
    audio: Tensor,
    true_shift: int,
    scale: Tensor | float = 1.0,
) -> Tensor:
    """InfoNCE over shifts: find the one at which sound and frames belong.

    The cross-entropy of choosing the true shift, with a softmax over the
    `shift_scores` of all. If all are equal, it is the logarithm of their
    number.

    References:
        - [Afouras et al., 2020](https://arxiv.org/abs/2008.04237)
        - [van den Oord et al., 2018](https://arxiv.org/abs/1807.03748)

    Args:
        video: Unit vectors, `(batch, frames, height, width, dim)`.
        audio: Unit vectors, `(batch, shifts, frames, dim)`.
        true_shift: Number of the shift at which they belong together.
        scale: Factor of the scores. Defaults to 1.

    Returns:
        Losses, `(batch,)`, float32.

    Examples:

    >>> import numpy as np
    >>> from keras_av.losses import synchronization_nce
    >>> video = np.ones((2, 5, 4, 4, 8), "float32")
    >>> audio = np.ones((2, 3, 5, 8), "float32")
    >>> round(float(synchronization_nce(video, audio, 1)[0]), 4)  # log 3
    1.0986
    """
    scores = shift_scores(synchronization_scores(video, audio, scale))
    return nce_of_shifts(scores, true_shift)


def nce_of_shifts(scores: Tensor, true_shift: int) -> Tensor:
    """InfoNCE of scores, `(batch,)`.

    Args:
        scores: Scores of the shifts, `(batch, shifts)`, float32.
        true_shift: Number of the true one.
    """
    others = ops.concatenate(
        [scores[:, :true_shift], scores[:, true_shift + 1 :]], axis=1
    )
    return info_nce_of_scores(scores[:, true_shift], others)
