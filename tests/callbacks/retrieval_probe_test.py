import numpy as np
import pytest

from keras_av.callbacks import RetrievalProbe
from keras_av.methods import AudioTextContrastive
from tests.callbacks import probing
from tests.training import toy


@pytest.mark.slow_on_tensorflow
def test_logs(tmp_path):
    probe = RetrievalProbe(probing.batches(1), frequency=2)
    probing.check_logs_and_leaves_the_model(tmp_path, probe)


def test_retrieval_of_equal_embeddings_is_perfect():
    embeddings = np.eye(toy.NUM_CLIPS, 128, dtype="float32")
    model = probing.constant_embeddings(embeddings)
    found = probing.measure(RetrievalProbe(probing.batches()), model)
    assert found["audio_to_video_recall_1"] == 1.0
    assert found["video_to_audio_median_rank"] == 1.0
    chance = found["retrieval_chance_recall_1"]
    assert chance == pytest.approx(1 / toy.NUM_CLIPS)


def test_sound_and_text():
    """Pairs of which one lacks sound and another words are left out."""
    clips = toy.clips()
    texts = {"audio": clips["video"], "text": clips["audio"]}
    texts["index"] = clips["index"]
    heard = np.arange(toy.NUM_CLIPS) < 12
    spoken = np.arange(toy.NUM_CLIPS) >= 2
    texts |= {"has_audio": heard, "has_text": spoken}
    model = AudioTextContrastive(toy.tower(12, 1), toy.tower(10, 11), seed=0)
    probe = RetrievalProbe([texts])
    found = probing.measure(probe, model)
    assert tuple(found) == probe.names
    assert probe.names[0] == "text_to_audio_recall_1"
    assert probe.names[3] == "audio_to_text_recall_1"
    assert found["retrieval_chance_recall_1"] == pytest.approx(0.1)
    model.text_head.set_weights([0 * w for w in model.text_head.get_weights()])
    assert probing.measure(probe, model) != found


def test_silent_clips_are_left_out():
    mask = np.arange(toy.NUM_CLIPS) < 10
    found = probing.measure(RetrievalProbe(probing.batches(has_audio=mask)))
    assert found["retrieval_chance_recall_1"] == pytest.approx(0.1)
