"""The candidates among which a bank loss finds the positive."""

from typing import NamedTuple

from keras import ops

from keras_av.ops.types import Tensor


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
