import threading

import pytest

from keras_av.data import ClipSpec
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


def test_free_memory_is_plausible():
    assert 10**7 < free_memory() < 10**14


def test_room_for_one_frame_more_than_a_file_should_have(generated):
    with opener(generated, 0, [])() as source:
        extent = source.extent
    frames = extent.duration * extent.rate + 1
    sound = max(extent.duration, extent.sound_end) * 48_000 * 4
    expected = int(frames * extent.height * extent.width * 3 + sound)
    for room, kept in ((expected, True), (expected - 1, False)):
        found = FileCache(room).get(0, opener(generated, 0, []))
        assert (found is not None) == kept
