import numpy as np
import pytest

from keras_av.data import ClipSpec, Policies, generated_long_set, long_clips
from keras_av.data.generated.event import CLASSES
from keras_av.data.generated.long_set import (
    render_long_picture,
    render_long_sound,
)
from keras_av.data.generated.script import draw_script

SECONDS = 25.0


@pytest.fixture(scope="module")
def long_set(tmp_path_factory):
    folder = tmp_path_factory.mktemp("long")
    return generated_long_set(folder, 8, 8, seconds=SECONDS)


def inside(script, kind, times):
    """Whether moments lie well within a stretch of a kind."""
    found = np.zeros(len(times), bool)
    for s in script:
        if s.kind == kind:
            end = s.start + s.seconds
            found |= (times > s.start + 0.1) & (times < end - 0.1)
    return found


def outside(script, kinds, times):
    """Whether moments are well away from all stretches of some kinds."""
    found = np.ones(len(times), bool)
    for s in script:
        if s.kind in kinds:
            end = s.start + s.seconds
            found &= (times < s.start - 0.1) | (times > end + 0.5)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", CLASSES)
def test_events_and_bodies_are_seen_and_nothing_else(kind):
    script = draw_script(kind, "train", 1, 40.0, 0)
    frames = render_long_picture(script, 40.0).astype(float)
    assert frames.shape == (640, 96, 96, 3)
    times = np.arange(640) / 16
    empty = outside(script, ("event", "body"), times)
    shown = inside(script, "event", times) | inside(script, "body", times)
    background = np.median(frames[empty], axis=0)
    changed = (abs(frames - background).max(axis=-1) > 40).sum(axis=(1, 2))
    assert changed[shown].min() > 30 > 5 > changed[empty].max()


@pytest.mark.parametrize("kind", CLASSES)
def test_events_and_noises_are_heard_and_nothing_else(kind):
    script = draw_script(kind, "train", 1, 40.0, 0)
    wave = render_long_sound(script, 40.0)
    assert wave.shape == (640000,) and wave.dtype == np.float32
    loudness = np.sqrt((wave.reshape(-1, 1600) ** 2).mean(axis=1))
    times = np.arange(400) / 10 + 0.05
    quiet = outside(script, ("event", "noise"), times)
    room = np.median(loudness[quiet])
    assert 1e-4 < loudness[quiet].min() and loudness[quiet].max() < 3 * room
    for s in script:
        if s.kind != "body":
            part = (times > s.start) & (times < s.start + s.seconds)
            assert loudness[part].max() > 4 * room


@pytest.mark.slow
def test_files_hold_what_their_manifest_says(long_set):
    assert long_set.class_names == CLASSES
    for split in ("train", "test"):
        part = long_set.where(split=split)
        assert np.bincount(part.label).tolist() == [1] * 8
    spec = ClipSpec(num_frames=1, size=32, audio_alignment="start")
    dataset = long_clips(
        long_set,
        spec,
        1.0,
        32,
        policies=Policies(on_error="raise", silent="raise"),
    )
    index = np.concatenate([batch["index"] for batch in dataset])
    assert np.bincount(index).tolist() == [25] * 16
    assert dataset.report.as_dict()["reasons"] == {}


@pytest.mark.slow
def test_is_written_once(tmp_path):
    first, second = (
        generated_long_set(tmp_path, 8, 0, seconds=SECONDS) for _ in range(2)
    )
    assert first.digest() == second.digest() and first.root == second.root


@pytest.mark.parametrize("seconds", [24.0, float("inf"), float("nan")])
def test_refuses_short_videos(tmp_path, seconds):
    with pytest.raises(ValueError, match="seconds"):
        generated_long_set(tmp_path, 8, 0, seconds=seconds)


def test_refuses_odd_numbers(tmp_path):
    with pytest.raises(ValueError, match="num_train"):
        generated_long_set(tmp_path, 7)
