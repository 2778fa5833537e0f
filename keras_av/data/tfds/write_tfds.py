"""Writing of datasets in the format of TensorFlow Datasets."""

import contextlib
import io
import itertools
import json
import os
import pathlib
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.prepared.prepared_set import spec_settings
from keras_av.data.prepared.write_shard import try_to_encode
from keras_av.data.table.file_table import FileTable
from keras_av.data.tfds.tfds_format import (
    SKIPPED,
    UNKNOWN_SPLIT,
    record_features,
    row_of,
    tensorflow_datasets,
    to_record,
)
from keras_av.ops.progress import Progress


def write_tfds(
    manifest: FileTable,
    data_dir: str | os.PathLike[str],
    name: str,
    spec: ClipSpec,
    quality: int = 90,
    description: str | None = None,
    citation: str | None = None,
) -> str:
    """Write the files of a manifest in the format of TensorFlow Datasets.

    `tfds.load(name, data_dir=data_dir)` reads the result without this
    library and without a network. Each file is one record: `video` (JPEG, at
    `spec.size` and `spec.fps`), `audio` (int16 at `spec.sampling_rate`),
    `has_audio`, `label`, `path`, `group`, `fold`, and `index` (int64), which
    is the file's row in the manifest. The splits are the manifest's; rows
    without one are in the split `unknown`.

    A file that cannot be read has no record, and its index is not reused:
    `skipped.json`, next to the records, lists these files and the reasons.
    `Manifest.from_tfds` reads the dataset for `clips`.

    References:
        - [TensorFlow Datasets](https://www.tensorflow.org/datasets)

    Args:
        manifest: Manifest of the files.
        data_dir: Folder for TFDS datasets; created if it does not exist.
        name: Name of the dataset, in lower case, such as `"ucf101_av"`.
        spec: Specification of later clips, as for `prepare`.
        quality: JPEG quality, from 1 to 100. Defaults to 90.
        description: Description of the dataset. Defaults to that of TFDS.
        citation: Citation of the dataset as BibTeX, such as
            `keras_av.data.citation("ucf101")`. Defaults to none.

    Returns:
        The folder of the records.

    Raises:
        ImportError: If tensorflow-datasets is not installed.
        ValueError: If `name` or `quality` is invalid, TFDS has a dataset with
            that name, the folder exists, or no file can be read.

    Examples:

    >>> import tempfile
    >>> from keras_av.data import ClipSpec, generated_set, write_tfds
    >>> manifest = generated_set(num_train=8, num_test=8)
    >>> data_dir = tempfile.mkdtemp()
    >>> _ = write_tfds(manifest, data_dir, "tiny", ClipSpec(size=64))
    >>> import tensorflow_datasets as tfds
    >>> len(tfds.load("tiny", data_dir=data_dir, split="train"))
    8
    """
    tfds = tensorflow_datasets()
    target = pathlib.Path(data_dir, name)
    _check(tfds, target, name, quality)
    # Its progress bars know of no end, and would fill log files.
    tfds.disable_progress_bar()
    skipped: list[dict[str, Any]] = []
    names = sorted(set(manifest.split.tolist()))
    splits = _splits(manifest, names, spec, quality, skipped)
    if not splits:
        raise ValueError(
            f"Not one of {len(manifest)} files can be read, such as "
            f"{skipped[0]['path']!r}: {skipped[0]['message']}"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    # Nothing of a set is where it belongs until all of it is.
    # What TFDS prints would name the place that it is not in.
    with (
        tempfile.TemporaryDirectory(dir=target.parent) as aside,
        contextlib.redirect_stdout(io.StringIO()),
        Progress("write", len(manifest), "files") as progress,
    ):
        builder = tfds.dataset_builders.store_as_tfds_dataset(
            name=name,
            version="1.0.0",
            features=tfds.features.FeaturesDict(
                record_features(manifest.class_names, spec.num_frames > 0)
            ),
            split_datasets={k: progress.over(r) for k, r in splits.items()},
            data_dir=aside,
            description=description,
            citation=citation,
            # Rows stay in their order, so that they are merged again.
            disable_shuffling=True,
        )
        made = pathlib.Path(os.fspath(builder.data_dir))
        settings = {**spec_settings(spec), "quality": quality}
        _note(made, settings, names, skipped)
        os.replace(pathlib.Path(aside, name), target)
    return str(target / made.name)


def _check(tfds: Any, target: pathlib.Path, name: str, quality: int) -> None:
    if not name.isidentifier() or name != name.lower():
        raise ValueError(
            "name must be of lower-case letters, digits and underscores. "
            f"Received: name={name!r}"
        )
    if name in tfds.list_builders(with_community_datasets=False):
        raise ValueError(
            f"TFDS has a set named {name!r} of its own, which tfds.load would "
            f"look for in the place of this one. Choose another name, such as "
            f"{name + '_av'!r}"
        )
    if not 1 <= quality <= 100:
        raise ValueError(
            f"quality must be from 1 to 100. Received: quality={quality}"
        )
    if target.exists():
        raise ValueError(
            f"{str(target)!r} is there already. Choose another name or "
            "data_dir, or remove it."
        )


def _note(
    folder: pathlib.Path,
    settings: dict[str, Any],
    splits: list[str],
    skipped: list[dict[str, Any]],
) -> None:
    """Write what the records do not tell next to them."""
    about = {
        "settings": settings,
        "splits": splits,
        "skipped": sorted(skipped, key=lambda row: row["index"]),
    }
    (folder / SKIPPED).write_text(json.dumps(about, indent=1), "utf-8")


def _splits(
    manifest: FileTable,
    names: list[str],
    spec: ClipSpec,
    quality: int,
    skipped: list[dict[str, Any]],
) -> dict[str, Iterator[tuple[int, dict[str, Any]]]]:
    """The splits that hold a record; TFDS stops at an empty one."""
    splits: dict[str, Iterator[tuple[int, dict[str, Any]]]] = {}
    for name in names:
        records = _records(manifest, name, spec, quality, skipped)
        first = next(records, None)
        if first is not None:
            whole = itertools.chain([first], records)
            splits[name or UNKNOWN_SPLIT] = whole
    return splits


def _records(
    manifest: FileTable,
    split: str,
    spec: ClipSpec,
    quality: int,
    skipped: list[dict[str, Any]],
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The records of a split; what cannot be read is noted as skipped."""
    for row in np.flatnonzero(manifest.split == split).tolist():
        file, fault = try_to_encode(manifest.full_path(row), spec, quality)
        if file is not None:
            yield row, to_record(manifest, row, file, spec.num_frames > 0)
        elif fault is not None:
            skipped.append(
                {
                    **row_of(manifest, row),
                    "split": split,
                    "reason": fault.reason,
                    "message": fault.message,
                }
            )
