"""Retrieval between two modalities of the same clips."""

from keras_av.metrics.retrieval import retrieval_metrics
from keras_av.ops.types import Array

_NAMES = {
    "recall_1": "recall@1",
    "recall_5": "recall@5",
    "median_rank": "median_rank",
}


def pair_retrieval(
    video: Array,
    audio: Array,
    labels: Array | None = None,
    modalities: tuple[str, str] = ("video", "audio"),
) -> tuple[dict[str, float], dict[str, float]]:
    """Retrieval of the same clip from one modality by the other, both ways.

    The audio embedding of each clip ranks the video embeddings of all clips,
    and vice versa; the correct answer is the same clip or, with labels, every
    clip of the same label, itself included. The two may be of any modalities.

    Args:
        video: Video embeddings, `(num_clips, dim)`.
        audio: Audio embeddings of the same clips, `(num_clips, dim)`.
        labels: Integers, `(num_clips,)`, such as the groups or the classes of
            the clips. Defaults to None.
        modalities: Names of the modalities of the two. Defaults to `("video",
            "audio")`.

    Returns:
        Two dicts with the same keys, `audio_to_video_recall_1`, `..._5`,
        `..._median_rank` and `video_to_audio_...` or those of the modalities:
        the measured values, and those of a random order.

    Examples:

    >>> import numpy as np
    >>> from keras_av.metrics import pair_retrieval
    >>> measured, chance = pair_retrieval(np.eye(4), np.eye(4))
    >>> measured["audio_to_video_recall_1"], chance["audio_to_video_recall_1"]
    (1.0, 0.25)
    """
    measured, chance = {}, {}
    one, other = modalities
    for direction, query, gallery in (
        (f"{other}_to_{one}", audio, video),
        (f"{one}_to_{other}", video, audio),
    ):
        found = retrieval_metrics(
            query, gallery, labels=labels, gallery_labels=labels
        )
        for name, key in _NAMES.items():
            measured[f"{direction}_{name}"] = float(found[key])
            chance[f"{direction}_{name}"] = float(found[f"chance_{key}"])
    return measured, chance
