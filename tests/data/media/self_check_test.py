import importlib
import time

import numpy as np
import pytest

from keras_av.data import self_check
from keras_av.data.media.read_clip import read_clip

checks = importlib.import_module("keras_av.data.media.self_check")


@pytest.fixture(autouse=True)
def forget():
    self_check.cache_clear()
    yield
    self_check.cache_clear()


def test_passes_here_and_quickly():
    times = []
    for _ in range(3):
        self_check.cache_clear()
        start = time.perf_counter()
        self_check()
        times.append(time.perf_counter() - start)
    assert min(times) < 0.3


def test_runs_once(monkeypatch):
    self_check()
    monkeypatch.setattr(checks, "read_clip", lambda *_: pytest.fail("again"))
    self_check()


@pytest.mark.parametrize(
    "spoil, message",
    [
        (lambda video, audio: (np.roll(video, 1, axis=0), audio), "position"),
        (lambda video, audio: (np.roll(video, 2, axis=2), audio), "position"),
        (lambda video, audio: (video[..., ::-1], audio), "color"),
        (lambda video, audio: (video, np.roll(audio, 200)), "start of the"),
        (lambda video, audio: (video, np.repeat(audio, 2)[:15000]), "freq"),
        (lambda video, audio: (video * 0, audio), "position"),
        (lambda video, audio: (video, audio * 0), "start of the tone"),
    ],
)
def test_notices_what_is_wrong(monkeypatch, spoil, message):
    def read(path, spec):
        clip = read_clip(path, spec)
        video, audio = spoil(clip.video, clip.audio)
        return checks.Clip(video, audio, True, ())

    monkeypatch.setattr(checks, "read_clip", read)
    with pytest.raises(RuntimeError, match=message):
        self_check()
