import dataclasses

import av
import numpy as np
import pytest

from keras_av.data import ClipChoice, ClipSpec, MediaError, write_video
from keras_av.data.clip.clip_window import Extent, place_window
from keras_av.data.media.container_source import ContainerSource
from keras_av.data.media.memory_source import MemorySource

SPEC = ClipSpec(num_frames=4, frame_stride=3, size=28, audio_seconds=0.5)


def read(path, spec, time):
    with ContainerSource(str(path), spec) as source:
        window = place_window(spec, source.extent, ClipChoice(time=time))
        return window, *source.read(window)


@pytest.mark.parametrize("time", np.linspace(0, 1, 7))
@pytest.mark.parametrize("stride", [1, 3])
def test_gives_the_frames_of_the_window(numbered, numbers, time, stride):
    spec = ClipSpec(num_frames=4, frame_stride=stride, size=28)
    window, frames, _ = read(numbered(), spec, time)
    expected = np.round(window.times * 16).astype(int).tolist()
    assert frames.shape == (4, 28, 28, 3) and frames.dtype == np.uint8
    assert numbers(frames) == expected


@pytest.mark.parametrize("fps", [4, 8, 32])
def test_another_frame_rate(numbered, numbers, fps):
    spec = ClipSpec(num_frames=6, frame_stride=1, fps=fps, size=28)
    window, frames, _ = read(numbered(), spec, 0.4)
    got = np.array(numbers(frames))
    assert abs(got / 16 - window.times).max() <= 0.5 / 16 + 1e-6
    assert abs(np.diff(got) - 16 / fps).max() <= 0.5


def test_a_short_file_is_repeated(numbered, numbers):
    _, frames, _ = read(numbered(3), SPEC, 0.5)
    assert numbers(frames) == [0, 0, 0, 0]
    spec = ClipSpec(num_frames=7, frame_stride=1, size=28)
    _, frames, _ = read(numbered(3), spec, 0.5)
    assert numbers(frames) == [0, 1, 2, 0, 1, 2, 0]


def test_frames_and_sound_are_of_the_same_moment(numbered, numbers):
    """The tone begins with frame 16, wherever the clip lies."""
    for time in np.linspace(0.1, 0.45, 6):
        spec = ClipSpec(num_frames=16, frame_stride=1, size=28)
        window, frames, sound = read(numbered(), spec, time)
        loud = np.nonzero(abs(sound.samples) > 0.25)[0]
        start = (sound.span.first + loud[0]) / sound.span.rate
        assert start == pytest.approx(1.0, abs=0.005)
        assert numbers(frames)[0] == round(window.times[0] * 16)


def test_reads_all(numbered, numbers):
    with ContainerSource(str(numbered()), SPEC) as source:
        times, frames, sound = source.read_all()
    np.testing.assert_allclose(times, np.arange(48) / 16, atol=1e-6)
    assert frames.shape == (48, 32, 32, 3)
    assert numbers(frames) == list(range(48))
    assert sound.span.count >= 3 * 16000


def test_an_extent_saves_looking_for_it(numbered, numbers, monkeypatch):
    with ContainerSource(str(numbered()), SPEC) as source:
        extent = source.extent
    monkeypatch.setattr(
        "keras_av.data.media.container_source.measure_extent",
        lambda *_: pytest.fail("looked for the end again"),
    )
    with ContainerSource(str(numbered()), SPEC, extent) as source:
        window = place_window(SPEC, source.extent, ClipChoice())
        frames, _ = source.read(window)
    assert numbers(frames) == np.round(window.times * 16).astype(int).tolist()


def test_frames_that_are_not_there_are_not_made_up(numbered):
    """A file that turns out shorter than was thought."""
    extent = Extent(30.0, 16.0, 32, 32, sound_end=30.0)
    with ContainerSource(str(numbered()), SPEC, extent) as source:
        for time in (0.12, 0.9):
            window = place_window(SPEC, extent, ClipChoice(time=time))
            with pytest.raises(MediaError, match="truncated"):
                source.read(window)


def without_key_frames(path, target):
    """A copy without the table of key frames: each is said to be one."""
    data = path.read_bytes()
    assert data.count(b"stss") == 1
    target.write_bytes(data.replace(b"stss", b"free"))
    return target


