"""Several devices of JAX compute what one does; what PyTorch refuses."""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from keras_av.data import generated_set
from tests.training import toy

pytestmark = pytest.mark.backend
ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """What `tests.training.devices` writes."""
    folder = tmp_path_factory.mktemp("devices")
    flags = "--xla_force_host_platform_device_count=2"
    subprocess.run(
        [sys.executable, "-m", "tests.training.devices", str(folder)],
        cwd=ROOT,
        env={**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags},
        check=True,
    )
    return folder


on_jax = pytest.mark.skipif(keras.backend.backend() != "jax", reason="JAX")
# One worker makes the runs for all of them.
of_two_devices = pytest.mark.xdist_group("devices")


@on_jax
@of_two_devices
@pytest.mark.slow_on_jax
@pytest.mark.parametrize(
    "one,two",
    [
        ("contrastive1", "contrastive2"),
        ("sscl1", "sscl2"),
        ("contrastive1", "sharded"),
    ],
)
def test_two_devices_of_jax_equal_one(runs, one, two):
    one, two = (np.load(runs / f"{name}.npz") for name in (one, two))
    assert sorted(one) == sorted(two)
    for key in one:
        np.testing.assert_allclose(two[key], one[key], atol=1e-5, err_msg=key)


@on_jax
@of_two_devices
@pytest.mark.slow_on_jax
def test_jax_refuses_what_devices_cannot_share(runs):
    said = (runs / "refused.txt").read_text()
    assert said.startswith("Each batch must be divisible among the 2 devices")
    held, said = (runs / "shared.txt").read_text().split("\n", 1)
    assert float(held) == 0.5
    assert "cannot share the rows of video_bank/rows, of shape (33, 4)" in said


def start(folder, *case):
    """Two processes, which have a device each."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port = str(opened.getsockname()[1])
    module = [sys.executable, "-m", "tests.training.devices", str(folder)]
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": ""}
    return [
        subprocess.Popen(
            [*module, rank, port, *case], cwd=ROOT, env=environment
        )
        for rank in "01"
    ]


@on_jax
@pytest.mark.slow
def test_two_processes_of_jax_equal_one_device(tmp_path):
    from tests.training import devices

    runs = start(tmp_path)
    assert [run.wait() for run in runs] == [0, 0]
    for run in (devices.contrastive, devices.unrefreshed):
        devices.keep(tmp_path / "one.npz", run)
        one = np.load(tmp_path / "one.npz")
        two = [np.load(tmp_path / f"{run.__name__}-{n}.npz") for n in range(2)]
        for key in one:
            np.testing.assert_array_equal(two[0][key], two[1][key])
            np.testing.assert_allclose(
                two[0][key], one[key], atol=1e-5, err_msg=key
            )
    said = (tmp_path / "refused-1.txt").read_text()
    assert said.startswith("In several processes of JAX a model cannot encode")


@on_jax
@pytest.mark.slow
def test_killed_processes_of_jax_resume(tmp_path):
    manifest = generated_set(tmp_path / "cache", 16, 8)
    states = []
    for name in ("whole", "killed"):
        folder = tmp_path / name
        shutil.copytree(manifest.root, folder / "files")
        runs = start(folder, "resumable")
        if name == "killed":
            while not list(folder.glob("backups/*/1-*")):
                assert runs[0].poll() is None
                time.sleep(0.05)
            for run in runs:
                run.kill()
            assert [run.wait() for run in runs] == [-9, -9]
            runs = start(folder, "resumable")
        assert [run.wait() for run in runs] == [0, 0]
        for rank in range(2):
            states.append(dict(np.load(folder / f"resumable-{rank}.npz")))
    for state in states[1:]:
        for key, value in states[0].items():
            # Epochs before the one that was resumed are not told again.
            value = value[-len(state[key]) :] if key == "loss" else value
            np.testing.assert_array_equal(state[key], value, key)


@pytest.fixture
def model():
    model = toy.model(bank=False)
    model.compile("sgd")
    return model


on_torch = pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="PyTorch"
)


@on_torch
def test_torch_refuses_processes_that_have_not_met(model, monkeypatch):
    told = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1", "RANK": "1"}
    for name, value in {**told, "WORLD_SIZE": "1"}.items():
        monkeypatch.setenv(name, value)
    data = toy.dataset(8)
    model.fit(data, verbose=0)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="one of 2 processes.*init_process"):
        model.fit(data, verbose=0)
    with pytest.raises(ValueError, match="one of 2 processes.*init_process"):
        model.evaluate(data, verbose=0)


@on_torch
def test_torch_refuses_to_compile_a_step_of_several(model, monkeypatch):
    from keras_av.training import torch_step

    monkeypatch.setattr(torch_step, "num_workers", lambda: 2)
    model.compile("sgd", jit_compile=True)
    with pytest.raises(ValueError, match="jit_compile=True does not work"):
        model.fit(toy.dataset(8), verbose=0)


@on_torch
def test_torch_refuses_a_distribution(model):
    devices = ["cpu:0", "cpu:1"]
    layout = keras.distribution.DataParallel(devices=devices)
    with layout.scope():
        with pytest.raises(
            ValueError, match="processes of torchrun.*DataParallel"
        ):
            model.fit(toy.dataset(8), verbose=0)
