import csv
import hashlib

import numpy as np
import pytest

from keras_av.data import (
    ClipSpec,
    GeneratedTask,
    Manifest,
    clips,
    generated_benchmark,
)
from keras_av.data.generated.benchmark.body import draw_body
from keras_av.data.generated.benchmark.body_picture import render_body
from keras_av.data.generated.benchmark.body_sound import sound_body
from keras_av.data.generated.benchmark.task import NUMBERS, ClipId

TASK = GeneratedTask(num_classes=4)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    return generated_benchmark(TASK, folder, num_train=8, num_test=4)


def read(path):
    with open(path, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [[float(row[name]) for name in NUMBERS] for row in rows], rows


def test_every_class_is_as_frequent_in_each_split(manifest):
    for split, count in (("train", 2), ("test", 1)):
        part = manifest.where(split=split)
        assert np.bincount(part.label).tolist() == [count] * 4
    assert manifest.class_names == ("class_0", "class_1", "class_2", "class_3")


def test_the_numbers_of_all_clips_are_written(manifest):
    numbers, rows = read(f"{manifest.root}/numbers.csv")
    assert {row["path"] for row in rows} == set(manifest.path)
    by_path = {row["path"]: value for row, value in zip(rows, numbers)}
    found = by_path["class_2/train_0001.mp4"]
    assert found == TASK.numbers(ClipId(2, "train", 1)).tolist()
    means, rows = read(f"{manifest.root}/means.csv")
    assert means == TASK.means.tolist()
    assert [row["class"] for row in rows] == list(manifest.class_names)


def test_clips_can_be_read(manifest):
    spec = ClipSpec(num_frames=8, frame_stride=2, size=32, audio_seconds=1.0)
    (batch,) = clips(manifest, spec, batch_size=12)
    assert batch["video"].shape == (12, 8, 32, 32, 3)
    assert batch["has_audio"].numpy().all()
    loudness = np.abs(batch["audio"].numpy()).max(axis=1)
    assert loudness.min() > 0.01


def test_counts_must_be_multiples(tmp_path):
    with pytest.raises(ValueError, match="multiple of 4"):
        generated_benchmark(TASK, tmp_path, num_train=6)


def test_tasks_that_hardly_differ_have_files_of_their_own(tmp_path):
    tasks = [GeneratedTask(2, spread=s) for s in (0.08, 0.08000001)]
    roots = {generated_benchmark(t, tmp_path, 2, 0).root for t in tasks}
    assert len(roots) == 2


def test_longer_videos_hold_the_same_bodies(manifest, tmp_path):
    found = generated_benchmark(TASK, tmp_path, 0, 4, seconds=6.0)
    assert found.root != manifest.root
    spec = ClipSpec(num_frames=96, frame_stride=1, size=32, audio_seconds=6.0)
    (batch,) = clips(found, spec, batch_size=4)
    assert batch["video"].shape[1] == 96
    numbers, rows = read(f"{found.root}/numbers.csv")
    short, names = read(f"{manifest.root}/numbers.csv")
    expected = {row["path"]: value for row, value in zip(names, short)}
    assert {row["path"]: value for row, value in zip(rows, numbers)} == {
        row["path"]: expected[row["path"]] for row in rows
    }


@pytest.mark.parametrize("seconds", [1.9, 601.0, float("nan")])
def test_refuses_a_length_that_holds_no_body(tmp_path, seconds):
    with pytest.raises(ValueError, match=f"Received: seconds={seconds}"):
        generated_benchmark(TASK, tmp_path, 8, 4, seconds=seconds)


def test_sounds_of_other_clips(manifest, tmp_path):
    found = generated_benchmark(TASK, tmp_path, 8, 4, mismatched=0.5)
    with open(f"{found.root}/sounds.csv", encoding="utf-8") as file:
        sounds = {row["path"]: row["sound"] for row in csv.DictReader(file)}
    others = {path for path, sound in sounds.items() if path != sound}
    assert len(others) == 4 and all("train" in path for path in others)
    assert sorted(sounds.values()) == sorted(manifest.path)
    spec = ClipSpec(num_frames=2, size=32, audio_seconds=2.0)
    old, new = (
        {
            manifest.path[index]: (video, audio)
            for index, video, audio in zip(
                batch["index"].numpy(),
                batch["video"].numpy(),
                batch["audio"].numpy(),
            )
        }
        for files in (manifest, found)
        for batch in clips(files, spec, batch_size=12)
    )
    assert set(manifest.path) == set(found.path) == set(sounds)
    for path, sound in sounds.items():
        np.testing.assert_array_equal(new[path][0], old[path][0])
        np.testing.assert_array_equal(new[path][1], old[sound][1])
    with pytest.raises(ValueError, match="Received: mismatched=1.5"):
        generated_benchmark(TASK, tmp_path, 8, 4, mismatched=1.5)


@pytest.mark.parametrize(
    "seconds, picture, sound",
    [
        (2.0, "d121285a6a13bcb6", "0de376e3cea1441e"),
        (3.0, "d743ccb5e83bb4dd", "8d429d8dfc39da3e"),
    ],
)
def test_the_benchmark_is_frozen(seconds, picture, sound):
    """Published results are of these clips: not a byte of them may change."""
    frames, samples = hashlib.sha256(), hashlib.sha256()
    for clip in (ClipId(0, "train", 0), ClipId(31, "test", 7)):
        body = draw_body(GeneratedTask(), clip, seconds)
        frames.update(render_body(body, seconds, 16, 40).tobytes())
        wave = sound_body(body, seconds, 16000)
        # Processors differ in the last digits.
        samples.update(np.rint(4096 * wave).astype("<i2").tobytes())
    assert frames.hexdigest()[:16] == picture
    assert samples.hexdigest()[:16] == sound


@pytest.mark.slow_on_tensorflow
def test_silent_bodies_beside_the_one_that_is_heard(manifest, tmp_path):
    found = generated_benchmark(TASK, tmp_path, 8, 4, num_silent=2)
    masks = Manifest.from_csv(f"{found.root}/masks/manifest.csv")
    assert list(masks.path) == list(found.path) == list(manifest.path)
    assert list(masks.split) == list(found.split)
    spec = ClipSpec(num_frames=16, frame_stride=1, size=64, audio_seconds=1.5)
    batches = [
        {k: v.numpy() for k, v in next(iter(clips(one, spec, 12))).items()}
        for one in (found, masks, manifest)
    ]
    scenes, bodies, alone = batches
    # The sound is that of the body alone, and the masks have it, too: so they
    # are read at the same times.
    for one in (bodies, alone):
        np.testing.assert_array_equal(one["audio"], scenes["audio"])
    white = bodies["video"][..., 0] > 127
    share = white.mean(axis=(1, 2, 3))
    assert share.min() > 0.01 and share.max() < 0.1
    # What is there is brighter than the dark place around.
    light = scenes["video"].astype("float32").mean(axis=-1)
    for lit, inside in zip(light, white):
        assert lit[inside].mean() > 1.5 * np.median(lit)


@pytest.mark.parametrize(
    "options", [{"num_silent": 3}, {"num_silent": 1, "mismatched": 0.5}]
)
def test_refuses_bodies_that_do_not_fit(tmp_path, options):
    with pytest.raises(ValueError, match="num_silent must be from 0 to 2"):
        generated_benchmark(TASK, tmp_path, 8, 4, **options)
