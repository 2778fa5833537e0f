import numpy as np
import pytest

from keras_av.evaluation import embed_pairs
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


def test_wrong_data():
    model = toy.model()
    with pytest.raises(ValueError, match="without any clip"):
        embed_pairs(model, [])
    batch = toy.clips()
    del batch["audio"]
    with pytest.raises(ValueError, match="\\['audio'\\] among"):
        embed_pairs(model, [batch])
