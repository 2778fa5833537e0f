import os

import keras
import numpy as np
import pytest

from keras_av.evaluation import FeatureWriter

pytestmark = pytest.mark.backend


@pytest.mark.parametrize("name", ["features", "image"])
def test_a_saved_model_writes(tmp_path, monkeypatch, name):
    x = keras.Input((2,), name="x")
    keras.Model({"x": x}, 3 * x).save(tmp_path / "model.keras")
    monkeypatch.chdir(tmp_path)
    write = FeatureWriter("model.keras", name)
    # In a process that runs elsewhere.
    monkeypatch.chdir("/")
    batch = {
        "x": np.arange(8, dtype="float32").reshape(4, 2),
        "index": np.array([4, 4, 5, -1]),
        "position": np.array([0, 1, 0, 0]),
    }
    assert write([batch], tmp_path, done=[5]) == [4]
    with np.load(tmp_path / "000004.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file[name], 3 * batch["x"][:2])
    assert not os.path.exists(tmp_path / "000005.npz")
