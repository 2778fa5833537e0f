"""Cross-modal contrastive learning of a video and an audio encoder."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import keras
import numpy as np
from keras import ops

from keras_av.layers.memory.memory_bank import MemoryBank
from keras_av.layers.memory.partition_function import PartitionFunction
from keras_av.losses.binary_nce import binary_nce
from keras_av.losses.info_nce import in_batch_info_nce, info_nce
from keras_av.methods.contrastive.two_tower import MODALITIES, TwoTower
from keras_av.ops.replicas import replica_gather
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean

# Each bank loss: the modality of the query, and that of the bank.
_BANK_LOSSES = {
    "video_uni": ("video", "video"),
    "audio_uni": ("audio", "audio"),
    "video_cross": ("video", "audio"),
    "audio_cross": ("audio", "video"),
}


@keras.saving.register_keras_serializable(package="keras_av")
class CrossModalContrastive(TwoTower):
    """Aligns a video and an audio encoder in one embedding space.

    The sight and the sound of one moment attract each other, those of other
    clips repel. With `v`, `a` the unit-length embeddings of a clip and
    `s(q, k) = q . k / temperature`, the losses are

    - `in_batch`: InfoNCE within the batch, in both directions, gradients
      through both sides;
    - `video_cross`: `v` against the audio bank; `audio_cross`: `a` against
      the video bank;
    - `video_uni`: `v` against the video bank; `audio_uni`: `a` against the
      audio bank. These tell every clip from all others.

    A bank loss scores the clip's own row against `num_negatives` rows of
    other clips, as the bank was before the step; after the step the rows of
    the batch move towards its embeddings. A clip without sound takes part in
    no term that needs its sound, and its row in the audio bank stays.

    In validation the clips of a batch are compared with each other
    (`in_batch`) whatever the training loss: a bank has no rows for clips that
    it was not trained on.

    References:
        - [van den Oord et al., 2018](https://arxiv.org/abs/1807.03748)
        - [Wu et al., 2018](https://arxiv.org/abs/1805.01978)
        - [Morgado et al., 2021](https://arxiv.org/abs/2004.12943)

    Args:
        video_encoder: Any built `keras.Model` from clips `(batch, frames,
            height, width, 3)` to descriptors `(batch, ..., channels)`.
        audio_encoder: Any built `keras.Model` from waveforms `(batch,
            samples)` to descriptors.
        head: Projection head, of which each modality gets one of its own.
            Defaults to `ProjectionHead(128)`, one linear layer.
        bank: `MemoryBank`, of which each modality gets one of its own, with
            one row for each clip of the training manifest. Without it the
            negatives are the other clips of the batch.
        temperature: Positive number by which scores are divided. Defaults to
            0.07.
        loss_weights: Weights by name of the losses that are on. Defaults to
            `{"in_batch": 1}`, with a bank `{"video_cross": 1,
            "audio_cross": 1}`.
        direction_reduction: `"mean"` or `"sum"` of the two directions of a
            cross-modal pair. Defaults to `"mean"`.
        partition: `PartitionFunction` to replace InfoNCE by binary NCE in
            the bank losses; one estimate that they share. Or a dict of one
            for each loss name.
        seed: Integer that governs the heads, the banks and the negatives.

    Call arguments:
        batch: A dict with `video` or `audio` or both. Training also reads
            `index` `(batch,)` with a bank, and, where given, `has_audio`
            `(batch,)` and `sample_weight` `(batch,)`.

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

    def __init__(
        self,
        video_encoder: keras.Model,
        audio_encoder: keras.Model,
        *,
        bank: MemoryBank | None = None,
        temperature: float = 0.07,
        loss_weights: Mapping[str, float] | None = None,
        direction_reduction: Literal["mean", "sum"] = "mean",
        partition: PartitionFunction
        | Mapping[str, PartitionFunction]
        | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        names = ["in_batch", *(_BANK_LOSSES if bank is not None else [])]
        super().__init__(
            video_encoder,
            audio_encoder,
            seed=seed,
            loss_names=names,
            **kwargs,
        )
        if temperature <= 0:
            raise ValueError(
                f"temperature must be positive. Received: {temperature}"
            )
        if direction_reduction not in ("mean", "sum"):
            raise ValueError(
                "direction_reduction must be 'mean' or 'sum'. Received: "
                f"{direction_reduction!r}"
            )
        self.temperature = temperature
        self.direction_reduction = direction_reduction
        self.loss_weights = _check_weights(loss_weights, names)
        self.active_losses = frozenset(self.loss_weights)
        self.partition = partition
        # Only its configuration: a template holds no rows of its own.
        self.bank_config = keras.saving.serialize_keras_object(bank)
        if bank is not None:
            self.video_bank = self._make_bank(bank, "video", 2)
            self.audio_bank = self._make_bank(bank, "audio", 3)
        self.built = True

    def _make_bank(
        self, template: MemoryBank, modality: str, number: int
    ) -> MemoryBank:
        if template.dim != self.dim:
            raise ValueError(
                f"The head gives embeddings of size {self.dim}, but the bank "
                f"has rows of size {template.dim}. Make the bank's dim and "
                "the head's units equal."
            )
        config = {**template.get_config(), "name": f"{modality}_bank"}
        if self.seed is not None:
            config["seed"] = self.seed + number
        return type(template).from_config(config)

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Losses that are on, and the embeddings that `commit` writes."""
        active = self.active_losses if training else {"in_batch"}
        self._check_keys(batch, active, training)
        outputs: dict[str, Any] = {
            modality: self.embed(modality, batch, training)
            for modality in MODALITIES
            if modality in self._needed(active, training)
        }
        outputs["z"] = {}
        losses = {}
        for name in sorted(active):
            if name == "in_batch":
                values = self._in_batch(batch, outputs)
            else:
                values = self._against_bank(name, batch, outputs)
            losses[name] = self._weight(name, training) * values
        return losses, outputs

    def _needed(self, active: Any, training: bool) -> set[str]:
        """Modalities that a step must embed."""
        needed = set(self.followed) if training else set()
        for name in active:
            needed |= (
                set(MODALITIES)
                if name == "in_batch"
                else {_BANK_LOSSES[name][0]}
            )
        return needed

    def _weight(self, name: str, training: bool) -> float:
        if not training:
            return 1.0
        weight = self.loss_weights.get(name, 1.0)
        pair = {"video_cross", "audio_cross"} <= self.active_losses
        if pair and name.endswith("_cross"):
            weight = weight * self._direction_factor
        return weight

    @property
    def _direction_factor(self) -> float:
        return 0.5 if self.direction_reduction == "mean" else 1.0

    def _in_batch(
        self, batch: Mapping[str, Tensor], outputs: dict[str, Any]
    ) -> Tensor:
        # Every replica scores the global batch; the average over replicas is
        # then what one device would compute.
        video = replica_gather(outputs["video"])
        audio = replica_gather(outputs["audio"])
        mask = weights = None
        if "has_audio" in batch:
            mask = replica_gather(ops.cast(batch["has_audio"], "bool"))
            weights = ops.cast(mask, "float32")
        if "sample_weight" in batch:
            given = ops.cast(batch["sample_weight"], "float32")
            given = replica_gather(given)
            weights = given if weights is None else weights * given
        directions = in_batch_info_nce(
            video, audio, self.temperature, mask=mask
        )
        both = (directions[0] + directions[1]) * self._direction_factor
        return batch_mean(both, weights)

    def _against_bank(
        self, name: str, batch: Mapping[str, Tensor], outputs: dict[str, Any]
    ) -> Tensor:
        query_modality, bank_modality = _BANK_LOSSES[name]
        query = outputs[query_modality]
        bank = getattr(self, f"{bank_modality}_bank")
        index = ops.cast(batch["index"], "int32")
        positive = bank.lookup(index)
        drawn = bank.sample(index)
        negatives = bank.lookup(drawn)
        mask = None
        if bank.shared_negatives and bank.exclude_self:
            mask = drawn[None, :] != index[:, None]
        weights = self._sample_weights(name, batch)
        partition = self._partition_of(name)
        if partition is None:
            values = info_nce(
                query, positive, negatives, self.temperature, mask=mask
            )
        else:
            own, others = self._scores(query, positive, negatives, mask)
            z = outputs["z"][name] = partition(own, others, weights)
            values = binary_nce(own, others, z)
        return batch_mean(values, weights)

    def _partition_of(self, name: str) -> PartitionFunction | None:
        if isinstance(self.partition, Mapping):
            return self.partition.get(name)
        return self.partition

    def _scores(
        self,
        query: Tensor,
        positive: Tensor,
        negatives: Tensor,
        mask: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        pattern = "bd,kd->bk" if len(negatives.shape) == 2 else "bd,bkd->bk"
        own = ops.sum(query * positive, axis=1, keepdims=True)
        others = ops.einsum(pattern, query, negatives)
        if mask is not None:
            # exp(.) is 0 in float32, and so is this negative's term.
            others = ops.where(mask, others, -1e3)
        return own / self.temperature, others / self.temperature

    def _sample_weights(
        self, name: str, batch: Mapping[str, Tensor]
    ) -> Tensor | None:
        weights = None
        if "sample_weight" in batch:
            weights = ops.cast(batch["sample_weight"], "float32")
        if "has_audio" in batch and "audio" in _BANK_LOSSES[name]:
            mask = ops.cast(batch["has_audio"], "float32")
            weights = mask if weights is None else weights * mask
        return weights

    def commit(
        self, batch: Mapping[str, Tensor], outputs: dict[str, Any]
    ) -> None:
        """Move the rows of the batch towards its embeddings."""
        for name, z in outputs["z"].items():
            partition = self._partition_of(name)
            if partition is not None:
                partition.update(z)
        if self.bank_config is None:
            return
        for modality in MODALITIES:
            if modality not in outputs:
                continue
            mask = batch.get("has_audio") if modality == "audio" else None
            bank = getattr(self, f"{modality}_bank")
            bank.update(batch["index"], outputs[modality], mask=mask)

    def refresh_bank(
        self, modality: str, clips: Iterable[Mapping[str, Tensor]]
    ) -> None:
        """Write the rows of a bank anew, in one forward pass.

        Args:
            modality: `"video"` or `"audio"`.
            clips: Batches with that key and `index`, and `has_audio` where
                some clips are silent.
        """
        index, embeddings, masks = [], [], []
        for batch in clips:
            batch = {k: ops.convert_to_numpy(v) for k, v in batch.items()}
            rows = batch["index"]
            mask = np.ones(len(rows), bool)
            if modality == "audio":
                mask = batch.get("has_audio", mask)
            inputs = {modality: batch[modality]}
            # `predict_on_batch` gives every row once for each replica.
            outputs = self.predict(inputs, batch_size=len(rows), verbose=0)
            embeddings.append(outputs[modality])
            index.append(rows)
            masks.append(mask)
        bank = getattr(self, f"{modality}_bank")
        bank.update(
            np.concatenate(index),
            np.concatenate(embeddings),
            mask=np.concatenate(masks),
            momentum=0.0,
        )

    def reset_banks(self) -> None:
        """Put back the initial rows of both banks."""
        for modality in MODALITIES:
            getattr(self, f"{modality}_bank").reset()

    def _check_keys(
        self, batch: Mapping[str, Tensor], active: Any, training: bool
    ) -> None:
        required = self._needed(active, training)
        if training and self.bank_config is not None:
            required.add("index")
        missing = sorted(required - set(batch))
        if missing:
            raise ValueError(
                f"{type(self).__name__} reads the keys {sorted(required)} of "
                f"every batch. Received a batch with {sorted(batch)}, without "
                f"{missing}. `keras_av.data.clips` gives `index` always, "
                "`video` if the ClipSpec has num_frames > 0 and `audio` if it "
                "has audio_seconds > 0."
            )

    def get_config(self) -> dict[str, Any]:
        save = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "bank": self.bank_config,
            "temperature": self.temperature,
            "loss_weights": dict(self.loss_weights),
            "direction_reduction": self.direction_reduction,
            "partition": save(self.partition),
        }


def _check_weights(
    loss_weights: Mapping[str, float] | None, names: list[str]
) -> dict[str, float]:
    if loss_weights is None:
        on = ["video_cross", "audio_cross"] if len(names) > 1 else names
        return dict.fromkeys(on, 1.0)
    unknown = sorted(set(loss_weights) - set(names))
    if unknown or not loss_weights:
        raise ValueError(
            f"loss_weights must name losses among {names}. Received: "
            f"{dict(loss_weights)}. The losses against banks need the "
            "argument bank=MemoryBank(num_rows, dim)."
        )
    return dict(loss_weights)
