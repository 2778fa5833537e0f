import os
import shutil
import subprocess
import sys
import threading

import av
import numpy as np
import pytest
import soundfile
import tensorflow as tf

from keras_av.data import (
    ClipSpec,
    Manifest,
    Policies,
    clips,
    long_clips,
    prepare,
    write_video,
)

SPEC = ClipSpec(num_frames=1, size=28, audio_alignment="start")
SIGHT = ClipSpec(num_frames=1, size=28, audio_seconds=0)


def collect(dataset):
    batches = list(dataset.as_numpy_iterator())
    return {
        name: np.concatenate([batch[name] for batch in batches])
        for name in batches[0]
    }


@pytest.fixture
def videos(tmp_path, numbered):
    """Three good files and one that is none."""
    for name, count in (("a", 48), ("b", 20), ("d", 33)):
        shutil.copy(numbered(count), tmp_path / f"{name}.mp4")
    (tmp_path / "c.mp4").write_text("no video")
    return Manifest.from_folder(tmp_path)


def test_batches(generated):
    batch = next(iter(long_clips(generated, SPEC, 1.0, 5)))
    shapes = {name: (tuple(x.shape), x.dtype.name) for name, x in batch.items()}
    assert shapes == {
        "video": ((5, 1, 28, 28, 3), "uint8"),
        "audio": ((5, 16000), "float32"),
        "has_audio": ((5,), "bool"),
        "label": ((5,), "int32"),
        "index": ((5,), "int32"),
        "position": ((5,), "int32"),
    }
    np.testing.assert_array_equal(
        generated.label[batch["index"].numpy()], batch["label"]
    )


def test_one_modality_alone(generated):
    batch = next(iter(long_clips(generated, SIGHT, 1.0, 2)))
    assert sorted(batch) == ["index", "label", "position", "video"]
    sound = ClipSpec(num_frames=0)
    batch = next(iter(long_clips(generated, sound, 1.0, 2)))
    assert sorted(batch) == ["audio", "has_audio", "index", "label", "position"]


def test_all_clips_of_every_video_in_order(videos, numbers):
    seen = collect(long_clips(videos, SIGHT, 0.5, 4))
    assert seen["index"].tolist() == [0] * 6 + [1] * 3 + [3] * 5
    assert seen["position"].tolist() == [*range(6), *range(3), *range(5)]
    assert numbers(seen["video"][:, 0]) == [8 * p for p in seen["position"]]


def test_sliding_windows_cover_every_video(videos, numbers):
    spec = ClipSpec(num_frames=16, frame_stride=1, size=28, audio_seconds=0)
    dataset = long_clips(videos, spec, None, 4, tail="loop")
    seen = collect(dataset)
    assert seen["index"].tolist() == [0] * 3 + [1] * 2 + [3] * 3
    assert seen["position"].tolist() == [0, 1, 2, 0, 1, 0, 1, 2]
    for row, count in ((0, 48), (1, 20), (3, 33)):
        frames = map(numbers, seen["video"][seen["index"] == row])
        assert set().union(*frames) == set(range(count))
    assert dataset.report.as_dict()["reasons"] == {"unreadable": 1}
    seen = collect(long_clips(videos, spec, None, 4))
    assert seen["position"].tolist() == [0, 1, 2, 0, 0, 1]


def test_the_sound_is_of_the_same_moment(videos, numbers):
    """The tone begins with frame 16."""
    seen = collect(long_clips(videos, SPEC, 0.25, 4))
    compared = 0
    for video, audio in zip(seen["video"], seen["audio"]):
        (first,) = numbers(video)
        loud = np.nonzero(abs(audio) > 0.25)[0]
        if first < 16 and len(loud):
            assert loud[0] / 16000 == pytest.approx(1 - first / 16, abs=0.005)
            compared += 1
    assert compared >= 4


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("num_workers", [2, 5])
def test_the_number_of_workers_changes_nothing(generated, num_workers):
    one, other = (
        collect(long_clips(generated, SPEC, 0.7, 8, num_workers=n))
        for n in (1, num_workers)
    )
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], name)


def test_short_sound_is_padded(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.full(4000, 0.5), 16000)
    files = Manifest.from_folder(tmp_path)
    spec = ClipSpec(num_frames=0, audio_seconds=1.0)
    dataset = long_clips(files, spec, 1.0, 1, policies=Policies(short="pad"))
    (audio,) = collect(dataset)["audio"]
    assert audio[:4000].min() > 0.4 and not audio[4000:].any()


