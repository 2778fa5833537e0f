"""A check of memory banks before anything runs."""

from keras_av.data.readers.file_cache import free_memory
from keras_av.rules.component import Component
from keras_av.rules.dataset import Dataset

_FLOAT_BYTES = 4


def check_bank(bank: Component, dataset: Dataset, num_banks: int) -> None:
    """Refuse banks that memory or the number of files is too small for.

    Args:
        bank: The `MemoryBank` of a rule.
        dataset: Files to train on. Where their number is not known yet,
            nothing is refused.
        num_banks: Number of banks of the method.

    Raises:
        ValueError: If the banks take more memory than is free, or draw as many
            negatives as there are files.
    """
    num_rows = dataset.num_train
    if num_rows is None:
        return
    # The optimizer has no slots of them, and a step holds no copy.
    needed = num_banks * num_rows * bank.options["dim"] * _FLOAT_BYTES
    free, num_negatives = free_memory(), bank.options["num_negatives"]
    if needed > free:
        raise ValueError(
            f"The memory banks of {num_rows} rows take {needed / 1e9:.1f} GB, "
            f"but {free / 1e9:.1f} GB are free. Use fewer files, or in-batch "
            "negatives."
        )
    if num_negatives >= num_rows:
        raise ValueError(
            "num_negatives must be less than the number of training files, "
            f"{num_rows}. Received: num_negatives={num_negatives}"
        )
