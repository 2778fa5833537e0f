import pathlib

import numpy as np
import pytest
import soundfile

from keras_av.data import ClipSpec, MediaError, write_video
from keras_av.data.clip.clip_window import hop_windows
from keras_av.data.media.clip_stream import stream_clips
from keras_av.data.media.read_clip import cut_window, open_source

SPECS = {
    "first frame": ClipSpec(num_frames=1, size=28, audio_alignment="start"),
    "overlapping": ClipSpec(
        num_frames=8, frame_stride=3, size=28, audio_seconds=0.7
    ),
    "long sound": ClipSpec(num_frames=4, size=28, audio_seconds=2.0),
    "picture": ClipSpec(num_frames=4, size=28, audio_seconds=0),
    "sound": ClipSpec(num_frames=0),
    "other rate": ClipSpec(num_frames=5, frame_stride=1, fps=6, size=28),
}


def stream(path, spec, hop, tail="drop"):
    with open_source(str(path), spec) as source:
        return list(stream_clips(source, spec, hop, tail))


def read_apart(path, spec, hop, tail="drop"):
    """The same clips, each by a search of its own."""
    with open_source(str(path), spec) as source:
        windows = list(hop_windows(spec, source.extent, hop, tail))
    for window in windows:
        with open_source(str(path), spec) as source:
            yield cut_window(source, spec, window)


def assert_same(path, spec, hop, atol, tail="drop"):
    streamed = stream(path, spec, hop, tail)
    apart = list(read_apart(path, spec, hop, tail))
    assert len(streamed) == len(apart)
    for one, other in zip(streamed, apart):
        np.testing.assert_array_equal(one.video, other.video)
        np.testing.assert_allclose(one.audio, other.audio, atol=atol)
        assert (one.has_audio, one.faults) == (other.has_audio, other.faults)
    return streamed


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
@pytest.mark.parametrize("hop", [0.2, 1.1])
def test_clips_are_those_read_one_by_one(generated, spec, hop):
    for row in (0, 9):
        clips = assert_same(generated.full_path(row), spec, hop, 2e-4)
        assert len(clips) >= 1 / hop


def test_clips_begin_a_hop_apart(numbered, numbers):
    spec = ClipSpec(num_frames=2, frame_stride=1, size=28, audio_seconds=0)
    clips = stream(numbered(48), spec, 0.5)
    assert [numbers(c.video) for c in clips] == [
        [8 * i, 8 * i + 1] for i in range(6)
    ]


def test_a_short_file_gives_one_clip(numbered, numbers):
    spec = ClipSpec(num_frames=7, frame_stride=1, size=28, audio_seconds=0)
    (clip,) = stream(numbered(3), spec, 0.1)
    assert numbers(clip.video) == [0, 1, 2, 0, 1, 2, 0]
    assert clip.faults == ("too_short",)


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
@pytest.mark.parametrize("hop", [None, 0.3])
def test_covering_clips_are_those_read_one_by_one(generated, spec, hop):
    clips = assert_same(generated.full_path(9), spec, hop, 2e-4, "loop")
    assert len(clips) > 1


@pytest.mark.parametrize("num_frames", [5, 16, 17, 20, 40, 48])
@pytest.mark.parametrize("audio_seconds", [0.0, 0.5])
def test_decoded_windows_are_those_of_the_original(
    vectors, numbered, numbers, num_frames, audio_seconds
):
    spec = ClipSpec(16, 1, size=28, audio_seconds=audio_seconds)
    clips = stream(numbered(num_frames), spec, None, "loop")
    golden = vectors("ccl_temporal")[f"slide_{num_frames}"] - 1
    assert [numbers(clip.video) for clip in clips] == golden.tolist()


def test_a_frame_that_is_held_for_long(tmp_path):
    """Clips in the middle of it show it, too."""
    frames = np.full((3, 32, 32, 3), 40, np.uint8)
    write_video(tmp_path / "slow.mp4", frames, 1)
    spec = ClipSpec(
        num_frames=2, frame_stride=1, fps=20, size=28, audio_seconds=0
    )
    clips = assert_same(tmp_path / "slow.mp4", spec, 0.25, 0)
    assert len(clips) == 12


def test_short_sound_is_padded(tmp_path):
    wave = 0.5 * np.sin(np.arange(8000) / 7)
    soundfile.write(tmp_path / "a.wav", wave, 16000)
    frames = np.zeros((8, 32, 32, 3), np.uint8)
    write_video(tmp_path / "a.mp4", frames, 16, wave)
    for name, spec in (
        ("a.wav", ClipSpec(num_frames=0, audio_seconds=2.0)),
        ("a.mp4", ClipSpec(num_frames=4, size=28, audio_seconds=2.0)),
    ):
        with open_source(str(tmp_path / name), spec) as source:
            (clip,) = stream_clips(source, spec, None, "loop", pad=True)
        # The coded track ends a little after the sound.
        assert abs(clip.audio[:8000]).max() > 0.4, name
        assert not clip.audio[10000:].any(), name


