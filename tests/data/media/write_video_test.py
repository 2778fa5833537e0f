import av
import numpy as np
import pytest

from keras_av.data import write_video


@pytest.mark.parametrize("sound", [True, False])
def test_writes_what_it_was_given(tmp_path, sound):
    path = tmp_path / "x.mp4"
    frames = np.full((20, 48, 64, 3), (200, 100, 50), np.uint8)
    wave = 0.3 * np.sin(2 * np.pi * 500 * np.arange(16000) / 16000)
    write_video(path, frames, 20, wave if sound else None)
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        assert (video.width, video.height) == (64, 48)
        assert video.average_rate == 20
        decoded = [
            f.to_ndarray(format="rgb24") for f in container.decode(video)
        ]
        assert len(container.streams.audio) == int(sound)
    assert len(decoded) == 20
    assert abs(np.median(decoded, axis=(0, 1, 2)) - (200, 100, 50)).max() < 6


def test_twice_the_same_bytes(tmp_path):
    frames = np.random.default_rng(0).integers(
        0, 255, (10, 32, 32, 3), np.uint8
    )
    sound = np.random.default_rng(1).uniform(-0.5, 0.5, 10000)
    for name in "ab":
        write_video(tmp_path / f"{name}.mp4", frames, 10, sound)
    assert (tmp_path / "a.mp4").read_bytes() == (
        tmp_path / "b.mp4"
    ).read_bytes()
