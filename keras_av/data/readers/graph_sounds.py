"""Clips of sound files that tensorflow-io decodes in the graph."""

import functools
import importlib
import os
import tempfile
from typing import Any, NamedTuple

import numpy as np
import soundfile
import tensorflow as tf

from keras_av.data.clip.clip_window import Extent
from keras_av.data.media.memory_source import MemorySource
from keras_av.data.media.sound_slice import SoundCollector, sound_range
from keras_av.data.plumbing.in_graph import in_graph
from keras_av.data.readers.clip_loader import ClipLoader, empty_clip
from keras_av.data.readers.reading import Reading
from keras_av.ops.types import Array, Tensor


class _Format(NamedTuple):
    """A format of libsndfile, and the operation that decodes it.

    Args:
        name: Names of the container and of the coding.
        operation: Name of the operation in `tensorflow_io.audio`.
        dtype: Type of its output; none where it gives floats.
        tolerance: Largest difference between both libraries.
    """

    name: tuple[str, str]
    operation: str
    dtype: tf.DType | None
    tolerance: float


# 32-bit integers are not among them: tensorflow-io takes them for floats.
_FORMATS = (
    _Format(("WAV", "PCM_U8"), "decode_wav", tf.uint8, 0.0),
    _Format(("WAV", "PCM_16"), "decode_wav", tf.int16, 0.0),
    _Format(("WAV", "PCM_24"), "decode_wav", tf.int32, 0.0),
    _Format(("WAV", "FLOAT"), "decode_wav", tf.float32, 0.0),
    _Format(("FLAC", "PCM_16"), "decode_flac", tf.int16, 0.0),
    _Format(("FLAC", "PCM_24"), "decode_flac", tf.int32, 0.0),
    _Format(("OGG", "VORBIS"), "decode_vorbis", None, 1e-6),
    _Format(("MP3", "MPEG_LAYER_III"), "decode_mp3", None, 5e-6),
)
# What stands for a file that libsndfile or FFmpeg decodes.
_OTHER = 0


class GraphSounds:
    """Reads clips of sound files whose samples the graph decodes.

    tensorflow-io crashes on some damaged files, and on others it never ends.
    So it is given a file only after libsndfile has decoded all of it, and
    only if both agree; any other file is read as without it, and so are its
    faults.

    Args:
        reading: The files and the clips wanted of them.
        loader: Cuts clips, and counts what is read.
    """

    def __init__(
        self,
        reading: Reading,
        loader: ClipLoader,
    ) -> None:
        check_tensorflow_io()
        self._manifest = reading.manifest
        self._spec = reading.spec
        self._order = reading.order
        self._loader = loader
        # Of each file its format, from 1, and its sampling rate.
        self._found: dict[int, tuple[int, int]] = {}

    def elements(
        self,
        run: Tensor,
        epoch: Tensor,
        positions: tf.data.Dataset,
        num_workers: int,
    ) -> tf.data.Dataset:
        """Clips, their positions, and whether each could be read."""
        labels = tf.constant(self._manifest.label, tf.int32)

        def read(position: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor]:
            index = self._order.index(epoch, position)
            path, kind = in_graph(self._look, [index], [tf.string, tf.int32])
            samples = _decoded(path, kind)
            audio, has_audio, ok = in_graph(
                self._cut,
                [run, epoch, position, index, samples],
                [tf.float32, tf.bool, tf.bool],
            )
            element = {
                "audio": tf.ensure_shape(audio, self._spec.audio_shape),
                "has_audio": tf.ensure_shape(has_audio, []),
                "label": tf.gather(labels, index),
                "index": tf.cast(index, tf.int32),
            }
            return element, position, tf.ensure_shape(ok, [])

        return positions.map(
            read, num_parallel_calls=num_workers, deterministic=True
        )

    def _look(self, index: Array) -> tuple[bytes, np.int32]:
        """Where a file is, and its format."""
        row = int(index)
        path = self._manifest.full_path(row)
        if row not in self._found:
            self._found[row] = _format_of(path)
        kind, _ = self._found[row]
        return os.fsencode(path), np.int32(kind)

    def _cut(
        self,
        run: Array,
        epoch: Array,
        position: Array,
        index: Array,
        samples: Array,
    ) -> tuple[Array, np.bool_, np.bool_]:
        choice = self._order.choice(int(epoch), int(position))
        kind, rate = self._found[int(index)]
        source = None
        if kind != _OTHER:
            source = _source(samples, rate, self._spec.sampling_rate)
        clip = self._loader.load(int(run), int(index), choice, source)
        ok = clip is not None
        clip = clip or empty_clip(self._spec)
        return clip.audio, np.bool_(clip.has_audio), np.bool_(ok)


