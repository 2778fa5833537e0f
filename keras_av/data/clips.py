"""Batches of clips from files, as a tf.data pipeline."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import tensorflow as tf

from keras_av.data.clip.clip_gate import Policies
from keras_av.data.clip.clip_order import FileOrder, Share, TrainingOrder
from keras_av.data.clip.clip_report import ClipReport
from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.media.self_check import self_check
from keras_av.data.plumbing.epochs import Epochs
from keras_av.data.plumbing.in_graph import in_graph
from keras_av.data.plumbing.pipeline import (
    check_at_least,
    hide_gpus,
    num_cpus,
    pipeline_options,
)
from keras_av.data.prepared.prepared_set import PreparedSet
from keras_av.data.readers.clip_loader import ClipLoader
from keras_av.data.readers.file_cache import (
    SHARE_OF_FREE_MEMORY,
    FileCache,
    free_memory,
)
from keras_av.data.readers.file_clips import FileClips
from keras_av.data.readers.graph_sounds import GraphSounds
from keras_av.data.readers.prepared_clips import PreparedClips
from keras_av.data.readers.reading import Reading
from keras_av.data.readers.served_clips import ServedClips
from keras_av.data.readers.spoken_clips import SpokenClips, check_text
from keras_av.data.table.file_table import FileTable
from keras_av.data.transcripts.transcripts import Transcripts
from keras_av.ops.types import Array, Tensor

_PREFETCHED_BATCHES = 2


def clips(
    manifest: FileTable,
    spec: ClipSpec,
    batch_size: int,
    training: bool = False,
    seed: int = 0,
    policies: Policies | None = None,
    repeats: int = 1,
    cache: bool | None = None,
    num_workers: int | None = None,
    input_context: tf.distribute.InputContext | None = None,
    service: str | None = None,
    engine: str | None = None,
    transcripts: Transcripts | None = None,
    tokenizer: Callable[[Tensor], Tensor] | None = None,
) -> tf.data.Dataset:
    """Read batches of clips from the files of a manifest.

    In training, clips are random: each epoch reads all files `repeats` times in
    random order, each time with another random window, crop and mirror image.
    They depend only on `seed`, the epoch and the position, so they are the same
    for any number of workers and after a restart. The last batch is dropped if
    it is incomplete.

    In evaluation, the files are read in the order of the manifest, with
    `repeats` evenly spaced consecutive clips per file (the middle one if
    `repeats` is 1) and a center crop. The last batch may be smaller.

    A clip that cannot be read is skipped or masked and counted, never replaced
    by another. The dataset has additional attributes:

    - `manifest`: the given manifest.
    - `report`: the `ClipReport` with the counts.
    - `transcripts`: the given transcripts.
    - `random_clips`: whether clips differ from epoch to epoch.
    - `set_epoch(epoch, position=0)`: sets the epoch and the position at which
      the next iterator starts; later iterators continue with the following
      epochs. A new dataset starts with epoch 0. `keras.Model.fit` reads a batch
      before it starts, so call this at the beginning of each epoch if the
      number matters, as `fit` of the methods of this library does.
    - `digest()`: the digest of the manifest. If it changes, rows of a memory
      bank refer to other files.
    - `position(epoch, num_batches)`: the position of the last iterator over an
      epoch after a number of batches, for `set_epoch` to resume without reading
      the batches before it.

    Args:
        manifest: A `Manifest` or a `PreparedSet`. The row of a file is its
            `index`.
        spec: Specification of a clip.
        batch_size: Number of clips in a batch.
        training: Whether clips are random. Defaults to False.
        seed: Non-negative integer seed. Defaults to 0.
        policies: `Policies` for clips that cannot be read, are silent, or come
            from files that are too short. Defaults to `None` for `Policies()`,
            which skips, masks and loops them.
        repeats: Number of clips per file in an epoch. Defaults to 1.
        cache: Whether to keep decoded files in memory, using at most half of
            the free memory. Clips are the same, except for noise that AAC
            decoders generate at random. A prepared set is cached if it fits as
            a whole, unless this is False. Defaults to `None`, which caches
            prepared sets only.
        num_workers: Number of decoding threads. Defaults to the number of
            CPUs that this process may use.
        input_context: `tf.distribute.InputContext` that selects a share of the
            clips if several processes read one dataset: that of process
            `input_pipeline_id` of `num_input_pipelines`. Each clip is read by
            one process per epoch; `batch_size` is the batch size per process.
            In training all processes get the same number of clips. Defaults to
            `None`, all clips.
        service: Address of the dispatcher of a tf.data service, such as
            `"grpc://10.0.0.1:5050"`, whose workers decode the clips of a
            prepared set; its shards must have the same path there. Each clip
            is read once per epoch, in any order, so the dataset has no
            `position`; clips of a worker that dies are lost. Defaults to
            `None`, local decoding.
        engine: `"tensorflow-io"` to decode WAV, FLAC, Ogg Vorbis and MP3 files
            in the graph, for clips without frames. Each file is compared with
            libsndfile once and decoded by libsndfile if they differ, so the
            batches are the same. Defaults to `None`.
        transcripts: `Transcripts` of the files, for the words that are said
            in a clip. If a clip has them in several languages, one is drawn in
            training, and otherwise it is the first. A clip without words is
            counted by the report. Not with an `engine`. Defaults to `None`.
        tokenizer: Function from strings, `(batch,)`, to the integers that a
            text encoder takes, `(batch, length)`, in operations of
            TensorFlow, such as `tokenize` of a `keras_av.models.TextBackbone`.
            Defaults to `None`, which leaves strings, which `fit` cannot take.

    Returns:
        A `tf.data.Dataset` of dicts with `video` (batch, frames,
        height, width, 3) uint8, unless `spec.num_frames` is 0; `audio`
        (batch, samples) float32 in [-1, 1] and `has_audio` (batch,) bool,
        unless `spec.audio_seconds` is 0; `text`, (batch,) strings or tokens,
        and `has_text` (batch,) bool, if there are transcripts; `label` and
        `index` (batch,) int32.

    Raises:
        ValueError: If an argument is out of range, or the manifest has fewer
            clips than one training batch.
        ImportError: If the engine is not installed.
        RuntimeError: If decoding does not work on this machine, or, while
            iterating, if hardly any file can be read (as a
            `tf.errors.OpError` with the same message, but by the `fit` of
            `keras_av.methods`).

    Examples:

    >>> from keras_av.data import ClipSpec, clips, generated_set
    >>> manifest = generated_set(num_train=8, num_test=8)
    >>> spec = ClipSpec(num_frames=4, size=64)
    >>> dataset = clips(
    ...     manifest.where(split="train"), spec, batch_size=4, training=True
    ... )
    >>> for name, value in next(iter(dataset)).items():
    ...     print(name, tuple(value.shape), value.dtype.name)
    video (4, 4, 64, 64, 3) uint8
    audio (4, 16000) float32
    has_audio (4,) bool
    label (4,) int32
    index (4,) int32
    """
    num_workers = num_cpus() if num_workers is None else num_workers
    check_at_least("batch_size", batch_size, 1)
    check_at_least("seed", seed, 0)
    check_at_least("repeats", repeats, 1)
    check_at_least("num_workers", num_workers, 1)
    _check_engine(engine, manifest, spec, cache)
    check_text(engine, transcripts, tokenizer)
    order = _order(len(manifest), repeats, seed if training else None)
    needed = batch_size if training else 1
    share = _share(order.num_clips, input_context, training)
    _check_share(share, needed, len(manifest))
    hide_gpus()
    self_check()
    reading = Reading(
        manifest, spec, order, policies or Policies(), ClipReport(), transcripts
    )
    files = _cache(manifest, spec, cache, service)
    loader = ClipLoader(reading, files)
    reader = _reader(reading, loader, share, service, files, engine)
    epochs = Epochs()
    end = _end_of(loader, epochs)
    read = _pass(reader, end, share, needed, num_workers)
    dataset = _batches(
        epochs, read, batch_size, training, num_workers, tokenizer
    )
    rounding = 0 if training else batch_size - 1
    num_batches = (len(share) + rounding) // batch_size
    # For Keras's progress bar. With skipped clips there are fewer.
    dataset.cardinality = lambda: tf.constant(num_batches, tf.int64)
    _describe(dataset, reading, epochs)
    if service is None:
        dataset.position = epochs.position
    return dataset


def _describe(dataset: Any, reading: Reading, epochs: Epochs) -> None:
    """Give a dataset the attributes that tell what is in it."""
    dataset.manifest = reading.manifest
    dataset.report = reading.report
    dataset.digest = reading.manifest.digest
    dataset.random_clips = isinstance(reading.order, TrainingOrder)
    dataset.transcripts = reading.transcripts
    dataset.set_epoch = epochs.set_epoch


def _order(
    num_files: int, repeats: int, seed: int | None
) -> FileOrder | TrainingOrder:
    """The order of the clips of an epoch, at random from a seed."""
    if seed is None:
        return FileOrder(num_files, repeats)
    return TrainingOrder(num_files, repeats, seed)


def _share(
    num_clips: int,
    context: tf.distribute.InputContext | None,
    training: bool,
) -> Share:
    """The share of the clips that this process reads."""
    if context is None:
        return Share(num_clips)
    number, total = context.input_pipeline_id, context.num_input_pipelines
    if not 0 <= number < total:
        raise ValueError(
            "input_context must have an input_pipeline_id from 0 to "
            f"num_input_pipelines - 1. Received: {context}"
        )
    return Share(num_clips, number, total, even=training)


def _check_share(share: Share, needed: int, num_files: int) -> None:
    if len(share) < needed:
        raise ValueError(
            "An epoch has fewer clips than one batch. Received: "
            f"{num_files} files, {len(share)} clips an epoch of "
            f"{share.total} pipelines, batch_size={needed}"
        )


def _reader(
    reading: Reading,
    loader: ClipLoader,
    share: Share,
    service: str | None,
    files: FileCache | None,
    engine: str | None,
) -> Any:
    """The reader of the clips of an epoch."""
    if engine is not None:
        return GraphSounds(reading, loader)
    reader: Any = FileClips(reading, loader)
    if reading.manifest.is_prepared and files is None:
        reader = PreparedClips(reading, loader)
        if service is not None:
            reader = ServedClips(reader, share.numbers(), service)
    if reading.transcripts is None:
        return reader
    return SpokenClips(reading, reader, loader)


def _check_engine(
    engine: str | None,
    manifest: FileTable,
    spec: ClipSpec,
    cache: bool | None,
) -> None:
    if engine is None:
        return
    if engine != "tensorflow-io":
        raise ValueError(
            f'engine must be None or "tensorflow-io". Received: {engine!r}'
        )
    if spec.num_frames or cache or manifest.is_prepared:
        raise ValueError(
            'engine="tensorflow-io" only decodes sound files, without a cache. '
            f"Received: {type(manifest).__name__}, spec.num_frames="
            f"{spec.num_frames}, cache={cache}. Leave engine out."
        )


def _cache(
    manifest: FileTable, spec: ClipSpec, cache: bool | None, service: str | None
) -> FileCache | None:
    """The cache of decoded files, if there is one."""
    if service is not None and (cache or not manifest.is_prepared):
        raise ValueError(
            "service decodes the clips of a PreparedSet, without a cache. "
            f"Received: {type(manifest).__name__}, cache={cache}. Call "
            "prepare first, and leave cache out."
        )
    if not manifest.is_prepared:
        return FileCache() if cache else None
    prepared = cast(PreparedSet, manifest)
    prepared.check_spec(spec)
    if service is not None or cache is False:
        return None
    room = int(free_memory() * SHARE_OF_FREE_MEMORY)
    return FileCache(room) if prepared.decoded_bytes(spec) <= room else None


def _end_of(loader: ClipLoader, epochs: Epochs) -> Callable[[int, int], None]:
    """What is called at the end of a pass, with the clips that it needs."""

    def end(run: int, needed: int) -> None:
        loader.check_run(run, needed)
        epochs.end(run)

    return end


def _pass(
    reader: Any,
    end: Callable[[int, int], None],
    share: Share,
    needed: int,
    num_workers: int,
) -> Callable[..., tf.data.Dataset]:
    """A function that reads an epoch from a position on."""

    # AutoGraph would take a second to find that nothing in it, nor in what it
    # calls, branches in Python on a tensor.
    @tf.autograph.experimental.do_not_convert
    def read(run: Tensor, epoch: Tensor, start: Tensor) -> tf.data.Dataset:
        positions = share.positions(start)
        elements = reader.elements(run, epoch, positions, num_workers)
        # The rest of a resumed epoch may be less than a batch.
        least = tf.where(start > 0, tf.zeros([], tf.int64), needed)
        return _delivered(elements, run, least, end)

    return read


def _batches(
    epochs: Epochs,
    read: Callable[..., tf.data.Dataset],
    batch_size: int,
    training: bool,
    num_workers: int,
    tokenizer: Callable[[Tensor], Tensor] | None,
) -> tf.data.Dataset:
    """Batches of each epoch, whose positions `epochs` is told."""

    @tf.autograph.experimental.do_not_convert
    def note(
        batch: dict[str, Tensor], place: tuple[Any, ...]
    ) -> dict[str, Tensor]:
        run, position = place
        epochs.note(run[-1], position[-1])
        if tokenizer is not None:
            batch = {**batch, "text": tokenizer(batch["text"])}
        return batch

    dataset = epochs.dataset().flat_map(read)
    dataset = dataset.batch(batch_size, drop_remainder=training)
    dataset = dataset.map(note).prefetch(_PREFETCHED_BATCHES)
    return dataset.with_options(pipeline_options(num_workers))


def _delivered(
    elements: tf.data.Dataset,
    run: Tensor,
    needed: Tensor,
    end: Callable[[int, int], None],
) -> tf.data.Dataset:
    """The clips that could be read, each with its pass and position."""
    elements = elements.filter(lambda element, position, ok: ok)
    elements = elements.map(
        lambda element, position, ok: (element, (run, position))
    )
    return elements.concatenate(
        _end_in_graph(end, run, needed, elements.element_spec)
    )


def _end_in_graph(
    end: Callable[[int, int], None],
    run: Tensor,
    needed: Tensor,
    element_spec: tuple[Any, ...],
) -> tf.data.Dataset:
    """No elements: ends a pass, and complains if it gave too few."""

    def ended(run: Array, needed: Array) -> np.bool_:
        end(int(run), int(needed))
        return np.bool_(False)

    def ended_in_graph(_: Tensor) -> Tensor:
        ok = in_graph(ended, [run, needed], tf.bool)
        return tf.ensure_shape(ok, [])

    def nothing(_: Tensor) -> tuple[Any, ...]:
        return tf.nest.map_structure(
            lambda spec: tf.zeros(spec.shape, spec.dtype), element_spec
        )

    return tf.data.Dataset.range(1).filter(ended_in_graph).map(nothing)