def test_bad_files_are_left_out_and_reported(videos):
    dataset = long_clips(videos, SIGHT, 0.5, 4)
    assert sorted(set(collect(dataset)["index"])) == [0, 1, 3]
    counts = dataset.report.as_dict()
    assert (counts["delivered"], counts["skipped"]) == (14, 1)
    assert counts["reasons"] == {"unreadable": 1}
    assert "c.mp4" in counts["files"]


def test_on_error_raise_names_file_and_reason(videos):
    dataset = long_clips(
        videos, SIGHT, 0.5, 4, policies=Policies(on_error="raise")
    )
    with pytest.raises(tf.errors.OpError, match="c.mp4.*unreadable"):
        collect(dataset)


def test_bad_files_alone_are_an_error(tmp_path):
    (tmp_path / "a.mp4").write_text("no video")
    dataset = long_clips(Manifest.from_folder(tmp_path), SPEC, 1.0, 1)
    with pytest.raises(tf.errors.OpError, match="No clip could be delivered"):
        collect(dataset)


def test_silent_clips(tmp_path, numbered):
    """The tone sounds from 1.0 s to 1.25 s only."""
    spec = ClipSpec(
        num_frames=1, size=28, audio_seconds=0.25, audio_alignment="start"
    )
    shutil.copy(numbered(48), tmp_path / "a.mp4")
    manifest = Manifest.from_folder(tmp_path)
    seen = collect(long_clips(manifest, spec, 0.5, 4))
    assert seen["has_audio"].tolist() == [False, False, True] + [False] * 3
    assert not seen["audio"][~seen["has_audio"]].any()
    seen = collect(
        long_clips(manifest, spec, 0.5, 4, policies=Policies(silent="skip"))
    )
    assert seen["position"].tolist() == [2]


def test_a_file_that_is_cut_keeps_its_earlier_clips(tmp_path):
    frames = np.random.default_rng(0).integers(0, 255, (80, 64, 64, 3), "u1")
    path = tmp_path / "whole.avi"
    write_video(path, frames, 10)
    data = path.read_bytes()
    (tmp_path / "cut.avi").write_bytes(data[: len(data) // 2])
    dataset = long_clips(Manifest.from_folder(tmp_path), SIGHT, 1.0, 4)
    seen = collect(dataset)
    assert seen["position"][seen["index"] == 1].tolist() == list(range(8))
    cut = seen["position"][seen["index"] == 0]
    assert cut.tolist() == list(range(len(cut))) and 3 <= len(cut) <= 5


def test_videos_can_be_left_out(videos):
    dataset = long_clips(videos, SIGHT, 0.5, 4)
    dataset.leave_out([0, np.int64(2)])
    assert sorted(set(collect(dataset)["index"])) == [1, 3]
    dataset.leave_out(range(4))
    assert list(dataset) == []
    dataset.leave_out(())
    assert sorted(set(collect(dataset)["index"])) == [0, 1, 3]


@pytest.mark.parametrize("left_out", [[0], [1], [0, 1], [3], [1, 3]])
def test_others_keep_their_places_in_the_batches(videos, left_out):
    dataset = long_clips(videos, SIGHT, 0.5, 4)
    whole = list(dataset.as_numpy_iterator())
    index = np.concatenate([batch["index"] for batch in whole])
    counts = {row: int((index == row).sum()) for row in left_out}
    dataset.leave_out(counts)
    rest = {}
    for batch in dataset.as_numpy_iterator():
        there = batch["index"] >= 0
        assert not batch["video"][~there].any()
        for place in np.flatnonzero(there):
            key = int(batch["index"][place]), int(batch["position"][place])
            rest[key] = place
    for batch in whole:
        for place, (row, position) in enumerate(
            zip(batch["index"].tolist(), batch["position"].tolist())
        ):
            if row not in left_out:
                assert rest.pop((row, position)) == place
    assert not rest


def test_an_iterator_that_is_left_ends_its_threads(generated):
    before = threading.active_count()
    iterator = iter(long_clips(generated, SPEC, 0.1, 1, num_workers=4))
    next(iterator)
    del iterator
    for thread in threading.enumerate():
        if thread.name.startswith("keras_av"):
            thread.join(timeout=10)
    named = [t for t in threading.enumerate() if "keras_av" in t.name]
    assert named == [] and threading.active_count() <= before + 1


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(hop=0.0), "hop"),
        (dict(hop=float("nan")), "hop"),
        (dict(hop=float("inf")), "hop"),
        (dict(tail="mirror"), "tail"),
        (dict(batch_size=0), "batch_size"),
        (dict(num_workers=0), "num_workers"),
    ],
)
def test_refuses_bad_arguments(videos, arguments, message):
    with pytest.raises(ValueError, match=message):
        long_clips(videos, SPEC, **{"hop": 1.0, "batch_size": 2, **arguments})


