import io

import av
import numpy as np
import pytest

from keras_av.report.page.movie import movie


@pytest.mark.parametrize("size", [(32, 32), (33, 47)])
def test_plays_what_was_given(size):
    frames = np.zeros((8, *size, 3), "uint8")
    frames[4:] = 255
    time = np.arange(32000) / 16000
    sound = 0.5 * np.sin(2 * np.pi * 440 * time)
    with av.open(io.BytesIO(movie(frames, sound, 16000))) as file:
        assert file.streams.video[0].codec_context.name == "vp9"
        assert file.streams.audio[0].codec_context.name == "opus"
        shown = [f.to_ndarray(format="rgb24") for f in file.decode(video=0)]
    with av.open(io.BytesIO(movie(frames, sound, 16000))) as file:
        heard = np.concatenate(
            [frame.to_ndarray() for frame in file.decode(audio=0)], axis=1
        )
    assert len(shown) == 8
    assert shown[0].shape == (size[0] // 2 * 2, size[1] // 2 * 2, 3)
    assert shown[0].mean() < 40 and shown[-1].mean() > 215
    # Two seconds, in which 440 Hz is the loudest.
    assert heard.shape[1] == pytest.approx(96_000, rel=0.03)
    loudest = np.abs(np.fft.rfft(heard[0])).argmax()
    assert loudest * 48_000 / heard.shape[1] == pytest.approx(440, abs=3)


def test_frames_are_spread_over_the_sound():
    with av.open(
        io.BytesIO(movie(np.zeros((4, 16, 16, 3)), np.zeros(16000), 16000))
    ) as file:
        times = [frame.time for frame in file.decode(video=0)]
    np.testing.assert_allclose(times, [0, 0.25, 0.5, 0.75], atol=0.01)


def test_without_frames_there_is_only_sound():
    clip = movie(np.zeros((0, 16, 16, 3)), np.zeros(16000), 16000)
    with av.open(io.BytesIO(clip)) as file:
        assert not file.streams.video and len(file.streams.audio) == 1


def test_without_sound_the_frames_take_a_second():
    clip = movie(np.zeros((4, 16, 16, 3)), np.zeros(0), 16000)
    with av.open(io.BytesIO(clip)) as file:
        assert not file.streams.audio
        times = [frame.time for frame in file.decode(video=0)]
    np.testing.assert_allclose(times, [0, 0.25, 0.5, 0.75], atol=0.01)
