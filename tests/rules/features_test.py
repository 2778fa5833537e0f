"""Descriptors that probes share."""

import numpy as np
import pytest

from keras_av import rules
from keras_av.evaluation import extract_features


@pytest.mark.slow
def test_they_are_what_the_backbone_gives(encoded, stage1, clips):
    for modality in ("video", "audio"):
        batches = stage1.dataset.test_clips(clips, 8)
        expected = extract_features(
            stage1.backbone(modality), batches, modality
        )
        found = encoded.load(modality, "test")
        assert set(found) == {"features", "index", "label"}
        for name, value in expected.items():
            np.testing.assert_allclose(found[name], value, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_another_set_and_several_clips(tmp_path, student):
    other = rules.generated_dataset(num_train=16, num_test=8)
    found = rules.features(tmp_path, model=student, dataset=other, num_clips=2)
    assert found.dataset is other
    assert found.load("image", "train")["features"].shape == (16, 16)
    # Files without a label are left out, where there are others.
    path = found.file("image", "train")
    arrays = found.load("image", "train")
    arrays["label"][3] = -1
    np.savez(path, **arrays)
    train, test = found.labelled("image")
    assert len(train["label"]) == 15 and len(test["label"]) == 8
    np.savez(path, **{**arrays, "label": np.full(16, -1)})
    with pytest.raises(ValueError, match="16 train files, none of which"):
        found.labelled("image")
