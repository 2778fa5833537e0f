import dataclasses

import numpy as np
import pytest

from keras_av.data import ClipSpec


@pytest.mark.parametrize(
    "arguments, name",
    [
        (dict(num_frames=-1), "num_frames"),
        (dict(num_frames=2.0), "num_frames"),
        (dict(frame_stride=0), "frame_stride"),
        (dict(fps=0), "fps"),
        (dict(fps=float("nan")), "fps"),
        (dict(size=0), "size"),
        (dict(size=(112, -1)), "size"),
        (dict(size=(1, 2, 3)), "size"),
        (dict(sampling_rate=0), "sampling_rate"),
        (dict(audio_seconds=-1.0), "audio_seconds"),
        (dict(audio_seconds=float("nan")), "audio_seconds"),
        (dict(audio_seconds=1e-9), "audio_seconds"),
        (dict(audio_alignment="middle"), "audio_alignment"),
        (dict(num_frames=0, audio_seconds=0), "num_frames"),
    ],
)
def test_refuses_what_is_out_of_range(arguments, name):
    with pytest.raises(ValueError, match=name) as caught:
        ClipSpec(**arguments)
    assert "Received" in str(caught.value)


def test_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ClipSpec().num_frames = 3


def test_whole_numbers_of_any_kind():
    assert ClipSpec(num_frames=np.int64(4)).num_frames == 4
    with pytest.raises(ValueError, match="num_frames"):
        ClipSpec(num_frames=True)


def test_shapes():
    spec = ClipSpec(num_frames=4, size=(64, 96), audio_seconds=0.5)
    assert spec.video_shape == (4, 64, 96, 3)
    assert spec.audio_shape == (8000,)
    assert ClipSpec(audio_seconds=0).num_samples == 0


@pytest.mark.parametrize(
    "frames, stride, fps, rate, expected",
    [
        (16, 2, None, 25.0, 31 / 25),
        (16, 2, 12.5, 25.0, 31 / 12.5),
        (1, 8, None, 10.0, 0.1),
        (0, 2, None, 25.0, 0.0),
    ],
)
def test_span(frames, stride, fps, rate, expected):
    spec = ClipSpec(num_frames=frames, frame_stride=stride, fps=fps)
    assert spec.span(rate) == pytest.approx(expected)


@pytest.mark.parametrize(
    "arguments",
    [
        dict(frame_stride=2, stride_jitter=2),
        dict(frame_stride=4, frame_jitter=3),
        dict(frame_stride=4, stride_jitter=1, frame_jitter=2),
    ],
)
def test_jitter_keeps_frames_in_order(arguments):
    with pytest.raises(ValueError, match="half of what is left"):
        ClipSpec(**arguments)
    with pytest.raises(ValueError, match="at least 0"):
        ClipSpec(stride_jitter=-1)
