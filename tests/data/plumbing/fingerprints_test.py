import hashlib

from keras_av.data.plumbing.fingerprints import sha256, stamp


def test_stamp(tmp_path):
    path = tmp_path / "file"
    assert stamp(str(path)) == (-1, -1)
    path.write_bytes(b"abc")
    assert stamp(str(path)) == (3, path.stat().st_mtime_ns)


def test_checksum(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc" * 100_000)
    assert sha256(path) == hashlib.sha256(b"abc" * 100_000).hexdigest()
