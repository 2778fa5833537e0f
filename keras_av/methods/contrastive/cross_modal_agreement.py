"""Cross-modal agreement: positives beyond the clip itself."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import keras

from keras_av.layers.memory.agreeing_rows import Agreement
from keras_av.layers.memory.memory_bank import MemoryBank
from keras_av.layers.memory.positive_sets import PositiveSets
from keras_av.methods.contrastive.candidates import Candidates
from keras_av.methods.contrastive.cross_modal_contrastive import (
    CrossModalContrastive,
)
from keras_av.methods.contrastive.two_tower import PARTS, QUERY_AND_KEY
from keras_av.ops.types import Tensor
from keras_av.training.checks import check_positive
from keras_av.training.phase import Phase

_CROSS = ("video_cross", "audio_cross")
_SETS = ("video_set", "audio_set")


@keras.saving.register_keras_serializable(package="keras_av")
class CrossModalAgreement(CrossModalContrastive):
    """Audio-visual instance discrimination, with agreement (AVID-CMA).

    First each clip is told from all others across modalities, by the losses
    `video_cross` and `audio_cross` of `CrossModalContrastive` (AVID). Then the
    clips whose rows of the memory banks agree most with its own in both
    modalities become positives within each modality (CMA):

    - `video_set`: `v` against the rows of its set in the video bank;
      `audio_set`: `a` against those in the audio bank. The loss is the mean
      over the set, each against `num_set_negatives` rows of other clips.

    Clips of the set are no negatives of any loss. The sets are mined from the
    banks by a phase of `agreement_phases`, which
    `keras_av.callbacks.Curriculum` runs; without one, the model learns as AVID
    does. Weights are shares: those of the losses in use are divided by their
    sum, so that by default instances and sets count a half each. The authors
    use binary NCE: pass `partition=PartitionFunction("first_batch")`, which
    sets share with the losses of instances, and keep the clip itself among the
    negatives of its set (`exclude_self=False` of the bank).

    References:
        - [Morgado et al., 2021](https://arxiv.org/abs/2004.12943)

    Args:
        video_encoder: Any built `keras.Model` from clips to descriptors.
        audio_encoder: Any built `keras.Model` from waveforms to descriptors.
        bank: `MemoryBank`, copied for each modality, with one row per clip of
            the training manifest.
        num_positives: Number of clips in a set. Defaults to 32.
        agreement: Whose similarity makes a set: `"consensus"`, the lower one of
            both modalities, `"union"`, the higher one, `"video"` or `"audio"`.
            Defaults to `"consensus"`.
        num_set_negatives: Number of negatives of a set, at most that of the
            bank. Defaults to 64.
        loss_weights: Positive weights of the losses by name; the others are
            off. Defaults to 1 for those of instances and of sets.
        **kwargs: Further arguments of `CrossModalContrastive`: `head`,
            `bank_momentum`, `temperature`, `direction_reduction`,
            `partition`, `seed`.

    Raises:
        ValueError: If there is no bank, or it has too few rows or negatives.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.callbacks import Curriculum
    >>> from keras_av.layers import MemoryBank
    >>> from keras_av.methods import CrossModalAgreement, agreement_phases
    >>> video = keras.Sequential([keras.Input((4, 8, 8, 3)),
    ...                           keras.layers.Flatten(),
    ...                           keras.layers.Dense(4)])
    >>> audio = keras.Sequential([keras.Input((100,)), keras.layers.Dense(4)])
    >>> bank = MemoryBank(num_rows=8, dim=128, num_negatives=4)
    >>> model = CrossModalAgreement(video, audio, bank=bank, num_positives=2,
    ...                             num_set_negatives=4, seed=0)
    >>> model.compile(optimizer="adam", jit_compile=False)
    >>> batch = {"video": np.zeros((8, 4, 8, 8, 3), "uint8"),
    ...          "audio": np.zeros((8, 100), "float32"),
    ...          "index": np.arange(8, dtype="int32")}
    >>> history = model.fit(batch, batch_size=4, epochs=2, verbose=0,
    ...                     callbacks=[Curriculum(agreement_phases((1, 1)))])
    >>> [bool(np.isfinite(loss)) for loss in history.history["video_set"]]
    [False, True]
    """

    bank_losses: ClassVar[Mapping[str, tuple[str, str]]] = {
        **QUERY_AND_KEY,
        "video_set": ("video", "video"),
        "audio_set": ("audio", "audio"),
    }

    def __init__(
        self,
        video_encoder: keras.Model,
        audio_encoder: keras.Model,
        *,
        bank: MemoryBank,
        num_positives: int = 32,
        agreement: Agreement = "consensus",
        num_set_negatives: int = 64,
        loss_weights: Mapping[str, float] | None = None,
        **kwargs: Any,
    ):
        if bank is None:
            raise ValueError(
                "CrossModalAgreement learns against memory banks. Pass "
                "bank=MemoryBank(num_rows=len(manifest), dim=128)."
            )
        if not 0 < num_set_negatives <= bank.num_negatives:
            raise ValueError(
                "num_set_negatives must be positive and at most the bank's "
                f"num_negatives, {bank.num_negatives}. Received: "
                f"num_set_negatives={num_set_negatives}"
            )
        if loss_weights is None:
            loss_weights = dict.fromkeys((*_CROSS, *_SETS), 1.0)
        for name, weight in loss_weights.items():
            check_positive(f"The weight of {name}", weight)
        super().__init__(
            video_encoder,
            audio_encoder,
            bank=bank,
            loss_weights=loss_weights,
            **kwargs,
        )
        # There are no sets yet: a phase turns their losses on.
        self.active_losses -= set(_SETS)
        self.num_positives = num_positives
        self.agreement = agreement
        self.num_set_negatives = num_set_negatives
        self.sets = PositiveSets(
            bank.num_rows, num_positives, agreement, name="sets"
        )

    def begin_phase(self, phase: Phase) -> None:
        """Select the parts and the losses; those of sets need sets.

        Args:
            phase: Phase whose parts and losses are applied.

        Raises:
            ValueError: If a loss is that of a set, and there are none yet.
        """
        if set(phase.losses) & set(_SETS) and not self.sets.is_mined:
            raise ValueError(
                f"The phase {phase.name!r} uses {sorted(phase.losses)}, but "
                "there are no positive sets yet. Give it mine_every, call "
                "mine_positives(), or make phases with agreement_phases()."
            )
        super().begin_phase(phase)

    def mine_positives(self) -> None:
        """Find the positive sets anew, from the memory banks.

        Raises:
            ValueError: If too few clips have been seen.
        """
        self.sets.mine(self.video_bank, self.audio_bank)

    def _draw(
        self,
        name: str,
        batch: Mapping[str, Tensor],
        outputs: dict[str, Any],
        **chosen: Any,
    ) -> Candidates:
        if not self.active_losses & set(_SETS):
            return super()._draw(name, batch, outputs, **chosen)
        positives, known = self.sets(batch["index"])
        chosen["skip"] = positives
        if name not in _SETS:
            return super()._draw(name, batch, outputs, **chosen)
        chosen["positives"] = positives
        chosen["num_negatives"] = self.num_set_negatives
        drawn = super()._draw(name, batch, outputs, **chosen)
        return drawn._replace(
            weights=keras.ops.where(known, drawn.weights, 0.0)
        )

    def _weight(self, name: str, training: bool) -> float:
        if not training:
            return 1.0
        # In order, which a set has not.
        used = sorted(self.active_losses)
        total = sum(self.loss_weights.get(one, 1.0) for one in used)
        share = self.loss_weights.get(name, 1.0) / total
        return share * self._direction_factor / 0.5

    def _partitions(self, drawn: Mapping[str, Candidates]) -> dict[str, Tensor]:
        """The partition function of sets is that of instances, if it is one."""
        sets = {n: c for n, c in drawn.items() if n in _SETS}
        found = super()._partitions(
            {n: c for n, c in drawn.items() if n not in _SETS}
        )
        known = {id(self._partition_of(n)): z for n, z in found.items()}
        shared = {
            name: known[id(self._partition_of(name))]
            for name in sets
            if id(self._partition_of(name)) in known
        }
        own = {n: c for n, c in sets.items() if n not in shared}
        return found | shared | super()._partitions(own)


def agreement_phases(epochs: Sequence[int], mine_every: int = 5) -> list[Phase]:
    """Make the two phases of AVID-CMA.

    Args:
        epochs: Numbers of epochs of AVID and of CMA. A phase of 0 epochs is
            left out; CMA then starts from the weights and banks of a model
            that was trained before.
        mine_every: Number of epochs of CMA after which positive sets are mined
            anew. Defaults to 5, as for Kinetics in the original program.

    Returns:
        A list of up to two `keras_av.training.Phase` objects.

    Raises:
        ValueError: If there are not two numbers of epochs, or `mine_every` is
            not positive.

    Examples:

    >>> from keras_av.methods import agreement_phases
    >>> [phase.name for phase in agreement_phases(epochs=(30, 20))]
    ['AVID', 'CMA']
    """
    if len(epochs) != 2:
        raise ValueError(
            "epochs must be two numbers, for AVID and for CMA. Received: "
            f"{epochs}"
        )
    if mine_every < 1:
        raise ValueError(
            f"mine_every must be at least 1. Received: {mine_every}"
        )
    phases = [
        Phase("AVID", epochs[0], trainable=PARTS, losses=_CROSS),
        Phase(
            "CMA",
            epochs[1],
            trainable=PARTS,
            losses=(*_CROSS, *_SETS),
            mine_every=mine_every,
        ),
    ]
    return [phase for phase in phases if phase.epochs]
