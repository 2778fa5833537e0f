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
        test_on_others: bool,
    ) -> None:
        super().__init__(lambda: whole.files)
        self._whole = whole
        self._share = share
        self._part_seed = seed
        self._rest = rest
        self._keep_unlabelled = keep_unlabelled
        self._test_on_others = test_on_others

    @functools.cached_property
    def _parts(self) -> list[FileTable]:
        """The files that are kept, and the others."""
        sides = self._whole.train.split_by_group(
            1 - self._share, self._part_seed
        )
        return list(sides[::-1] if self._rest else sides)

    @functools.cached_property
    def train(self) -> FileTable:
        kept_files = self._parts[0]
        if not self._keep_unlabelled:
            return kept_files
        files = self._whole.train
        kept = np.isin(files.path, kept_files.path)
        return files.with_labels(np.where(kept, files.label, -1))

    @functools.cached_property
    def test(self) -> FileTable:
        return self._parts[1] if self._test_on_others else self._whole.test

    @property
    def num_train(self) -> int | None:
        return None

    @property
    def num_classes(self) -> int | None:
        return self._whole.num_classes

    def missing(self) -> str | None:
        return self._whole.missing()

    def digest(self) -> str:
        # The attributes and the key of the whole dataset are sufficient.
        return ""


@rule(path=("dataset",))
def dataset_share(
    *,
    dataset: Dataset,
    share: float,
    seed: int = 0,
    rest: bool = False,
    keep_unlabelled: bool = False,
    test_on_others: bool = False,
) -> Dataset:
    """Keep a share of the training files of each class, and all test files.

    Settings are chosen on training files that were held out: `test_on_others`.

    Args:
        dataset: Dataset to reduce.
        share: Share of its groups of files, between 0 and 1 (exclusive).
        seed: Integer seed of the selection. Defaults to 0.
        rest: Whether to keep the remaining files instead. Defaults to False.
        keep_unlabelled: Whether to keep the others, too, without their labels.
            Defaults to False.
        test_on_others: Whether to test on the other training files, in place
            of the test files. Defaults to False.

    Raises:
        ValueError: If `share` is out of range, or the others would be learned
            from and tested on.

    Examples:

    >>> from keras_av.rules import dataset_share, generated_dataset
    >>> whole = generated_dataset(num_train=32, num_test=8)
    >>> few = dataset_share(dataset=whole, share=0.25)
    >>> most = dataset_share(dataset=whole, share=0.25, rest=True)
    >>> len(few.train), len(most.train), len(few.test)
    (8, 24, 8)
    >>> choice = dataset_share(dataset=whole, share=0.75, test_on_others=True)
    >>> len(choice.train), len(choice.test)
    (24, 8)
    """
    if not 0 < share < 1:
        raise ValueError(
            f"share must be above 0 and below 1. Received: share={share}"
        )
    if keep_unlabelled and test_on_others:
        raise ValueError(
            "keep_unlabelled and test_on_others exclude each other: the other "
            "files would be learned from and tested on. Take a share of a "
            "share. Received: both True"
        )
    return _Share(dataset, share, seed, rest, keep_unlabelled, test_on_others)
