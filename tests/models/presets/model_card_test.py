import keras
import pytest

from keras_av.layers import FusionMLP, LogMelSpectrogram
from keras_av.models import ImageAudioEncoder, ResNet3DBackbone, ResNetBackbone
from keras_av.models.presets.model_card import model_card


@pytest.mark.parametrize(
    "make, expected",
    [
        (
            lambda: ResNet3DBackbone(10, 2, (4, 16, 16, 3)),
            "Takes video, `(batch, 4, 16, 16, 3)`: frames",
        ),
        (
            lambda: ResNetBackbone(
                10,
                2,
                (None,),
                preprocessor=LogMelSpectrogram(sampling_rate=8000),
            ),
            "Takes sound, `(batch, any)`: float samples in [-1, 1] at 8000 Hz",
        ),
    ],
)
def test_says_what_goes_in_and_comes_out(make, expected):
    text = model_card(make(), "mine")
    assert expected in text and "Gives `(batch, 16)`, float32." in text


def test_sections_and_what_takes_several_inputs():
    image = ResNetBackbone(10, 2, (16, 16, 3))
    audio = keras.Sequential([keras.Input((9,)), keras.layers.Dense(4)])
    model = ImageAudioEncoder(image, audio, FusionMLP(6, 8))
    sections = {"License": "mit\nof clips: cc0", "Data": "1,000 clips"}
    text = model_card(model, "pair", sections)
    front = text.split("---")[1]
    assert "license: mit\n" in front and "cc0" not in front
    assert "## Data\n\n1,000 clips\n" in text
    assert "A `ImageAudioEncoder` of" in text and "by the names of" in text
