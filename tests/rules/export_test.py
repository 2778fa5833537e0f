"""Networks for where there is no Keras."""

import keras
import numpy as np
import pytest

from keras_av import rules


@pytest.mark.slow
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="what is exported is the same; only TensorFlow needs no converter",
)
def test_tensorflow_alone_reads_it(tmp_path, classifier):
    import tensorflow as tf

    made = rules.export(tmp_path, model=classifier, modality="video")
    video = np.random.default_rng(0).integers(0, 255, (2, 4, 32, 32, 3))
    loaded = tf.saved_model.load(made.path)
    served = loaded.serve(tf.constant(video, tf.float32))
    expected = classifier.backbone("video").predict(video, verbose=0)
    np.testing.assert_allclose(served, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_a_modality_that_is_not_there_is_refused(tmp_path, classifier):
    with pytest.raises(ValueError, match="modality must be one of"):
        rules.export(tmp_path, model=classifier, modality="audio")
