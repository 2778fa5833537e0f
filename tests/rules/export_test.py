"""Networks for where there is no Keras."""

import json

import keras
import numpy as np
import pytest

from keras_av import rules


@pytest.mark.slow
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="what is exported is the same on every backend",
)
def test_tensorflow_alone_reads_it(tmp_path, classifier):
    import tensorflow as tf

    made = rules.export(tmp_path / "it", model=classifier, modality="video")
    video = np.random.default_rng(0).integers(0, 255, (2, 4, 32, 32, 3))
    loaded = tf.saved_model.load(made.path)
    served = loaded.serve(tf.constant(video, tf.uint8))
    expected = classifier.backbone("video").predict(video, verbose=0)
    np.testing.assert_allclose(served, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "modality, precision",
    [
        ("image", "int8_weights"),
        pytest.param("fused", "float16", marks=pytest.mark.slow),
    ],
)
def test_a_student_of_few_bits_is_measured(
    tmp_path, student, modality, precision
):
    pytest.importorskip("ai_edge_litert")
    made = rules.export(
        tmp_path / "it",
        model=student,
        modality=modality,
        format="litert",
        precision=precision,
    )
    card = json.loads((made.path.parent / "card.json").read_text())
    assert card["num_clips"] == [8, 8] and "recall@5" in card["after"]
    assert list(card["inputs"])[0] == "image"


@pytest.mark.slow_on_tensorflow
def test_what_is_not_there_is_refused_before_anything_is_built(student):
    def export(modality="fused", **options):
        return rules.export("it", model=student, modality=modality, **options)

    with pytest.raises(ValueError, match=r"\['image', 'audio', 'fused'\]"):
        export("video")
    with pytest.raises(ValueError, match="8-bit"):
        export(format="onnx", precision="int8_weights")
