"""Monitoring of embedding collapse during training."""

from collections.abc import Iterable
from typing import Any

from keras import ops

from keras_av.callbacks.probe import Probe
from keras_av.evaluation.embed_pairs import embed_encoded
from keras_av.methods.contrastive.two_tower import modalities_of
from keras_av.metrics.geometry import alignment, effective_rank, uniformity


class CollapseMonitor(Probe):
    """Measures alignment, uniformity and effective rank during training.

    Embeddings that collapse to a point or a line have a small effective rank
    and a uniformity near 0, even if the loss looks fine. It logs

    - `alignment`: mean squared distance between the two embeddings of a clip;
    - `video_uniformity`, `audio_uniformity`;
    - `video_effective_rank`, `audio_effective_rank`;
    - with memory banks `video_bank_unwritten`, `audio_bank_unwritten`: the
      share of rows that were never updated, which are noise as negatives.

    References:
        - [Wang and Isola, 2020](https://arxiv.org/abs/2005.10242)
        - [Roy and Vetterli, 2007](
          https://ieeexplore.ieee.org/document/7098875)

    Args:
        clips: Batches with `video` and `audio`, or `audio` and `text`, whose
            names then take their places, such as from
            `keras_av.data.clips` without `training`.
        frequency: Number of epochs between measurements. Defaults to 1.

    Examples:

    >>> from keras_av.callbacks import CollapseMonitor
    >>> CollapseMonitor(clips=[]).names[0]
    'alignment'
    """

    def __init__(self, clips: Iterable[dict[str, Any]], frequency: int = 1):
        super().__init__(frequency)
        self.clips = clips

    @property
    def names(self) -> tuple[str, ...]:
        kinds = ["uniformity", "effective_rank"]
        modalities = modalities_of(self.model)
        if hasattr(self.model, f"{modalities[0]}_bank"):
            kinds.append("bank_unwritten")
        return (
            "alignment",
            *(f"{m}_{kind}" for m in modalities for kind in kinds),
        )

    def measure(self) -> dict[str, float]:
        modalities = modalities_of(self.model)
        encoded = self.encode(self.clips, modalities)
        embeddings = embed_encoded(self.model, encoded)
        pair = (embeddings[modality] for modality in modalities)
        logs = {"alignment": alignment(*pair)}
        for modality in modalities:
            x = embeddings[modality]
            logs[f"{modality}_uniformity"] = uniformity(x)
            logs[f"{modality}_effective_rank"] = effective_rank(x)
            bank = getattr(self.model, f"{modality}_bank", None)
            if bank is not None:
                written = ops.convert_to_numpy(bank.written)
                logs[f"{modality}_bank_unwritten"] = float(1 - written.mean())
        return logs
