import shutil

import numpy as np
import pytest
import soundfile

from keras_av.data import (
    ClipChoice,
    ClipReport,
    ClipSpec,
    Manifest,
    MediaError,
)
from keras_av.data.clip.clip_gate import Policies
from keras_av.data.clip.clip_order import FileOrder
from keras_av.data.readers.clip_loader import ClipLoader, empty_clip
from keras_av.data.readers.file_cache import FileCache
from keras_av.data.readers.reading import Reading

SPEC = ClipSpec(num_frames=8, size=28)


@pytest.fixture
def folder(tmp_path, numbered):
    """A good file, one without sound, a short one, a broken one."""
    shutil.copy(numbered(48), tmp_path / "good.mp4")
    shutil.copy(numbered(48, sound=False), tmp_path / "mute.mp4")
    shutil.copy(numbered(5), tmp_path / "short.mp4")
    (tmp_path / "text.mp4").write_text("no video")
    return Manifest.from_folder(tmp_path)


def loader(folder, **policies):
    report, order = ClipReport(), FileOrder(len(folder), 1)
    reading = Reading(folder, SPEC, order, Policies(**policies), report)
    return ClipLoader(reading), report


def load(loader, folder, name):
    index = folder.path.tolist().index(f"{name}.mp4")
    return loader.load(0, index, ClipChoice(time=0.3))


def test_default_policies(folder):
    clips, report = loader(folder)
    assert load(clips, folder, "good").has_audio
    mute = load(clips, folder, "mute")
    assert not mute.has_audio and not mute.audio.any()
    assert load(clips, folder, "short").video.shape == SPEC.video_shape
    assert load(clips, folder, "text") is None
    counts = report.as_dict()
    assert (counts["read"], counts["delivered"], counts["masked"]) == (4, 3, 2)
    # The tone begins after the end of the short file.
    assert counts["reasons"] == {
        "no_audio": 1,
        "silent": 1,
        "too_short": 1,
        "unreadable": 1,
    }


@pytest.mark.parametrize(
    "policy, name, reason",
    [
        ("silent", "mute", "no_audio"),
        ("short", "short", "too_short"),
        ("on_error", "text", "unreadable"),
    ],
)
def test_skip_and_raise(folder, policy, name, reason):
    clips, report = loader(folder, **{policy: "skip"})
    assert load(clips, folder, name) is None
    assert report.as_dict()["reasons"] == {reason: 1}
    assert report.as_dict()["skipped"] == 1
    clips, report = loader(folder, **{policy: "raise"})
    with pytest.raises(MediaError, match=f"{name}.mp4.*{reason}") as caught:
        load(clips, folder, name)
    assert caught.value.reason == reason
    assert report.as_dict()["skipped"] == 1
    assert load(clips, folder, "good") is not None


def test_short_sound_is_padded(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.full(4000, 0.5), 16000)
    files = Manifest.from_folder(tmp_path)
    spec = ClipSpec(num_frames=0, audio_seconds=1.0)
    order, policies = FileOrder(1, 1), Policies(short="pad")
    reading = Reading(files, spec, order, policies, ClipReport())
    for cache in (None, FileCache(1 << 20)):
        clips = ClipLoader(reading, cache)
        for _ in range(2):
            clip = clips.load(0, 0, ClipChoice())
            assert clip.audio[:4000].min() > 0.4
            assert not clip.audio[4000:].any()


def test_a_run_that_gives_too_little_is_an_error(folder):
    clips, _ = loader(folder)
    load(clips, folder, "text")
    with pytest.raises(RuntimeError, match="0 clips could be delivered"):
        clips.check_run(0, needed=1)
    load(clips, folder, "good")
    clips.check_run(0, needed=1)
    with pytest.raises(RuntimeError, match="a batch needs 1"):
        clips.check_run(1, needed=1)


def test_the_end_of_a_file_is_looked_for_once(folder, monkeypatch):
    from keras_av.data.media import container_source

    calls = []
    measure = container_source.measure_extent
    monkeypatch.setattr(
        container_source,
        "measure_extent",
        lambda *a: calls.append(1) or measure(*a),
    )
    clips, _ = loader(folder)
    for _ in range(3):
        load(clips, folder, "good")
    assert len(calls) == 1


def test_an_empty_clip_has_the_shapes_of_a_full_one():
    clip = empty_clip(SPEC)
    assert clip.video.shape == SPEC.video_shape
    assert clip.audio.shape == SPEC.audio_shape and not clip.has_audio
