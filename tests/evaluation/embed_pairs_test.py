import numpy as np
import pytest

from keras_av.evaluation import embed_pairs
from keras_av.methods import AudioTextContrastive
from tests.training import toy


def test_pairs_keep_their_order_and_their_index():
    model = toy.model()
    data = toy.clips()
    mask = np.arange(toy.NUM_CLIPS) % 4 != 1
    batches = toy.dataset(batch_size=5, has_audio=mask)
    found = embed_pairs(model, batches)
    np.testing.assert_array_equal(found["index"], data["index"][mask])
    whole = model.predict(data, verbose=0)
    for modality in ("video", "audio"):
        np.testing.assert_allclose(
            found[modality], whole[modality][mask], atol=1e-5
        )


def test_pairs_of_sound_and_words():
    clips = toy.clips()
    batch = {"audio": clips["video"], "text": clips["audio"]}
    batch |= {"index": clips["index"], "label": clips["label"]}
    heard = np.arange(toy.NUM_CLIPS) % 4 != 1
    spoken = np.arange(toy.NUM_CLIPS) % 3 != 1
    model = AudioTextContrastive(toy.tower(12, 1), toy.tower(10, 11), seed=0)
    found = embed_pairs(
        model, [{**batch, "has_audio": heard, "has_text": spoken}]
    )
    both = heard & spoken
    np.testing.assert_array_equal(found["index"], clips["index"][both])
    whole = model.predict(batch, verbose=0)
    for name in ("audio", "text"):
        np.testing.assert_allclose(found[name], whole[name][both], atol=1e-5)
    batch["has_text"] = ~heard
    with pytest.raises(ValueError, match="that has sound and text"):
        embed_pairs(model, [{**batch, "has_audio": heard}])


def test_wrong_data():
    model = toy.model()
    with pytest.raises(ValueError, match="without any clip"):
        embed_pairs(model, [])
    batch = toy.clips()
    del batch["audio"]
    with pytest.raises(ValueError, match="\\['audio'\\] among"):
        embed_pairs(model, [batch])
