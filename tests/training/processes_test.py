"""Several processes of PyTorch compute what one computes."""

import os
import pathlib
import shutil
import socket
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_av.data import generated_set

if keras.backend.backend() != "torch":
    pytest.skip("torch.distributed is PyTorch's", allow_module_level=True)

from tests.training import processes

pytestmark = pytest.mark.backend
ROOT = pathlib.Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return str(opened.getsockname()[1])


def start(count, module, *arguments):
    told = {
        "WORLD_SIZE": str(count),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": free_port(),
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
    }
    return [
        subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, **told, "RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(count)
    ]


def ends(runs):
    """Exit codes and last words of processes."""
    try:
        errors = [run.communicate(timeout=300)[1][-3000:] for run in runs]
    finally:
        for run in runs:
            run.kill()
            run.wait()
    return [run.returncode for run in runs], errors


def launch(count, *arguments):
    codes, errors = ends(start(count, "tests.training.processes", *arguments))
    assert codes == [0] * count, "\n".join(errors)


def assert_alike(folder, count, name, tolerance=2e-6, logs=True):
    """All processes hold the same, and what one has computed by itself."""
    found = [
        dict(np.load(folder / f"{name}.{rank}.npz")) for rank in range(count)
    ]
    expected = processes.run(name, folder)
    assert expected.keys() == found[0].keys() and len(expected) > 5
    for key, value in expected.items():
        said = f"{name}: {key}"
        for other in found[1:]:
            np.testing.assert_array_equal(found[0][key], other[key], said)
        if key.startswith("log ") and logs:
            np.testing.assert_allclose(
                found[0][key], value, rtol=1e-5, err_msg=said
            )
        elif not key.startswith("log "):
            np.testing.assert_allclose(
                found[0][key], value, atol=tolerance, err_msg=said
            )


@pytest.fixture
def folder(tmp_path):
    manifest = generated_set(tmp_path / "cache", 16, 8)
    shutil.copytree(manifest.root, tmp_path / "files")
    return tmp_path


def test_two_processes_equal_one(tmp_path):
    cases = "rows", "sscl", "hints"
    launch(2, tmp_path, *cases)
    for name in cases:
        assert_alike(tmp_path, 2, name)
