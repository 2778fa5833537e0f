"""What a step costs with a large memory bank, against a small one.

    python benchmarks/bank.py
    KERAS_BACKEND=jax python benchmarks/bank.py --num_rows=1000,240000,2000000
    python benchmarks/bank.py --bare --jit

One model for each size is trained by `fit`, in turns. A step of
`CrossModalContrastive` reads and writes two banks. `over` is the time above
that of the smallest bank: what does not fit into the processor's cache takes
longer to fetch, and that is all that should grow. Processor time is what to
look at on a machine that others use too.
"""

import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags

from keras_av.layers import MemoryBank, ProjectionHead
from keras_av.methods import CrossModalContrastive
from keras_av.models import ResNetBackbone

_ROWS = flags.DEFINE_list("num_rows", ["1000", "1000000"], "Rows of a bank.")
_DIM = flags.DEFINE_integer("dim", 128, "Size of a row.")
_NEGATIVES = flags.DEFINE_integer("num_negatives", 1024, "For each clip.")
_SHARED = flags.DEFINE_bool("shared", False, "One draw for the whole batch.")
_BARE = flags.DEFINE_bool("bare", False, "No encoders: only a linear layer.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 16, "Clips in a batch.")
_STEPS = flags.DEFINE_integer("steps", 12, "Steps in a turn.")
_TURNS = flags.DEFINE_integer("turns", 12, "Turns that count.")
_JIT = flags.DEFINE_bool("jit", None, "jit_compile; only for JAX by default.")

# Eight frames as the channels of one picture: under XLA on a CPU convolutions
# in time would take many times as long as all else.
_SHAPES = {"video": (64, 64, 24), "audio": (100, 64, 1)}
_WIDTH = 8
# Steps at the start of a turn that do not count.
_WARM_UP = 3


class Clock(keras.callbacks.Callback):
    """Wall and processor time of each step, waiting for its result."""

    def __init__(self):
        super().__init__()
        self.times = []

    def on_train_batch_begin(self, batch, logs=None):
        """Start."""
        self.start = time.perf_counter(), time.process_time()

    def on_train_batch_end(self, batch, logs=None):
        """Stop; a backend may have returned before the step was done."""
        float(logs["loss"])
        end = time.perf_counter(), time.process_time()
        self.times.append(np.subtract(end, self.start) * 1e3)


def main(_: list[str]) -> None:
    """Measure and print the table."""
    sizes = [int(size) for size in _ROWS.value]
    models = {size: make_model(size) for size in sizes}
    turns = []
    for turn in range(-1, _TURNS.value):
        # Not always the same one goes first.
        order = sizes[:: 1 if turn % 2 else -1]
        times = {size: run(models[size], size, turn) for size in order}
        # The first turn traces, and touches all memory.
        if turn >= 0:
            turns.append([np.median(times[size], axis=0) for size in sizes])
    jit = models[sizes[0]].jit_compile
    print(
        f"{keras.backend.backend()}, jit_compile={jit}, batches of "
        f"{_BATCH_SIZE.value}, {_NEGATIVES.value} negatives "
        f"{'shared' if _SHARED.value else 'for each clip'}, "
        f"{'no encoders' if _BARE.value else 'tiny encoders'}"
    )
    print_table(sizes, np.array(turns))


def print_table(sizes: list[int], turns: np.ndarray) -> None:
    """Medians over turns; differences and ratios are taken within a turn."""
    print(f"{'rows':>9}  wall ms    over  ratio   CPU ms    over  ratio")
    over, ratio = turns - turns[:, :1], turns / turns[:, :1]
    for i, size in enumerate(sizes):
        columns = (np.median(x[:, i], axis=0) for x in (turns, over, ratio))
        cells = "".join(
            f"{middle:9.2f}  {more:6.2f}  {share:5.3f}"
            for middle, more, share in zip(*columns)
        )
        print(f"{size:9d}{cells}")


def make_model(num_rows: int) -> keras.Model:
    """A method with two banks of that many rows."""
    keras.utils.set_random_seed(0)
    bank = MemoryBank(
        num_rows,
        _DIM.value,
        num_negatives=_NEGATIVES.value,
        shared_negatives=_SHARED.value,
    )
    if _BARE.value:
        encoders = [
            keras.Sequential([keras.Input((64,)), keras.layers.Dense(32)])
            for _ in _SHAPES
        ]
    else:
        encoders = [
            ResNetBackbone(10, _WIDTH, shape) for shape in _SHAPES.values()
        ]
    model = CrossModalContrastive(
        *encoders, bank=bank, head=ProjectionHead(_DIM.value), seed=0
    )
    jit = keras.backend.backend() == "jax" if _JIT.value is None else _JIT.value
    model.compile(keras.optimizers.Adam(1e-3), jit_compile=jit)
    return model


def run(model: keras.Model, num_rows: int, turn: int) -> list[np.ndarray]:
    """Times of the steps of one `fit` in ms, but for the first few."""
    rng = np.random.default_rng(turn + 1)
    count = _STEPS.value * _BATCH_SIZE.value
    data = {
        name: rng.standard_normal(
            (_BATCH_SIZE.value, *((64,) if _BARE.value else shape)), "float32"
        )
        for name, shape in _SHAPES.items()
    }
    index = rng.integers(num_rows, size=count).astype("int32")
    dataset = tf.data.Dataset.from_tensor_slices(index)
    dataset = dataset.batch(_BATCH_SIZE.value).map(
        lambda rows: {**data, "index": rows}
    )
    clock = Clock()
    model.fit(dataset.prefetch(2), shuffle=False, verbose=0, callbacks=[clock])
    return clock.times[_WARM_UP:]


if __name__ == "__main__":
    app.run(main)
