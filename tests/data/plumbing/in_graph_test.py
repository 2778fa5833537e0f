import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from keras_av.data import generated_set
from keras_av.data.plumbing.in_graph import _Calls, from_generator, in_graph

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


def test_errors_pass():
    def fail(_):
        raise OSError("the disk is gone")

    dataset = tf.data.Dataset.range(1).map(
        lambda x: in_graph(fail, [x], tf.int64)
    )
    with pytest.raises(tf.errors.OpError, match="the disk is gone"):
        list(dataset)


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
