"""Input-bound or compute-bound: reading clips beside a step of SSCL.

    python benchmarks/step.py
    KERAS_BACKEND=torch python benchmarks/step.py --data=FOLDER

The clips, encoders and batches are those of examples/sscl.py, in a phase that
trains both encoders. `waiting` is the share of the time in which the step
stands still because the next batch is not there yet.
"""

import itertools
import time
from collections.abc import Iterator

import keras
from absl import app, flags
from settings import make_encoder, sizes, train_files

from keras_av.data import Manifest, clips
from keras_av.layers import MemoryBank
from keras_av.methods import SSCL, sscl_phases

FLAGS = flags.FLAGS
_BATCHES = flags.DEFINE_integer("batches", 20, "Batches of each measurement.")


def main(_: list[str]) -> None:
    """Measure and print the table."""
    spec, _, batch_size = sizes()
    train = train_files()
    inputs = {
        "cached": clips(train, spec, batch_size, training=True, cache=True),
        "raw": clips(train, spec, batch_size, training=True),
    }
    # Fills the cache.
    batch = list(inputs["cached"])[0]
    model = make_model(train)
    model.train_on_batch(batch)
    rows = {"step alone": measure(itertools.repeat(batch), model)}
    for name, dataset in inputs.items():
        rows[f"{name} files alone"] = measure(endless(dataset))
        rows[f"step and {name} files"] = measure(endless(dataset), model)
    print(
        f"{keras.backend.backend()}, batches of {batch_size} clips of "
        f"{spec.num_frames} x {spec.size} x {spec.size} and "
        f"{spec.audio_seconds:g} s of sound"
    )
    print(f"{'':24}  batches/s  waiting")
    for name, (rate, waiting) in rows.items():
        share = f"{waiting:7.0%}" if name.startswith("step") else ""
        print(f"{name:24}  {rate:9.2f}  {share}")


def make_model(files: Manifest) -> keras.Model:
    """The model of examples/sscl.py, both encoders learning."""
    encoders = [
        make_encoder(modality, files) for modality in ("video", "audio")
    ]
    bank = MemoryBank(len(files), dim=128, num_negatives=128)
    model = SSCL(*encoders, bank=bank, seed=FLAGS.seed)
    model.compile("adam")
    model.begin_phase(sscl_phases((0, 1, 0, 0))[0])
    return model


def endless(dataset) -> Iterator:
    """Epoch after epoch."""
    while True:
        yield from dataset


def measure(
    batches: Iterator, model: keras.Model | None = None
) -> tuple[float, float]:
    """Batches per second, and the share of the time spent on the next one."""
    next(batches)
    start, waiting = time.perf_counter(), 0.0
    for _ in range(_BATCHES.value):
        asked = time.perf_counter()
        batch = next(batches)
        waiting += time.perf_counter() - asked
        if model is not None:
            model.train_on_batch(batch)
    total = time.perf_counter() - start
    return _BATCHES.value / total, waiting / total


if __name__ == "__main__":
    app.run(main)
