"""A dataset decoded by `prepare`."""

import collections
import copy
import json
import os
import pathlib
from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from absl import logging

from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.media_error import MediaError
from keras_av.data.plumbing.fingerprints import sha256
from keras_av.data.prepared.shard import Shard, StoredFile, shard_path
from keras_av.data.table import csv_file
from keras_av.data.table.file_table import FileTable
from keras_av.ops.types import Array

MANIFEST = "manifest.csv"
SETTINGS = "prepared.json"
CHECKSUMS = "SHA256SUMS"
VERSION = 1
_SETTINGS = {
    "version",
    "root",
    "size",
    "fps",
    "has_sound",
    "sampling_rate",
    "quality",
    "files_per_shard",
}


class PreparedSet(FileTable):
    """A manifest whose clips are read from shards written by `prepare`.

    `clips` takes it instead of a `Manifest` and reads the same batches.
    Otherwise it is used like a manifest: `where`, `subset` and `split_by_group`
    return prepared sets.

    Args:
        folder: Folder of the shards.
        manifest: Manifest of the files to read. Files are identified by path,
            so rows, labels and splits may differ from those that were
            prepared. Defaults to all prepared files.

    Raises:
        ValueError: If the folder contains no prepared set, a shard is
            incomplete, or a file of the manifest was not prepared.

    Examples:

    >>> import tempfile
    >>> from keras_av.data import ClipSpec, PreparedSet, clips
    >>> from keras_av.data import generated_set, prepare
    >>> manifest = generated_set(num_train=8, num_test=8)
    >>> spec = ClipSpec(num_frames=4, size=64)
    >>> folder = tempfile.mkdtemp()
    >>> _ = prepare(manifest, folder, spec, num_workers=1, verbose=False)
    >>> files = PreparedSet(folder).where(split="train")
    >>> batch = next(iter(clips(files, spec, batch_size=4, training=True)))
    >>> tuple(batch["video"].shape)
    (4, 4, 64, 64, 3)
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        manifest: FileTable | None = None,
    ) -> None:
        self._folder = os.fspath(folder)
        self._settings = read_settings(folder)
        stored = read_manifest(folder)
        self._prepared_rows = {
            path: row for row, path in enumerate(stored.path.tolist())
        }
        self._shards = self._load_shards()
        self._choose(manifest or stored)

    @property
    def folder(self) -> str:
        """Folder of the shards."""
        return self._folder

    @property
    def is_prepared(self) -> bool:
        """Whether clips are read from shards written by `prepare`."""
        return True

    def check_spec(self, spec: ClipSpec) -> None:
        """Raise an error if this set was prepared for other clips.

        Raises:
            ValueError: If they differ in size, rate or modalities.
        """
        asked = spec_settings(spec)
        stored = {name: self._settings[name] for name in asked}
        if not spec.num_samples:
            # Sound need not be read.
            del asked["sampling_rate"], stored["sampling_rate"]
            asked["has_sound"] = stored["has_sound"]
        if asked != stored:
            raise ValueError(
                f"{self._folder!r} was prepared for other clips. Received: "
                f"{asked}; it holds: {stored}. Ask for clips of that kind, "
                "or prepare the files again, into another folder."
            )

    def stored_file(self, index: int) -> tuple[str, StoredFile]:
        """The shard of a row's file, and where in it the file is.

        Raises:
            MediaError: If it could not be read when it was prepared.
        """
        row = self._rows[index]
        number, place = divmod(int(row), self._settings["files_per_shard"])
        shard = self._shards[number]
        if shard is None:
            raise MediaError("missing", "it has not been prepared yet")
        fault = shard.fault(place)
        if fault is not None:
            raise fault
        path = shard_path(self._folder, number, "tfrecord")
        return str(path), shard.file(place)

    def decoded_bytes(self, spec: ClipSpec) -> int:
        """Memory that all decoded files take, in bytes."""
        total = 0.0
        for shard, places in self._places():
            duration, _, height, width, sound_end = shard.extents(places).T
            frames = shard.columns["num_frames"][places] * height * width * 3
            end = np.maximum(duration, np.nan_to_num(sound_end))
            total += (frames + end * spec.sampling_rate * 4).sum()
        return int(total)

    def contents(self) -> tuple[float, dict[str, int]]:
        """Seconds of media, and for each reason the files that lack."""
        seconds, reasons = 0.0, collections.Counter[str]()
        for shard, places in self._places():
            seconds += np.nanmax(shard.extents(places)[:, [0, 4]], axis=1).sum()
            reasons.update(shard.columns["reason"][places].tolist())
        del reasons[""]
        return float(seconds), dict(sorted(reasons.items()))

    def verify(self) -> None:
        """Verify the checksums of all files of the folder.

        Raises:
            ValueError: If a file is missing or has changed.
        """
        path = pathlib.Path(self._folder, CHECKSUMS)
        if not path.is_file():
            raise ValueError(
                f"{self._folder!r} has no {CHECKSUMS}: it has not been "
                "prepared to the end. Call prepare again."
            )
        wrong = []
        for line in path.read_text("utf-8").splitlines():
            expected, _, name = line.partition("  ")
            file = path.parent / name
            if not file.is_file() or sha256(file) != expected:
                wrong.append(name)
        if wrong:
            raise ValueError(
                f"{len(wrong)} files of {self._folder!r} are not what was "
                f"written: {wrong[:5]}. Call prepare again; it replaces these."
            )

    def _like(self, columns: dict[str, Any]) -> Self:
        chosen = copy.copy(self)
        chosen._choose(FileTable(self.root, **columns))
        return chosen

    def _choose(self, manifest: FileTable) -> None:
        """Be the manifest of these files."""
        super().__init__(manifest.root, **manifest.columns())
        paths = self.path.tolist()
        unknown = [path for path in paths if path not in self._prepared_rows]
        if unknown:
            raise ValueError(
                f"{len(unknown)} of {len(self)} files of the manifest are "
                f"not in the prepared set {self._folder!r}, such as "
                f"{unknown[:3]}. Leave them out, or "
                "prepare the manifest into another folder."
            )
        self._rows = np.array([self._prepared_rows[path] for path in paths])

    def _places(self) -> Iterator[tuple[Shard, Array]]:
        """The shards, and the places in them of the rows."""
        numbers, places = np.divmod(
            self._rows, self._settings["files_per_shard"]
        )
        for number in np.unique(numbers):
            shard = self._shards[number]
            if shard is not None:
                yield shard, places[numbers == number]

    def _load_shards(self) -> list[Shard | None]:
        per_shard = self._settings["files_per_shard"]
        count = -(-len(self._prepared_rows) // per_shard)
        shards: list[Shard | None] = [None] * count
        for number in range(count):
            if shard_path(self._folder, number, "npz").exists():
                shards[number] = self._load_shard(number)
        missing = sum(shard is None for shard in shards)
        if missing:
            logging.warning(
                "%s: %d of %d shards are not there yet; their files count as "
                "missing. Call prepare again to resume.",
                self._folder,
                missing,
                count,
            )
        return shards

    def _load_shard(self, number: int) -> Shard:
        shard = Shard.load(self._folder, number)
        first = number * self._settings["files_per_shard"]
        expected = min(
            self._settings["files_per_shard"], len(self._prepared_rows) - first
        )
        if len(shard.columns["reason"]) != expected:
            raise ValueError(
                f"Shard {number} of {self._folder!r} holds "
                f"{len(shard.columns['reason'])} files. Expected {expected}: "
                "call prepare again; it replaces it."
            )
        path = shard_path(self._folder, number, "tfrecord")
        size = path.stat().st_size if path.exists() else 0
        if size != shard.num_bytes:
            raise ValueError(
                f"The shard {str(path)!r} is torn: it has {size} bytes of "
                f"{shard.num_bytes}. Call prepare again; it replaces it."
            )
        return shard


def spec_settings(spec: ClipSpec) -> dict[str, Any]:
    """What of a specification decides what is stored."""
    return {
        "size": list(spec.height_width) if spec.num_frames else None,
        "fps": spec.fps if spec.num_frames else None,
        "has_sound": spec.num_samples > 0,
        "sampling_rate": spec.sampling_rate if spec.num_samples else None,
    }


def read_settings(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """What a folder was prepared with.

    Raises:
        ValueError: If it holds no prepared set, or one of another version.
    """
    path = pathlib.Path(folder, SETTINGS)
    if not path.is_file():
        raise ValueError(
            f"{os.fspath(folder)!r} holds no prepared set: there is no "
            f"{SETTINGS}. keras_av.data.prepare writes one."
        )
    try:
        settings = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{str(path)!r} is no JSON: {error}") from error
    if not isinstance(settings, dict):
        settings = {}
    if settings.get("version", VERSION) != VERSION:
        raise ValueError(
            f"{os.fspath(folder)!r} was prepared in version "
            f"{settings['version']}; this library reads version {VERSION}. "
            "Prepare the files again, into another folder."
        )
    lacking = sorted(_SETTINGS - settings.keys())
    per_shard = settings.get("files_per_shard")
    if lacking or type(per_shard) is not int or per_shard < 1:
        raise ValueError(
            f"{str(path)!r} is damaged: it lacks {lacking}; files_per_shard is "
            f"{per_shard!r}. Prepare the files again, into another folder."
        )
    return settings


def read_manifest(folder: str | os.PathLike[str]) -> FileTable:
    """The manifest of all files that a folder is for."""
    root = read_settings(folder)["root"]
    return FileTable(root, **csv_file.read(pathlib.Path(folder, MANIFEST)))


def is_prepared(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder contains a prepared set.

    Args:
        folder: Path of the folder.

    Examples:

    >>> import tempfile
    >>> from keras_av.data import is_prepared
    >>> is_prepared(tempfile.mkdtemp())
    False
    """
    return pathlib.Path(folder, SETTINGS).is_file()
