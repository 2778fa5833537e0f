"""Limits of the matrices that layers of sound are made of."""

# Those of 256 bands of 16,384 samples have 2 million.
_MOST = 20_000_000


def check_matrix(rows: int, columns: int, **received: int) -> None:
    """Refuse a matrix larger than any sound needs, before it takes memory.

    It is no weight, so a few bytes of a config could ask for any size of it.

    Args:
        rows: Number of rows.
        columns: Number of columns.
        **received: The arguments that its size depends on.

    Raises:
        ValueError: If it has more than 20 million numbers.

    Examples:

    >>> from keras_av.layers.sound.check_matrix import check_matrix
    >>> try:
    ...     check_matrix(10**5, 10**5, fft_length=10**5)
    ... except ValueError as error:
    ...     print(str(error)[:62])
    Received fft_length=100000: a matrix of 10,000,000,000 numbers
    """
    if rows * columns > _MOST:
        said = ", ".join(f"{name}={value}" for name, value in received.items())
        raise ValueError(
            f"Received {said}: a matrix of {rows * columns:,} numbers. "
            f"Expected at most {_MOST:,}: lower what its size depends on."
        )
