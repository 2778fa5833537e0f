import keras
import numpy as np
import pytest

from keras_av.export.portable import portable
from keras_av.layers import LogMelSpectrogram, SpecAugment
from keras_av.models import ImageAudioEncoder, ResNet3DBackbone
from tests import harness
from tests.export.networks import fused, hearing, seeing

VIDEO = np.random.default_rng(0).integers(0, 256, (2, 8, 32, 32, 3), "uint8")


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("format", ["onnx", "litert", "tf_saved_model"])
def test_computes_the_same(format):
    model = seeing()
    both = [portable(model, format)(VIDEO), model(VIDEO)]
    found, expected = harness.numpy(both)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.slow_on_tensorflow
def test_spectra_and_cubes_are_computed_otherwise():
    steps = keras.Sequential([LogMelSpectrogram(), SpecAugment()])
    copy = portable(hearing(preprocessor=steps), "onnx")
    assert copy.layers[1].layers[0].transform == "conv"
    kinds = [type(one).__name__ for one in portable(seeing(), "litert").layers]
    assert "SplitMaxPooling" in kinds and "MaxPooling3D" not in kinds


@pytest.mark.slow_on_tensorflow
def test_the_weights_are_its_own():
    model = fused()
    copy = portable(model, "onnx")
    assert isinstance(copy, ImageAudioEncoder)
    image = model.image_encoder.weights[0]
    image.assign(image + 1)
    assert not np.allclose(copy.image_encoder.weights[0], image)


@pytest.mark.slow_on_tensorflow
def test_layers_of_other_kinds_stay():
    kinds = [
        [type(one) for one in model.layers]
        for model in (seeing(), portable(seeing(), "openvino"))
    ]
    assert kinds[0] == kinds[1]
    assert isinstance(seeing(), ResNet3DBackbone)
