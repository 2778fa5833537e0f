"""How fast clips are read: the pipeline against plain decoding.

    python benchmarks/input.py
    python benchmarks/input.py --data=FOLDER

Every row is measured in the same run, in turns; compare the ratios.
"""

import os
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import av
from absl import app, flags

from keras_av.data import ClipSpec, Manifest, clips, generated_set, read_clip

_DATA = flags.DEFINE_string("data", None, "Folder; the generated set if unset.")
_FILES = flags.DEFINE_integer("files", 96, "Files to read in each turn.")
_TURNS = flags.DEFINE_integer("turns", 3, "Turns; the best one counts.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 8, "Clips in a batch.")

_SPEC = ClipSpec(num_frames=16, frame_stride=2, size=112)


def main(_: list[str]) -> None:
    """Measure and print the table."""
    manifest = _manifest()
    rows = dict(_rows(manifest))
    best = {name: 0.0 for name in rows}
    for _ in range(_TURNS.value):
        for name, run in rows.items():
            best[name] = max(best[name], _rate(run))
    floor = next(iter(best.values()))
    print(f"{len(manifest)} files of {manifest.root}, {os.cpu_count()} CPUs")
    print(f"{'clips of 16 x 112 x 112 and 1 s of sound':44}  clips/s  ratio")
    for name, rate in best.items():
        print(f"{name:44}  {rate:7.1f}  {rate / floor:5.2f}")


def _manifest() -> Manifest:
    if _DATA.value:
        manifest = Manifest.from_folder(_DATA.value)
    else:
        manifest = generated_set().where(split="train")
    step = max(len(manifest) // _FILES.value, 1)
    return manifest.subset(range(0, len(manifest), step)[: _FILES.value])


def _rate(run: Callable[[], int]) -> float:
    start = time.perf_counter()
    count = run()
    return count / (time.perf_counter() - start)


def _rows(manifest: Manifest) -> Iterator[tuple[str, Callable[[], int]]]:
    """Name and action of each row; the first one is the floor."""
    yield "PyAV, whole file, frames dropped (floor)", lambda: _decode(manifest)
    yield "read_clip, one after another", lambda: _read(manifest)
    for name, workers, cache in (
        ("clips, 1 worker", 1, False),
        ("clips, a worker for each CPU", None, False),
        ("clips, cached", None, True),
    ):
        dataset = clips(
            manifest,
            _SPEC,
            _BATCH_SIZE.value,
            training=True,
            cache=cache,
            num_workers=workers,
        )
        if cache:
            _count(dataset)
        yield name, lambda dataset=dataset: _count(dataset)


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
