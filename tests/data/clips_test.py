import ctypes
import dataclasses
import gc
import os
import shutil
import subprocess
import sys
import warnings
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_av.data import (
    ClipSpec,
    Manifest,
    Policies,
    clips,
    long_clips,
    write_video,
)
from keras_av.data.readers.clip_loader import ClipLoader
from keras_av.methods import Supervised

SPEC = ClipSpec(num_frames=4, size=48, audio_seconds=0.5)


def collect(dataset):
    """All batches of one epoch, joined."""
    batches = list(dataset.as_numpy_iterator())
    return {
        name: np.concatenate([batch[name] for batch in batches])
        for name in batches[0]
    }


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], name)


class MeanColor(keras.Model):
    """Learns from a dictionary: no labels, no targets."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, batch):
        video = keras.ops.cast(batch["video"], "float32") / 255
        return self.dense(keras.ops.mean(video, axis=(1, 2, 3)))

    def compute_loss(self, x=None, y=None, y_pred=None, *_, **__):
        return keras.ops.mean(keras.ops.square(y_pred))


@pytest.fixture
def videos(tmp_path, numbered):
    """Three good files and one that is none."""
    for name, count in (("a", 48), ("b", 40), ("d", 44)):
        shutil.copy(numbered(count), tmp_path / f"{name}.mp4")
    (tmp_path / "c.mp4").write_text("no video")
    return Manifest.from_folder(tmp_path)


def test_tells_which_files_it_reads(videos):
    assert clips(videos, SPEC, 1).manifest is videos
    assert long_clips(videos, SPEC, 1.0, 1).manifest is videos


@pytest.mark.parametrize("training", [True, False])
def test_batches(generated, training):
    batch = next(iter(clips(generated, SPEC, 5, training=training)))
    shapes = {name: (tuple(x.shape), x.dtype.name) for name, x in batch.items()}
    assert shapes == {
        "video": ((5, 4, 48, 48, 3), "uint8"),
        "audio": ((5, 8000), "float32"),
        "has_audio": ((5,), "bool"),
        "label": ((5,), "int32"),
        "index": ((5,), "int32"),
    }
    np.testing.assert_array_equal(
        generated.label[batch["index"].numpy()], batch["label"]
    )


@pytest.mark.slow_on_tensorflow
def test_one_modality_alone(generated):
    sight = ClipSpec(num_frames=4, size=48, audio_seconds=0)
    batch = next(iter(clips(generated, sight, 2)))
    assert sorted(batch) == ["index", "label", "video"]
    sound = ClipSpec(num_frames=0)
    batch = next(iter(clips(generated, sound, 2)))
    assert sorted(batch) == ["audio", "has_audio", "index", "label"]


def test_training_visits_each_file_equally_often(generated):
    dataset = clips(generated, SPEC, 8, training=True, repeats=2)
    index = collect(dataset)["index"]
    assert np.bincount(index, minlength=32).tolist() == [2] * 32
    assert sorted(index[:32]) == list(range(32))


def test_training_leaves_the_rest_out_and_evaluation_keeps_it(generated):
    assert (
        len(collect(clips(generated, SPEC, 12, training=True))["index"]) == 24
    )
    seen = collect(clips(generated, SPEC, 12))
    assert seen["index"].tolist() == list(range(32))


@pytest.mark.slow_on_tensorflow
def test_the_number_of_workers_changes_nothing(generated):
    one, three = (
        clips(generated, SPEC, 8, training=True, num_workers=n) for n in (1, 3)
    )
    for _ in range(2):
        assert_same(collect(one), collect(three))


@pytest.mark.slow_on_tensorflow
def test_epochs_differ_and_can_be_restarted(generated):
    dataset = clips(generated, SPEC, 8, training=True)
    epochs = [collect(dataset) for _ in range(3)]
    assert epochs[0]["index"].tolist() != epochs[1]["index"].tolist()
    again = clips(generated, SPEC, 8, training=True)
    again.set_epoch(1)
    assert_same(collect(again), epochs[1])
    assert_same(collect(again), epochs[2])
    other = clips(generated, SPEC, 8, training=True, seed=1)
    assert collect(other)["index"].tolist() != epochs[0]["index"].tolist()


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "num_workers, cache",
    [pytest.param(1, False, marks=pytest.mark.slow), (3, True)],
)
def test_goes_on_inside_an_epoch(videos, num_workers, cache):
    options = dict(training=True, seed=2, repeats=5, cache=cache)
    whole = clips(videos, SPEC, 2, num_workers=2, **options)
    whole.set_epoch(3)
    expected = list(whole.as_numpy_iterator())
    assert len(expected) == 7
    for done in range(8):
        rest = clips(videos, SPEC, 2, num_workers=num_workers, **options)
        rest.set_epoch(3, whole.position(3, done))
        found = list(rest.as_numpy_iterator())
        assert len(found) == 7 - done
        for first, second in zip(found, expected[done:]):
            assert_same(first, second)
        # Nothing is read again.
        assert rest.report.as_dict()["read"] <= 20 - 2 * done
    # The next epoch is whole, and what goes on can itself be gone on with.
    assert len(list(rest)) == 7
    rest.set_epoch(3, whole.position(3, 2))
    assert len(list(rest)) == 5
    assert rest.position(3, 3) == whole.position(3, 5)


def pipelines(total):
    return [tf.distribute.InputContext(total, n, total) for n in range(total)]


@pytest.mark.slow
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("total", [2, 3])
def test_pipelines_share_the_clips(generated, training, total):
    options = dict(training=training, seed=1, repeats=1)
    shares = [
        clips(generated, SPEC, 2, input_context=context, **options)
        for context in pipelines(total)
    ]
    one = clips(generated, SPEC, 2 * total, **options)
    for _ in range(2):
        steps = list(zip(*(share.as_numpy_iterator() for share in shares)))
        # Each step holds what it would hold in a single process.
        for together, alone in zip(steps, one.as_numpy_iterator()):
            found = np.concatenate([batch["index"] for batch in together])
            assert sorted(found) == sorted(alone["index"])
    if training:
        assert len({int(share.cardinality()) for share in shares}) == 1
    else:
        found = [collect(share)["index"] for share in shares]
        assert sorted(np.concatenate(found)) == list(range(len(generated)))


def test_a_share_goes_on_inside_an_epoch(generated):
    _, context = pipelines(2)
    options = dict(training=True, input_context=context)
    share = clips(generated, SPEC, 3, **options)
    expected = list(share.as_numpy_iterator())
    # Another share may have more batches; this one stays where it ended.
    count = len(expected)
    assert share.position(0, count + 2) == share.position(0, count)
    rest = clips(generated, SPEC, 3, **options)
    rest.set_epoch(0, share.position(0, 2))
    found = list(rest.as_numpy_iterator())
    assert len(found) == len(expected) - 2 > 0
    for first, second in zip(found, expected[2:]):
        assert_same(first, second)


def test_crops_and_times_are_random_in_training_only(videos, numbers):
    spec = ClipSpec(num_frames=1, size=28, audio_seconds=0)
    dataset = clips(videos, spec, 1, training=True, repeats=20)
    seen = collect(dataset)
    first = numbers(seen["video"][seen["index"] == 0][:, 0])
    assert len(set(first)) > 8 and max(first) > 30 and min(first) < 16
    dataset = clips(videos, spec, 1)
    assert_same(collect(dataset), collect(dataset))


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("training", [True, False])
def test_cached_clips_are_the_same(generated, training):
    small = generated.where(split="test")
    plain, cached = (
        clips(small, SPEC, 4, training=training, repeats=2, cache=cache)
        for cache in (False, True)
    )
    for _ in range(2):
        first, second = collect(plain), collect(cached)
        sound, other = first.pop("audio"), second.pop("audio")
        assert_same(first, second)
        np.testing.assert_allclose(sound, other, atol=1e-6)


def test_cached_files_are_decoded_once(videos):
    dataset = clips(videos, SPEC, 1, cache=True)
    first = collect(dataset)
    for name in ("a", "b", "d"):
        os.remove(videos.full_path(videos.path.tolist().index(f"{name}.mp4")))
    assert_same(collect(dataset), first)


def test_evaluation_clips_are_evenly_spaced(videos, numbers):
    spec = ClipSpec(num_frames=4, frame_stride=2, size=28, audio_seconds=0)
    seen = collect(clips(videos, spec, 4, repeats=5))
    assert seen["index"].tolist() == [0] * 5 + [1] * 5 + [3] * 5
    span = 7
    for index, count in ((0, 48), (1, 40), (3, 44)):
        starts = [numbers(v)[0] for v in seen["video"][seen["index"] == index]]
        expected = np.linspace(0, count - span, 5)
        assert abs(np.array(starts) - expected).max() <= 0.5
    middle = collect(clips(videos, spec, 4))
    assert numbers(middle["video"][0])[0] in (20, 21)


def test_sound_and_picture_of_a_clip_belong_together(
    numbered, numbers, tmp_path
):
    """Wherever the clip lies, the tone begins with frame 16."""
    shutil.copy(numbered(48), tmp_path / "a.mp4")
    spec = ClipSpec(num_frames=16, frame_stride=1, size=28)
    dataset = clips(
        Manifest.from_folder(tmp_path), spec, 1, training=True, repeats=30
    )
    seen, compared = collect(dataset), 0
    for video, audio in zip(seen["video"], seen["audio"]):
        first = numbers(video)[0]
        loud = np.nonzero(abs(audio) > 0.25)[0]
        if first < 16 and len(loud):
            assert loud[0] / 16000 == pytest.approx(1 - first / 16, abs=0.005)
            compared += 1
    assert compared > 5


def test_bad_files_are_left_out_and_reported(videos):
    dataset = clips(videos, SPEC, 2)
    assert collect(dataset)["index"].tolist() == [0, 1, 3]
    counts = dataset.report.as_dict()
    assert (counts["read"], counts["skipped"]) == (4, 1)
    assert counts["reasons"]["unreadable"] == 1
    assert "c.mp4" in counts["files"]


def test_on_error_raise_names_file_and_reason(videos):
    dataset = clips(videos, SPEC, 1, policies=Policies(on_error="raise"))
    with pytest.raises(tf.errors.OpError, match="c.mp4.*unreadable"):
        collect(dataset)


@pytest.mark.parametrize("training", [True, False])
def test_an_epoch_of_bad_files_is_an_error(tmp_path, training):
    for name in "abc":
        (tmp_path / f"{name}.mp4").write_text("no video")
    manifest = Manifest.from_folder(tmp_path)
    dataset = clips(manifest, SPEC, 1, training=training)
    with pytest.raises(tf.errors.OpError, match="0 clips could be delivered"):
        collect(dataset)
    assert dataset.report.as_dict()["skipped"] == 3


@pytest.mark.backend
def test_training_on_bad_files_ends_with_the_error_of_the_data(tmp_path):
    for name in ("cat/a", "cat/b", "dog/c", "dog/d"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.mp4").write_text("no video")
    spec = dataclasses.replace(SPEC, num_frames=1, size=16, audio_seconds=0)
    dataset = clips(Manifest.from_folder(tmp_path), spec, 2, training=True)
    network = keras.Sequential(
        [keras.Input(spec.video_shape), keras.layers.Flatten()]
    )
    model = Supervised(keras.Sequential([network, keras.layers.Dense(2)]))
    model.compile()
    with pytest.raises(RuntimeError, match="0 clips could be deliv") as error:
        model.fit(dataset, verbose=0)
    assert type(error.value) is RuntimeError
    assert "Traceback" not in str(error.value)


def test_fewer_good_files_than_a_training_batch_is_an_error(videos):
    dataset = clips(videos, SPEC, 4, training=True)
    with pytest.raises(tf.errors.OpError, match="a batch needs 4"):
        collect(dataset)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(batch_size=0), "batch_size"),
        (dict(batch_size=5, training=True), "fewer clips than one batch"),
        (dict(batch_size=1, seed=-1), "seed"),
        (dict(batch_size=1, repeats=0), "repeats"),
        (dict(batch_size=1, num_workers=0), "num_workers"),
        (
            dict(batch_size=1, input_context=tf.distribute.InputContext(2, 2)),
            "input_pipeline_id from 0",
        ),
        (
            dict(
                batch_size=3,
                training=True,
                input_context=tf.distribute.InputContext(2),
            ),
            "fewer clips than one batch",
        ),
    ],
)
def test_refuses_bad_arguments(videos, arguments, message):
    with pytest.raises(ValueError, match=message):
        clips(videos, SPEC, **arguments)


def test_a_model_trains_on_it(generated):
    """Whatever the backend; `fit` makes an iterator for each epoch."""
    model = MeanColor()
    model.compile("sgd")
    dataset = clips(generated, SPEC, 8, training=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        history = model.fit(dataset, epochs=2, shuffle=False, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert dataset.report.as_dict()["delivered"] >= 64
    assert int(dataset.cardinality()) == 4


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_a_model_trains_on_what_is_left(videos):
    model = MeanColor()
    model.compile("sgd")
    dataset = clips(videos, SPEC, 1, training=True)
    model.fit(dataset, epochs=3, shuffle=False, verbose=0)
    counts = dataset.report.as_dict()
    assert counts["delivered"] >= 9 and counts["skipped"] >= 3


@pytest.mark.slow_on_tensorflow
def test_a_distributed_dataset_counts_epochs_alike(generated):
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    dataset = clips(generated, SPEC, 8, training=True)
    distributed = strategy.experimental_distribute_dataset(dataset)
    plain = clips(generated, SPEC, 8, training=True)
    for _ in range(2):
        got = [batch["index"].numpy() for batch in distributed]
        expected = [batch["index"] for batch in plain.as_numpy_iterator()]
        np.testing.assert_array_equal(got, expected)


def test_real_files_with_and_without_sound(shared):
    manifest = Manifest.from_ucf101(shared("data/ucf6/clips"))
    names = np.array(manifest.class_names)[manifest.label]
    mute = np.isin(names, ["HorseRace", "PlayingPiano", "PlayingViolin"])
    rows = [*np.flatnonzero(mute)[::15], *np.flatnonzero(~mute)[::60]]
    small = manifest.subset(sorted(rows))
    seen = collect(clips(small, ClipSpec(num_frames=4, size=64), 4))
    assert len(seen["index"]) == len(small)
    expected = ~mute[sorted(rows)]
    # A file of a class with sound may be silent in its middle.
    assert not seen["has_audio"][~expected].any()
    assert seen["has_audio"][expected].mean() > 0.7
    assert not seen["audio"][~seen["has_audio"]].any()


def test_real_sounds(shared):
    manifest = Manifest.from_esc50(shared("data/esc"), esc10=True)
    small = manifest.subset(np.arange(0, 400, 20))
    spec = ClipSpec(num_frames=0, audio_seconds=5.0)
    dataset = clips(small, spec, 8)
    seen = collect(dataset)
    assert seen["audio"].shape == (20, 80000) and seen["has_audio"].all()
    assert set(dataset.report.as_dict()["reasons"]) <= {"too_short"}


@pytest.mark.parametrize(
    "spec, delivered",
    [
        (ClipSpec(num_frames=8, size=64), 45),
        (ClipSpec(num_frames=0), 51),
    ],
    ids=["picture", "sound"],
)
@pytest.mark.parametrize("cache", [False, True])
@pytest.mark.slow_on_tensorflow
def test_every_hostile_file(shared, spec, delivered, cache):
    manifest = Manifest.from_csv(
        shared("data/hostile/manifest.csv"), root=shared("data")
    )
    dataset = clips(manifest, spec, 8, cache=cache)
    seen = collect(dataset)
    counts = dataset.report.as_dict()
    assert counts["read"] == 85
    assert counts["delivered"] == len(seen["index"])
    assert counts["delivered"] + counts["skipped"] == 85
    # Nothing comes twice, or under another file's number.
    assert len(set(seen["index"].tolist())) == counts["delivered"]
    skipped = set(range(85)) - set(seen["index"].tolist())
    for index in skipped:
        assert str(manifest.path[index]) in counts["files"]
    assert counts["masked"] == (~seen["has_audio"]).sum()
    assert counts["delivered"] == delivered


@pytest.mark.slow
@pytest.mark.parametrize("cache", [False, True])
def test_damaged_copies_of_real_clips(shared, tmp_path, cache):
    random = np.random.default_rng(0)
    folder = shared("data/ucf6/clips")
    for number, source in enumerate(sorted(folder.glob("*/*.mp4"))[::8]):
        data = np.fromfile(source, np.uint8)
        places = random.integers(len(data), size=random.choice([5, 50, 500]))
        data[places] ^= (1 << random.integers(8, size=len(places))).astype("u1")
        end = random.integers(len(data)) if number % 4 == 0 else len(data)
        data[:end].tofile(tmp_path / f"{number:03}.mp4")
    spec = ClipSpec(num_frames=8, size=56)
    manifest = Manifest.from_folder(tmp_path)
    dataset = clips(manifest, spec, 8, training=True, seed=0, cache=cache)
    indices = [collect(dataset)["index"] for _ in range(2)]
    counts = dataset.report.as_dict()
    assert counts["read"] == 2 * len(manifest)
    assert counts["delivered"] + counts["skipped"] == counts["read"]
    for seen in indices:
        assert len(set(seen.tolist())) == len(seen)
        assert len(seen) >= 8
    # Of files without a fault only a last, smaller batch is missing.
    sound = {
        index
        for index, path in enumerate(manifest.path)
        if str(path) not in counts["files"]
    }
    for seen in indices:
        assert len(sound - set(seen.tolist())) < 8


@pytest.mark.slow
def test_a_long_video_takes_no_more_memory(tmp_path):
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    frames = np.broadcast_to(image, (600 * 10, 64, 64, 3))
    sound = np.full(600 * 16000, 0.1, np.float32)
    write_video(tmp_path / "long.mp4", frames, 10, sound)
    # In a process of its own: writing the file took memory as well.
    script = f"""
