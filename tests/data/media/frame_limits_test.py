import pytest

from keras_av.data import MediaError
from keras_av.data.media.frame_limits import check_pixels, decoder_limits


def test_the_largest_real_frames_pass():
    check_pixels(8192, 4320)
    with pytest.raises(MediaError, match="absurd: .*6001x6000"):
        check_pixels(6001, 6000)


def test_decoders_have_the_same_limit():
    assert int(decoder_limits()["max_pixels"]) == 6000 * 6000