@functools.cache
def check_tensorflow_io() -> None:
    """Decode a tone by the operations of tensorflow-io, once in a process.

    Raises:
        ImportError: If it is not installed.
        RuntimeError: If its operations do not load, or give something else.
    """
    try:
        _operations()
    except ImportError as error:
        raise ImportError(
            'engine="tensorflow-io" needs tensorflow-io: pip install '
            "'keras_av[tfio]', which is for TensorFlow 2.16 and 2.17."
        ) from error
    tone = 0.5 * np.sin(0.1 * np.arange(16000))
    with tempfile.TemporaryDirectory() as folder:
        for sound in _FORMATS:
            path = os.path.join(folder, "check")
            container, coding = sound.name
            soundfile.write(path, tone, 16000, format=container, subtype=coding)
            try:
                agrees = _agrees(path, sound)
            except Exception as error:
                raise RuntimeError(
                    f"tensorflow-io does not work with TensorFlow "
                    f"{tf.__version__}: {type(error).__name__}: {error}. "
                    "Install tensorflow-io 0.37.1 and TensorFlow 2.16 or "
                    "2.17, or leave engine out."
                ) from error
            if not agrees:
                raise RuntimeError(
                    f"tensorflow-io decodes a tone in {container}, {coding}, "
                    "to something else than libsndfile does. Leave engine out."
                )


def _operations() -> Any:
    return importlib.import_module("tensorflow_io").audio


def _format_of(path: str) -> tuple[int, int]:
    """The number of a file's format, from 1, and its sampling rate."""
    try:
        about = soundfile.info(path)
        for number, sound in enumerate(_FORMATS, 1):
            if sound.name == (about.format, about.subtype):
                if _agrees(path, sound):
                    return number, about.samplerate
    except (soundfile.LibsndfileError, tf.errors.OpError):
        # Who reads it instead will say what is wrong with it.
        return _OTHER, 0
    return _OTHER, 0


def _agrees(path: str, sound: _Format) -> bool:
    """Whether both libraries decode a whole file to the same samples."""
    with soundfile.SoundFile(path) as file:
        expected = file.read(dtype="float32", always_2d=True)
        if not 0 < file.frames == len(expected):
            return False
    with tf.device("cpu"):
        found = _decode(tf.io.read_file(path), sound).numpy()
    return found.shape == expected.shape and bool(
        np.abs(found - expected).max() <= sound.tolerance
    )


def _decoded(path: Tensor, kind: Tensor) -> Tensor:
    """Samples of a file, `(samples, channels)`; none of another format."""

    def nothing() -> Tensor:
        return tf.zeros((0, 1))

    def decode(sound: _Format) -> Tensor:
        return _decode(tf.io.read_file(path), sound)

    branches = [functools.partial(decode, sound) for sound in _FORMATS]
    return tf.switch_case(tf.ensure_shape(kind, []), [nothing, *branches])


def _decode(data: Tensor, sound: _Format) -> Tensor:
    """Samples in [-1, 1], `(samples, channels)`."""
    decode = getattr(_operations(), sound.operation)
    if sound.dtype is None:
        return decode(data, shape=[-1, -1])
    samples = decode(data, shape=[-1, -1], dtype=sound.dtype)
    if sound.dtype == tf.float32:
        return samples
    center = 128 if sound.dtype == tf.uint8 else 0
    scale = 128 if sound.dtype == tf.uint8 else -sound.dtype.min
    return (tf.cast(samples, tf.float32) - center) / scale


def _source(samples: Array, rate: int, sampling_rate: int) -> MemorySource:
    """A decoded file, as if it had been kept in memory."""
    duration = len(samples) / rate
    sound = SoundCollector(sound_range(0.0, duration, rate, sampling_rate))
    sound.add(samples.mean(axis=1), 0.0)
    extent = Extent(duration, sound_end=duration)
    frames = np.zeros((0, 0, 0, 3), np.uint8)
    return MemorySource(extent, np.zeros(0), frames, sound, 0)
