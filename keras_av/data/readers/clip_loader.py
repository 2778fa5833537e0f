"""Read the clip of one position, under policies for what goes wrong."""

import collections
import threading
from typing import cast

import numpy as np
import tensorflow as tf

from keras_av.data.clip.clip import Clip
from keras_av.data.clip.clip_gate import ClipGate
from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.clip_window import ClipChoice, Extent
from keras_av.data.clip.media_error import MediaError
from keras_av.data.media.memory_source import MemorySource
from keras_av.data.media.read_clip import as_media_error, cut_clip, open_source
from keras_av.data.prepared.prepared_set import PreparedSet
from keras_av.data.prepared.prepared_source import PreparedSource
from keras_av.data.readers.file_cache import FileCache, FileSource
from keras_av.data.readers.reading import Reading
from keras_av.data.table.changed import changed
from keras_av.data.table.file_table import FileTable


class ClipLoader:
    """Reads clips of a manifest's files; may be used by several threads.

    Args:
        reading: The files, the clips wanted of them, and the policies.
        cache: Cache of decoded files, if they are kept.

    Attributes:
        pad: Whether sound shorter than the clip is padded, not repeated.
    """

    def __init__(
        self,
        reading: Reading,
        cache: FileCache | None = None,
    ) -> None:
        self._manifest = reading.manifest
        self._spec = reading.spec
        self._gate = ClipGate(reading.spec, reading.policies, reading.report)
        self.pad = reading.policies.short == "pad"
        self._report = reading.report
        self._cache = cache
        self._extents: dict[int, Extent] = {}
        self._delivered: collections.Counter[int] = collections.Counter()
        self._lock = threading.Lock()

    def load(
        self,
        run: int,
        index: int,
        choice: ClipChoice,
        source: MemorySource | None = None,
    ) -> Clip | None:
        """Read one clip; `None` if it is to be skipped.

        Args:
            run: Number of the pass through the files.
            index: Row of the file.
            choice: Which of its clips.
            source: The file, where it is decoded already.

        Raises:
            MediaError: If a policy says so.
            TornShardError: If a shard of a prepared set is damaged.
        """
        try:
            if source is not None:
                clip = cut_clip(source, self._spec, choice, self.pad)
            else:
                clip = self._read(index, choice)
        except Exception as error:
            self.refuse(index, error)
            return None
        return clip if self.passes(run, index, clip) else None

    def refuse(self, index: int, error: Exception) -> None:
        """Count a clip that could not be read.

        Raises:
            MediaError: If the policy says so.
        """
        path = str(self._manifest.path[index])
        self._gate.refuse(path, as_media_error(error))

    def passes(self, run: int, index: int, clip: Clip) -> bool:
        """Count a clip that was read; whether it is delivered.

        Raises:
            MediaError: If a policy says so.
        """
        if not self._gate.passes(str(self._manifest.path[index]), clip):
            return False
        with self._lock:
            self._delivered[run] += 1
        return True

    def extent(self, index: int) -> Extent:
        """How long a file is, of which a clip has been read.

        Args:
            index: Row of the file.
        """
        if index in self._extents:
            return self._extents[index]
        # Its clips are decoded in a graph.
        prepared = cast(PreparedSet, self._manifest)
        return prepared.stored_file(index)[1].extent_for(self._spec)

    def check_run(self, run: int, needed: int) -> None:
        """End a pass through the files.

        Raises:
            RuntimeError: If fewer clips than needed could be delivered.
        """
        with self._lock:
            delivered = self._delivered.pop(run, 0)
        if delivered < needed:
            raise RuntimeError(
                f"{delivered} clips could be delivered of "
                f"{len(self._manifest)} files under {self._manifest.root!r}; "
                f"a batch needs {needed}.\n{self._report.summary()}"
            )

    def _read(self, index: int, choice: ClipChoice) -> Clip:
        if self._cache is not None:
            file = self._cache.get(index, lambda: self._open(index))
            if file is not None:
                return cut_clip(file, self._spec, choice, self.pad)
        with self._open(index) as source:
            return cut_clip(source, self._spec, choice, self.pad)

    def _open(self, index: int) -> FileSource:
        known = self._extents.get(index)
        source = open_row(self._manifest, index, self._spec, known)
        self._extents[index] = source.extent
        return source


def open_row(
    manifest: FileTable, row: int, spec: ClipSpec, extent: Extent | None = None
) -> FileSource:
    """Open a file of a manifest or of a prepared set.

    Args:
        manifest: The files.
        row: Row of the file.
        spec: Specification of a clip.
        extent: Extent found by an earlier source for the same file and `spec`.

    Raises:
        MediaError: If it cannot be read.
    """
    if manifest.is_prepared:
        prepared = cast(PreparedSet, manifest)
        name = manifest.full_path(row)
        return PreparedSource(*prepared.stored_file(row), spec, name)
    # Once opened, a file is not looked at again.
    if extent is None and (words := changed(manifest, row)):
        raise MediaError("corrupt", f"{words}. Call scan again")
    return open_source(manifest.full_path(row), spec, extent)


def clip_signature(spec: ClipSpec) -> dict[str, tf.TensorSpec]:
    """What a clip is as an element of a pipeline."""
    signature = {}
    if spec.num_frames:
        signature["video"] = tf.TensorSpec(spec.video_shape, tf.uint8)
    if spec.num_samples:
        signature["audio"] = tf.TensorSpec(spec.audio_shape, tf.float32)
        signature["has_audio"] = tf.TensorSpec((), tf.bool)
    return signature


def empty_clip(spec: ClipSpec) -> Clip:
    """What stands for a skipped clip until it is filtered out."""
    return Clip(
        np.zeros(spec.video_shape, np.uint8),
        np.zeros(spec.audio_shape, np.float32),
        False,
        (),
    )
