import errno
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile
import tensorflow as tf

from keras_av.data import ClipSpec, Manifest, PreparedSet, prepare, write_video
from keras_av.data.prepared import prepare as preparing
from keras_av.data.prepared import shard as shards
from keras_av.data.prepared.write_shard import write_shard

ROOT = pathlib.Path(__file__).resolve().parents[3]
SPEC = ClipSpec(num_frames=2, size=24, audio_seconds=0.25)

# Its workers run it too; the last file keeps one of them until the kill.
PROGRAM = """
import sys
import time
from keras_av.data.prepared import write_shard
from keras_av.data import ClipSpec, Manifest, prepare

encode_file = write_shard.encode_file

def encode(path, *options):
    while path.endswith("69.mp4"):
        time.sleep(1)
    return encode_file(path, *options)

write_shard.encode_file = encode
if __name__ == "__main__":
    spec = ClipSpec(num_frames=2, size=24, audio_seconds=0.25)
    manifest = Manifest.from_folder(sys.argv[1])
    prepare(manifest, sys.argv[2], spec, num_workers=2)
"""


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    """70 tiny files: two whole shards and a part of one."""
    folder = tmp_path_factory.mktemp("files")
    frames = np.zeros((6, 32, 32, 3), np.uint8)
    for number in range(70):
        tone = 0.3 * np.sin(np.arange(8000) / (5 + number))
        frames[:] = 3 * number
        write_video(folder / f"{number:02d}.mp4", frames, 12, tone)
    return Manifest.from_folder(folder)


def quiet(manifest, folder, **options):
    options = {"num_workers": 1, "verbose": False, **options}
    return prepare(manifest, folder, SPEC, **options)


@pytest.fixture(scope="module")
def whole(manifest, tmp_path_factory):
    return quiet(manifest, tmp_path_factory.mktemp("whole") / "set")


@pytest.fixture
def copy(whole, tmp_path):
    """The prepared folder, to be harmed."""
    return shutil.copytree(whole.folder, tmp_path / "copy")


def times(folder):
    """When the shards were written."""
    paths = pathlib.Path(folder).glob("shard-*")
    return {p.name: p.stat().st_mtime_ns for p in sorted(paths)}


def content(folder):
    paths = pathlib.Path(folder).glob("shard-*.tfrecord")
    return {path.name: path.read_bytes() for path in sorted(paths)}


def test_records_are_plain_examples(whole, manifest):
    path = shards.shard_path(whole.folder, 1, "tfrecord")
    serialized = next(tf.data.TFRecordDataset(str(path)).as_numpy_iterator())
    record = tf.train.Example.FromString(serialized).features.feature
    assert record["index"].int64_list.value == [32]
    assert record["label"].int64_list.value == [-1]
    assert record["has_audio"].int64_list.value == [1]
    assert record["start"].float_list.value == [0.0]
    image = tf.io.decode_jpeg(record["frames"].bytes_list.value[0])
    assert tuple(image.shape) == (27, 27, 3)
    assert abs(int(image[0, 0, 0]) - 96) < 3
    sound = np.frombuffer(record["audio"].bytes_list.value[0], "<i2")
    assert 0.2 < abs(sound / 32768).max() < 0.4


def test_says_how_much_and_how_fast(manifest, tmp_path, capsys):
    files = manifest.subset(range(3))
    prepare(files, tmp_path, SPEC, num_workers=1)
    words = capsys.readouterr().out
    assert "3 files, 2 s of media:" in words and "files/s" in words
    files = Manifest(manifest.root, ["00.mp4", "none.mp4"])
    prepare(files, tmp_path / "more", SPEC, num_workers=1)
    assert "1 files cannot be read\n  missing: 1" in capsys.readouterr().out


def test_what_is_finished_is_not_written_again(manifest, copy):
    before = times(copy)
    quiet(manifest, copy)
    assert times(copy) == before


@pytest.mark.parametrize("harm", ["cut", "bits", "gone", "index", "file"])
def test_what_is_wrong_is_written_again(manifest, whole, copy, harm):
    path = shards.shard_path(copy, 1, "tfrecord")
    data = bytearray(path.read_bytes())
    if harm == "cut":
        path.write_bytes(data[:-100])
        with pytest.raises(ValueError, match="shard-00001.* is torn"):
            PreparedSet(copy)
    elif harm == "bits":
        data[1000] ^= 1
        path.write_bytes(data)
        with pytest.raises(ValueError, match="1 files .*shard-00001.tfrecord"):
            PreparedSet(copy).verify()
    elif harm == "gone":
        path.unlink()
        with pytest.raises(ValueError, match="torn: it has 0 bytes"):
            PreparedSet(copy)
    elif harm == "index":
        index = shards.shard_path(copy, 1, "npz")
        index.write_bytes(index.read_bytes()[:300])
    else:
        os.utime(manifest.full_path(40))
    before = times(copy)
    quiet(manifest, copy).verify()
    after = times(copy)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"shard-00001.tfrecord", "shard-00001.npz"}
    assert content(copy) == content(whole.folder)


def test_another_set_is_refused(manifest, copy):
    fewer = manifest.subset(range(1, 70))
    with pytest.raises(ValueError, match="1 of its files are not in the"):
        quiet(fewer, copy)
    with pytest.raises(
        ValueError, match="0 .* 1 files of the given one are new"
    ):
        quiet(manifest, quiet(fewer, copy.parent / "fewer").folder)
    with pytest.raises(ValueError, match="quality: 90 there, 50 asked for"):
        quiet(manifest, copy, quality=50)
    other = ClipSpec(num_frames=2, size=32, audio_seconds=0.25)
    with pytest.raises(ValueError, match="size: .24, 24. there"):
        prepare(manifest, copy, other, num_workers=1)


