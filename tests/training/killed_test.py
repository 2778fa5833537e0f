"""A run that is killed goes on to the same weights and banks, to the bit."""

import os
import pathlib
import signal
import subprocess
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Epochs 0 and 1 are stage I, epochs 2 and 3 stage II; four batches each.
SCRIPT = """
import os, signal, sys
import keras, numpy as np
from keras_av.callbacks import Curriculum
from keras_av.methods import sscl_phases
from tests.training import toy

folder, out, kill_epoch, kill_batch = sys.argv[1:]

class Kill(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == (int(kill_epoch), int(kill_batch)):
            os.kill(os.getpid(), signal.SIGKILL)

model = toy.sscl(dropout=0.2)
model.compile(optimizer=keras.optimizers.Adam(1e-2))
curriculum = Curriculum(sscl_phases((1, 1, 1, 1)), clips=toy.dataset())
backup = keras.callbacks.BackupAndRestore(folder)
model.fit(toy.dataset(), epochs=4, verbose=0,
          callbacks=[backup, curriculum, Kill()])
np.savez(out, **toy.state(model))
"""


def run(folder, out, epoch=-1, batch=-1):
    arguments = [str(folder), str(out), str(epoch), str(batch)]
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_killed_in_both_stages(tmp_path):
    whole = run(tmp_path / "a", tmp_path / "whole.npz")
    assert whole.returncode == 0, whole.stderr
    out = tmp_path / "resumed.npz"
    for epoch, batch in ((1, 2), (3, 1)):
        killed = run(tmp_path / "b", out, epoch, batch)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert not out.exists()
    resumed = run(tmp_path / "b", out)
    assert resumed.returncode == 0, resumed.stderr
    with np.load(tmp_path / "whole.npz") as a, np.load(out) as b:
        assert sorted(a) == sorted(b)
        assert any("rows" in name for name in a)
        for name in a:
            np.testing.assert_array_equal(a[name], b[name], err_msg=name)
