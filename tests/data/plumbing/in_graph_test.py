import gc
import os
import pathlib
import subprocess
import sys
import weakref

import numpy as np
import pytest
import tensorflow as tf

from keras_av.data import generated_set
from keras_av.data.plumbing.in_graph import _Calls, from_generator, in_graph
from keras_av.ops.own_errors import own_errors

ROOT = pathlib.Path(__file__).resolve().parents[3]

# What a program leaves behind that an exception ended in mid-epoch.
PROGRAM = """
import sys
from keras_av.data import ClipSpec, Manifest, clips, long_clips
manifest = Manifest.from_folder(sys.argv[1])
spec = ClipSpec(num_frames=4, size=32)
kind, *options = sys.argv[2:]
if kind == "clips":
    dataset = clips(manifest, spec, 2, training=True, cache="cache" in options)
else:
    dataset = long_clips(manifest, spec, batch_size=2, hop=0.5)
left = iter(dataset)
next(left)
print("the end")
"""


@pytest.mark.slow
@pytest.mark.parametrize("options", [["clips"], ["clips", "cache"], ["long"]])
def test_a_program_ends_in_mid_epoch(tmp_path, options):
    manifest = generated_set(tmp_path, 64, 0)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0"}
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, manifest.root, *options],
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout == "the end\n"
    assert "Error" not in found.stderr and "Traceback" not in found.stderr


def test_calls_python():
    double = tf.data.Dataset.range(3).map(
        lambda x: in_graph(lambda n: 2 * n, [x], tf.int64)
    )
    assert list(double.as_numpy_iterator()) == [0, 2, 4]
    counts = from_generator(
        lambda n: range(n),
        args=[tf.constant(4)],
        output_signature=tf.TensorSpec([], tf.int64),
    )
    for _ in range(2):
        assert list(counts.as_numpy_iterator()) == [0, 1, 2, 3]


class Source:
    """What a dataset reads from."""

    def dataset(self, kind):
        if kind == "generator":
            return from_generator(
                lambda: iter(self.numbers()),
                output_signature=tf.TensorSpec([], tf.int64),
            )
        return tf.data.Dataset.range(8).map(
            lambda x: tf.ensure_shape(in_graph(self.double, [x], tf.int64), [])
        )

    def double(self, number):
        return 2 * number

    def numbers(self):
        return np.arange(0, 16, 2)


def captured(dataset):
    """A dataset that holds another one by its graph alone."""
    holder = [dataset.take(3)]
    made = tf.data.Dataset.range(1).flat_map(lambda _: holder[0])
    holder.clear()
    return made


def distributed(dataset):
    return tf.distribute.get_strategy().experimental_distribute_dataset(dataset)


DERIVED = {
    "take": lambda dataset: dataset.take(3),
    "map": lambda dataset: dataset.map(lambda x: x + 0),
    "batch": lambda dataset: dataset.batch(2).unbatch(),
    "prefetch": lambda dataset: dataset.prefetch(1).repeat(2),
    "iterator": iter,
    "iterator of arrays": lambda dataset: dataset.take(3).as_numpy_iterator(),
    "elements": lambda dataset: tf.data.Dataset.from_tensors(
        dataset.take(3)
    ).flat_map(lambda taken: taken),
    "captured": captured,
    "distributed": distributed,
    "left in the midst": lambda dataset: next(iter(dataset)) * 0 + [0, 2, 4],
}


@pytest.mark.parametrize("kind", ["function", "generator"])
@pytest.mark.parametrize("name", DERIVED)
def test_functions_live_as_long_as_what_is_derived(kind, name):
    source = Source()
    dataset = source.dataset(kind)
    alive = weakref.ref(source)
    del source
    derived = DERIVED[name](dataset)
    del dataset
    gc.collect()
    found = [int(number) for number, _ in zip(derived, range(3))]
    assert found == [0, 2, 4]
    del derived
    gc.collect()
    assert alive() is None


def test_errors_pass():
    def fail(_):
        raise OSError("the disk is gone")

    dataset = tf.data.Dataset.range(1).map(
        lambda x: in_graph(fail, [x], tf.int64)
    )
    with pytest.raises(tf.errors.OpError, match="the disk is gone"):
        list(dataset)


def test_an_error_is_told_as_it_was_raised():
    def fail(number):
        raise OSError(5, f"the disk is gone at {number}")

    def items():
        yield 1
        raise ValueError("no more files")

    dataset = tf.data.Dataset.range(1).map(
        lambda x: in_graph(fail, [x], tf.int64)
    )
    with pytest.raises(OSError, match="the disk is gone at 0") as error:
        with own_errors():
            list(dataset)
    assert error.value.errno == 5 and error.value.__cause__ is None
    spec = tf.TensorSpec([], tf.int64)
    dataset = from_generator(items, output_signature=spec)
    with pytest.raises(ValueError, match="^no more files$"), own_errors():
        list(dataset)
    # Errors of TensorFlow stay, and those that no pipeline has raised.
    with pytest.raises(tf.errors.InvalidArgumentError), own_errors():
        tf.reshape(tf.zeros(3), [2])
    with pytest.raises(KeyError), own_errors():
        raise KeyError("mine")


def test_nothing_begins_once_it_is_closed(monkeypatch):
    calls = _Calls()
    monkeypatch.setattr("keras_av.data.plumbing.in_graph._calls", calls)
    seen = []

    def note(number):
        seen.append(int(number))
        return np.int64(number)

    dataset = tf.data.Dataset.range(10_000).map(
        lambda x: in_graph(note, [x], tf.int64)
    )
    iterator = dataset.as_numpy_iterator()
    assert next(iterator) == 0
    calls.close()
    with pytest.raises(tf.errors.OpError):
        list(iterator)
    assert len(seen) < 100
    endless = from_generator(
        lambda: iter(int, 1), output_signature=tf.TensorSpec([], tf.int64)
    )
    assert list(endless) == []
