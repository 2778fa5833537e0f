"""Sizes of a memory bank."""


def check_sizes(num_rows: int, dim: int, num_negatives: int) -> None:
    """Refuse sizes that no memory bank can have.

    Args:
        num_rows: Number of clips.
        dim: Size of an embedding.
        num_negatives: Number of negatives of each clip.

    Raises:
        ValueError: If there are fewer than 2 rows or more than an int32
            counts, or another size is not positive.
    """
    if num_rows < 2:
        raise ValueError(
            "A bank needs at least 2 rows, one for each training clip. "
            f"Received: num_rows={num_rows}"
        )
    if num_rows >= 2**31:
        raise ValueError(
            "num_rows must be less than 2**31, since row numbers are int32. "
            f"Received: num_rows={num_rows}"
        )
    if dim < 1 or num_negatives < 1:
        raise ValueError(
            "dim and num_negatives must be positive. Received: "
            f"dim={dim}, num_negatives={num_negatives}"
        )
