import av
import numpy as np
import pytest
import soundfile

from keras_av.data import ClipSpec, MediaError, read_clip
from keras_av.data.facts.file_facts import file_facts
from keras_av.data.media.check_seconds import check_seconds


@pytest.mark.parametrize(
    "seconds, num_bytes", [(601.0, 100), (10_001.0, 80_000), (604_801.0, 10**9)]
)
def test_lengths_that_no_file_has(seconds, num_bytes):
    with pytest.raises(MediaError, match=f"absurd: .* {seconds:.0f} s in"):
        check_seconds(seconds, num_bytes)
    check_seconds(seconds - 1, num_bytes)


def write_gap(path, seconds):
    """A second of video, and one frame long after it."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("mjpeg", rate=10)
        video.width = video.height = 32
        video.pix_fmt = "yuvj420p"
        for pts in (*range(10), seconds * 10):
            frame = av.VideoFrame(32, 32, "yuvj420p")
            frame.pts = pts
            container.mux(video.encode(frame))
        container.mux(video.encode(None))


def test_one_wrong_time_in_a_small_video(tmp_path):
    """Preparing it wrote days of silence, and held as many frames."""
    path = tmp_path / "a.mkv"
    write_gap(path, 5 * 86_400)
    with pytest.raises(MediaError, match="absurd: it claims to play 432000 s"):
        read_clip(str(path), ClipSpec(audio_seconds=0))
    assert file_facts(str(path))["status"] == "absurd"
    write_gap(path, 60)
    assert file_facts(str(path))["status"] == "ok"


def test_samples_that_a_small_sound_claims(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.zeros(8000), 8000)
    data = bytearray(path.read_bytes())
    # The lowest 36 bits of the eight bytes are the number of samples.
    data[21] |= 15
    data[22:26] = b"\xff" * 4
    path.write_bytes(data)
    with pytest.raises(MediaError, match="absurd: it claims to play 858993"):
        read_clip(str(path), ClipSpec(num_frames=0))
