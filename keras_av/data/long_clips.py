"""A tf.data pipeline of all clips of long videos."""

import functools
import math
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from keras_av.data.clip.clip import Clip
from keras_av.data.clip.clip_gate import ClipGate, Policies
from keras_av.data.clip.clip_report import ClipReport
from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.media_error import MediaError
from keras_av.data.media.clip_stream import stream_clips
from keras_av.data.media.read_clip import as_media_error
from keras_av.data.media.self_check import self_check
from keras_av.data.plumbing.in_graph import from_generator
from keras_av.data.plumbing.pipeline import (
    check_at_least,
    hide_gpus,
    num_cpus,
    pipeline_options,
)
from keras_av.data.plumbing.read_ahead import read_ahead
from keras_av.data.readers.clip_loader import clip_signature, open_row
from keras_av.data.table.file_table import FileTable

_Stream = Callable[[], Generator[dict[str, Any], None, None]]
TAILS = ("drop", "loop")
_PREFETCHED_BATCHES = 2
# Number of clips that each thread buffers.
_BUFFER_BYTES = 32_000_000
_MAX_BUFFERED = 256


def long_clips(
    manifest: FileTable,
    spec: ClipSpec,
    hop: float | None,
    batch_size: int,
    policies: Policies | None = None,
    num_workers: int | None = None,
    tail: str = "drop",
) -> tf.data.Dataset:
    """Read all clips of untrimmed videos, one video after another.

    Clip `i` of a video begins `i * hop` seconds after the first one, at the
    nearest frame, with a center crop. Clips lie inside the video; a remainder
    of less than `hop` at the end is not read. A video that is shorter than a
    clip gives one clip, which is looped or padded.

    With `tail="loop"`, clips cover the whole video: the first begins with the
    first frame, and the last one reaches the end. If there are not enough
    frames for it, they are repeated: of 17 frames, 16 make a clip, and the last
    one is repeated for another clip. Sound that would exceed the file is moved
    to its start or end. With `hop=None`, this is the usual sliding-window
    evaluation of whole videos; `keras_av.evaluation.predict_videos` averages
    over the clips.

    Each video is decoded once, from start to end, and only the current clips
    are held in memory, whatever its length. With `ClipSpec(num_frames=1,
    audio_alignment="start")` a clip is a frame and the sound that follows it.

    A clip that cannot be read is skipped and counted; its number is not reused,
    and the clips before and after it are delivered. The dataset has additional
    attributes:

    - `manifest`: the given manifest.
    - `report`: the `ClipReport` with the counts.
    - `leave_out(rows)`: makes later iterators skip these videos, such as those
      whose features exist. With a dict of rows and their numbers of clips all
      others keep their places in the batches: those before them in the first
      of their batches are zeros, with `index` -1.

    The number of batches is not known before the files are opened.

    Args:
        manifest: A `Manifest` or a `PreparedSet`. The row of a file is its
            `index`.
        spec: Specification of a clip.
        hop: Time from the start of a clip to the start of the next one, in
            seconds, or `None` for `num_frames * frame_stride` frames (without
            frames, `audio_seconds`).
        batch_size: Number of clips in a batch. A batch may contain clips of
            several videos, and the last one may be smaller.
        policies: `Policies` for clips that cannot be read, are silent, or come
            from files that are too short. Defaults to `None` for `Policies()`,
            which skips, masks and loops them.
        num_workers: Number of videos to decode in parallel. Defaults to the
            number of CPUs that this process may use.
        tail: Treatment of the remainder at the end of a video, `"drop"` or
            `"loop"`. Defaults to `"drop"`.

    Returns:
        A `tf.data.Dataset` of dicts with `video` (batch, frames,
        height, width, 3) uint8, unless `spec.num_frames` is 0; `audio`
        (batch, samples) float32 in [-1, 1] and `has_audio` (batch,) bool,
        unless `spec.audio_seconds` is 0; `label`, `index` and `position`,
        the number of the clip in its video, (batch,) int32.

    Raises:
        ValueError: If an argument is out of range.
        RuntimeError: If decoding does not work on this machine, or, while
            iterating, if no clip can be read (as a `tf.errors.OpError` with
            the same message).

    Examples:

    >>> from keras_av.data import ClipSpec, generated_set, long_clips
    >>> manifest = generated_set(num_train=8, num_test=8)
    >>> spec = ClipSpec(num_frames=1, size=64, audio_alignment="start")
    >>> batch = next(iter(long_clips(manifest, spec, hop=1.0, batch_size=6)))
    >>> for name, value in batch.items():
    ...     print(name, tuple(value.shape), value.dtype.name)
    video (6, 1, 64, 64, 3) uint8
    audio (6, 16000) float32
    has_audio (6,) bool
    label (6,) int32
    index (6,) int32
    position (6,) int32
    >>> batch["index"].numpy().tolist(), batch["position"].numpy().tolist()
    ([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2])
    """
    policies = policies or Policies()
    if num_workers is None:
        num_workers = num_cpus()
    check_at_least("batch_size", batch_size, 1)
    check_at_least("num_workers", num_workers, 1)
    if hop is not None and not 0 < hop < math.inf:
        raise ValueError(
            "hop must be a positive number of seconds, or None. Received: "
            f"hop={hop}"
        )
    if tail not in TAILS:
        raise ValueError(f"tail must be one of {TAILS}. Received: {tail!r}")
    hide_gpus()
    self_check()
    manifest.check_spec(spec)
    report = ClipReport()
    reader = _Reader(manifest, spec, hop, tail, policies, report, batch_size)
    dataset = from_generator(
        functools.partial(reader.elements, num_workers),
        output_signature=_signature(spec),
    )
    dataset = dataset.batch(batch_size).prefetch(_PREFETCHED_BATCHES)
    dataset = dataset.with_options(pipeline_options(num_workers))
    dataset.manifest = manifest
    dataset.report = report
    dataset.leave_out = reader.leave_out
    return dataset


