import keras
import numpy as np
import pytest

from keras_av.layers.augmentation.random_layer import (
    WaveformLayer,
    check_clips,
    check_range,
)


class Louder(WaveformLayer):
    def change(self, waves):
        return 2 * waves


def test_waveforms_are_changed_in_training_alone():
    waves = np.ones((2, 5), "float32")
    for training, expected in ((True, 2), (False, 1)):
        found = keras.ops.convert_to_numpy(Louder()(waves, training=training))
        np.testing.assert_array_equal(found, expected * waves)
    for wrong in (np.ones(5), np.ones((2, 5, 2))):
        with pytest.raises(ValueError, match="average the channels"):
            Louder()(wrong)


def test_clips_and_images_of_known_size():
    for shape in ((2, 8, 9, 3), (2, None, 8, 9, 3)):
        check_clips(keras.Input(batch_shape=shape))
    for shape in ((8, 9, 3), (2, 8, 9, 1), (1, 2, 3, 4, 5, 3)):
        with pytest.raises(ValueError, match="Expected clips"):
            check_clips(keras.Input(batch_shape=shape))
    with pytest.raises(ValueError, match="known height"):
        check_clips(keras.Input((None, None, 3)))


def test_ranges():
    for pair in ((0.0, 0.0), (1.0, 3.0)):
        check_range("snr", pair, 0.0)
    for pair in ((-1.0, 3.0), (3.0, 1.0), (1.0,), (0.0, float("nan"))):
        with pytest.raises(ValueError, match=r"snr=.*lower one first"):
            check_range("snr", pair, 0.0)
