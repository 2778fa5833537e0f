import dataclasses
import os
import pathlib
import shutil
import sys

import numpy as np
import pytest
import soundfile
import tensorflow as tf

from keras_av.data import (
    ClipSpec,
    Manifest,
    Policies,
    PreparedSet,
    clips,
    generated_set,
    prepare,
    write_video,
)

SPEC = ClipSpec(num_frames=4, size=48, audio_seconds=0.5)
# Half a step of 16 bits; sound that is cut off at 1.0 loses a whole one.
HALF_STEP, STEP = 0.5 / 32768 + 1e-6, 1 / 32768 + 1e-6


def collect(dataset):
    """All batches of one epoch, joined."""
    batches = list(dataset.as_numpy_iterator())
    return {
        name: np.concatenate([batch[name] for batch in batches])
        for name in batches[0]
    }


def assert_same(files, prepared, spec, cache=False, sound=HALF_STEP, **options):
    """The clips of files and of shards are the same, and so is the report.

    `cache` is for the files: whether each is decoded from its start.
    """
    raw = clips(files, spec, 4, cache=cache, **options)
    expected = collect(raw)
    for in_memory in (False, True):
        dataset = clips(prepared, spec, 4, cache=in_memory, **options)
        assert dataset.cardinality() == raw.cardinality()
        assert dataset.random_clips == raw.random_clips
        assert dataset.element_spec == raw.element_spec
        got = collect(dataset)
        assert got.keys() == expected.keys()
        for name in ("index", "label", "has_audio"):
            if name in expected:
                np.testing.assert_array_equal(got[name], expected[name])
        if "video" in expected:
            # Another frame of these would be off by more than 5.
            differ = got["video"].astype(int) - expected["video"]
            assert abs(differ).mean(axis=(1, 2, 3, 4)).max() < 5
        if "audio" in expected:
            np.testing.assert_allclose(
                got["audio"], expected["audio"], atol=sound
            )
        assert dataset.report.as_dict() == raw.report.as_dict()


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return generated_set(tmp_path_factory.mktemp("cache"), 16, 0)