import resource
from keras_av.data import ClipChoice, ClipSpec, read_clip
def read(time):
    spec = ClipSpec(num_frames=8, size=56)
    clip = read_clip({str(tmp_path / "long.mp4")!r}, spec, ClipChoice(time))
    assert clip.has_audio
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = read(0.0)
print(read(0.33), read(0.66), read(1.0) - before)
"""
    result = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    # Kilobytes; all frames of the video would take 74 MB, the sound 38 MB.
    assert int(result.stdout.split()[-1]) < 10_000


@pytest.mark.parametrize(
    "backend, hidden", [("tensorflow", False), ("jax", True), ("torch", True)]
)
def test_gpus_are_left_to_the_backend_that_trains(
    generated, monkeypatch, backend, hidden
):
    calls = []
    monkeypatch.setattr(keras.config, "backend", lambda: backend)
    monkeypatch.setattr(
        tf.config, "get_visible_devices", lambda kind=None: ["GPU:0"]
    )
    monkeypatch.setattr(
        tf.config, "set_visible_devices", lambda *args: calls.append(args)
    )
    clips(generated, SPEC, 8)
    assert calls == ([([], "GPU")] if hidden else [])


@pytest.mark.parametrize("cache", [True, False])
def test_what_it_decoded_is_freed_with_it(generated, cache):
    spec = ClipSpec(num_frames=2, size=32)
    dataset = clips(generated, spec, 4, training=True, cache=cache)
    readers = [o for o in gc.get_objects() if isinstance(o, ClipLoader)]
    (alive,) = [weakref.ref(o) for o in readers if o._report is dataset.report]
    del readers
    taken = dataset.take(2)
    del dataset
    gc.collect()
    assert len(list(taken)) == 2 and alive() is not None
    del taken
    gc.collect()
    assert alive() is None


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="glibc and /proc")
def test_memory_stays_flat_over_a_hundred_datasets(generated):
    """Each keeps 4 MB of decoded files; all of them would be 400 MB."""
    spec = ClipSpec(num_frames=2, size=64, audio_seconds=0.1)
    files = generated.subset(np.arange(4))
    libc = ctypes.CDLL(None)

    def megabytes():
        gc.collect()
        # What is free but still held for later is no leak.
        libc.malloc_trim(0)
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    for number in range(100):
        for _ in clips(files, spec, 4, cache=True):
            pass
        if number == 20:
            before = megabytes()
    assert megabytes() - before < 100
