"""All backends compute the same training."""

import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest

from tests.training import agreement

if keras.backend.backend() != "tensorflow":
    pytest.skip("starts all three backends itself", allow_module_level=True)

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(folder, backend):
    subprocess.run(
        [sys.executable, "-m", "tests.training.agreement", folder, backend],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "KERAS_BACKEND": backend,
        },
        check=True,
    )
    with np.load(folder / f"{backend}.npz") as file:
        return dict(file)


@pytest.mark.slow
def test_backends_agree(tmp_path):
    expected = run(tmp_path, "tensorflow")
    initial = np.load(tmp_path / "initial.npz")
    assert len(expected["losses"]) == agreement.STEPS
    assert expected["losses"][-1] < expected["losses"][0] - 0.5
    moved = [
        np.abs(value - initial[f"arr_{name.split()[0]}"]).max()
        for name, value in expected.items()
        if name.endswith(("kernel", "rows", "moving_mean"))
    ]
    assert len(moved) == 10 and min(moved) > 1e-3
    for backend in ("jax", "torch"):
        got = run(tmp_path, backend)
        np.testing.assert_allclose(
            got["losses"], expected["losses"], atol=1e-5, err_msg=backend
        )
        for name, value in expected.items():
            np.testing.assert_allclose(
                got[name], value, atol=1e-4, err_msg=f"{backend}: {name}"
            )
