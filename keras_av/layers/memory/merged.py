"""Embeddings of clips that occur more than once in an update."""

from keras import ops

from keras_av.ops.types import Tensor


def merged(
    index: Tensor, embeddings: Tensor, mask: Tensor, mean: bool
) -> tuple[Tensor, Tensor]:
    """Give all entries of one clip the same embedding and mask.

    The order in which a device writes repeated rows is undefined, so their
    values must be equal.

    Args:
        index: Rows of the clips, int32 `(batch,)`.
        embeddings: Their embeddings, `(batch, dim)`.
        mask: Booleans, `(batch,)`; those that are False count for nothing.
        mean: Whether to take the mean of a clip's embeddings; else the last.

    Returns:
        Embeddings, and whether there is one for the clip, in the same shapes.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers.memory.merged import merged
    >>> index, known = np.array([4, 4], "int32"), np.array([True, True])
    >>> rows, _ = merged(index, np.array([[1.0], [3.0]]), known, mean=True)
    >>> [float(row[0]) for row in rows]
    [2.0, 2.0]
    """
    index, mask = ops.convert_to_tensor(index), ops.convert_to_tensor(mask)
    same = (index[:, None] == index[None, :]) & mask[None, :]
    known = ops.any(same, axis=1)
    if mean:
        share = ops.cast(same, "float32")
        count = ops.maximum(ops.sum(share, axis=1, keepdims=True), 1.0)
        embeddings = ops.cast(embeddings, "float32")
        return ops.matmul(share, embeddings) / count, known
    position = ops.arange(ops.shape(index)[0], dtype="int32")
    last = ops.max(ops.where(same, position[None, :], -1), axis=1)
    return ops.take(embeddings, ops.maximum(last, 0), axis=0), known
