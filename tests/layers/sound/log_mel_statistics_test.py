import numpy as np
import pytest
from keras import ops

from keras_av.layers import LogMelSpectrogram, log_mel_statistics
from tests.layers.sound.log_mel_spectrogram_test import chirps


def test_standardises_by_its_own_statistics():
    waves = chirps(4)
    mean, std = log_mel_statistics(LogMelSpectrogram(), [waves[:3], waves[3:]])
    layer = LogMelSpectrogram(mean=mean, std=std)
    got = ops.convert_to_numpy(layer(waves))[..., 0]
    np.testing.assert_allclose(got.mean(axis=(0, 1)), 0.0, atol=1e-4)
    np.testing.assert_allclose(got.std(axis=(0, 1)), 1.0, atol=1e-3)
    # The statistics are of the raw logarithms, whatever the layer has.
    again = log_mel_statistics(layer, [waves])
    np.testing.assert_allclose(again[0], mean, atol=1e-4)


def test_statistics_leave_out_rows_without_sound():
    waves = chirps(3)
    batch = {"audio": waves, "has_audio": np.array([True, False, True])}
    silent = {"audio": waves, "has_audio": np.zeros(3, bool)}
    layer = LogMelSpectrogram()
    got = log_mel_statistics(layer, [silent, batch])
    expected = log_mel_statistics(layer, [waves[::2]])
    np.testing.assert_allclose(got, expected, rtol=1e-6)
    with pytest.raises(ValueError, match="without any sound"):
        log_mel_statistics(layer, [silent])


def test_a_constant_bin_has_unit_deviation():
    _, std = log_mel_statistics(LogMelSpectrogram(), [np.zeros((2, 800))])
    np.testing.assert_array_equal(std, 1.0)


class RandomClips:
    """Other clips in each epoch, as those of `keras_av.data.clips`."""

    epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        yield {"audio": chirps(4)[self.epoch : self.epoch + 2]}
        self.epoch += 1


def test_random_clips_give_the_same_whatever_was_read_before():
    clips, layer = RandomClips(), LogMelSpectrogram()
    first = log_mel_statistics(layer, clips)
    # An interrupted run that has fewer epochs to go reads fewer of them.
    list(clips)
    np.testing.assert_array_equal(log_mel_statistics(layer, clips), first)
