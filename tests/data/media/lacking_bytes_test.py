import struct

import pytest

from keras_av.data.media.lacking_bytes import lacking_bytes

FORMATS = {
    ".avi": "avi",
    ".m4a": "mov,mp4,m4a,3gp,3g2,mj2",
    ".mkv": "matroska,webm",
    ".mov": "mov,mp4,m4a,3gp,3g2,mj2",
    ".mp4": "mov,mp4,m4a,3gp,3g2,mj2",
    ".webm": "matroska,webm",
}
MP4, MKV = FORMATS[".mp4"], FORMATS[".mkv"]
EBML, SEGMENT = b"\x1aE\xdf\xa3", b"\x18S\x80g"


def box(name, num_bytes, length=None):
    length = 8 + num_bytes if length is None else length
    return struct.pack(">I4s", length, name) + bytes(num_bytes)


def lacking(tmp_path, data, name):
    (tmp_path / "file").write_bytes(data)
    return lacking_bytes(str(tmp_path / "file"), name)


def test_whole_real_files_lack_nothing(shared):
    damaged = {
        "v_bitflips.avi",
        "v_truncated.avi",
        "v_truncated_faststart.mp4",
        # These are no media files.
        "v_garbage.mp4",
        "v_png_named.mp4",
        "v_truncated_no_moov.mp4",
    }
    found = {}
    for path in shared("data").rglob("*.*"):
        if path.suffix in FORMATS and path.name not in damaged:
            name = FORMATS[path.suffix]
            found[path.name] = lacking_bytes(str(path), name)
    assert len(found) > 500
    assert not any(found.values()), found


@pytest.mark.parametrize("share", [0.4, 0.7, 0.95])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm", "avi"])
def test_cut_real_files_lack_the_rest(shared, tmp_path, suffix, share):
    folder = {"mp4": "ucf6", "avi": "clips"}.get(suffix, "hostile")
    paths = sorted(shared(f"data/{folder}").rglob(f"*.{suffix}"))
    for path in paths[:5]:
        data = path.read_bytes()
        end = int(len(data) * share)
        left = lacking(tmp_path, data[:end], FORMATS[f".{suffix}"])
        # Padding may come last.
        assert len(data) - end - 512 <= left <= len(data) - end, path


def test_boxes(tmp_path):
    whole = box(b"ftyp", 8) + box(b"moov", 90) + box(b"mdat", 100)
    assert lacking(tmp_path, whole, MP4) == 0
    assert lacking(tmp_path, whole[:-40], MP4) == 40
    # Padding is no loss, nor are a few bytes that writers miscount.
    padded = whole + box(b"free", 100)
    assert lacking(tmp_path, padded[:-40], MP4) == 0
    assert lacking(tmp_path, whole[:-9], MP4) == 0
    # Bytes after the last box are none.
    assert lacking(tmp_path, whole + b"\xff" * 30, MP4) == 0
    # The last box may be as long as the file is.
    assert lacking(tmp_path, whole + box(b"mdat", 70, 0), MP4) == 0
    large = box(b"ftyp", 8) + struct.pack(">I4sQ", 1, b"mdat", 2**40)
    assert lacking(tmp_path, large + bytes(10), MP4) == 2**40 - 26
    # Fragments.
    both = box(b"moof", 80) + box(b"mdat", 100)
    assert lacking(tmp_path, whole + (both * 3)[:-20], MP4) == 20
    assert lacking(tmp_path, whole + both + both[:50], MP4) == 38
    assert lacking(tmp_path, whole + both, MP4) == 0


def test_elements(tmp_path):
    head = EBML + b"\x83abc" + SEGMENT
    assert lacking(tmp_path, head + b"\x40\x64" + bytes(100), MKV) == 0
    assert lacking(tmp_path, head + b"\x40\x64" + bytes(60), MKV) == 40
    # A stream that was written as it came does not say its length.
    for unknown in (b"\xff", b"\x01" + b"\xff" * 7):
        assert lacking(tmp_path, head + unknown + bytes(60), MKV) == 0
    for nonsense in (b"", head, b"\0" * 40, b"\xecxyz" * 9):
        assert lacking(tmp_path, nonsense, MKV) == 0


@pytest.mark.parametrize("name", sorted({*FORMATS.values(), "ogg"}))
def test_nonsense_is_no_loss_and_ends(tmp_path, name):
    for data in (b"", b"a", bytes(99), b"\xff" * 99, box(b"free", 0) * 20_000):
        assert lacking(tmp_path, data, name) == 0
    endless = b"RIFF\x01\0\0\0" * 2 + bytes(9)
    assert lacking(tmp_path, endless, name) == 0
