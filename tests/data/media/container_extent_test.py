import av
import numpy as np
import pytest

from keras_av.data import ClipSpec, MediaError, write_video
from keras_av.data.media.container_extent import measure_extent
from keras_av.data.media.media_container import MediaContainer


def measure(path, spec):
    media = MediaContainer(str(path), spec)
    try:
        return measure_extent(media, spec)
    finally:
        media.close()


@pytest.mark.parametrize("num_frames", [1, 3, 16, 48])
def test_an_intact_file(numbered, num_frames):
    extent = measure(numbered(num_frames), ClipSpec(size=28))
    assert extent.duration == pytest.approx(num_frames / 16, abs=1e-3)
    # The last packet of sound is filled up with silence.
    assert 0 <= extent.sound_end - num_frames / 16 <= 1024 / 16000 + 1e-3
    assert (extent.rate, extent.height, extent.width) == (16, 32, 32)


def test_without_sound(numbered):
    assert measure(numbered(16, sound=False), ClipSpec()).sound_end is None


def test_a_container_that_does_not_know_its_streams_lengths(numbered, tmp_path):
    path = tmp_path / "x.mkv"
    with (
        av.open(str(numbered(48, sound=False))) as source,
        av.open(str(path), "w") as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    assert measure(path, ClipSpec()).duration == pytest.approx(3.0, abs=2e-3)


@pytest.mark.parametrize(
    "name, end",
    [("v_truncated_faststart.mp4", 31 / 25), ("v_truncated.avi", 61 / 25)],
)
def test_a_cut_file_ends_where_it_was_cut(shared, name, end):
    extent = measure(shared(f"data/hostile/{name}"), ClipSpec())
    assert extent.duration == pytest.approx(end, abs=3 / 25)


@pytest.mark.parametrize(
    "size, shape, expected",
    [
        (112, (48, 96), (128, 256)),
        ((28, 56), (48, 96), (32, 64)),
        ((56, 28), (48, 96), (64, 128)),
        (112, (96, 48), (256, 128)),
    ],
)
def test_the_crop_fits_into_the_scaled_frame(tmp_path, size, shape, expected):
    frames = np.zeros((4, *shape, 3), np.uint8)
    write_video(tmp_path / "x.mp4", frames, 8)
    extent = measure(tmp_path / "x.mp4", ClipSpec(size=size))
    assert (extent.height, extent.width) == expected


def test_a_turned_video(shared):
    extent = measure(
        shared("data/hostile/v_decord_rot90.mov"), ClipSpec(size=112)
    )
    # 568x320, shown upright.
    assert (extent.height, extent.width) == (227, 128)


def test_absurdly_long_frames(tmp_path):
    write_video(tmp_path / "x.mp4", np.zeros((2, 2, 4000, 3), np.uint8), 8)
    with pytest.raises(MediaError, match="absurd"):
        measure(tmp_path / "x.mp4", ClipSpec())
