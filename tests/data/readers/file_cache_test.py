import threading

import numpy as np
import pytest
import soundfile

from keras_av.data import ClipSpec, Manifest, clips, prepare
from keras_av.data.media.read_clip import open_source
from keras_av.data.readers.file_cache import FileCache, free_memory

SPEC = ClipSpec(num_frames=4, size=64)


def opener(generated, index, opened):
    def open_file():
        opened.append(index)
        return open_source(generated.full_path(index), SPEC)

    return open_file


def test_decodes_each_file_once_whoever_asks(generated):
    cache, opened, found = FileCache(), [], []

    def work():
        for index in range(4):
            found.append(cache.get(index, opener(generated, index, opened)))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(opened) == [0, 1, 2, 3]
    assert len({id(file) for file in found}) == 4


def test_never_holds_more_than_it_may(generated):
    one = FileCache().get(0, opener(generated, 0, []))
    limit = int(2.5 * one.num_bytes)
    cache, opened = FileCache(limit), []
    files = [cache.get(i, opener(generated, i, opened)) for i in range(6)]
    kept = [file for file in files if file is not None]
    assert 1 <= len(kept) <= 2
    assert sum(file.num_bytes for file in kept) <= limit


def test_a_file_that_cannot_be_read_is_not_kept(generated):
    def fail():
        raise OSError("broken")

    cache = FileCache()
    for _ in range(2):
        with pytest.raises(OSError, match="broken"):
            cache.get(0, fail)
    assert cache.get(0, opener(generated, 0, [])) is not None


def test_a_file_that_does_not_decode_takes_no_room(generated):
    one = FileCache().get(0, opener(generated, 0, []))
    cache = FileCache(int(1.5 * one.num_bytes))

    def broken():
        source = open_source(generated.full_path(1), SPEC)
        source.read_all = lambda: 1 / 0
        return source

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            cache.get(1, broken)
    assert cache.get(0, opener(generated, 0, [])) is not None


@pytest.mark.parametrize("value", [np.nan, -1e31])
@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.slow_on_tensorflow
def test_sound_that_is_not_finite_anywhere(tmp_path, cached, value):
    """Whole files and shards agree; a clip alone does not see the place."""
    wave = np.sin(np.arange(32000) / 7)
    wave[100] = value
    soundfile.write(tmp_path / "a.wav", wave, 16000, subtype="FLOAT")
    soundfile.write(tmp_path / "b.wav", wave[200:], 16000)
    files = Manifest.from_folder(tmp_path)
    spec = ClipSpec(num_frames=0, audio_seconds=0.5)
    made = prepare(files, tmp_path / "set", spec, verbose=False)
    read = [clips(m, spec, 1, cache=cached) for m in (files, made)]
    found = [[int(batch["index"][0]) for batch in one] for one in read]
    assert found == [[1] if cached else [0, 1], [1]]
    reasons = [one.report.as_dict()["reasons"] for one in read]
    assert reasons == [{"not_finite": 1} if cached else {}, {"not_finite": 1}]


def test_free_memory_is_plausible():
    assert 10**7 < free_memory() < 10**14


def test_room_for_one_frame_more_than_a_file_should_have(generated):
    with opener(generated, 0, [])() as source:
        extent, rate = source.extent, source.sound_rate
    frames = extent.duration * extent.rate + 1
    sound = max(extent.duration, extent.sound_end) * rate * 4
    expected = int(frames * extent.height * extent.width * 3 + sound)
    for room, kept in ((expected, True), (expected - 1, False)):
        found = FileCache(room).get(0, opener(generated, 0, []))
        assert (found is not None) == kept
