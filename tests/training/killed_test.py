"""A run that is killed goes on to the same weights and banks, to the bit."""

import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from keras_av.data import generated_set

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Where the run dies, and the backups that it leaves behind then.
MOMENTS = [
    ("batch 0 1", []),
    ("batch 1 0", ["1"]),
    ("weights", ["1", "aside"]),
    ("os.rename", ["1", "aside"]),
    ("os.rename,shutil.rmtree", ["1", "2", "3"]),
    ("batch 4 1", ["3", "4"]),
]


def start(folder, moment=""):
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "tests.training.killed", str(folder), moment],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def names(folder):
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


@pytest.mark.slow
def test_wherever_it_is_killed(tmp_path):
    generated_set(tmp_path / "cache", num_train=16, num_test=0)
    whole = start(tmp_path / "whole")
    folder = tmp_path / "killed"
    for moment, expected in MOMENTS:
        run = start(folder, moment)
        _, errors = run.communicate()
        assert run.returncode == -signal.SIGKILL, errors
        assert names(folder / "backup") == expected, moment
        if moment == "weights":
            aside = folder / "backup" / "aside"
            assert names(aside) == ["latest.weights.h5"]
    run = start(folder)
    assert run.stdout.readline() == "begun\n", run.stderr.read()
    time.sleep(random.uniform(0, 1))
    run.kill()
    run.communicate()
    for run in (start(folder), whole):
        _, errors = run.communicate()
        assert run.returncode == 0, errors
    assert names(folder) == ["state.npz"]
    with (
        np.load(tmp_path / "whole" / "state.npz") as a,
        np.load(folder / "state.npz") as b,
    ):
        assert sorted(a) == sorted(b)
        for kind in ("rows", "seed_generator_state", "optimizer"):
            assert any(kind in name for name in a), kind
        for name in a:
            np.testing.assert_array_equal(a[name], b[name], err_msg=name)
