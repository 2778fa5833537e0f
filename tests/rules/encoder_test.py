"""Networks that are not there yet."""

import pytest

from keras_av import rules
from keras_av.data import ClipSpec


def test_what_does_not_fit_is_refused(clips, video):
    with pytest.raises(ValueError, match="x must be an encoder of audio"):
        video.check("x", ("audio",), clips)
    made = rules.Encoder("audio", video.make, ClipSpec(sampling_rate=8000))
    with pytest.raises(ValueError, match="clips of sampling_rate=8000"):
        made.check("x", ("audio",), clips)
    made = rules.Encoder("video", video.make, ClipSpec(num_frames=9, size=32))
    with pytest.raises(ValueError, match="clips of num_frames=9"):
        made.check("x", ("video",), clips)
    made = rules.Encoder("video", video.make, clips.spec)
    made.check("x", ("video", "audio"), clips)


def test_what_is_missing(tmp_path, video):
    path = tmp_path / "weights.npz"
    encoder = rules.Encoder("video", video.make, path=path)
    assert str(path) in encoder.missing()
    path.touch()
    assert encoder.missing() is None
