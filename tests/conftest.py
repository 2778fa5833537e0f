"""Fixtures that several tests share."""

import gc
import os
import pathlib
from collections.abc import Callable

import keras
import numpy as np
import pytest

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    # Two devices for the tests of replicas; only before TensorFlow starts.
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )

SHARED = pathlib.Path(__file__).resolve().parents[2] / "shared"


def shared_path(relative: str) -> pathlib.Path:
    """A file or folder beside the repository; tests without it are skipped.

    Under KERAS_AV_CI=true, which `.ci/run` sets, a missing one is a failure.
    """
    path = SHARED / relative
    if not path.exists():
        reason = f"needs {path}, which is not there"
        if os.environ.get("KERAS_AV_CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def pytest_collection_finish() -> None:
    """Graphs make many objects, and few that the collector could free."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session")
def shared() -> Callable[[str], pathlib.Path]:
    """`shared("data/ucf6")`: the path of real data beside the repository."""
    return shared_path


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], dict[str, np.ndarray]]:
    """`vectors("cmc_nce_memory")`: arrays the original programs computed."""

    def load(name: str) -> dict[str, np.ndarray]:
        path = shared_path(f"fixtures/vectors/{name}.npz")
        with np.load(path, allow_pickle=False) as file:
            return dict(file)

    return load
