import numpy as np
import pytest

from keras_av.callbacks import RetrievalProbe
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


def test_silent_clips_are_left_out():
    mask = np.arange(toy.NUM_CLIPS) < 10
    found = probing.measure(RetrievalProbe(probing.batches(has_audio=mask)))
    assert found["retrieval_chance_recall_1"] == pytest.approx(0.1)
