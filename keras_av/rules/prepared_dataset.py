"""The rule for a dataset that is decoded once."""

import functools
import pathlib
import sys
from typing import Any

from keras_av import data
from keras_av.data import PreparedSet
from keras_av.rules.clip_spec import Clips
from keras_av.rules.dataset import Dataset
from keras_av.workspace import rule


class PreparedDataset(Dataset):
    """A dataset whose files were decoded by `prepare`.

    Args:
        source: Dataset with the original files.
        folder: Folder of the shards.

    Examples:

    >>> import pathlib
    >>> from keras_av.rules import PreparedDataset, generated_dataset
    >>> PreparedDataset(generated_dataset(), pathlib.Path("out")).num_train
    320
    """

    def __init__(self, source: Dataset, folder: pathlib.Path) -> None:
        super().__init__(lambda: PreparedSet(folder))
        self._source = source
        self.shards = folder

    @functools.cached_property
    def train(self) -> PreparedSet:
        return PreparedSet(self.shards, self._source.train)

    @functools.cached_property
    def test(self) -> PreparedSet:
        return PreparedSet(self.shards, self._source.test)

    @property
    def num_train(self) -> int | None:
        return self._source.num_train

    @property
    def num_classes(self) -> int | None:
        return self._source.num_classes

    def missing(self) -> str | None:
        return self._source.missing()


def _plan(
    folder: pathlib.Path, *, dataset: Dataset, quality: int, **_: Any
) -> PreparedDataset:
    if not 1 <= quality <= 100:
        raise ValueError(
            f"quality must be from 1 to 100. Received: quality={quality}"
        )
    return PreparedDataset(dataset, folder / "shards")


@rule(plan=_plan, path=("dataset",))
def prepared_dataset(
    output: PreparedDataset,
    *,
    dataset: Dataset,
    clip_spec: Clips,
    quality: int = 90,
) -> None:
    """Decode files once into shards that are fast to read.

    Args:
        output: Folder of the result.
        dataset: Dataset to decode.
        clip_spec: Specification of the clips.
        quality: JPEG quality, from 1 to 100. Defaults to 90.

    Returns:
        A `Dataset` with the same rows.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.rules import (
    ...     clip_spec, generated_dataset, prepared_dataset
    ... )
    >>> dataset = prepared_dataset(
    ...     pathlib.Path(tempfile.mkdtemp()),
    ...     dataset=generated_dataset(num_train=8, num_test=8),
    ...     clip_spec=clip_spec(num_frames=4, size=32),
    ... )
    >>> len(dataset.train), len(dataset.test)
    (8, 8)
    """
    verbose = sys.stdout.isatty()
    files = data.scan(dataset.files, verbose=verbose)
    data.prepare(files, output.shards, clip_spec.spec, quality, verbose=verbose)
