import struct
import subprocess
import sys
import types

import av
import numpy as np
import pytest
import tensorflow as tf

from keras_av.data import ClipSpec, Manifest, MediaError, long_clips, read_clip
from keras_av.data.facts.file_facts import file_facts
from keras_av.data.media.media_container import MediaContainer
from keras_av.data.media.sound_slice import SoundCollector, sound_range


def frame_times(media):
    return [
        time
        for packet in media.packets()
        if packet.stream is media.video
        for time, _ in media.frames(packet)
    ]


def test_frames_have_their_times(numbered):
    media = MediaContainer(str(numbered()), ClipSpec())
    times = frame_times(media)
    np.testing.assert_allclose(times, np.arange(48) / 16, atol=1e-6)
    assert media.rate == 16
    media.close()


@pytest.mark.parametrize("time", [-1.0, 0.0, 0.74, 0.76, 2.9, 99.0])
def test_seeks_to_the_key_frame_before(numbered, time):
    media = MediaContainer(str(numbered()), ClipSpec())
    media.seek(time)
    first = frame_times(media)[0]
    media.open()
    keys = [
        media.time(packet)
        for packet in media.packets()
        if packet.stream is media.video and packet.is_keyframe
    ]
    media.close()
    assert len(keys) > 2
    assert first == max(key for key in keys if key <= max(time, 0))


def test_streams_that_appear_on_the_way_are_left_out(numbered):
    """PyAV asks for them at the end of the file, and does not find them."""
    media = MediaContainer(str(numbered()), ClipSpec())
    expected = len(frame_times(media))
    media.seek(0.0)
    real = media.container

    def demux(*streams):
        yield from real.demux(*streams)
        raise IndexError("list index out of range")

    media.container = types.SimpleNamespace(demux=demux)
    assert len(frame_times(media)) == expected > 0
    real.close()
    assert not media.num_bad_packets


def test_avi_frames_come_in_order(shared):
    # The first has B-frames, the second has none.
    for name, count in (("ApplyEyeMakeup", 164), ("Archery", 131)):
        path = shared(f"data/clips/v_{name}_g01_c01.avi")
        media = MediaContainer(str(path), ClipSpec())
        times = frame_times(media)
        media.close()
        np.testing.assert_allclose(times, np.arange(count) / 25, atol=1e-6)


def test_metadata_in_an_old_encoding(shared):
    path = shared("data/hostile/v_hmdb51_non_utf8_metadata.avi")
    with pytest.raises(UnicodeDecodeError):
        av.open(str(path))
    media = MediaContainer(str(path), ClipSpec())
    assert len(frame_times(media)) == 83
    media.close()


def test_hears_the_tone_where_it_is(numbered):
    media = MediaContainer(str(numbered()), ClipSpec())
    sound = SoundCollector(sound_range(0.0, 3.0, 16000, 16000))
    for packet in media.packets():
        if packet.stream is media.audio:
            media.hear(packet, sound)
    media.close()
    loud = np.nonzero(abs(sound.samples) > 0.25)[0] - sound.span.lead
    assert loud[0] == pytest.approx(16000, abs=80)
    assert loud[-1] == pytest.approx(20000, abs=200)


@pytest.mark.parametrize(
    "name, spec, reason",
    [
        ("v_mp3_with_cover.mp3", ClipSpec(), "no_video"),
        ("v_audio_only.mp4", ClipSpec(), "no_video"),
        ("v_no_audio.mp4", ClipSpec(num_frames=0), "no_audio"),
    ],
)
def test_missing_streams(shared, name, spec, reason):
    with pytest.raises(MediaError) as caught:
        MediaContainer(str(shared(f"data/hostile/{name}")), spec)
    assert caught.value.reason == reason


def test_gives_up_after_many_bad_packets(numbered):
    media = MediaContainer(str(numbered()), ClipSpec())
    bad = av.Packet(b"\xff" * 200)
    with pytest.raises(MediaError, match="corrupt"):
        for packet in media.packets():
            if packet.stream is media.video:
                bad.stream = packet.stream
                for _ in range(300):
                    list(media.frames(bad))
    media.close()
    assert media.num_bad_packets == 201


@pytest.mark.parametrize(
    "limit", ["frame_limits._MAX_PIXELS", "media_container._MAX_RATE"]
)
def test_absurd_claims_are_refused_before_decoding(
    numbered, monkeypatch, limit
):
    monkeypatch.setattr(f"keras_av.data.media.{limit}", 15)
    with pytest.raises(MediaError, match="absurd"):
        MediaContainer(str(numbered()), ClipSpec())


