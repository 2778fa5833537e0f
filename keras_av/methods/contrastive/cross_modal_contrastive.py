"""Cross-modal contrastive learning of a video and an audio encoder."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

import keras
import numpy as np
from keras import ops

from keras_av.layers.memory.memory_bank import MemoryBank
from keras_av.layers.memory.momentum import LearningRateSchedule
from keras_av.layers.memory.partition_function import PartitionFunction
from keras_av.losses.info_nce import in_batch_info_nce
from keras_av.methods.contrastive.candidates import Candidates
from keras_av.methods.contrastive.two_tower import (
    QUERY_AND_KEY,
    TwoTower,
    weights_of,
)
from keras_av.models.batch_keys import check_keys
from keras_av.ops.joined_batches import joined_batches
from keras_av.ops.predict_batch import predict_batch
from keras_av.ops.replicas import replica_gather
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean
from keras_av.training.checks import check_choice, check_positive
from keras_av.training.needs import Needs
from keras_av.training.template import Template

_REDUCTIONS = ("mean", "sum")


@keras.saving.register_keras_serializable(package="keras_av")
class CrossModalContrastive(TwoTower):
    """Aligns a video and an audio encoder in one embedding space.

    The video and audio embeddings of the same clip are pulled together, those
    of different clips apart. With `v`, `a` the unit-length embeddings of a clip
    and `s(q, k) = q . k / temperature`, the losses are

    - `in_batch`: InfoNCE within the batch, in both directions, gradients
      through both sides;
    - `video_cross`: `v` against the audio bank; `audio_cross`: `a` against
      the video bank;
    - `video_uni`: `v` against the video bank; `audio_uni`: `a` against the
      audio bank. These discriminate each clip from all others.

    A bank loss scores the clip's own row against `num_negatives` rows of
    other clips, using the bank as it was before the step; after the step the
    rows of the batch are updated with its embeddings. A clip without sound is
    left out of all terms that need its sound; its row in the audio bank does
    not change and, after about one epoch, is no negative.

    In validation only the `in_batch` loss is computed, whatever the training
    loss, since a bank has no rows for validation clips.

    References:
        - [van den Oord et al., 2018](https://arxiv.org/abs/1807.03748)
        - [Wu et al., 2018](https://arxiv.org/abs/1805.01978)
        - [Morgado et al., 2021](https://arxiv.org/abs/2004.12943)

    Args:
        video_encoder: Any built `keras.Model` from clips `(batch, frames,
            height, width, 3)` to descriptors `(batch, ..., channels)`.
        audio_encoder: Any built `keras.Model` from waveforms `(batch,
            samples)` to descriptors.
        head: Projection head, copied for each modality. Defaults to
            `ProjectionHead(128)`, one linear layer.
        bank: `MemoryBank`, copied for each modality, with one row per clip of
            the training manifest. If None, the negatives are the other clips
            of the batch.
        bank_momentum: Momentum of a bank, or schedule of it, by its modality,
            `"video"` or `"audio"`. Defaults to the momentum of `bank` for both.
        temperature: Positive number by which scores are divided. Defaults to
            0.07.
        loss_weights: Weights of the active losses by name. Defaults to
            `{"in_batch": 1}`, or with a bank to `{"video_cross": 1,
            "audio_cross": 1}`.
        direction_reduction: `"mean"` or `"sum"` over the two directions of a
            cross-modal pair. Defaults to `"mean"`.
        partition: `PartitionFunction`, shared by all bank losses and estimated
            from the scores of all, to replace InfoNCE with binary NCE; or a
            dict with one for each loss name.
        seed: Integer seed of the heads, the banks and the negatives.

    Call arguments:
        batch: Dict with `video` or `audio` or both. Training also uses
            `index` if there is a bank and, if present, `has_audio` and
            `sample_weight`, each `(batch,)`.

    Returns:
        A dict of unit-length embeddings, `(batch, dim)`, by modality.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.layers import MemoryBank
    >>> from keras_av.methods import CrossModalContrastive
    >>> video = keras.Sequential([keras.Input((4, 8, 8, 3)),
    ...                           keras.layers.Conv3D(4, 3)])
    >>> audio = keras.Sequential([keras.Input((100,)), keras.layers.Dense(4)])
    >>> model = CrossModalContrastive(
    ...     video, audio, bank=MemoryBank(8, 128, num_negatives=4), seed=0)
    >>> model.compile(optimizer="adam", jit_compile=False)
    >>> batch = {"video": np.zeros((8, 4, 8, 8, 3), "uint8"),
    ...          "audio": np.zeros((8, 100), "float32"),
    ...          "index": np.arange(8, dtype="int32")}
    >>> history = model.fit(batch, batch_size=4, verbose=0)
    >>> embeddings = model.predict(batch, verbose=0)
    >>> embeddings["audio"].shape
    (8, 128)
    """

    # Modalities of the query and of the keys, for each loss against a bank.
    bank_losses: ClassVar[Mapping[str, tuple[str, str]]] = QUERY_AND_KEY

    def __init__(
        self,
        video_encoder: keras.Model,
        audio_encoder: keras.Model,
        *,
        bank: MemoryBank | None = None,
        bank_momentum: Mapping[str, float | LearningRateSchedule] | None = None,
        temperature: float = 0.07,
        loss_weights: Mapping[str, float] | None = None,
        direction_reduction: Literal["mean", "sum"] = "mean",
        partition: PartitionFunction
        | Mapping[str, PartitionFunction]
        | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        names = ["in_batch", *(self.bank_losses if bank is not None else [])]
        super().__init__(
            video_encoder,
            audio_encoder,
            seed=seed,
            loss_names=names,
            **kwargs,
        )
        check_positive("temperature", temperature)
        check_choice("direction_reduction", direction_reduction, _REDUCTIONS)
        self.temperature = temperature
        self.direction_reduction = direction_reduction
        self.loss_weights = self._checked(loss_weights)
        self.active_losses = frozenset(self.loss_weights)
        self.partition = partition
        self.bank: Template | None = None
        self.bank_momentum = dict(bank_momentum or {})
        for modality in self.bank_momentum:
            check_choice(
                "A modality in bank_momentum", modality, self.modalities
            )
        if bank is not None:
            self._make_banks(bank)
        elif self.bank_momentum:
            raise ValueError(
                f"bank_momentum={self.bank_momentum} needs "
                "bank=MemoryBank(num_rows, dim). Received: bank=None"
            )
        self.built = True

    def _make_banks(self, bank: MemoryBank) -> None:
        if bank.dim != self.dim:
            raise ValueError(
                f"The head returns embeddings of size {self.dim}, but the bank "
                f"has rows of size {bank.dim}. Make the bank's dim and "
                "the head's units equal."
            )
        self.bank = Template(bank)
        for number, modality in enumerate(self.modalities, 2):
            momentum = self.bank_momentum.get(modality, bank.momentum)
            name, seed = f"{modality}_bank", self._seed(number)
            made = self.bank.make(name, seed, momentum=momentum)
            made.build()
            setattr(self, name, made)

    def _checked(
        self, loss_weights: Mapping[str, float] | None
    ) -> dict[str, float]:
        """Weights of the active losses; by default those across modalities."""
        if loss_weights is None:
            on = self._cross if len(self.loss_names) > 1 else ("in_batch",)
            return dict.fromkeys(on, 1.0)
        names = list(self.loss_names)
        unknown = sorted(set(loss_weights) - set(names))
        if unknown or not loss_weights:
            raise ValueError(
                f"loss_weights must name losses among {names}. Received: "
                f"{dict(loss_weights)}. The bank losses require "
                "bank=MemoryBank(num_rows, dim)."
            )
        return dict(loss_weights)

    @property
    def _cross(self) -> tuple[str, ...]:
        """Names of the bank losses across modalities."""
        return tuple(f"{modality}_cross" for modality in self.modalities)

    @property
    def needs(self) -> Needs:
        """A row of the bank for each clip, and what the losses compare."""
        rows = None if self.bank is None else self._bank_of(self.modalities[0])
        used = {m for n in self.active_losses for m in self._compared(n)}
        return Needs(
            num_rows=None if rows is None else rows.num_rows,
            sound="audio" in used,
            text="text" in used,
        )

    def _bank_of(self, modality: str) -> MemoryBank:
        bank: MemoryBank = getattr(self, f"{modality}_bank")
        return bank

    def _compared(self, name: str) -> tuple[str, str]:
        """The modalities that a loss compares."""
        return self.bank_losses.get(name, self.modalities)

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Compute the active losses and the embeddings for `commit`."""
        active = self.active_losses if training else {"in_batch"}
        needed = self._needed(active, training)
        rows = {"index"} if training and self.bank is not None else set()
        check_keys(type(self).__name__, batch, needed | rows)
        outputs: dict[str, Any] = {
            modality: self.embed(modality, batch, training)
            for modality in self.modalities
            if modality in needed
        }
        drawn = {
            name: self._draw(name, batch, outputs)
            for name in sorted(active - {"in_batch"})
        }
        outputs["z"] = self._partitions(drawn)
        losses = {
            name: candidates.loss(self.temperature, outputs["z"].get(name))
            for name, candidates in drawn.items()
        }
        if "in_batch" in active:
            losses["in_batch"] = self._in_batch(batch, outputs)
        weighted = {
            name: self._weight(name, training) * value
            for name, value in losses.items()
        }
        return weighted, outputs

    def _needed(self, active: Any, training: bool) -> set[str]:
        """Modalities that a step must embed."""
        needed = set(self.followed) if training else set()
        for name in active:
            # The keys of a bank are there already.
            compared = self._compared(name)
            needed |= set(compared[:1] if name != "in_batch" else compared)
        return needed

    def _weight(self, name: str, training: bool) -> float:
        if not training:
            return 1.0
        weight = self.loss_weights.get(name, 1.0)
        if set(self._cross) <= self.active_losses and name in self._cross:
            weight = weight * self._direction_factor
        return weight

    @property
    def _direction_factor(self) -> float:
        return 0.5 if self.direction_reduction == "mean" else 1.0

    def _in_batch(
        self, batch: Mapping[str, Tensor], outputs: dict[str, Any]
    ) -> Tensor:
        # Every replica scores the global batch, so the average over replicas
        # equals the result on one device.
        one, other = (replica_gather(outputs[m]) for m in self.modalities)
        mask = None
        for modality in self.modalities:
            there = batch.get(f"has_{modality}")
            if there is not None:
                there = replica_gather(ops.cast(there, "bool"))
                mask = there if mask is None else ops.logical_and(mask, there)
        weights = replica_gather(weights_of(batch, self.modalities))
        directions = in_batch_info_nce(one, other, self.temperature, mask=mask)
        both = (directions[0] + directions[1]) * self._direction_factor
        return batch_mean(both, weights)

    def _draw(
        self,
        name: str,
        batch: Mapping[str, Tensor],
        outputs: dict[str, Any],
        **chosen: Any,
    ) -> Candidates:
        """What a bank loss compares; `chosen` are options of the draw."""
        query, keys = self.bank_losses[name]
        weights = weights_of(batch, (query, keys))
        bank, index = self._bank_of(keys), batch["index"]
        return Candidates.draw(bank, index, outputs[query], weights, **chosen)

    def _partitions(self, drawn: Mapping[str, Candidates]) -> dict[str, Tensor]:
        """The value of the partition function of each loss that has one.

        Losses that share a partition function pool their scores.
        """
        sharing: dict[int, list[str]] = {}
        for name in drawn:
            if self._partition_of(name) is not None:
                owner = id(self._partition_of(name))
                sharing.setdefault(owner, []).append(name)
        found = {}
        for names in sharing.values():
            every = [
                (*drawn[name].scores(self.temperature), drawn[name].weights)
                for name in names
            ]
            partition: Any = self._partition_of(names[0])
            z = partition(*(ops.concatenate(part) for part in zip(*every)))
            found.update(dict.fromkeys(names, z))
        return found

    def _partition_of(self, name: str) -> PartitionFunction | None:
        if isinstance(self.partition, Mapping):
            return self.partition.get(name)
        return self.partition

    def commit(
        self, batch: Mapping[str, Tensor], outputs: dict[str, Any]
    ) -> None:
        """Update the rows of the batch with its embeddings."""
        for name, z in outputs["z"].items():
            partition = self._partition_of(name)
            if partition is not None:
                partition.update(z)
        if self.bank is None:
            return
        for modality in self.modalities:
            if modality not in outputs:
                continue
            mask = batch.get(f"has_{modality}")
            bank = self._bank_of(modality)
            bank.update(batch["index"], outputs[modality], mask=mask)

    def refresh_bank(
        self, modality: str, clips: Iterable[Mapping[str, Tensor]]
    ) -> None:
        """Rewrite the rows of a bank in one forward pass.

        Args:
            modality: Name of the modality, such as `"audio"`.
            clips: Batches with that key, `index` and, if some clips lack that
                modality, `has_audio` or `has_text`.
        """
        index, embeddings, masks = [], [], []
        for batch, size in joined_batches(clips):
            rows = batch["index"]
            mask = batch.get(f"has_{modality}", np.ones(len(rows), bool))
            inputs = {modality: batch[modality]}
            outputs = predict_batch(self, inputs, size)
            embeddings.append(outputs[modality])
            index.append(rows)
            masks.append(mask)
        self._bank_of(modality).update(
            np.concatenate(index),
            np.concatenate(embeddings),
            mask=np.concatenate(masks),
            momentum=0.0,
        )

    def reset_banks(self) -> None:
        """Restore the initial rows of both banks."""
        for modality in self.modalities:
            self._bank_of(modality).reset()
