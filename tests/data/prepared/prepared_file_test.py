import numpy as np
import pytest
import tensorflow as tf

from keras_av.data import ClipSpec
from keras_av.data.clip.clip_window import Extent
from keras_av.data.clip.media_error import MediaError
from keras_av.data.media.sound_spool import FULL_SCALE
from keras_av.data.prepared.prepared_file import (
    PreparedFile,
    encode_file,
    first_samples,
)

SPEC = ClipSpec(num_frames=2, size=32, audio_seconds=0.25)


def test_segments_divide_frames_and_samples(numbered):
    file = encode_file(str(numbered(24)), SPEC, 95)
    np.testing.assert_array_equal(file.first_frames, [0, 8, 16, 24])
    examples = [
        tf.train.Example.FromString(r) for r in file.records(4, 2, 16000)
    ]
    parts = [example.features.feature for example in examples]
    assert [p["start"].float_list.value[0] for p in parts] == [0, 0.5, 1.0]
    jpegs = [x for p in parts for x in p["frames"].bytes_list.value]
    assert jpegs == list(file.frames)
    pcm = b"".join(p["audio"].bytes_list.value[0] for p in parts)
    np.testing.assert_array_equal(np.frombuffer(pcm, "<i2"), file.sound[:])
    for p in parts:
        assert p["index"].int64_list.value[0] == 4
        assert p["label"].int64_list.value[0] == 2


def test_frames_and_sound_are_those_of_the_file(numbered, numbers):
    file = encode_file(str(numbered(24)), SPEC, 95)
    video = np.stack([tf.io.decode_jpeg(jpeg).numpy() for jpeg in file.frames])
    assert numbers(video) == list(range(24))
    sound = file.sound[:] / FULL_SCALE
    assert abs(sound[:15000]).max() < 0.05 < 0.3 < abs(sound[16000:]).max()


def test_frames_at_a_rate_of_their_own(numbered, numbers):
    spec = ClipSpec(num_frames=2, fps=4, size=32, audio_seconds=0)
    file = encode_file(str(numbered(24)), spec, 95)
    video = np.stack([tf.io.decode_jpeg(jpeg).numpy() for jpeg in file.frames])
    assert numbers(video) == [0, 4, 8, 12, 16, 20]
    assert not len(file.sound)


def test_times_that_go_back_are_in_some_segment():
    times = np.array([0.0, 0.6, 0.4, 0.7])
    file = PreparedFile(Extent(1.0), 0, times, [b""] * 4, np.zeros(0, "int16"))
    np.testing.assert_array_equal(file.first_frames, [0, 1, 4])


@pytest.mark.parametrize("duration", [0.0, 0.2, 0.5, 1.7])
def test_samples_of_segments(duration):
    firsts = first_samples(Extent(duration, sound_end=duration), 1000)
    assert firsts[0] == 0 and (np.diff(firsts) >= 0).all()
    assert firsts[-1] >= duration * 1000
    np.testing.assert_array_equal(firsts[:-1] % 500, 0)


def test_a_file_that_is_not_there():
    with pytest.raises(MediaError, match="missing|no such"):
        encode_file("nowhere.mp4", SPEC, 90)