def test_a_full_disk_is_named_and_leaves_what_is_done(
    manifest, whole, tmp_path, monkeypatch
):
    folder = tmp_path / "set"
    writer = tf.io.TFRecordWriter

    class FullDisk(writer):
        """Some way into the second shard the disk is full."""

        def __init__(self, path):
            self.second = "00001" in path
            super().__init__(path)

        def write(self, record):
            super().write(record)
            if self.second:
                words = os.strerror(errno.ENOSPC)
                raise tf.errors.ResourceExhaustedError(None, None, words)

    monkeypatch.setattr(tf.io, "TFRecordWriter", FullDisk)
    with pytest.raises(OSError, match="disk is full .* 1 shards") as error:
        quiet(manifest, folder)
    assert error.value.errno == errno.ENOSPC
    assert sorted(times(folder)) == ["shard-00000.npz", "shard-00000.tfrecord"]
    part = PreparedSet(folder)
    assert part.contents()[0] == pytest.approx(16.0, abs=1)
    with pytest.raises(ValueError, match="not been prepared to the end"):
        part.verify()
    monkeypatch.undo()
    before = times(folder)
    quiet(manifest, folder).verify()
    assert content(folder) == content(whole.folder)
    assert before.items() <= times(folder).items()


def test_the_system_names_a_full_disk_so():
    if not os.path.exists("/dev/full"):
        pytest.skip("needs /dev/full")
    with pytest.raises(tf.errors.ResourceExhaustedError):
        with tf.io.TFRecordWriter("/dev/full") as writer:
            writer.write(b"x" * 10_000_000)


def children(process):
    """Numbers of the processes that a process has started."""
    tasks = pathlib.Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(pid) for path in tasks for pid in path.read_text().split()]


@pytest.mark.slow
def test_a_killed_run_is_gone_on_with(manifest, whole, tmp_path):
    folder = tmp_path / "set"
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    run = subprocess.Popen(
        [sys.executable, str(program), manifest.root, str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    # To start takes a minute on a machine that is busy.
    deadline = time.monotonic() + 300
    try:
        while not list(folder.glob("shard-*.npz")):
            assert time.monotonic() < deadline and run.poll() is None
            time.sleep(0.002)
        workers = children(run)
        assert len(workers) >= 2
    finally:
        run.kill()
    assert run.wait() == -signal.SIGKILL
    while any(os.path.exists(f"/proc/{pid}") for pid in workers):
        assert time.monotonic() < deadline, "its workers live on"
        time.sleep(0.01)
    before = times(folder)
    assert 2 <= len(before) < 6
    quiet(manifest, folder).verify()
    kept = {
        name: written
        for name, written in before.items()
        if name.split(".")[0] + ".npz" in before
    }
    assert len(kept) >= 2 and kept.items() <= times(folder).items()
    assert not list(folder.glob("*.aside"))
    assert content(folder) == content(whole.folder)


def test_what_a_worker_of_a_killed_run_leaves_late_is_no_shard(
    manifest, tmp_path, monkeypatch
):
    late = tmp_path / "shard-00000.tfrecord.7867.aside"

    def finish(job):
        late.write_bytes(b"half")
        write_shard(job)

    monkeypatch.setattr(preparing, "_finish", finish)
    made = prepare(manifest, tmp_path, SPEC, num_workers=1, verbose=False)
    assert not late.exists()
    assert "aside" not in (tmp_path / "SHA256SUMS").read_text()
    made.verify()


def test_two_at_once_are_refused(manifest, copy):
    import fcntl

    with open(copy / ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(OSError, match="Another process"):
            quiet(manifest, copy)


def test_arguments(manifest, tmp_path):
    with pytest.raises(ValueError, match="quality must be from 1 to 100"):
        quiet(manifest, tmp_path, quality=0)
    with pytest.raises(ValueError, match="num_workers"):
        quiet(manifest, tmp_path, num_workers=0)


MEMORY = """
import resource
import sys
from keras_av.data import ClipSpec, Manifest, prepare
peaks = []
for name in ("short", "long"):
    manifest = Manifest.from_folder(f"{sys.argv[1]}/{name}")
    for kind, spec in (
        ("*.mp4", ClipSpec(num_frames=2, size=48)),
        ("*.flac", ClipSpec(num_frames=0)),
    ):
        rows = [i for i, p in enumerate(manifest.path) if p.endswith(kind[1:])]
        part = manifest.subset(rows)
        folder = f"{sys.argv[1]}/prepared_{name}{kind[1:]}"
        made = prepare(part, folder, spec, num_workers=1, verbose=False)
        assert made.contents()[1] == {}
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(peaks[1] - peaks[0])
"""


@pytest.mark.slow
def test_long_files_take_no_more_memory(tmp_path):
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    for name, minutes in (("short", 2), ("long", 60)):
        (tmp_path / name).mkdir()
        frames = np.broadcast_to(image, (120 * minutes, 64, 64, 3))
        sound = np.full(60 * minutes * 16000, 0.1, np.float32)
        write_video(tmp_path / name / "video.mp4", frames, 2, sound)
        soundfile.write(tmp_path / name / "sound.flac", sound, 16000)
    result = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert result.returncode == 0, result.stderr
    # Kilobytes; the frames as JPEG take 35 MB, the sound decoded 230 MB.
    assert int(result.stdout.split()[-1]) < 25_000
