"""Two processes that train together compute what one computes."""

import os
import pathlib
import shutil
import socket
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_av.data import Manifest, generated_set

if keras.backend.backend() != "tensorflow":
    pytest.skip("tf.distribute is TensorFlow's", allow_module_level=True)

import tensorflow as tf

from tests.training import worker

ROOT = pathlib.Path(__file__).resolve().parents[2]


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for opened in sockets:
        opened.bind(("127.0.0.1", 0))
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ",".join(map(str, ports))


def train(folder, output, *options):
    """Weights and losses of two workers."""
    ports = free_ports(2)
    paths = [output / f"{rank}.npz" for rank in range(2)]
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.training.worker"]
            + [str(rank), ports, str(folder), str(path), *options],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        )
        for rank, path in enumerate(paths)
    ]
    try:
        errors = [run.communicate(timeout=240)[1] for run in runs]
    finally:
        for run in runs:
            run.kill()
            run.wait()
    said = "".join(error.decode()[-3000:] for error in errors)
    assert [run.returncode for run in runs] == [0, 0], said
    return [dict(np.load(path)) for path in paths]


@pytest.mark.slow
def test_two_workers_equal_one(tmp_path):
    folder = tmp_path / "files"
    manifest = generated_set(tmp_path / "cache", 16, 8)
    shutil.copytree(manifest.root, folder)
    first, second = train(folder, tmp_path)
    strategy = tf.distribute.get_strategy()
    weights, losses = worker.train(strategy, Manifest.from_folder(folder))
    for number, weight in enumerate(weights):
        name = f"arr_{number}"
        np.testing.assert_array_equal(first[name], second[name])
        np.testing.assert_allclose(first[name], weight, atol=2e-6)
    np.testing.assert_allclose(first["losses"], losses, rtol=1e-5)
    np.testing.assert_array_equal(first["losses"], second["losses"])


@pytest.mark.slow
def test_banks_agree_though_files_are_bad(tmp_path):
    folder = tmp_path / "files"
    manifest = generated_set(tmp_path / "cache", 16, 8)
    shutil.copytree(manifest.root, folder)
    for path in sorted(folder.rglob("*.mp4"))[:5]:
        path.write_bytes(path.read_bytes()[:200])
    first, second = train(folder, tmp_path, "bank")
    assert np.isfinite(first["losses"]).all()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