def write_absurd(path, seen):
    """A file whose sound claims to have 0 samples a second."""
    with av.open(str(path), "w") as container:
        audio = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        if seen:
            video = container.add_stream("mpeg4", rate=10)
            video.width = video.height = 32
            video.pix_fmt = "yuv420p"
            for pts in range(20):
                frame = av.VideoFrame(32, 32, "yuv420p")
                frame.pts = pts
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        wave = np.ones((1, 16000), np.int16)
        piece = av.AudioFrame.from_ndarray(wave, "s16", "mono")
        piece.sample_rate, piece.pts = 8000, 0
        container.mux(audio.encode(piece))
    rate = b"\xb5\x88" + struct.pack(">d", 8000.0)
    data = path.read_bytes()
    assert rate in data
    path.write_bytes(data.replace(rate, b"\xb5\x88" + struct.pack(">d", 0.0)))


@pytest.mark.parametrize("seen", [True, False])
def test_sound_that_claims_no_samples_a_second(tmp_path, seen):
    """Whatever opens the file says the same; a picture alone can be had."""
    path = tmp_path / "a.mkv"
    write_absurd(path, seen)
    for spec in (ClipSpec(), ClipSpec(num_frames=0)):
        with pytest.raises(MediaError, match="absurd"):
            MediaContainer(str(path), spec)
    assert file_facts(str(path))["status"] == "absurd"
    dataset = long_clips(Manifest.from_folder(tmp_path), ClipSpec(), 0.5, 1)
    with pytest.raises(tf.errors.OpError, match="absurd: 1"):
        list(dataset)
    if seen:
        sight = ClipSpec(num_frames=1, size=28, audio_seconds=0)
        assert read_clip(str(path), sight).faults == ()


READ = """
import sys
from keras_av.data import ClipSpec, MediaError
from keras_av.data.media.container_source import ContainerSource
spec = ClipSpec(num_frames=0, audio_seconds=1.0)
for path in sys.argv[1:]:
    with ContainerSource(path, spec) as source:
        try:
            source.read_all()
        except MediaError:
            pass
"""


def damage_sound(path, target, seed):
    """Copy a file, with flipped bits where its sound packets begin."""
    random = np.random.default_rng(seed)
    with av.open(str(path)) as source, av.open(str(target), "w") as copy:
        stream = copy.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.size < 8:
                continue
            data = bytearray(bytes(packet))
            for _ in range(random.integers(4)):
                data[random.integers(8)] ^= 1 << random.integers(8)
            damaged = av.Packet(bytes(data))
            damaged.pts, damaged.dts = packet.pts, packet.dts
            damaged.time_base, damaged.stream = packet.time_base, stream
            copy.mux(damaged)


@pytest.mark.slow
def test_damaged_sound_does_not_break_the_process(shared, tmp_path):
    # Such frames claim up to 64 channels, in layouts that nothing else has.
    folder = shared("data/ucf6/clips/BasketballDunk")
    paths = []
    for seed, path in enumerate(sorted(folder.glob("*_c02.mp4")) * 12):
        paths.append(tmp_path / f"{seed}.mp4")
        damage_sound(path, paths[-1], seed)
    subprocess.run([sys.executable, "-c", READ, *paths], check=True)


def write_growing(path, *sizes):
    """Videos of several sizes, one after another in one file."""
    data = b""
    for size in sizes:
        with av.open(str(path), "w") as container:
            video = container.add_stream("libx264", rate=10)
            video.width = video.height = size
            video.pix_fmt = "yuv420p"
            for pts in range(5):
                frame = av.VideoFrame(size, size, "yuv420p")
                frame.pts = pts
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        data += path.read_bytes()
    path.write_bytes(data)


def test_frames_that_grow_on_the_way_are_not_decoded(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_av.data.media.frame_limits._MAX_PIXELS", 8000)
    path = tmp_path / "a.ts"
    write_growing(path, 64, 192)
    media = MediaContainer(str(path), ClipSpec(audio_seconds=0))
    sizes = {
        frame.width
        for packet in media.packets()
        for _, frame in media.frames(packet)
    }
    media.close()
    assert sizes == {64} and media.num_bad_packets


def test_sound_in_one_huge_piece_is_not_decoded(numbered, monkeypatch):
    monkeypatch.setattr("keras_av.data.media.frame_limits._MAX_SAMPLES", 100)
    media = MediaContainer(str(numbered()), ClipSpec(num_frames=0))
    for packet in media.packets():
        media.hear(packet, None)
    media.close()
    assert media.num_bad_packets
