"""Keys that a model reads, and where they come from."""

import pytest

from keras_av.models.batch_keys import check_keys


def test_missing_keys_are_named_with_advice():
    check_keys("It", {"audio": 0, "more": 1}, ["audio"])
    with pytest.raises(ValueError, match="It reads the keys") as error:
        check_keys("It", {"audio": 0}, ["audio", "video", "label", "own"])
    message = str(error.value)
    assert "without ['label', 'own', 'video']" in message
    assert "num_frames > 0" in message and "has classes" in message
    assert "audio_seconds" not in message
    with pytest.raises(ValueError) as error:
        check_keys("It", {}, ["mask", "image_features"])
    assert str(error.value).count("feature_sequences") == 1
