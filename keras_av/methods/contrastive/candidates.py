"""The candidates among which a bank loss finds the positive."""

from typing import NamedTuple, Self

from keras import ops

from keras_av.layers.memory.memory_bank import MemoryBank
from keras_av.losses.binary_nce import binary_nce
from keras_av.losses.info_nce import info_nce
from keras_av.ops.rows import read_rows
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean


class Candidates(NamedTuple):
    """Queries, and the rows of a bank that they are compared with.

    Args:
        query: Unit vectors, `(batch, dim)`.
        positive: The queries' own rows, `(batch, dim)`.
        negatives: Rows, `(num_negatives, dim)` or `(batch, num_negatives,
            dim)`.
        mask: Booleans, `(batch, num_negatives)`, False for a negative that
            does not count, or None.
        weights: Weights of the clips, `(batch,)`.
    """

    query: Tensor
    positive: Tensor
    negatives: Tensor
    mask: Tensor | None
    weights: Tensor

    @classmethod
    def draw(
        cls, bank: MemoryBank, index: Tensor, query: Tensor, weights: Tensor
    ) -> Self:
        """The clips' own rows of a bank, and negatives drawn from it.

        Args:
            bank: `MemoryBank` with a row for each clip.
            index: Rows of the clips, `(batch,)`.
            query: Unit vectors, `(batch, dim)`.
            weights: Weights of the clips, `(batch,)`.
        """
        index = ops.cast(index, "int32")
        positive = bank.lookup(index)
        drawn = bank.sample(index)
        negatives = read_rows(bank.rows, ops.cast(drawn, "int32"))
        mask = None
        if bank.shared_negatives and bank.exclude_self:
            mask = drawn[None, :] != index[:, None]
        return cls(query, positive, negatives, mask, weights)

    def scores(self, temperature: float) -> tuple[Tensor, Tensor]:
        """Scores of the positives, `(batch, 1)`, and of the negatives."""
        shared = len(self.negatives.shape) == 2
        pattern = "bd,kd->bk" if shared else "bd,bkd->bk"
        own = ops.sum(self.query * self.positive, axis=1, keepdims=True)
        others = ops.einsum(pattern, self.query, self.negatives)
        if self.mask is not None:
            # exp(.) is 0 in float32, and so is the term of this negative.
            others = ops.where(self.mask, others, -1e3)
        return own / temperature, others / temperature

    def loss(self, temperature: float, z: Tensor | None = None) -> Tensor:
        """InfoNCE, or binary NCE if there is a `z`, of the global batch.

        Args:
            temperature: Positive number by which scores are divided.
            z: Value of the partition function, or None.
        """
        if z is not None:
            values = binary_nce(*self.scores(temperature), z)
        else:
            values = info_nce(
                self.query,
                self.positive,
                self.negatives,
                temperature,
                mask=self.mask,
            )
        return batch_mean(values, self.weights)