def still(path):
    """A picture that does not move: most of a frame is the one before."""
    picture = np.random.default_rng(0).integers(0, 255, (32, 32, 3))
    frames = np.repeat(picture[None].astype(np.uint8), 48, axis=0)
    write_video(path, frames, 16, 0.1 * np.sin(np.arange(48000) / 5))
    return path


@pytest.mark.parametrize("time", [0.3, 0.8])
@pytest.mark.parametrize("codec", ["mpeg4", "h264"])
def test_false_key_frames_are_not_believed(shared, tmp_path, codec, time):
    """A clip is the one that reading the file from its start would give."""
    if codec == "mpeg4":
        real = still(tmp_path / "real.mp4")
    else:
        folder = shared("data/ucf6/clips/BasketballDunk")
        real = sorted(folder.glob("*.mp4"))[0]
    false = without_key_frames(real, tmp_path / "a.mp4")
    _, expected, heard = read(real, SPEC, time)
    _, frames, sound = read(false, SPEC, time)
    np.testing.assert_array_equal(frames, expected)
    if codec == "mpeg4":
        # The noise that AAC adds depends on where its decoder began.
        np.testing.assert_array_equal(sound.samples, heard.samples)


def damaged(path, target, first, last):
    """A copy of which some frames do not decode."""
    with av.open(str(path)) as source, av.open(str(target), "w") as copy:
        stream = copy.add_stream_from_template(source.streams.video[0])
        for count, packet in enumerate(source.demux(source.streams.video[0])):
            if not packet.size:
                continue
            if first <= count < last:
                harmed = av.Packet(bytes(packet.size))
                harmed.pts, harmed.dts = packet.pts, packet.dts
                harmed.is_keyframe = packet.is_keyframe
                harmed.time_base = packet.time_base
                packet = harmed
            packet.stream = stream
            copy.mux(packet)
    return target


@pytest.mark.parametrize(
    "first, last, begin, nearest",
    [
        # The frame before the damage is from before the key frame.
        (24, 48, 26, [23, 23, 23]),
        (24, 48, 40, None),
        # The frame behind it may be nearer, but to what comes later.
        (24, 30, 25, [23, 23, 30]),
        # What comes first is a key frame, but late.
        (27, 39, 28, [26, 26, 26]),
    ],
)
def test_near_damage_a_clip_is_that_of_the_whole_file(
    numbered, numbers, tmp_path, first, last, begin, nearest
):
    path = damaged(numbered(), tmp_path / "a.mp4", first, last)
    spec = ClipSpec(num_frames=3, frame_stride=1, size=28, audio_seconds=0)
    with ContainerSource(str(path), spec) as source:
        times, frames, _ = source.read_all()
        num_bad = source.num_bad_packets
        assert num_bad == last - first
        whole = MemorySource(source.extent, times, frames, None, num_bad)
    with ContainerSource(str(path), spec) as source:
        extent = source.extent
        window = dataclasses.replace(
            place_window(spec, extent, ClipChoice(time=0.5)),
            times=np.array([begin, begin + 1, begin + 2]) / 16,
        )
        if nearest is None:
            for either in (whole, source):
                with pytest.raises(MediaError, match="corrupt"):
                    either.read(window)
            return
        expected, _ = whole.read(window)
        found, _ = source.read(window)
        # However often they were met.
        assert 0 < source.num_bad_packets <= num_bad
    assert numbers(found) == numbers(expected) == nearest


def test_mpeg_streams_have_no_key_frames_to_seek(shared):
    path = shared("data/hostile/v_mpeg2.mpg")
    spec = ClipSpec(num_frames=4, frame_stride=1, size=64, audio_seconds=0)
    with ContainerSource(str(path), spec) as source:
        times, frames, _ = source.read_all()
    window, clip, _ = read(path, spec, 0.8)
    top, left, height, width = window.box
    for time, frame in zip(window.times, clip):
        nearest = frames[abs(times - time).argmin()]
        np.testing.assert_array_equal(
            frame, nearest[top : top + height, left : left + width]
        )
