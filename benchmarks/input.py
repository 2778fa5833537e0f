"""How fast clips are read: from files, from shards, from memory, by others.

    python benchmarks/input.py
    python benchmarks/input.py --data=FOLDER

Every row is measured in the same run, in turns; compare the ratios. A core is
a second of CPU time, of all threads and processes together. torchcodec and
decord are measured beside them where they are installed.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import av
import input_peers
from absl import app, flags

from keras_av.data import (
    ClipSpec,
    Manifest,
    clips,
    generated_set,
    prepare,
    read_clip,
)

_DATA = flags.DEFINE_string("data", None, "Folder; the generated set if unset.")
_FILES = flags.DEFINE_integer("files", 96, "Files to read in each turn.")
_TURNS = flags.DEFINE_integer("turns", 3, "Turns; the best one counts.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 8, "Clips in a batch.")

# What is fast is measured for longer.
_REPEATS = 8
_SPEC = ClipSpec(num_frames=16, frame_stride=2, size=112)


def main(_: list[str]) -> None:
    """Measure and print the table."""
    manifest = _manifest()
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare(manifest, folder, _SPEC)
        rows = dict(_rows(manifest, prepared))
        best = {name: (0.0, 0.0) for name in rows}
        for _ in range(_TURNS.value):
            for name, run in rows.items():
                best[name] = tuple(map(max, best[name], _rates(run)))
    _, floor = best["clips, 1 worker"]
    print(f"{len(manifest)} files of {manifest.root}, {os.cpu_count()} CPUs")
    title = "clips of 16 x 112 x 112 and 1 s of sound"
    print(f"{title:44}  clips/s  a core  ratio")
    for name, (rate, a_core) in best.items():
        ratio = a_core / floor
        print(f"{name:44}  {rate:7.1f} {a_core:7.1f}  {ratio:5.2f}")


def _manifest() -> Manifest:
    if _DATA.value:
        manifest = Manifest.from_folder(_DATA.value)
    else:
        manifest = generated_set().where(split="train")
    step = max(len(manifest) // _FILES.value, 1)
    return manifest.subset(range(0, len(manifest), step)[: _FILES.value])


def _rates(run: Callable[[], int]) -> tuple[float, float]:
    """Clips a second, and a second of CPU time."""
    start, cpu = time.perf_counter(), _cpu_seconds()
    count = run()
    return (
        count / (time.perf_counter() - start),
        count / (_cpu_seconds() - cpu),
    )


def _cpu_seconds() -> float:
    """Of this process, and of those that it has started and that ended."""
    return sum(os.times()[:4])


def _rows(
    manifest: Manifest, prepared: Manifest
) -> Iterator[tuple[str, Callable[[], int]]]:
    """Name and action of each row."""
    yield "PyAV, whole file, frames dropped (floor)", lambda: _decode(manifest)
    yield "read_clip, one after another", lambda: _read(manifest)
    for name, files, workers, cache in (
        ("clips, 1 worker", manifest, 1, False),
        ("clips, a worker for each CPU", manifest, None, False),
        ("clips, cached", manifest, None, True),
        ("clips, prepared, 1 worker", prepared, 1, False),
        ("clips, prepared, a worker for each CPU", prepared, None, False),
        ("clips, prepared, cached", prepared, None, True),
    ):
        dataset = clips(
            files,
            _SPEC,
            _BATCH_SIZE.value,
            training=True,
            repeats=1 if files is manifest and not cache else _REPEATS,
            cache=cache,
            num_workers=workers,
        )
        if cache:
            _count(dataset)
        yield name, lambda dataset=dataset: _count(dataset)
    yield from input_peers.rows(
        manifest, _SPEC, _BATCH_SIZE.value, os.cpu_count() or 1
    )


def _decode(manifest: Manifest) -> int:
    """One thread; no scaling, no conversion, no sound kept."""
    for index in range(len(manifest)):
        path = manifest.full_path(index)
        with av.open(path, metadata_errors="ignore") as container:
            for stream in container.streams:
                stream.codec_context.thread_type = "NONE"
            for packet in container.demux():
                packet.decode()
    return len(manifest)


def _read(manifest: Manifest) -> int:
    for index in range(len(manifest)):
        read_clip(manifest.full_path(index), _SPEC)
    return len(manifest)


def _count(dataset: Iterator) -> int:
    return sum(len(batch["index"]) for batch in dataset)


if __name__ == "__main__":
    app.run(main)
