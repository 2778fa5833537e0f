import keras
import numpy as np
import pytest

from keras_av.callbacks import LinearProbe
from tests.callbacks import probing
from tests.training import toy


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("modality", ["video", "audio"])
def test_logs(tmp_path, modality):
    sides = probing.batches(), probing.batches(1)
    probe = LinearProbe(*sides, modality, frequency=2)
    history = probing.check_logs_and_leaves_the_model(tmp_path, probe)
    assert 0 <= history[f"{modality}_linear_probe"][-1] <= 1


def test_descriptors_that_are_the_class_are_probed_perfectly():
    model = probing.compiled()
    model.video_encoder = keras.Sequential(
        [keras.Input((12,)), keras.layers.Identity()]
    )
    eye = np.eye(12, dtype="float32")[toy.clips()["label"]]
    data = probing.batches(video=eye)
    found = probing.measure(LinearProbe(data, data), model)
    majority = np.bincount(toy.clips()["label"]).max() / toy.NUM_CLIPS
    assert found == {"video_linear_probe": 1.0, "video_class_chance": majority}


def test_chance_is_that_of_the_clips_with_sound():
    label = np.arange(toy.NUM_CLIPS) % 2
    mask = (label == 0) | (np.arange(toy.NUM_CLIPS) < 8)
    data = probing.batches(label=label, has_audio=mask)
    found = probing.measure(LinearProbe(data, data, "audio"))
    assert found["audio_class_chance"] == 16 / 20


def test_unlabelled_clips_are_left_out():
    label = toy.clips()["label"]
    known = np.arange(toy.NUM_CLIPS) % 3 != 0
    some = probing.batches(label=np.where(known, label, -1))
    fewer = [{name: x[known] for name, x in probing.batches()[0].items()}]
    model = probing.compiled()
    found, expected = (
        probing.measure(LinearProbe(data, data), model)
        for data in (some, fewer)
    )
    assert found == expected
    none = probing.batches(label=np.full(toy.NUM_CLIPS, -1))
    with pytest.raises(ValueError, match="all with label -1"):
        probing.measure(LinearProbe(none, some))


def test_wrong_arguments():
    with pytest.raises(ValueError, match="modality"):
        LinearProbe([], [], modality="text")
    with pytest.raises(ValueError, match="frequency"):
        LinearProbe([], [], frequency=0)
