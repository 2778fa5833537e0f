"""The candidates among which a bank loss finds the positive."""

from typing import NamedTuple, Self

from keras import ops

from keras_av.layers.memory.draws import none_of, rows_left_out
from keras_av.layers.memory.memory_bank import MemoryBank
from keras_av.losses.binary_nce import binary_nce
from keras_av.losses.info_nce import info_nce_of_scores
from keras_av.ops.row_products import row_products
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean


class Candidates(NamedTuple):
    """Cosines of queries with rows of a bank.

    Args:
        positive: Cosines with the queries' positives, `(batch,
            num_positives)`.
        negatives: Cosines with negatives, `(batch, num_negatives)`.
        mask: Booleans, `(batch, num_negatives)`, False for a negative that
            does not count, or None.
        weights: Weights of the clips, `(batch,)`.
    """

    positive: Tensor
    negatives: Tensor
    mask: Tensor | None
    weights: Tensor

    @classmethod
    def draw(
        cls,
        bank: MemoryBank,
        index: Tensor,
        query: Tensor,
        weights: Tensor,
        positives: Tensor | None = None,
        skip: Tensor | None = None,
        num_negatives: int | None = None,
    ) -> Self:
        """Compare with positives among the rows of a bank, and with negatives.

        Args:
            bank: `MemoryBank` with a row for each clip.
            index: Rows of the clips, `(batch,)`.
            query: Unit vectors, `(batch, dim)`.
            weights: Weights of the clips, `(batch,)`.
            positives: Rows of the positives, int32 `(batch, num_positives)`.
                Defaults to the clips' own.
            skip: Other rows that are no negatives, int32 `(batch, count)`.
                Defaults to none.
            num_negatives: Number of negatives, at most that of the bank.
                Defaults to that of the bank.
        """
        index = ops.cast(index, "int32")
        query = ops.cast(query, "float32")
        if positives is None:
            positives = index[:, None]
        positive = ops.sum(query[:, None] * bank.lookup(positives), axis=-1)
        drawn = ops.cast(bank.sample(index, skip), "int32")
        drawn = drawn[..., :num_negatives]
        mask = None
        if bank.shared_negatives:
            own = index if bank.exclude_self else None
            left_out = rows_left_out(own, skip)
            if left_out is not None:
                mask = none_of(drawn[None], left_out)
        negatives = row_products(bank.rows, drawn, query)
        return cls(positive, negatives, mask, weights)

    def scores(self, temperature: float) -> tuple[Tensor, Tensor]:
        """Scores of the positives and of the negatives."""
        negatives = self.negatives
        if self.mask is not None:
            # exp(.) is 0 in float32, and so is the term of this negative.
            negatives = ops.where(self.mask, negatives, -1e3)
        return self.positive / temperature, negatives / temperature

    def loss(self, temperature: float, z: Tensor | None = None) -> Tensor:
        """InfoNCE, or binary NCE if there is a `z`, of the global batch.

        Args:
            temperature: Positive number by which scores are divided.
            z: Value of the partition function, or None.
        """
        if z is not None:
            values = binary_nce(*self.scores(temperature), z)
        else:
            positive, negatives = self.positive, self.negatives
            if positive.shape[1] == 1:
                positive = positive[:, 0]
            values = info_nce_of_scores(
                positive / temperature, negatives / temperature, self.mask
            )
        return batch_mean(values, self.weights)
