"""Clips of a prepared set, decoded in a graph."""

import dataclasses
from typing import Any, cast

import numpy as np
import tensorflow as tf

from keras_av.data.clip.clip import SILENCE, Clip, clip_faults
from keras_av.data.clip.clip_window import ClipChoice, place_window
from keras_av.data.clip.media_error import MediaError
from keras_av.data.clip.torn_shard_error import TornShardError
from keras_av.data.media.sound_spool import FULL_SCALE
from keras_av.data.plumbing.in_graph import in_graph
from keras_av.data.prepared.prepared_set import PreparedSet
from keras_av.data.prepared.prepared_source import needed_records, read_records
from keras_av.data.readers.clip_loader import ClipLoader, clip_signature
from keras_av.data.readers.reading import Reading
from keras_av.ops.types import Array, Tensor

# Python runs once for so many clips; what decodes them does not wait for it.
_PLANNED_TOGETHER = 32


@dataclasses.dataclass(frozen=True)
class ClipPlan:
    """Which bytes a clip is made of, and how.

    Args:
        path: Path of the shard; empty if there is no such clip.
        offset: Offset of the first record.
        num_records: Number of consecutive records.
        num_bytes: Length of all records.
        frames: Numbers within the records, `(num_frames,)`; a placeholder
            if there are no frames.
        box: Top, left, height and width of the crop.
        flip: Whether left and right are exchanged.
        first_sample: Number within the records.
        num_samples: Number of samples from the file; the clip may have more.
        too_short: Whether the file is shorter than the clip.
    """

    path: bytes
    offset: np.int64
    num_records: np.int64
    num_bytes: np.int64
    frames: Array
    box: Array
    flip: np.bool_
    first_sample: np.int64
    num_samples: np.int64
    too_short: np.bool_


