import struct

import numpy as np
import pytest
import soundfile

from keras_av.data import ClipSpec, Manifest, MediaError, read_clip, scan
from keras_av.data.media.check_chunks import check_chunks
from keras_av.data.media.media_container import MediaContainer

_LIST = b"LIST" + struct.pack("<I", 4) + b"INFO"


@pytest.fixture
def sound(tmp_path):
    """A function that writes a sound whose chunk claims a length."""

    def write(name, length, between=_LIST):
        path = tmp_path / "a.wav"
        soundfile.write(path, np.zeros(100, "float32"), 8000)
        data = path.read_bytes()
        at = data.index(b"data")
        data = data[:at] + between + data[at:]
        at = data.index(name) + 4
        path.write_bytes(data[:at] + struct.pack("<I", length) + data[at + 4 :])
        return str(path)

    return write


@pytest.mark.parametrize("name", [b"LIST", b"fmt "])
def test_metadata_beyond_the_end_are_refused_unopened(
    sound, monkeypatch, tmp_path, name
):
    def fail(self):
        raise AssertionError("opened")

    monkeypatch.setattr(MediaContainer, "open", fail)
    path = sound(name, 2**32 - 1)
    facts = scan(Manifest.from_folder(tmp_path), verbose=False).facts
    assert facts["status"].tolist() == ["absurd"]
    with pytest.raises(MediaError, match="absurd: .* bytes of metadata"):
        read_clip(path, ClipSpec())


def test_sound_may_claim_any_length(sound):
    # Programs that write to a pipe do not know it.
    check_chunks(sound(b"data", 2**32 - 1))


def test_chunks_that_nobody_knows_pass(sound):
    # FFmpeg finds the next one in damaged files, and reads them.
    between = b"dama" + struct.pack("<I", 4) + b"\0" * 4
    check_chunks(sound(b"dama", 2**32 - 1, between))


def test_metadata_that_are_cut_off_pass(sound, tmp_path):
    check_chunks(sound(b"LIST", 2**24))
    path = tmp_path / "a.txt"
    path.write_bytes(b"RIFF")
    check_chunks(str(path))