@pytest.mark.slow
def test_real_files(shared):
    manifest = Manifest.from_folder(shared("data/ucf6/clips"))
    manifest = manifest.subset(np.arange(0, len(manifest), 40))
    spec = ClipSpec(num_frames=8, size=56)
    dataset = long_clips(
        manifest, spec, 0.5, 8, policies=Policies(on_error="raise")
    )
    seen = collect(dataset)
    assert sorted(set(seen["index"].tolist())) == list(range(len(manifest)))
    firsts = collect(clips(manifest, spec, 8, repeats=1))
    assert len(seen["index"]) > 5 * len(firsts["index"])
    for row in range(len(manifest)):
        mine = seen["position"][seen["index"] == row]
        assert mine.tolist() == list(range(len(mine)))


def write_long(path, seconds):
    """A still picture and a tone; quickly, with plain sound."""
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    tone = 3000 * np.sin(2 * np.pi * np.arange(8000) / 16)
    tone = tone.astype(np.int16)[None]
    with av.open(path, "w") as container:
        video = container.add_stream("mpeg4", rate=2)
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        audio = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.VideoFrame.from_ndarray(image, "rgb24")
        for second in range(seconds):
            for half in range(2):
                frame.pts = 2 * second + half
                container.mux(video.encode(frame))
            piece = av.AudioFrame.from_ndarray(tone, "s16", "mono")
            piece.sample_rate, piece.pts = 8000, 8000 * second
            container.mux(audio.encode(piece))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


READ_ALL = """
import pathlib, sys
from keras_av.data import ClipSpec, Manifest, Policies, long_clips
def peak():
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])
spec = ClipSpec(num_frames=4, frame_stride=1, size=112, sampling_rate=8000)
manifest = Manifest.from_folder(sys.argv[1])
strict = Policies(silent="raise")
count, first = 0, None
for batch in long_clips(manifest, spec, 1.0, 8, policies=strict):
    count += len(batch["index"])
    first = first or peak()
print(count, first, peak())
"""


def read_all(folder, seconds):
    """Number of clips, and peaks of memory in kB, of a process of its own."""
    folder.mkdir()
    write_long(str(folder / "long.mkv"), seconds)
    result = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return map(int, result.stdout.split())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_hour_takes_no_more_memory(tmp_path):
    # A process that has imported TensorFlow takes some 700 MB by itself.
    _, _, short = read_all(tmp_path / "short", 20)
    count, first, end = read_all(tmp_path / "long", 3600)
    # The clips together would take 650 MB.
    assert count == 3599
    assert end - first < 150_000 and end - short < 150_000


@pytest.mark.parametrize("tail", ["drop", "loop"])
@pytest.mark.parametrize("sight", [True, False])
def test_prepared_videos_give_the_same(videos, tmp_path, tail, sight):
    spec = ClipSpec(num_frames=4 if sight else 0, size=32, audio_seconds=0.5)
    made = prepare(videos, tmp_path / "set", spec, num_workers=1, verbose=False)
    options = dict(batch_size=3, hop=0.3, tail=tail)
    raw, read = (long_clips(m, spec, **options) for m in (videos, made))
    expected, found = (
        list(d.unbatch().as_numpy_iterator()) for d in (raw, read)
    )
    assert len(found) == len(expected) > 9
    for first, second in zip(expected, found):
        for name in ("index", "label", "position", "has_audio"):
            assert first[name] == second[name]
        np.testing.assert_allclose(
            first["audio"], second["audio"], atol=0.51 / 32768 + 2e-6
        )
        if sight:
            error = first["video"].astype(int) - second["video"]
            assert abs(error).mean() < 1
    assert read.report.as_dict() == raw.report.as_dict()
