"""Trained networks."""

import keras
import numpy as np
import pytest

from keras_av.rules import trained_encoder


@pytest.mark.slow_on_tensorflow
def test_a_backbone_goes_on(classifier, clips):
    encoder = trained_encoder(model=classifier, modality="video")
    assert encoder.spec == clips.spec
    model = encoder.make(None)
    whole = keras.saving.load_model(classifier.classifier)
    video = np.random.default_rng(0).integers(0, 255, (2, 4, 32, 32, 3))
    features = model.predict(video.astype("uint8"), verbose=0)
    kernel, bias = whole.layers[-1].get_weights()
    np.testing.assert_allclose(
        features @ kernel + bias,
        whole.predict(video.astype("uint8"), verbose=0),
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.slow_on_tensorflow
def test_a_backbone_that_is_not_there_is_refused(classifier):
    with pytest.raises(ValueError, match="modality must be one of"):
        trained_encoder(model=classifier, modality="audio")


@pytest.mark.slow_on_tensorflow
def test_the_card_says_what_was_trained_on_what(classifier):
    card = (classifier.backbone_folder("video") / "README.md").read_text()
    assert "## Method\n\nsupervised\n" in card
    assert "8 training files of 8 classes" in card
    # It was made by a call: there is no target.
    assert "## Target" not in card
