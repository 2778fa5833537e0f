"""Retrieval between two modalities of the same clips."""

from keras_av.metrics.retrieval import retrieval_metrics
from keras_av.ops.types import Array

_NAMES = {
    "recall_1": "recall@1",
    "recall_5": "recall@5",
    "median_rank": "median_rank",
}


def pair_retrieval(
    video: Array, audio: Array
) -> tuple[dict[str, float], dict[str, float]]:
    """Retrieval of a clip's picture by its sound, and of the reverse.

    The embedding of each clip's sound ranks the embeddings of all pictures,
    and the other way round; the right answer is the same clip.

    Args:
        video: Embeddings of the pictures, `(num_clips, dim)`.
        audio: Embeddings of the sounds of the same clips,
            `(num_clips, dim)`.

    Returns:
        Two dicts with the same names, `audio_to_video_recall_1`, `..._5`,
        `..._median_rank` and `video_to_audio_...`: what was measured, and
        what a random order gives.

    Examples:

    >>> import numpy as np
    >>> from keras_av.metrics import pair_retrieval
    >>> measured, chance = pair_retrieval(np.eye(4), np.eye(4))
    >>> measured["audio_to_video_recall_1"], chance["audio_to_video_recall_1"]
    (1.0, 0.25)
    """
    measured, chance = {}, {}
    for direction, query, gallery in (
        ("audio_to_video", audio, video),
        ("video_to_audio", video, audio),
    ):
        found = retrieval_metrics(query, gallery)
        for name, key in _NAMES.items():
            measured[f"{direction}_{name}"] = float(found[key])
            chance[f"{direction}_{name}"] = float(found[f"chance_{key}"])
    return measured, chance
