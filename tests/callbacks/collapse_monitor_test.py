import numpy as np
import pytest

from keras_av.callbacks import CollapseMonitor
from keras_av.layers import MemoryBank
from keras_av.methods import AudioTextContrastive
from tests.callbacks import probing
from tests.training import toy


@pytest.mark.slow_on_tensorflow
def test_logs(tmp_path):
    probe = CollapseMonitor(probing.batches(1), frequency=2)
    history = probing.check_logs_and_leaves_the_model(tmp_path, probe)
    assert history["video_bank_unwritten"][-1] == 0.0


def test_collapse_shows():
    point = np.zeros((toy.NUM_CLIPS, 128), "float32")
    point[:, 3] = 1.0
    model = probing.constant_embeddings(point)
    probe = CollapseMonitor(probing.batches())
    found = probing.measure(probe, model)
    assert set(found) == set(probe.names)
    assert found["alignment"] == 0.0
    assert found["video_uniformity"] == pytest.approx(0.0, abs=1e-6)
    assert found["audio_effective_rank"] == pytest.approx(1.0, abs=1e-3)
    assert found["audio_bank_unwritten"] == 1.0


def test_without_banks_nothing_is_said_of_them():
    probe = CollapseMonitor(probing.batches())
    found = probing.measure(probe, probing.compiled(bank=False))
    assert set(found) == set(probe.names)
    assert not any("bank" in name for name in found)


def test_sound_and_text():
    clips = toy.clips()
    texts = {"audio": clips["video"], "text": clips["audio"]}
    texts["index"] = clips["index"]
    model = AudioTextContrastive(
        toy.tower(12, 1),
        toy.tower(10, 11),
        bank=MemoryBank(toy.NUM_CLIPS, 128, num_negatives=4),
        seed=0,
    )
    probe = CollapseMonitor([texts])
    found = probing.measure(probe, model)
    assert set(found) == set(probe.names) and len(found) == 7
    assert found["text_bank_unwritten"] == 1.0
    pairs = model.predict(texts, verbose=0)
    distance = np.square(pairs["audio"] - pairs["text"]).sum(axis=1).mean()
    assert found["alignment"] == pytest.approx(distance, rel=1e-4)
