"""Contrastive learning of one modality alone, clip by clip."""

from collections.abc import Mapping
from typing import Any, Literal

import keras

from keras_av.layers.heads.projection_head import ProjectionHead
from keras_av.layers.memory.memory_bank import MemoryBank
from keras_av.layers.memory.partition_function import PartitionFunction
from keras_av.methods.contrastive.candidates import Candidates
from keras_av.methods.contrastive.check_encoder import check_encoder
from keras_av.ops.types import Tensor
from keras_av.training.checks import check_choice, check_positive
from keras_av.training.clip_weights import clip_weights
from keras_av.training.needs import Needs
from keras_av.training.step_model import StepModel
from keras_av.training.template import Template


@keras.saving.register_keras_serializable(package="keras_av")
class InstanceDiscrimination(StepModel):
    """Trains one encoder, of sound or of frames, without labels.

    Each clip is a class of its own. With `x` the unit-length embedding of a
    clip, `r_i` the row of a memory bank that belongs to clip `i`, and
    `s(q, k) = q . k / temperature`, the loss of clip `i` is InfoNCE,

        -log(exp s(x, r_i) / (exp s(x, r_i) + sum_k exp s(x, r_k)))

    over `num_negatives` rows `r_k` of other clips, or with a partition
    function binary NCE. After the step the rows of the batch are updated with
    its embeddings. Between two visits a clip's row changes little, so the
    encoder has to find what its random crops, frames and noise have in common.
    `CrossModalContrastive` calls this loss `video_uni` or `audio_uni`.

    A clip without sound is left out where sound is learned. There is no loss
    of validation clips, which have no rows: measure with probes.

    References:
        - [Wu et al., 2018](https://arxiv.org/abs/1805.01978)

    Args:
        encoder: Any built `keras.Model` from `batch[key]` to descriptors
            `(batch, ..., channels)`, which are averaged over the axes in
            between.
        key: Modality to learn, `"video"`, `"image"` or `"audio"`.
        bank: `MemoryBank`, copied, with one row per clip of the training
            manifest.
        head: Projection head, copied. Defaults to `ProjectionHead(bank.dim)`,
            one linear layer.
        temperature: Positive number by which scores are divided. Defaults to
            0.07.
        partition: `PartitionFunction`, to replace InfoNCE with binary NCE.
            Defaults to none.
        seed: Integer seed of the head, the bank and the negatives.

    Call arguments:
        batch: Dict with the key. Training also uses `index` and, if present,
            `has_audio` and `sample_weight`, each `(batch,)`.

    Returns:
        Unit-length embeddings, `(batch, dim)`.

    Raises:
        ValueError: If the sizes of head and bank differ, an argument is out of
            range, a batch has a missing key, or there are validation clips.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.layers import MemoryBank
    >>> from keras_av.methods import InstanceDiscrimination
    >>> encoder = keras.Sequential([keras.Input((100,)),
    ...                             keras.layers.Dense(4)])
    >>> model = InstanceDiscrimination(
    ...     encoder, "audio", bank=MemoryBank(8, 16, num_negatives=4), seed=0)
    >>> model.compile(optimizer="adam", jit_compile=False)
    >>> batch = {"audio": np.zeros((8, 100), "float32"),
    ...          "index": np.arange(8, dtype="int32")}
    >>> history = model.fit(batch, batch_size=4, verbose=0)
    >>> model.predict(batch, verbose=0).shape
    (8, 16)
    """

    def __init__(
        self,
        encoder: keras.Model,
        key: Literal["video", "image", "audio"],
        *,
        bank: MemoryBank,
        head: ProjectionHead | None = None,
        temperature: float = 0.07,
        partition: PartitionFunction | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(loss_names=["instance"], **kwargs)
        check_choice("key", key, ("video", "image", "audio"))
        check_positive("temperature", temperature)
        head = head or ProjectionHead(bank.dim)
        if bank.dim != head.units:
            raise ValueError(
                f"The head returns embeddings of size {head.units}, but the "
                f"bank has rows of size {bank.dim}. Make the bank's dim and "
                "the head's units equal."
            )
        # Under the name that probes look for, as in CrossModalContrastive.
        setattr(self, f"{key}_encoder", check_encoder(encoder, "encoder"))
        self.key = key
        self.temperature = temperature
        self.partition = partition
        self.seed = seed
        self.head = Template(head)
        self.projection = self.head.make("head", seed)
        self.projection.build(encoder.output_shape)
        self.bank = Template(bank)
        self.memory = self.bank.make("bank", None if seed is None else seed + 1)
        self.memory.build()
        self.built = True

    @property
    def encoder(self) -> keras.Model:
        """The encoder, also `video_encoder`, `audio_encoder` and so on."""
        return getattr(self, f"{self.key}_encoder")

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the layers that a phase may freeze."""
        return (f"{self.key}_encoder", "projection")

    @property
    def needs(self) -> Needs:
        """A row of the bank for each clip, and sound if that is learned."""
        return Needs(num_rows=self.memory.num_rows, sound=self.key == "audio")

    def call(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> Tensor:
        inputs = self.take(batch, self.key, self.encoder)
        return self.projection(self.encoder(inputs, training=training))

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Compute the loss, and the embeddings for `commit`."""
        if not training:
            raise ValueError(
                "InstanceDiscrimination has no loss of validation clips: its "
                "bank has rows for training clips only. Received: "
                "validation data or a call of evaluate. Measure with "
                "keras_av.callbacks.LinearProbe or KNNProbe."
            )
        query = self(batch, training=True)
        weights = clip_weights(batch, with_audio=self.key == "audio")
        index = self.take(batch, "index")
        drawn = Candidates.draw(self.memory, index, query, weights)
        z = None
        if self.partition is not None:
            z = self.partition(*drawn.scores(self.temperature), weights)
        outputs = {"embeddings": query, "z": z}
        return {"instance": drawn.loss(self.temperature, z)}, outputs

    def commit(
        self, batch: Mapping[str, Tensor], outputs: dict[str, Any]
    ) -> None:
        """Update the rows of the batch with its embeddings."""
        if self.partition is not None:
            self.partition.update(outputs["z"])
        heard = batch.get("has_audio") if self.key == "audio" else None
        self.memory.update(batch["index"], outputs["embeddings"], mask=heard)
