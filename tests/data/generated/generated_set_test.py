import concurrent.futures
import importlib
import os
import pathlib

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from keras_av.data import ClipSpec, Policies, clips, generated_set
from keras_av.data.generated.event import CLASSES, draw_event
from keras_av.data.generated.motion import move
from keras_av.data.generated.picture import render_picture
from keras_av.data.generated.sound import render_sound


def test_is_balanced_and_labelled(generated):
    assert generated.class_names == CLASSES
    for split in ("train", "test"):
        part = generated.where(split=split)
        assert np.bincount(part.label).tolist() == [2] * 8
    for path, label in zip(generated.path, generated.label):
        assert path.split("/")[0] == CLASSES[label]


def test_files_hold_what_their_manifest_says(generated):
    spec = ClipSpec(num_frames=32, frame_stride=1, size=96, audio_seconds=2.0)
    dataset = clips(
        generated, spec, 8, policies=Policies(on_error="raise", silent="raise")
    )
    assert sum(len(batch["index"]) for batch in dataset) == 32
    assert dataset.report.as_dict()["reasons"] == {}


def test_strikes_in_a_file_are_heard_when_they_are_seen(generated):
    """Through encoder and decoder, to within 5 ms."""
    spec = ClipSpec(num_frames=0, audio_seconds=3.0)
    kind = CLASSES.index("hammer_wood")
    part = generated.subset(generated.label == kind).where(split="train")
    for batch in clips(part, spec, 1):
        wave = batch["audio"].numpy()[0]
        name = str(part.path[int(batch["index"][0])])
        event = draw_event("hammer_wood", "train", int(name[-6:-4]), 0)
        for time in move(event, np.arange(48) / 16).strikes[1:]:
            first = round(time * 16000)
            near = abs(wave[first - 800 : first + 800])
            onset = np.argmax(near > 0.4 * near.max()) - 800
            assert abs(onset) < 80


def test_is_written_once(tmp_path):
    first = generated_set(tmp_path, 8, 0)
    files = {
        p: os.stat(first.full_path(i)).st_mtime_ns
        for i, p in enumerate(first.path)
    }
    second = generated_set(tmp_path, 8, 0)
    assert second.digest() == first.digest()
    for index, path in enumerate(second.path):
        assert os.stat(second.full_path(index)).st_mtime_ns == files[path]
    assert len(os.listdir(tmp_path)) == 1


@pytest.mark.slow_on_tensorflow
def test_the_same_arguments_give_the_same_files(tmp_path):
    one, two, other = (
        generated_set(tmp_path / name, 8, 0, seed=seed)
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    for index in range(len(one)):
        contents = [
            pathlib.Path(manifest.full_path(index)).read_bytes()
            for manifest in (one, two, other)
        ]
        assert contents[0] == contents[1] != contents[2]


@pytest.mark.slow_on_tensorflow
def test_two_at_once(tmp_path):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        sets = list(pool.map(lambda _: generated_set(tmp_path, 8, 0), range(2)))
    assert sets[0].digest() == sets[1].digest()
    assert len(os.listdir(tmp_path)) == 1


def test_a_failed_attempt_leaves_nothing(tmp_path, monkeypatch):
    module = importlib.import_module("keras_av.data.generated.generated_set")

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "write_event", fail)
    with pytest.raises(KeyboardInterrupt):
        generated_set(tmp_path, 8, 0)
    assert os.listdir(tmp_path) == []


def test_the_environment_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_AV_CACHE", str(tmp_path))
    assert generated_set(num_train=8, num_test=0).root.startswith(str(tmp_path))


@pytest.mark.parametrize(
    "counts",
    [dict(num_train=7), dict(num_test=-8), dict(num_train=0, num_test=0)],
)
def test_refuses_odd_numbers(tmp_path, counts):
    with pytest.raises(ValueError, match="num_"):
        generated_set(tmp_path, **counts)


def spectrum_statistics(event):
    """Mean and deviation over time of a coarse log-spectrogram."""
    wave = render_sound(event, 2.0, 16000)
    pieces = wave[: len(wave) // 256 * 256].reshape(-1, 256) * np.hanning(256)
    power = abs(np.fft.rfft(pieces))[:, :128] ** 2
    bands = np.log(power.reshape(len(power), 32, 4).mean(axis=-1) + 1e-6)
    return np.concatenate([bands.mean(axis=0), bands.std(axis=0)])


def motion_statistics(event):
    """Where, and how evenly in time, the picture changes."""
    frames = render_picture(event, 2.0, 16, 32).astype(float).mean(axis=-1)
    change = abs(np.diff(frames, axis=0))
    still = abs(frames - np.median(frames, axis=0))
    return np.concatenate(
        [
            change.mean(axis=(0, 1)),
            change.mean(axis=(0, 2)),
            still.mean(axis=(0, 1)),
            abs(np.fft.rfft(change.mean(axis=(1, 2))))[:10],
        ]
    )


@pytest.fixture(scope="module")
def accuracy():
    """`accuracy(features, classes)` of a linear classifier on the test side."""
    known = {}

    def data(features, split, count):
        key = (features, split)
        if key not in known:
            known[key] = [
                [features(draw_event(k, split, n, 0)) for n in range(count)]
                for k in CLASSES
            ]
        return known[key]

    def score(features, classes):
        sides = []
        for split, count in (("train", 20), ("test", 12)):
            rows = data(features, split, count)
            labels = [CLASSES.index(k) for k in classes]
            x = np.concatenate([rows[label] for label in labels])
            sides.append((x, np.repeat(labels, count)))
        model = make_pipeline(
            StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)
        )
        model.fit(*sides[0])
        return model.score(*sides[1])

    return score


@pytest.mark.slow_on_tensorflow
def test_hearing_tells_classes_apart_but_not_all(accuracy):
    heard = spectrum_statistics
    assert accuracy(heard, CLASSES) > 0.6
    assert accuracy(heard, ("hammer_wood", "hammer_metal")) > 0.9
    assert 0.2 < accuracy(heard, ("hammer_wood", "wall_ball")) < 0.8


@pytest.mark.slow
def test_seeing_tells_classes_apart_but_not_all(accuracy):
    seen = motion_statistics
    assert accuracy(seen, CLASSES) > 0.4
    assert accuracy(seen, ("hammer_wood", "wall_ball")) > 0.85
    for pair in (
        ("hammer_wood", "hammer_metal"),
        ("wooden_ball", "metal_ball"),
    ):
        assert 0.2 < accuracy(seen, pair) < 0.8