class _Reader:
    def __init__(
        self,
        manifest: FileTable,
        spec: ClipSpec,
        hop: float | None,
        tail: str,
        policies: Policies,
        report: ClipReport,
        batch_size: int,
    ) -> None:
        self._manifest = manifest
        self._spec = spec
        self._hop = hop
        self._tail = tail
        self._batch_size = batch_size
        self._report = report
        self._gate = ClipGate(spec, policies, report)
        self._pad = policies.short == "pad"
        self._left_out: dict[int, int] = {}
        clip_bytes = math.prod(spec.video_shape) + 4 * spec.num_samples
        self._buffer_size = min(_BUFFER_BYTES // clip_bytes + 1, _MAX_BUFFERED)

    def leave_out(self, rows: Collection[int] | Mapping[int, int]) -> None:
        counts = rows if isinstance(rows, Mapping) else dict.fromkeys(rows, 0)
        self._left_out = {int(row): int(n) for row, n in counts.items()}

    def elements(self, num_workers: int) -> Iterator[dict[str, Any]]:
        """The clips of all videos."""
        left_out = self._left_out
        delivered = False
        streams = self._streams(left_out)
        for element in read_ahead(streams, num_workers, self._buffer_size):
            delivered |= bool(element["index"] >= 0)
            yield element
        num_files = sum(r not in left_out for r in range(len(self._manifest)))
        if num_files and not delivered:
            raise RuntimeError(
                f"No clip could be delivered of {num_files} files under "
                f"{self._manifest.root!r}.\n{self._report.summary()}"
            )

    def _streams(self, left_out: Mapping[int, int]) -> Iterator[_Stream]:
        """What reads each video, and fills places of those left out."""
        num_empty = 0
        for row in range(len(self._manifest)):
            if row in left_out:
                num_empty += left_out[row]
                continue
            if num_empty % self._batch_size:
                places = num_empty % self._batch_size
                yield functools.partial(self._empty, places)
            num_empty = 0
            yield functools.partial(self._read, row)

    def _empty(self, count: int) -> Generator[dict[str, Any], None, None]:
        """Zeros in the places of clips that are left out."""
        element = {
            name: np.zeros(spec.shape, spec.dtype.as_numpy_dtype)
            for name, spec in _signature(self._spec).items()
        }
        yield from [{**element, "index": np.int32(-1)}] * count

    def _read(self, row: int) -> Generator[dict[str, Any], None, None]:
        path = str(self._manifest.path[row])
        try:
            source = open_row(self._manifest, row, self._spec)
        except Exception as error:
            self._gate.refuse(path, as_media_error(error))
            return
        with source:
            clips = stream_clips(
                source, self._spec, self._hop, self._tail, self._pad
            )
            for position, clip in enumerate(clips):
                if isinstance(clip, MediaError):
                    self._gate.refuse(path, clip)
                elif self._gate.passes(path, clip):
                    yield self._element(clip, row, position)

    def _element(self, clip: Clip, row: int, position: int) -> dict[str, Any]:
        element: dict[str, Any] = {}
        if self._spec.num_frames:
            element["video"] = clip.video
        if self._spec.num_samples:
            element["audio"] = clip.audio
            element["has_audio"] = np.bool_(clip.has_audio)
        element["label"] = np.int32(self._manifest.label[row])
        element["index"] = np.int32(row)
        element["position"] = np.int32(position)
        return element


def _signature(spec: ClipSpec) -> dict[str, tf.TensorSpec]:
    numbers = ("label", "index", "position")
    return {
        **clip_signature(spec),
        **{name: tf.TensorSpec((), tf.int32) for name in numbers},
    }