class PreparedClips:
    """Plans clips of a prepared set, and reads them.

    Args:
        reading: The files and the clips wanted of them.
        loader: Counts what is read.

    Attributes:
        reading: The files and the clips wanted of them.
    """

    def __init__(
        self,
        reading: Reading,
        loader: ClipLoader,
    ) -> None:
        self._prepared = cast(PreparedSet, reading.manifest)
        self._spec = reading.spec
        self._order = reading.order
        self._loader = loader
        self.reading = reading
        # TensorFlow crashes on taking rows of no numbers out of a batch.
        self._num_numbers = max(reading.spec.num_frames, 1)

    def elements(
        self,
        run: Tensor,
        epoch: Tensor,
        positions: tf.data.Dataset,
        num_workers: int,
    ) -> tf.data.Dataset:
        """Clips, their positions, and whether each could be read."""

        def plan(position: Tensor, index: Tensor) -> tuple[Any, ...]:
            kinds = [_KINDS.get(name, tf.int64) for name in PLAN_FIELDS]
            values = in_graph(self.plans, [epoch, position, index], kinds)
            named = dict(zip(PLAN_FIELDS, values))
            for name, value in named.items():
                shape = {"frames": [None, self._num_numbers]}
                shape["box"] = [None, 4]
                named[name] = tf.ensure_shape(value, shape.get(name, [None]))
            return position, index, named

        def read(
            position: Tensor, index: Tensor, plan: dict[str, Tensor]
        ) -> tuple[dict[str, Tensor], Tensor, Tensor]:
            found = self.decode(position, index, plan)
            return self.count(run, epoch, *found)

        plans = positions.map(
            lambda position: (position, self._order.index(epoch, position))
        )
        plans = plans.batch(_PLANNED_TOGETHER).map(plan).prefetch(1).unbatch()
        return plans.map(
            read, num_parallel_calls=num_workers, deterministic=True
        )

    def decode(
        self, position: Tensor, index: Tensor, plan: dict[str, Tensor]
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, dict[str, Tensor]]:
        """The clip of a plan, in a graph of TensorFlow's operations only.

        Returns:
            Position, row, whether there is a clip, whether its records are
            whole, whether the file is too short for it, and its tensors.
        """
        planned = tf.strings.length(plan["path"]) > 0
        whole, element = tf.cond(
            planned,
            lambda: self._read(plan),
            lambda: (tf.constant(True), self._nothing()),
        )
        return position, index, planned, whole, plan["too_short"], element

    def count(
        self,
        run: Tensor,
        epoch: Tensor,
        position: Tensor,
        index: Tensor,
        planned: Tensor,
        whole: Tensor,
        too_short: Tensor,
        element: dict[str, Tensor],
    ) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """The clip with its label, its position, whether it is delivered."""
        heard = element.get("has_audio", tf.constant(False))
        inputs = [run, epoch, position, index, planned, whole, too_short, heard]
        ok = in_graph(self._pass, inputs, tf.bool)
        labels = tf.constant(self._prepared.label, tf.int32)
        element = {
            **element,
            "label": tf.gather(labels, index),
            "index": tf.cast(index, tf.int32),
        }
        return element, position, tf.ensure_shape(ok, [])

    def plan(self, index: int, choice: ClipChoice) -> ClipPlan:
        """Where a clip is.

        Args:
            index: Row of its file.
            choice: Which of the file's clips.

        Raises:
            MediaError: If the file cannot give it.
        """
        path, stored = self._prepared.stored_file(index)
        extent, spec = stored.extent_for(self._spec), self._spec
        window = place_window(spec, extent, choice)
        needed = needed_records(stored, spec, window)
        offset = stored.offsets[needed.first]
        frames = np.zeros(self._num_numbers, np.int64)
        if spec.num_frames:
            frames = needed.frames - stored.first_frames[needed.first]
        return ClipPlan(
            path.encode("utf-8", "surrogateescape"),
            offset,
            np.int64(needed.end - needed.first),
            stored.offsets[needed.end] - offset,
            frames,
            np.array(window.box, np.int32),
            np.bool_(window.flip),
            np.int64(needed.first_sample),
            np.int64(needed.num_samples),
            np.bool_(window.too_short),
        )

    def plans(
        self, epoch: Array, positions: Array, indices: Array
    ) -> list[Array]:
        """The fields of the plans of several clips."""
        plans = []
        for position, index in zip(positions, indices):
            choice = self._order.choice(int(epoch), int(position))
            try:
                plans.append(self.plan(int(index), choice))
            except MediaError:
                # It is counted, or raised, at its place among the clips.
                plans.append(self._no_plan())
        return [
            np.array([getattr(plan, name) for plan in plans])
            for name in PLAN_FIELDS
        ]

    def _no_plan(self) -> ClipPlan:
        zero, no = np.int64(0), np.bool_(False)
        frames = np.zeros(self._num_numbers, np.int64)
        box = np.zeros(4, np.int32)
        return ClipPlan(b"", zero, zero, zero, frames, box, no, zero, zero, no)

    def _read(
        self, plan: dict[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Whether the records of a clip are whole, and its tensors."""
        jpegs, pcm, whole = read_records(
            plan["path"], plan["offset"], plan["num_records"], plan["num_bytes"]
        )
        return whole, tf.cond(
            whole, lambda: self._cut(plan, jpegs, pcm), lambda: self._nothing()
        )

    def _cut(
        self, plan: dict[str, Tensor], jpegs: Tensor, pcm: Tensor
    ) -> dict[str, Tensor]:
        """The tensors of a clip, from those of its records."""
        element = {}
        if self._spec.num_frames:
            chosen = tf.gather(jpegs, plan["frames"])
            video = tf.stack(
                [
                    tf.io.decode_and_crop_jpeg(jpeg, plan["box"], channels=3)
                    for jpeg in tf.unstack(chosen, self._spec.num_frames)
                ]
            )
            # A slice with a step of -1 is ten times as slow.
            video = tf.cond(
                plan["flip"], lambda: tf.reverse(video, [2]), lambda: video
            )
            element["video"] = tf.ensure_shape(video, self._spec.video_shape)
        if self._spec.num_samples:
            element["audio"], element["has_audio"] = self._listen(plan, pcm)
        return element

    def _listen(
        self, plan: dict[str, Tensor], pcm: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The sound of a clip, and whether there is any."""
        zeros = tf.zeros(self._spec.audio_shape, tf.float32)

        def cut() -> Tensor:
            count = plan["num_samples"]
            places = tf.range(self._spec.num_samples, dtype=tf.int64)
            samples = tf.gather(pcm, plan["first_sample"] + places % count)
            samples = tf.cast(samples, tf.float32) / FULL_SCALE
            if self._loader.pad:
                samples = tf.where(places < count, samples, 0.0)
            return samples

        audio = tf.cond(plan["num_samples"] > 0, cut, lambda: zeros)
        heard = tf.reduce_max(tf.abs(audio)) >= SILENCE
        return tf.where(heard, audio, zeros), heard

    def _nothing(self) -> dict[str, Tensor]:
        return {
            name: tf.zeros(kind.shape, kind.dtype)
            for name, kind in clip_signature(self._spec).items()
        }

    def _pass(
        self,
        run: Array,
        epoch: Array,
        position: Array,
        index: Array,
        planned: Array,
        whole: Array,
        too_short: Array,
        has_audio: Array,
    ) -> np.bool_:
        """Count a clip; whether it is delivered.

        Raises:
            MediaError: If a policy says so.
            TornShardError: If its shard does not hold it any more.
        """
        row = int(index)
        if not planned:
            try:
                self.plan(row, self._order.choice(int(epoch), int(position)))
            except MediaError as error:
                self._loader.refuse(row, error)
            return np.bool_(False)
        shard, stored = self._prepared.stored_file(row)
        if not whole:
            raise TornShardError(shard, self._prepared.full_path(row))
        faults = clip_faults(
            bool(too_short),
            bool(stored.num_bad_packets),
            bool(self._spec.num_samples) and not has_audio,
            stored.extent.sound_end is not None,
        )
        nothing = np.zeros(0)
        clip = Clip(nothing, nothing, bool(has_audio), faults)
        return np.bool_(self._loader.passes(int(run), row, clip))


PLAN_FIELDS = tuple(field.name for field in dataclasses.fields(ClipPlan))
_KINDS = {
    "path": tf.string,
    "box": tf.int32,
    "flip": tf.bool,
    "too_short": tf.bool,
}
