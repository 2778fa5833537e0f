import keras
import numpy as np
import pytest

from keras_av.callbacks import KNNProbe
from tests.callbacks import probing
from tests.training import toy


@pytest.mark.slow_on_tensorflow
def test_logs(tmp_path):
    sides = probing.batches(), probing.batches(1)
    probe = KNNProbe(*sides, "audio", k=5, frequency=2)
    history = probing.check_logs_and_leaves_the_model(tmp_path, probe)
    assert 0 <= history["audio_knn"][-1] <= 1


def test_descriptors_that_are_the_class_have_their_like_as_neighbours():
    model = probing.compiled()
    model.video_encoder = keras.Sequential(
        [keras.Input((12,)), keras.layers.Identity()]
    )
    eye = np.eye(12, dtype="float32")[toy.clips()["label"]]
    data = probing.batches(video=eye)
    found = probing.measure(KNNProbe(data, data, k=3), model)
    assert found["video_knn"] == 1.0
