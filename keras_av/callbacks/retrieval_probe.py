"""Cross-modal retrieval during training."""

from collections.abc import Iterable
from typing import Any

from keras_av.callbacks.probe import Probe
from keras_av.evaluation.embed_pairs import embed_encoded
from keras_av.methods.contrastive.two_tower import modalities_of
from keras_av.metrics.pair_retrieval import pair_retrieval

_VALUES = ("recall_1", "recall_5", "median_rank")


class RetrievalProbe(Probe):
    """Measures cross-modal retrieval of single clips during training.

    The audio embedding of a clip ranks the video embeddings of all clips, and
    vice versa; the correct answer is the same clip. Logged for
    `audio_to_video` and `video_to_audio` as `..._recall_1`, `..._recall_5` and
    `..._median_rank`, together with the values of a random order,
    `retrieval_chance_recall_1` and so on. Silent clips are left out.

    Of a method with towers for sound and text it logs `text_to_audio_...` and
    `audio_to_text_...`, and leaves out clips without text, too.

    Args:
        clips: Batches with `video` and `audio`, or `audio` and `text`, of files
            that are not trained on, such as from `keras_av.data.clips` without
            `training`.
        frequency: Number of epochs between measurements. Defaults to 1.

    Examples:

    >>> from keras_av.callbacks import RetrievalProbe
    >>> RetrievalProbe(clips=[]).names[0]
    'audio_to_video_recall_1'
    """

    def __init__(self, clips: Iterable[dict[str, Any]], frequency: int = 1):
        super().__init__(frequency)
        self.clips = clips

    @property
    def names(self) -> tuple[str, ...]:
        one, other = modalities_of(self.model)
        prefixes = (
            f"{other}_to_{one}",
            f"{one}_to_{other}",
            "retrieval_chance",
        )
        return tuple(f"{p}_{name}" for p in prefixes for name in _VALUES)

    def measure(self) -> dict[str, float]:
        one, other = modalities = modalities_of(self.model)
        found = embed_encoded(self.model, self.encode(self.clips, modalities))
        measured, chance = pair_retrieval(
            found[one], found[other], modalities=modalities
        )
        first = f"{other}_to_{one}"
        by_chance = {
            name.replace(first, "retrieval_chance"): value
            for name, value in chance.items()
            if name.startswith(first)
        }
        return {**measured, **by_chance}