@pytest.fixture(scope="module")
def prepared(manifest, tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    return prepare(manifest, folder, SPEC, num_workers=1, verbose=False)


SPECS = {
    "as_prepared": {},
    "longer": {"num_frames": 16, "frame_stride": 2, "audio_seconds": 1.3},
    "too_long": {"num_frames": 20, "frame_stride": 3, "audio_seconds": 4.0},
    "other_rate": {"fps": None, "frame_stride": 5, "audio_alignment": "end"},
    "no_sound": {"audio_seconds": 0},
    "one_frame": {"num_frames": 1, "audio_seconds": 2.9},
    "jittered": {"frame_stride": 4, "stride_jitter": 2, "frame_jitter": 1},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize(
    "options",
    [{"training": True, "seed": 3}, {"repeats": 3}],
    ids=["training", "evaluation"],
)
def test_gives_the_clips_of_the_files(manifest, prepared, name, options):
    spec = dataclasses.replace(SPEC, **SPECS[name])
    assert_same(manifest, prepared, spec, **options)


@pytest.mark.slow
def test_gives_the_clips_at_another_frame_rate(manifest, tmp_path):
    spec = dataclasses.replace(SPEC, fps=6.4)
    prepared = prepare(manifest, tmp_path, spec, num_workers=1, verbose=False)
    assert_same(manifest, prepared, spec, training=True, repeats=2)
    whole = dataclasses.replace(spec, num_frames=19, frame_stride=1)
    assert_same(manifest, prepared, whole)


@pytest.mark.slow_on_tensorflow
def test_gives_the_frames_and_not_their_neighbours(numbered, numbers, tmp_path):
    path = numbered(40)
    files = Manifest(path.parent, [path.name])
    spec = ClipSpec(num_frames=8, frame_stride=3, size=28, audio_seconds=0.5)
    prepared = prepare(files, tmp_path, spec, num_workers=1, verbose=False)
    for repeats in (1, 5):
        raw = collect(clips(files, spec, 1, repeats=repeats))
        got = collect(clips(prepared, spec, 1, repeats=repeats, cache=False))
        assert numbers(got["video"]) == numbers(raw["video"])


@pytest.mark.slow_on_tensorflow
def test_epochs_are_those_of_the_files(manifest, prepared):
    def epochs(files, **options):
        dataset = clips(files, SPEC, 8, training=True, seed=1, **options)
        first = [collect(dataset) for _ in range(2)]
        dataset.set_epoch(1)
        return [*first, collect(dataset)]

    raw, shards = epochs(manifest), epochs(prepared, cache=False)
    for expected, got in zip(raw, shards):
        np.testing.assert_array_equal(got["index"], expected["index"])
        np.testing.assert_allclose(
            got["audio"], expected["audio"], atol=HALF_STEP
        )
    np.testing.assert_array_equal(shards[1]["video"], shards[2]["video"])
    assert (shards[0]["index"] != shards[1]["index"]).any()


@pytest.mark.slow
def test_any_number_of_workers_gives_the_same(prepared):
    one, three = (
        collect(
            clips(prepared, SPEC, 4, training=True, cache=False, num_workers=n)
        )
        for n in (1, 3)
    )
    for name, value in one.items():
        np.testing.assert_array_equal(value, three[name])


@pytest.mark.slow_on_tensorflow
def test_goes_on_inside_an_epoch(prepared):
    options = dict(batch_size=2, training=True, seed=4, cache=False)
    whole = clips(prepared, SPEC, **options)
    expected = list(whole.as_numpy_iterator())
    for done in range(len(expected)):
        rest = clips(prepared, SPEC, **options)
        rest.set_epoch(0, whole.position(0, done))
        found = list(rest.as_numpy_iterator())
        np.testing.assert_equal(found, expected[done:])


@pytest.mark.slow_on_tensorflow
def test_what_fits_is_kept_in_memory(prepared, monkeypatch):
    def opened():
        return collect(clips(prepared, SPEC, 4))["video"]

    expected = opened()
    # Whoever reads it from memory does not look at the shards again.
    module = sys.modules["keras_av.data.clips"]
    monkeypatch.setattr(
        module, "PreparedClips", lambda *_: pytest.fail("shards")
    )
    np.testing.assert_array_equal(opened(), expected)
    monkeypatch.setattr(module, "free_memory", lambda: 1000)
    with pytest.raises(pytest.fail.Exception):
        opened()


NAMES = (
    "v_ApplyEyeMakeup_g01_c01.avi",
    "k400_R6llTwEh07w.mp4",
)


@pytest.mark.slow
def test_gives_the_clips_of_real_files(shared, tmp_path):
    folder = shared("data/clips")
    files = Manifest(folder, NAMES)
    for fps in (None, 12.5):
        spec = ClipSpec(num_frames=8, frame_stride=2, size=64, fps=fps)
        prepared = prepare(
            files, tmp_path / str(fps), spec, num_workers=1, verbose=False
        )
        # AAC makes up noise anew, other noise if it starts elsewhere.
        assert_same(
            files, prepared, spec, cache=True, sound=2 * STEP, repeats=5
        )


@pytest.mark.slow_on_tensorflow
def test_real_files_at_any_rate_of_sound(shared, tmp_path):
    names = ["v_vp9_opus.webm", "v_flv1.flv", "v_vfr.mp4", "v_two_audio.mkv"]
    names += ["v_audio_longer.mp4", "v_audio_starts_late.mp4"]
    names += ["v_one_frame.mp4", "v_audio_shorter.mp4", "v_decord_rot90.mov"]
    files = Manifest(shared("data/hostile"), names)
    spec = ClipSpec(num_frames=4, size=32, audio_seconds=0.4)
    prepared = prepare(files, tmp_path, spec, num_workers=1, verbose=False)
    assert_same(files, prepared, spec, cache=True, sound=STEP, repeats=3)


def make_odd_files(folder):
    """Good, mute, silent, broken and missing files in a strange folder."""
    folder = folder / "düş 映 像"
    folder.mkdir()
    frames = np.zeros((20, 48, 48, 3), np.uint8)
    frames += 12 * np.arange(20, dtype=np.uint8)[:, None, None, None]
    tone = 0.3 * np.sin(np.arange(20000) / 9)
    write_video(folder / "a ö.mp4", frames, 16, tone)
    write_video(folder / "mute.mp4", frames, 16, None)
    write_video(folder / "silent.mp4", frames, 16, np.zeros(20000))
    write_video(folder / "z.mp4", frames, 16, tone)
    (folder / "bad.mp4").write_bytes(b"no video at all" * 99)
    (folder / "empty.mp4").touch()
    paths = sorted(path.name for path in folder.iterdir())
    return Manifest(folder, [*paths, "gone.mp4"])


@pytest.mark.slow
def test_odd_files_are_counted_as_with_the_files(tmp_path):
    files = make_odd_files(tmp_path)
    prepared = prepare(
        files, tmp_path / "shards", SPEC, num_workers=1, verbose=False
    )
    assert prepared.contents()[1] == {"empty": 1, "missing": 1, "unreadable": 1}
    assert prepared.path.tolist() == files.path.tolist()
    assert_same(files, prepared, SPEC)
    assert_same(
        files, prepared, SPEC, policies=Policies(silent="skip", short="skip")
    )
    # Three of seven files, of which two give no sound.
    long = dataclasses.replace(SPEC, num_frames=30)
    assert_same(files, prepared, long, policies=Policies(silent="skip"))
    with pytest.raises(RuntimeError, match="0 clips could be delivered"):
        assert_nothing(
            clips(
                prepared, long, 2, policies=Policies(short="skip"), cache=False
            )
        )
    for policy in ({"on_error": "raise"}, {"silent": "raise"}):
        for source in (files, prepared):
            dataset = clips(
                source, SPEC, 1, policies=Policies(**policy), cache=False
            )
            with pytest.raises(tf.errors.OpError, match="bad|mute"):
                list(dataset)


def assert_nothing(dataset):
    try:
        assert list(dataset) == []
    except tf.errors.OpError as error:
        raise RuntimeError(error.message) from error


@pytest.mark.slow_on_tensorflow
def test_sound_alone(tmp_path):
    noise = np.random.default_rng(0)
    for number, rate in enumerate((8000, 22050, 44100, 16000)):
        sound = noise.uniform(-0.4, 0.4, (3 * rate, 1 + number % 2))
        soundfile.write(tmp_path / f"{number}.wav", sound, rate)
    (tmp_path / "5.wav").write_bytes(b"RIFF")
    files = Manifest.from_folder(tmp_path)
    spec = ClipSpec(num_frames=0, audio_seconds=0.7)
    prepared = prepare(
        files, tmp_path / "shards", spec, num_workers=1, verbose=False
    )
    assert_same(files, prepared, spec, training=True, seed=2)
    longer = dataclasses.replace(spec, audio_seconds=3.5)
    assert_same(files, prepared, longer, repeats=2)


@pytest.mark.slow
def test_a_part_of_the_set_has_rows_of_its_own(manifest, prepared, tmp_path):
    half = manifest.subset(range(1, len(manifest), 2))
    for part in (
        prepared.subset(range(1, len(manifest), 2)),
        PreparedSet(prepared.folder, half),
    ):
        assert_same(half, part, SPEC, training=True)
    # Rows that shift keep their files.
    shutil.copytree(manifest.root, tmp_path / "more")
    write_video(tmp_path / "more" / "0.mp4", np.zeros((9, 32, 32, 3), "u1"), 9)
    more = Manifest.from_folder(tmp_path / "more")
    with pytest.raises(ValueError, match="1 of 17 files.*0.mp4"):
        PreparedSet(prepared.folder, more)
    known = PreparedSet(prepared.folder, more.subset(range(1, 17)))
    assert_same(known, known, SPEC)


@pytest.mark.parametrize("cache", [False, True])
@pytest.mark.parametrize("harm", ["cut", "cut between", "bits", "gone"])
def test_a_torn_shard_is_named(prepared, manifest, tmp_path, harm, cache):
    shutil.copytree(prepared.folder, tmp_path / "set")
    opened = PreparedSet(tmp_path / "set")
    dataset = clips(opened, SPEC, 4, cache=None if cache else False)
    path, stored = opened.stored_file(9)
    data = bytearray(pathlib.Path(path).read_bytes())
    if harm == "cut":
        data = data[: stored.offsets[0] + 100]
    elif harm == "cut between":
        data = data[: stored.offsets[0]]
    else:
        data[stored.offsets[len(stored.offsets) // 2] + 50] ^= 1
    pathlib.Path(path).write_bytes(data)
    if harm == "gone":
        os.remove(path)
    with pytest.raises(tf.errors.OpError) as error:
        list(dataset)
    names = path, manifest.full_path(0 if harm == "gone" else 9)
    for words in (*names, "Call prepare again"):
        assert words in str(error.value)
