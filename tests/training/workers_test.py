"""Two processes that train together compute what one computes."""

import os
import pathlib
import shutil
import signal
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


def launch(folder, output, *options):
    """Exit codes and errors of two workers."""
    ports = free_ports(2)
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.training.worker", str(rank), ports]
            + [str(folder), str(output / f"{rank}.npz"), *options],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        )
        for rank in range(2)
    ]
    try:
        errors = [run.communicate(timeout=240)[1] for run in runs]
    finally:
        for run in runs:
            run.kill()
            run.wait()
    codes = [run.returncode for run in runs]
    return codes, [error.decode()[-3000:] for error in errors]


def train(folder, output, *options):
    """Weights and losses of two workers."""
    codes, said = launch(folder, output, *options)
    assert codes == [0, 0], "".join(said)
    return [dict(np.load(output / f"{rank}.npz")) for rank in range(2)]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path):
    manifest = generated_set(tmp_path / "cache", 16, 8)
    return shutil.copytree(manifest.root, tmp_path / "files")


@pytest.mark.slow
def test_two_workers_equal_one_and_resume(folder, tmp_path):
    first, second = train(folder, tmp_path)
    strategy = tf.distribute.get_strategy()
    weights, losses = worker.train(strategy, Manifest.from_folder(folder))
    for number, weight in enumerate(weights):
        name = f"arr_{number}"
        np.testing.assert_array_equal(first[name], second[name])
        np.testing.assert_allclose(first[name], weight, atol=2e-6)
    np.testing.assert_allclose(first["losses"], losses, rtol=1e-5)
    np.testing.assert_array_equal(first["losses"], second["losses"])

    # They are killed, worker 1 before it has saved the last epoch.
    backups = tmp_path / "backups"
    options = [f"backup={backups}"]
    codes, said = launch(folder, tmp_path, *options, "kill=2,1")
    assert codes == [-signal.SIGKILL] * 2, "".join(said)
    assert names(backups / "0") == names(backups / "1") == ["1", "2"]
    shutil.rmtree(backups / "1" / "2")
    kept = shutil.copytree(backups, tmp_path / "kept")
    resumed = train(folder, tmp_path, *options)
    for name in first:
        if name == "losses":
            # Those of the epochs since the backup in common.
            np.testing.assert_array_equal(first[name][1:], resumed[0][name])
            continue
        np.testing.assert_array_equal(first[name], resumed[0][name])
        np.testing.assert_array_equal(first[name], resumed[1][name])

    # They have none in common: neither trains.
    shutil.rmtree(kept / "0" / "1")
    codes, said = launch(folder, tmp_path, f"backup={kept}")
    assert codes == [1, 1]
    for error in said:
        assert "OSError: The 2 workers have no backup in common" in error
    assert [names(kept / rank) for rank in "01"] == [["2"], ["1"]]


@pytest.mark.slow
def test_banks_agree_though_files_are_bad(folder, tmp_path):
    for path in sorted(folder.rglob("*.mp4"))[:5]:
        path.write_bytes(path.read_bytes()[:200])
    first, second = train(folder, tmp_path, "bank=1")
    assert np.isfinite(first["losses"]).all()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
