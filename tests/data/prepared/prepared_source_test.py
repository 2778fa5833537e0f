import numpy as np
import pytest

from keras_av.data import ClipSpec, Manifest, prepare
from keras_av.data.clip.clip_window import ClipChoice, place_window
from keras_av.data.prepared import prepared_source
from keras_av.data.prepared.prepared_source import (
    PreparedSource,
    _records_of,
    read_records,
)

SPEC = ClipSpec(num_frames=3, frame_stride=4, size=32, audio_seconds=0.25)


@pytest.fixture
def stored(numbered, tmp_path):
    path = numbered(24)
    manifest = Manifest(path.parent, [path.name])
    prepared = prepare(manifest, tmp_path, SPEC, num_workers=1, verbose=False)
    return prepared.stored_file(0)


def test_the_whole_file(stored, numbers):
    with PreparedSource(*stored, SPEC, "a.mp4") as source:
        times, frames, sound = source.read_all()
        assert source.num_bytes == frames.nbytes + 24000 * 4
    np.testing.assert_allclose(times, np.arange(24) / 16)
    assert numbers(frames) == list(range(24))
    assert abs(sound.samples[16500:17000]).max() > 0.3


@pytest.mark.parametrize("together", [1, 2])
def test_no_more_than_some_records_are_in_memory(stored, monkeypatch, together):
    with PreparedSource(*stored, SPEC, "a.mp4") as source:
        expected_times, expected, heard = source.read_all()
    counts = []

    def counted(path, offset, count, num_bytes):
        counts.append(int(count))
        return read_records(path, offset, count, num_bytes)

    monkeypatch.setattr(prepared_source, "read_records", counted)
    monkeypatch.setattr(prepared_source, "_READ_TOGETHER", together)
    with PreparedSource(*stored, SPEC, "a.mp4") as source:
        times, frames, sound = source.read_all()
    assert sum(counts) == len(stored[1].offsets) - 1 == 3
    assert max(counts) == together
    np.testing.assert_array_equal(times, expected_times)
    np.testing.assert_array_equal(frames, expected)
    np.testing.assert_array_equal(sound.samples, heard.samples)
    assert sound.span == heard.span and heard.samples.any()


def test_one_clip(stored, numbers):
    with PreparedSource(*stored, SPEC, "a.mp4") as source:
        window = place_window(SPEC, source.extent, ClipChoice(1.0))
        frames, sound = source.read(window)
    assert numbers(frames) == [15, 19, 23]
    assert sound is not None


def test_records_from_the_middle(stored):
    path, file = stored
    jpegs, pcm, whole = read_records(
        path, file.offsets[1], 1, file.offsets[2] - file.offsets[1]
    )
    assert whole and len(jpegs) == 8 and len(pcm) == 8000


def test_records_that_are_not_there_are_not_whole(stored, tmp_path):
    (offset, end), path = stored[1].offsets[:2], tmp_path / "gone"
    for _ in range(2):
        jpegs, pcm, whole = read_records(str(path), offset, 1, end - offset)
        assert not whole and len(jpegs) == 0 and len(pcm) == 0
        path.write_bytes(b"damaged" * 1000)


def test_records_that_hold_some_numbers():
    firsts = np.array([0, 10, 20, 30])
    for numbers, records in (
        ([0, 0], [0, 0]),
        ([9, 10], [0, 1]),
        ([29, 5, 12], [0, 2]),
        # Rounding may ask for one more than there is.
        ([12, 30], [1, 2]),
    ):
        assert _records_of(firsts, np.array(numbers)) == records
