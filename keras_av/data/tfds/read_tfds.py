"""Reading of datasets in the format of TensorFlow Datasets."""

import heapq
import json
import operator
import os
import pathlib
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.media_error import MediaError
from keras_av.data.prepared.prepare import shard_jobs, write_checksums
from keras_av.data.prepared.prepared_file import PreparedFile
from keras_av.data.prepared.prepared_set import PreparedSet, is_prepared
from keras_av.data.prepared.write_shard import write_shard
from keras_av.data.table.file_table import FileTable
from keras_av.data.tfds.tfds_format import (
    SKIPPED,
    UNKNOWN_SPLIT,
    from_record,
    tensorflow_datasets,
)

_COLUMNS = ("index", "path", "label", "group", "fold")


def read_tfds(
    name: str,
    data_dir: str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> PreparedSet:
    """Implementation of `Manifest.from_tfds`.

    Args:
        name: Name of the dataset.
        data_dir: Folder that it was written to.
        folder: Folder of the shards.

    Raises:
        ImportError: If tensorflow-datasets is not installed.
        ValueError: If the set or the folder cannot be used.

    Examples:

    >>> import tempfile
    >>> from keras_av.data import (
    ...     ClipSpec, Manifest, clips, generated_set, write_tfds
    ... )
    >>> spec = ClipSpec(num_frames=4, size=64)
    >>> data_dir = tempfile.mkdtemp()
    >>> manifest = generated_set(num_train=8, num_test=8)
    >>> _ = write_tfds(manifest, data_dir, "tiny", spec)
    >>> train = Manifest.from_tfds("tiny", data_dir).where(split="train")
    >>> batch = next(iter(clips(train, spec, batch_size=4, training=True)))
    >>> tuple(batch["video"].shape)
    (4, 4, 64, 64, 3)
    """
    tfds = tensorflow_datasets()
    place = None if data_dir is None else os.fspath(data_dir)
    try:
        builder = tfds.builder(name, data_dir=place)
    except tfds.core.DatasetNotFoundError as error:
        raise ValueError(f"{place!r} holds no set named {name!r}") from error
    made_by = pathlib.Path(os.fspath(builder.data_dir))
    target = pathlib.Path(folder or made_by.with_name(f"{made_by.name}_shards"))
    if target.exists():
        return _found_again(target, made_by)
    about = _about(builder)
    manifest = _manifest(tfds, builder, about)
    settings = about["settings"]
    spec = _spec(settings)
    files = _Files(tfds, builder, about)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as aside:
        made = pathlib.Path(aside, "set")
        made.mkdir()
        for job in shard_jobs(manifest, made, spec, settings["quality"]):
            write_shard(job, files.next)
        write_checksums(made)
        os.replace(made, target)
    return PreparedSet(target)


def _found_again(target: pathlib.Path, made_by: pathlib.Path) -> PreparedSet:
    """The shards of an earlier call."""
    if is_prepared(target):
        prepared = PreparedSet(target)
        if prepared.root == str(made_by):
            return prepared
    raise ValueError(
        f"{str(target)!r} is there already, and holds no shards of "
        f"{str(made_by)!r}. Choose another folder."
    )


class _Files:
    """The files of a set, one after another in the order of their rows."""

    def __init__(self, tfds: Any, builder: Any, about: dict[str, Any]) -> None:
        splits = _splits(builder, about)
        decoders = {}
        if "video" in builder.info.features:
            decoders["video"] = tfds.decode.SkipDecoding()
        # Each split is in order; one record of each is in memory.
        streams = [_rows(tfds, builder, s, decoders) for s in splits]
        self._rows = heapq.merge(
            *streams, about["skipped"], key=operator.itemgetter("index")
        )

    def next(self, *_: Any) -> tuple[PreparedFile | None, MediaError | None]:
        """The next file, which is already as it is wanted."""
        row = next(self._rows)
        if "reason" in row:
            return None, MediaError(row["reason"], row["message"])
        return from_record(row), None


def _about(builder: Any) -> dict[str, Any]:
    path = pathlib.Path(os.fspath(builder.data_dir), SKIPPED)
    if not path.is_file():
        there = sorted(builder.info.features)
        missing = [name for name in _COLUMNS if name not in there]
        raise ValueError(
            f"{str(path.parent)!r} was not written by write_tfds: there is no "
            f"{SKIPPED}, and its records, of {there}, lack {missing}. Of a set "
            "of another origin, read the files that it was made from, with a "
            "Manifest."
        )
    return json.loads(path.read_text("utf-8"))


def _splits(builder: Any, about: dict[str, Any]) -> list[str]:
    """The splits that hold a record."""
    there = builder.info.splits
    names = [split or UNKNOWN_SPLIT for split in about["splits"]]
    return [n for n in names if n in there and there[n].num_examples]


def _manifest(tfds: Any, builder: Any, about: dict[str, Any]) -> FileTable:
    rows = list(about["skipped"])
    wanted = tfds.decode.PartialDecoding(dict.fromkeys(_COLUMNS, True))
    for name in _splits(builder, about):
        split = "" if name == UNKNOWN_SPLIT else name
        for row in _rows(tfds, builder, name, wanted):
            rows.append({**row, "split": split})
    rows.sort(key=operator.itemgetter("index"))
    _check_rows(rows, os.fspath(builder.data_dir))
    label = builder.info.features["label"]
    columns: dict[str, Any] = {
        key: [row[key] for row in rows] for key in _COLUMNS[1:]
    }
    return FileTable(
        os.fspath(builder.data_dir),
        **columns,
        split=[row["split"] for row in rows],
        class_names=getattr(label, "names", ()),
    )


def _check_rows(rows: Sequence[dict[str, Any]], place: str) -> None:
    """Refuse rows that a manifest would number differently.

    Raises:
        ValueError: If there are such.
    """
    paths = [row["path"] for row in rows]
    numbers = [row["index"] for row in rows]
    if numbers != list(range(len(rows))) or paths != sorted(paths):
        raise ValueError(
            f"The records of {place!r} are not those that were written: their "
            "indices must count from 0 in the order of their paths. Write "
            "the set again."
        )


def _rows(
    tfds: Any, builder: Any, split: str, decoders: Any
) -> Iterator[dict[str, Any]]:
    """The records of a split in their order."""
    config = tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False)
    records = builder.as_dataset(
        split=split, decoders=decoders, read_config=config
    )
    for record in records.as_numpy_iterator():
        for key in ("path", "group"):
            record[key] = record[key].decode("utf-8")
        for key in ("index", "label", "fold"):
            record[key] = int(record[key])
        yield record


def _spec(settings: dict[str, Any]) -> ClipSpec:
    """Clips such as these files can give; what else they are is open."""
    has_frames = settings["size"] is not None
    options: dict[str, Any] = {"num_frames": int(has_frames)}
    if has_frames:
        options |= {"size": tuple(settings["size"]), "fps": settings["fps"]}
    options["audio_seconds"] = float(settings["has_sound"])
    if settings["has_sound"]:
        options["sampling_rate"] = settings["sampling_rate"]
    return ClipSpec(**options)
