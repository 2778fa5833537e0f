"""Subsampling of a sequence with interpolation."""

from keras import ops

from keras_av.ops.types import Tensor


def thin_out(bank: Tensor, stride: int) -> Tensor:
    """Keep every `stride`-th entry and interpolate linearly between them.

    This is a resize from `K = ceil(N / stride)` entries back to N with
    half-pixel centers, as for images: entry n is at `(n + 0.5) K / N - 0.5`
    among the K entries that are kept.

    Args:
        bank: Entries, `(batch, N, dim)`.
        stride: Distance between two entries that are kept.

    Returns:
        The interpolated entries, `(batch, N, dim)`.
    """
    kept = bank[:, ::stride]
    num_entries, num_kept = ops.shape(bank)[1], ops.shape(kept)[1]
    places = ops.arange(num_entries, dtype="float32") + 0.5
    places = places * ops.cast(num_kept, "float32")
    places = places / ops.cast(num_entries, "float32") - 0.5
    low = ops.clip(ops.floor(places), 0, ops.cast(num_kept - 1, "float32"))
    high = ops.minimum(low + 1, ops.cast(num_kept - 1, "float32"))
    share = ops.clip(places - low, 0.0, 1.0)[None, :, None]
    left = ops.take(kept, ops.cast(low, "int32"), axis=1)
    right = ops.take(kept, ops.cast(high, "int32"), axis=1)
    return left * (1 - share) + right * share
