import struct
import zlib

import av
import pytest

from keras_av.data import ClipSpec, Manifest, MediaError, read_clip, scan
from keras_av.data.media import frame_limits
from keras_av.data.media.check_frame_size import check_frame_size
from keras_av.data.media.media_container import MediaContainer

SIGHT = ClipSpec(num_frames=1, size=28, audio_seconds=0)


def write_picture(path, size, rows):
    """A PNG file of so many rows of all that it claims to have."""
    row = b"\0" + bytes(3 * size)
    chunks = {
        b"IHDR": struct.pack(">2I5B", size, size, 8, 2, 0, 0, 0),
        b"IDAT": zlib.compress(row * rows),
        b"IEND": b"",
    }
    data = b"\x89PNG\r\n\x1a\n"
    for name, part in chunks.items():
        code = struct.pack(">I", zlib.crc32(name + part))
        data += struct.pack(">I", len(part)) + name + part + code
    path.write_bytes(data)


def write_movie(path, size):
    with av.open(str(path), "w") as container:
        codec = "flv1" if path.suffix == ".flv" else "mpeg4"
        video = container.add_stream(codec, rate=10)
        video.width = video.height = size
        video.pix_fmt = "yuv420p"
        for pts in range(5):
            frame = av.VideoFrame(size, size, "yuv420p")
            frame.pts = pts
            container.mux(video.encode(frame))
        container.mux(video.encode(None))


@pytest.fixture
def unopened(monkeypatch):
    """What decodes frames without a limit fails."""

    def fail(self):
        raise AssertionError("opened")

    monkeypatch.setattr(MediaContainer, "open", fail)


def test_a_picture_is_refused_unopened(tmp_path, unopened):
    # Named as what it is not, since pictures are no clips.
    path = tmp_path / "a.mp4"
    write_picture(path, 15936, 2)
    facts = scan(Manifest.from_folder(tmp_path), verbose=False).facts
    assert facts["status"].tolist() == ["absurd"]
    with pytest.raises(MediaError, match="absurd: .*36 megapixels"):
        read_clip(str(path), SIGHT)


@pytest.mark.parametrize("kind", ["avi", "mp4", "mkv", "flv"])
def test_a_movie_is_refused_unopened(tmp_path, monkeypatch, unopened, kind):
    path = tmp_path / f"a.{kind}"
    write_movie(path, 64)
    monkeypatch.setattr(frame_limits, "_MAX_PIXELS", 64 * 64 - 1)
    with pytest.raises(MediaError, match="absurd"):
        read_clip(str(path), SIGHT)


@pytest.mark.parametrize("kind", ["avi", "mp4", "mkv", "flv"])
def test_what_is_no_larger_passes(tmp_path, monkeypatch, kind):
    path = tmp_path / f"a.{kind}"
    write_movie(path, 64)
    # FFmpeg takes the edges of its own memory into account.
    monkeypatch.setattr(frame_limits, "_MAX_PIXELS", 256 * 256)
    check_frame_size(str(path))
    assert read_clip(str(path), SIGHT).video.shape == (1, 28, 28, 3)


def test_damage_is_told_of_by_what_decodes_the_file(tmp_path):
    path = tmp_path / "a.mp4"
    write_picture(path, 16, 16)
    check_frame_size(str(path))
    data = path.read_bytes()
    path.write_bytes(data[:36] + bytes(40) + data[76:])
    check_frame_size(str(path))
