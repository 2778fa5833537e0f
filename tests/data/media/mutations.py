"""Damaged copies of real files, through all that reads files.

python -m tests.data.media.mutations FOLDER_OF_DATA COUNT
"""

import collections
import gc
import os
import pathlib
import resource
import sys
import tempfile
import time

import keras
import numpy as np

from keras_av.data import ClipSpec, Manifest, PreparedSet, clips, prepare, scan
from keras_av.methods import Supervised

SPEC = ClipSpec(num_frames=4, size=32, audio_seconds=0.5)
_PER_ROUND = 50


def write_mutations(sources, folder, count, random):
    """Write damaged copies of files; each in one of six ways."""
    for number in range(count):
        source = sources[random.integers(len(sources))]
        data = damaged(np.fromfile(source, np.uint8), number % 6, random)
        path = folder / str(number % 2) / f"{number:04d}{source.suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        data.tofile(path)


def damaged(data, kind, random):
    """Bytes with one kind of damage."""
    start, end = sorted(random.integers(len(data), size=2))
    if kind == 0:
        places = random.integers(len(data), size=random.choice([5, 50, 500]))
        data[places] ^= (1 << random.integers(8, size=len(places))).astype("u1")
    elif kind == 1:
        data = data[:end]
    elif kind == 2:
        data[start : start + 5000] = 0
    elif kind == 3:
        piece = data[start : min(end, start + 20_000)]
        data = np.concatenate([data[:end], piece, data[end:]])
    elif kind == 4:
        data[: random.integers(1, 400)] = random.integers(256)
    else:
        length = min(2000, len(data) - end)
        data[start : start + length] = data[end : end + length].copy()
    return data


def run(sources, folder, count, seed):
    """Scan, prepare, read in training and train; what was found.

    Raises:
        AssertionError: If a fault is not counted, or counted otherwise.
    """
    write_mutations(
        sources, folder / "files", count, np.random.default_rng(seed)
    )
    manifest = scan(Manifest.from_folder(folder / "files"), verbose=False)
    assert len(manifest) == count
    made = prepare(manifest, folder / "set", SPEC, num_workers=2, verbose=False)
    _, lost = made.contents()
    made.verify()
    raw, shards = (
        clips(m, SPEC, 4, training=True, seed=seed, num_workers=2, cache=False)
        for m in (manifest, PreparedSet(folder / "set"))
    )
    for dataset in (raw, shards):
        found = [i for batch in dataset for i in batch["index"].numpy()]
        assert len(found) == len(set(found))
        counts = dataset.report.as_dict()
        assert counts["read"] == count
        assert 0 <= counts["delivered"] - len(found) < 4
        for path, entry in counts["files"].items():
            assert entry["reasons"], path
    # What the shards lack is skipped, each once and by its reason.
    found = shards.report.as_dict()
    for reason, number in lost.items():
        assert found["reasons"][reason] >= number
    assert found["skipped"] >= sum(lost.values())
    # Training reads the files once more, and counts on.
    read = raw.report.as_dict()
    losses = train(raw)
    assert np.isfinite(losses).all(), losses
    return found, read


def train(dataset):
    """The loss of a small model on what is left."""
    network = keras.Sequential(
        [
            keras.Input(SPEC.video_shape),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    model = Supervised(network)
    model.compile("sgd", jit_compile=False)
    return model.fit(dataset, epochs=1, verbose=0).history["loss"]


def usage():
    """Megabytes and open descriptors of this process."""
    gc.collect()
    status = pathlib.Path("/proc/self/status").read_text().split("VmRSS:")[1]
    return int(status.split()[0]) / 1000, len(os.listdir("/proc/self/fd"))


def sources_in(data):
    """Real files of every kind that is there."""
    found = []
    for part in ("clips", "ucf6/clips", "esc"):
        paths = sorted(p for p in (data / part).rglob("*") if p.is_file())
        paths = [p for p in paths if p.suffix not in (".csv", ".txt", ".md")]
        found += [p for p in paths[:: max(len(paths) // 40, 1)]]
    return [p for p in found if p.stat().st_size < 3_000_000]


def main(data, count):
    """Run rounds of mutations, and print what they took."""
    sources = sources_in(pathlib.Path(data))
    reasons, begin = collections.Counter(), time.monotonic()
    for number in range(int(count) // _PER_ROUND):
        with tempfile.TemporaryDirectory() as folder:
            shards, raw = run(sources, pathlib.Path(folder), _PER_ROUND, number)
        reasons.update(raw["reasons"])
        memory, descriptors = usage()
        print(
            f"{(number + 1) * _PER_ROUND}: {time.monotonic() - begin:.0f} s, "
            f"{memory:.0f} MB, {descriptors} descriptors, "
            f"{raw['skipped']} skipped raw, {shards['skipped']} prepared",
            flush=True,
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"peak {peak:.0f} MB; {dict(reasons)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
