"""The rule for a share of the training files of a dataset."""

import functools

import numpy as np

from keras_av.data import FileTable
from keras_av.rules.dataset import Dataset
from keras_av.workspace import rule


class _Share(Dataset):
    """A dataset with a share of its training files."""

    def __init__(
        self,
        whole: Dataset,
        share: float,
        seed: int,
        rest: bool,
        keep_unlabelled: bool,
    ) -> None:
        super().__init__(lambda: whole.files)
        self._whole = whole
        self._share = share
        self._part_seed = seed
        self._rest = rest
        self._keep_unlabelled = keep_unlabelled

    @functools.cached_property
    def train(self) -> FileTable:
        sides = self._whole.train.split_by_group(
            1 - self._share, self._part_seed
        )
        part = sides[1 if self._rest else 0]
        if not self._keep_unlabelled:
            return part
        files = self._whole.train
        kept = np.isin(files.path, part.path)
        return files.with_labels(np.where(kept, files.label, -1))

    @functools.cached_property
    def test(self) -> FileTable:
        return self._whole.test

    @property
    def num_train(self) -> int | None:
        return None

    def missing(self) -> str | None:
        return self._whole.missing()

    def digest(self) -> str:
        # The attributes and the key of the whole dataset are sufficient.
        return ""


@rule()
def dataset_share(
    *,
    dataset: Dataset,
    share: float,
    seed: int = 0,
    rest: bool = False,
    keep_unlabelled: bool = False,
) -> Dataset:
    """Keep a share of the training files of each class, and all test files.

    Args:
        dataset: Dataset to reduce.
        share: Share of its groups of files, between 0 and 1 (exclusive).
        seed: Integer seed of the selection. Defaults to 0.
        rest: Whether to keep the remaining files instead. Defaults to False.
        keep_unlabelled: Whether to keep the others, too, without their labels.
            Defaults to False.

    Raises:
        ValueError: If `share` is out of range.

    Examples:

    >>> from keras_av.rules import dataset_share, generated_dataset
    >>> whole = generated_dataset(num_train=32, num_test=8)
    >>> few = dataset_share(dataset=whole, share=0.25)
    >>> most = dataset_share(dataset=whole, share=0.25, rest=True)
    >>> len(few.train), len(most.train), len(few.test)
    (8, 24, 8)
    """
    if not 0 < share < 1:
        raise ValueError(
            f"share must be above 0 and below 1. Received: share={share}"
        )
    return _Share(dataset, share, seed, rest, keep_unlabelled)
