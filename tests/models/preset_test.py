import keras
import numpy as np
import pytest

from keras_av.layers import FusionMLP
from keras_av.models import (
    Backbone,
    ImageAudioEncoder,
    Preset,
    ResNetBackbone,
)


def encoder(width=2):
    return ResNetBackbone(10, width, (16, 16, 3))


def pair():
    image = ResNetBackbone(10, 2, (16, 16, 3))
    audio = keras.Sequential([keras.Input((9,)), keras.layers.Dense(4)])
    return ImageAudioEncoder(image, audio, FusionMLP(6, 8))


@pytest.mark.parametrize("make", [encoder, pair])
def test_reads_what_was_written(make, tmp_path):
    model = make()
    make().save_to_preset(tmp_path / "preset")
    # An earlier one is replaced.
    model.save_to_preset(tmp_path / "preset")
    loaded = Preset.from_preset(tmp_path / "preset", trainable=False)
    assert type(loaded) is type(model)
    assert not loaded.trainable_variables
    for a, b in zip(loaded.get_weights(), model.get_weights()):
        np.testing.assert_array_equal(a, b)


def test_another_folder_is_left_alone(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "notes.txt").write_text("precious")
    with pytest.raises(ValueError, match="notes.txt"):
        encoder().save_to_preset(tmp_path / "thesis")
    assert (tmp_path / "thesis" / "notes.txt").read_text() == "precious"


def test_says_what_is_wrong(tmp_path):
    with pytest.raises(ValueError, match="config.json is missing"):
        Backbone.from_preset(tmp_path)
    pair().save_to_preset(tmp_path / "preset")
    with pytest.raises(ValueError, match="holds a 'keras_av>ImageAudioEncoder"):
        ResNetBackbone.from_preset(tmp_path / "preset")