def test_sound_files(tmp_path):
    wave = 0.5 * np.sin(np.arange(80000) / 7)
    soundfile.write(tmp_path / "a.wav", wave, 16000)
    spec = ClipSpec(num_frames=0, audio_seconds=1.0)
    clips = stream(tmp_path / "a.wav", spec, 1.5)
    assert len(clips) == 3
    for number, clip in enumerate(clips):
        first = round(number * 24000)
        np.testing.assert_allclose(
            clip.audio, wave[first : first + 16000], atol=1e-4
        )


def test_damage_in_the_middle_leaves_the_clips_around_it(tmp_path, generated):
    source = generated.full_path(3)
    data = bytearray(pathlib.Path(source).read_bytes())
    first = data.index(b"mdat") + 4
    third = int.from_bytes(data[first - 8 : first - 4]) // 3
    for place in range(first + third, first + 2 * third):
        data[place] ^= 0x5A
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    spec = ClipSpec(num_frames=2, frame_stride=1, size=28, audio_seconds=0)
    found, good = stream(path, spec, 0.25), stream(source, spec, 0.25)
    assert len(found) == len(good) == 12
    for place in (0, 1, -1):
        np.testing.assert_array_equal(found[place].video, good[place].video)
    faulty = [isinstance(c, MediaError) or bool(c.faults) for c in found]
    assert any(faulty[3:9]) and not any(faulty[:2])


def test_a_fault_of_the_decoder_ends_the_file(numbered, monkeypatch):
    spec = ClipSpec(num_frames=1, size=28, audio_seconds=0)
    with open_source(str(numbered(48)), spec) as source:
        decode = source.media.frames

        def frames(packet, skip):
            if source.media.time(packet) > 1.5:
                raise MediaError("corrupt", "too many packets do not decode")
            return decode(packet, skip)

        monkeypatch.setattr(source.media, "frames", frames)
        clips = list(stream_clips(source, spec, 0.5))
    faults = [isinstance(clip, MediaError) for clip in clips]
    assert faults == [False] * 4 + [True] * 2
    assert clips[-1].reason == "corrupt"


def test_only_what_overlaps_is_held(numbered):
    """Clips come as soon as they are complete."""
    spec = ClipSpec(num_frames=1, size=28, audio_seconds=0)
    with open_source(str(numbered(48)), spec) as source:
        seen = []
        decode = source.media.frames

        def frames(packet, skip):
            seen.append(source.media.time(packet))
            return decode(packet, skip)

        source.media.frames = frames
        clips = stream_clips(source, spec, 0.5)
        next(clips)
        assert len(seen) <= 2
        next(clips)
        assert 0.4 < max(seen) < 0.7


@pytest.mark.slow
@pytest.mark.parametrize("name", ["overlapping", "first frame"])
def test_real_files(shared, name):
    """Many codecs and containers; sound to the noise of their decoders."""
    paths = sorted(shared("data/clips").rglob("*.*"))
    media = [p for p in paths if p.suffix in (".avi", ".mp4", ".webm", ".mkv")]
    spec = SPECS[name]
    for path in media[:12]:
        try:
            apart = list(read_apart(path, spec, 0.9))
        except MediaError:
            continue
        for one, other in zip(stream(path, spec, 0.9), apart, strict=True):
            np.testing.assert_array_equal(one.video, other.video, str(path))
            difference = abs(one.audio - other.audio)
            assert difference.max() < 2e-2, (path, difference.max())


@pytest.mark.parametrize(
    "name",
    ["ucf6/clips/Archery/v_Archery_g01_c01.mp4", "v_Archery_g01_c01.avi"],
)
def test_what_was_cut_off_is_counted_in_each_clip(shared, tmp_path, name):
    spec = ClipSpec(num_frames=2, frame_stride=1, size=28, audio_seconds=0)
    folder = "data" if "/" in name else "data/clips"
    data = shared(f"{folder}/{name}").read_bytes()
    for share in (0.4, 0.7, 0.95):
        path = tmp_path / f"{share}{name[-4:]}"
        path.write_bytes(data[: int(share * len(data))])
        clips = assert_same(path, spec, 0.4, 0)
        assert len(clips) > 2
        assert all(clip.faults == ("corrupt",) for clip in clips)
