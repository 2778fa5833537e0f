"""Memory that two banks take while a method is made and trained.

    python benchmarks/bank_memory.py
    KERAS_BACKEND=jax python benchmarks/bank_memory.py --num_rows=10000000

The peak of the process above what it had before, divided by the size of the
two banks, after a method with small banks has been trained: 1.0 would be the
rows alone. Encoders are one linear layer each. Linux only.
"""

import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags

from keras_av.layers import MemoryBank, ProjectionHead
from keras_av.methods import CrossModalContrastive

_ROWS = flags.DEFINE_integer("num_rows", 1_000_000, "Rows of a bank.")
_DIM = flags.DEFINE_integer("dim", 128, "Size of a row.")

_BATCH_SIZE = 16
_STEPS = 10
_GIB = 2**30


def main(_: list[str]) -> None:
    """Measure and print."""
    fit(make_model(1000), 1000)
    start = memory("VmRSS")
    # From here on the peak is counted anew.
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    model = make_model(_ROWS.value)
    made = memory("VmHWM") - start
    fit(model, _ROWS.value)
    trained = memory("VmHWM") - start
    banks = 2 * 4 * _ROWS.value * _DIM.value
    print(
        f"{keras.backend.backend()}, two banks of {_ROWS.value:,} x "
        f"{_DIM.value}: {banks / _GIB:.2f} GiB\n"
        f"peak while made    {made / _GIB:6.2f} GiB  {made / banks:.2f}\n"
        f"peak after {_STEPS} steps{trained / _GIB:6.2f} GiB  "
        f"{trained / banks:.2f}"
    )


def memory(key: str) -> int:
    """A number of the process in bytes: `VmRSS` now, `VmHWM` its peak."""
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    found = next(line for line in lines if line.startswith(key))
    return int(found.split()[1]) * 1024


def make_model(num_rows: int) -> keras.Model:
    """A method with two banks of that many rows."""
    encoders = [
        keras.Sequential([keras.Input((64,)), keras.layers.Dense(32)])
        for _ in range(2)
    ]
    bank = MemoryBank(num_rows, _DIM.value, num_negatives=256)
    model = CrossModalContrastive(
        *encoders, bank=bank, head=ProjectionHead(_DIM.value), seed=0
    )
    jit = keras.backend.backend() == "jax"
    model.compile(keras.optimizers.Adam(1e-3), jit_compile=jit)
    return model


def fit(model: keras.Model, num_rows: int) -> None:
    """Some steps on random clips."""
    rng = np.random.default_rng(0)
    clips = {
        name: rng.standard_normal((_BATCH_SIZE, 64), "float32")
        for name in ("video", "audio")
    }
    index = rng.integers(num_rows, size=_STEPS * _BATCH_SIZE).astype("int32")
    dataset = tf.data.Dataset.from_tensor_slices(index).batch(_BATCH_SIZE)
    model.fit(dataset.map(lambda rows: {**clips, "index": rows}), verbose=0)


if __name__ == "__main__":
    app.run(main)
