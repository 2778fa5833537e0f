"""Several devices of JAX compute what one does; PyTorch refuses them."""

import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest

from tests.training import toy

pytestmark = pytest.mark.backend
ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.slow_on_jax
@pytest.mark.skipif(keras.backend.backend() != "jax", reason="JAX")
def test_two_devices_of_jax_equal_one(tmp_path):
    flags = "--xla_force_host_platform_device_count=2"
    subprocess.run(
        [sys.executable, "-m", "tests.training.devices", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags},
        check=True,
    )
    for name in ("contrastive", "sscl"):
        one, two = (np.load(tmp_path / f"{name}{n}.npz") for n in (1, 2))
        assert sorted(one) == sorted(two)
        for key in one:
            np.testing.assert_allclose(
                two[key], one[key], atol=1e-5, err_msg=key
            )
    said = (tmp_path / "refused.txt").read_text()
    assert said.startswith("Each batch must be divisible among the 2 devices")


@pytest.fixture
def model():
    model = toy.model(bank=False)
    model.compile("sgd")
    return model


on_torch = pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="PyTorch"
)


@on_torch
def test_torch_refuses_several_processes(model, monkeypatch):
    from keras_av.training import torch_step

    monkeypatch.setattr(torch_step, "num_workers", lambda: 2)
    with pytest.raises(ValueError, match="torch.distributed with 2 processes"):
        model.fit(toy.dataset(8), verbose=0)


@on_torch
def test_torch_refuses_torchrun(model, monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="torch.distributed with 2 processes"):
        model.fit(toy.dataset(8), verbose=0)


@on_torch
def test_torch_refuses_a_distribution(model):
    devices = ["cpu:0", "cpu:1"]
    layout = keras.distribution.DataParallel(devices=devices)
    with layout.scope():
        with pytest.raises(ValueError, match="on one device.*DataParallel"):
            model.fit(toy.dataset(8), verbose=0)
