import av
import numpy as np
import pytest
import soundfile

from keras_av.data import ClipChoice, ClipSpec, MediaError
from keras_av.data.clip.clip_window import place_window
from keras_av.data.media.read_clip import open_source, read_clip
from keras_av.data.media.sound_file_source import SoundFileSource

SPEC = ClipSpec(num_frames=0, audio_seconds=0.5)


@pytest.fixture
def ramp(tmp_path):
    """Two seconds in two channels; the mean counts samples."""
    path = str(tmp_path / "ramp.wav")
    mean = np.arange(16000) / 16000 - 0.5
    channels = np.stack([mean + 0.25, mean - 0.25], axis=1)
    soundfile.write(path, channels, 8000, subtype="FLOAT")
    return path


@pytest.mark.parametrize("time", [0.0, 0.3, 1.0])
def test_reads_the_samples_of_the_window(ramp, time):
    with SoundFileSource(ramp, SPEC) as source:
        window = place_window(SPEC, source.extent, ClipChoice(time=time))
        frames, sound = source.read(window)
    assert frames is None
    assert 2 * sound.span.first + sound.span.lead == round(24000 * time)
    wanted = sound.span.first + np.arange(sound.span.count)
    inside = (wanted >= 0) & (wanted < 16000)
    expected = np.where(inside, wanted / 16000 - 0.5, 0)
    np.testing.assert_allclose(sound.samples, expected, atol=1e-6)


def test_reads_all(ramp):
    with SoundFileSource(ramp, SPEC) as source:
        times, frames, sound = source.read_all()
    assert len(times) == len(frames) == 0
    inner = sound.samples[sound.span.lead // 2 : 16000 + sound.span.lead // 2]
    np.testing.assert_allclose(inner, np.arange(16000) / 16000 - 0.5, atol=1e-6)


def test_no_samples(tmp_path):
    path = str(tmp_path / "none.wav")
    soundfile.write(path, np.zeros(0), 8000)
    with pytest.raises(MediaError, match="empty"):
        SoundFileSource(path, SPEC)


def test_an_mp3_ends_where_its_samples_do(tmp_path):
    path = tmp_path / "cut.mp3"
    tone = 0.3 * np.sin(np.arange(48000) / 5)
    soundfile.write(path, tone, 16000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    samples, _ = soundfile.read(path)
    there = len(samples)
    assert 8000 < there < 16000
    # Its header still claims all of it.
    assert soundfile.info(path).frames == 48000
    with SoundFileSource(str(path), SPEC) as source:
        assert source.extent.duration == there / 16000
        assert source.extent.sound_end == source.extent.duration
        window = place_window(SPEC, source.extent, ClipChoice(time=1.0))
        assert not window.too_short
        _, sound = source.read(window)
        last = there - sound.span.first
        np.testing.assert_allclose(
            sound.samples[:last], samples[sound.span.first :], atol=1e-6
        )
        pieces = []
        source.decode_all(Listener(pieces))
    assert sum(len(piece) for piece in pieces) == there


def test_an_mp3_in_a_wav_is_heard_to_its_end(tmp_path):
    tone = 0.3 * np.sin(np.arange(48000) / 5)
    soundfile.write(tmp_path / "a.mp3", tone, 16000)
    path = tmp_path / "a.wav"
    with (
        av.open(str(tmp_path / "a.mp3")) as source,
        av.open(str(path), "w") as copy,
    ):
        stream = copy.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.size:
                packet.stream = stream
                copy.mux(packet)
    # libsndfile knows of less than a second.
    assert len(soundfile.read(path)[0]) < 16000
    with open_source(str(path), SPEC) as source:
        assert 3.0 <= source.extent.duration < 3.2
        _, _, sound = source.read_all()
    loud = np.nonzero(np.abs(sound.samples) > 0.2)[0]
    assert loud[-1] - loud[0] > 47000


@pytest.fixture
def gap(tmp_path):
    """Twenty seconds of an Ogg file, a page of which in the middle is lost."""
    path = tmp_path / "gap.ogg"
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, 20 * 16000)
    soundfile.write(path, noise, 16000, subtype="VORBIS")
    data = bytearray(path.read_bytes())
    page = data.index(b"OggS", len(data) // 3)
    data[page + 100] ^= 1
    path.write_bytes(data)
    return str(path)


def test_sound_goes_on_after_a_gap_which_is_counted(gap):
    with SoundFileSource(gap, SPEC) as source:
        assert source.num_bad_packets == 0
        _, _, sound = source.read_all()
        assert source.num_bad_packets == 1
    with SoundFileSource(gap, SPEC) as source:
        pieces = []
        source.decode_all(Listener(pieces))
        assert source.num_bad_packets == 1
    pieces = np.concatenate(pieces)
    assert np.abs(pieces[-8000:]).max() > 0.1
    first = -sound.span.first
    np.testing.assert_array_equal(
        sound.samples[first : first + len(pieces)], pieces
    )
    # Each clip is near its place all the same.
    for time in (0.0, 0.5, 1.0):
        assert read_clip(gap, SPEC, ClipChoice(time=time)).has_audio


class Listener:
    """What is given a file's sound piece by piece."""

    def __init__(self, pieces):
        self.add = lambda piece, time: pieces.append(piece)
