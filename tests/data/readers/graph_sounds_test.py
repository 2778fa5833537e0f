"""Sound that tensorflow-io decodes, beside the sound of libsndfile."""

import importlib.util
import os
import random
import types

import numpy as np
import pytest
import soundfile
import tensorflow as tf

from keras_av.data import ClipSpec, Manifest, clips, generated_set
from keras_av.data.readers import graph_sounds
from tests.data.readers.sound_sets_test import collect

SPEC = ClipSpec(num_frames=0, audio_seconds=0.5)
# Set where it is installed for its tests: there, none may be skipped.
needs_tfio = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow_io") is None
    and os.environ.get("KERAS_AV_TFIO") != "1",
    reason="needs tensorflow-io; `make test-lowest` has it",
)
FORMATS = {
    "u8.wav": ("WAV", "PCM_U8"),
    "16.wav": ("WAV", "PCM_16"),
    "24.wav": ("WAV", "PCM_24"),
    "32.wav": ("WAV", "PCM_32"),
    "float.wav": ("WAV", "FLOAT"),
    "16.flac": ("FLAC", "PCM_16"),
    "24.flac": ("FLAC", "PCM_24"),
    "vorbis.ogg": ("OGG", "VORBIS"),
    "opus.ogg": ("OGG", "OPUS"),
    "layer3.mp3": ("MP3", "MPEG_LAYER_III"),
}


def sounds(folder, rate, channels):
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.1, (2 * rate, channels))
    tone = 0.5 * np.sin(0.05 * np.arange(2 * rate))
    for name, (container, coding) in FORMATS.items():
        used = 24000 if coding == "OPUS" else rate
        soundfile.write(
            folder / name,
            noise + tone[:, None],
            used,
            format=container,
            subtype=coding,
        )
    return Manifest.from_folder(folder)


@needs_tfio
@pytest.mark.parametrize("rate, channels", [(16000, 1), (22050, 2)])
@pytest.mark.parametrize("training", [False, True])
def test_the_batches_are_the_same(tmp_path, rate, channels, training):
    files = sounds(tmp_path, rate, channels)
    options = {"training": training, "seed": 3, "repeats": 3}
    expected, found = (
        collect(clips(files, SPEC, 2, engine=engine, **options))
        for engine in (None, "tensorflow-io")
    )
    assert set(expected) == set(found)
    for name in ("index", "label", "has_audio"):
        np.testing.assert_array_equal(found[name], expected[name])
    assert expected["has_audio"].all()
    for number, name in enumerate(sorted(FORMATS)):
        rows = found["index"] == number
        assert rows.any()
        error = np.abs(found["audio"][rows] - expected["audio"][rows]).max()
        limit = {"vorbis.ogg": 1e-6, "layer3.mp3": 5e-6}.get(name, 2e-7)
        assert error <= limit, name


@needs_tfio
def test_what_the_graph_decodes(tmp_path):
    files = sounds(tmp_path, 16000, 1)
    found = {
        str(path): graph_sounds._format_of(files.full_path(row))
        for row, path in enumerate(files.path)
    }
    others = [name for name, (kind, _) in found.items() if kind == 0]
    assert others == ["32.wav", "opus.ogg"]
    assert {rate for kind, rate in found.values() if kind} == {16000}


@needs_tfio
def test_damaged_files_are_told_of_as_without_it(tmp_path):
    """In some of these tensorflow-io would crash, or never end."""
    sounds(tmp_path, 16000, 1)
    rng = random.Random(0)
    for file in sorted(tmp_path.iterdir()):
        data = file.read_bytes()
        for number in range(6):
            torn = bytearray(data)
            for _ in range(rng.randrange(1, 20)):
                torn[rng.randrange(len(torn))] = rng.randrange(256)
            (tmp_path / f"torn{number}_{file.name}").write_bytes(torn)
        (tmp_path / f"cut_{file.name}").write_bytes(data[: len(data) // 2])
        (tmp_path / f"empty_{file.name}").write_bytes(b"")
    files = Manifest.from_folder(tmp_path)
    # Of two clips of one file the first one to fail is named.
    options = {"repeats": 2, "num_workers": 1}
    datasets = [
        clips(files, SPEC, 4, engine=engine, **options)
        for engine in (None, "tensorflow-io")
    ]
    expected, found = map(collect, datasets)
    reports = [dataset.report.as_dict() for dataset in datasets]
    for path, entry in reports[0]["files"].items():
        assert reports[1]["files"].get(path) == entry, path
    assert reports[0] == reports[1] and reports[0]["skipped"] > 10
    np.testing.assert_array_equal(found["index"], expected["index"])
    np.testing.assert_allclose(found["audio"], expected["audio"], atol=5e-6)


@needs_tfio
def test_real_sounds(shared):
    files = Manifest.from_esc50(shared("data/esc")).subset(range(12))
    expected, found = (
        collect(clips(files, SPEC, 4, engine=engine))
        for engine in (None, "tensorflow-io")
    )
    np.testing.assert_allclose(found["audio"], expected["audio"], atol=1e-6)


def test_other_clips_are_refused(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.ones(100) / 2, 16000)
    files = Manifest.from_folder(tmp_path)
    with pytest.raises(ValueError, match='None or "tensorflow-io"'):
        clips(files, SPEC, 1, engine="tfio")
    with pytest.raises(ValueError, match="only decodes sound files"):
        clips(files, SPEC, 1, engine="tensorflow-io", cache=True)
    with pytest.raises(ValueError, match="only decodes sound files"):
        videos = generated_set(num_train=8, num_test=8)
        clips(videos, ClipSpec(), 1, engine="tensorflow-io")


@pytest.fixture
def unchecked():
    """As in a new process, before and after."""
    graph_sounds.check_tensorflow_io.cache_clear()
    yield
    graph_sounds.check_tensorflow_io.cache_clear()


def test_without_it_it_is_said_how_to_get_it(unchecked, monkeypatch):
    def missing():
        raise ImportError("No module named 'tensorflow_io'")

    monkeypatch.setattr(graph_sounds, "_operations", missing)
    with pytest.raises(ImportError, match=r"keras_av\[tfio\]"):
        graph_sounds.check_tensorflow_io()


def operations(function):
    """Stands for a module whose operations all do the same."""
    names = ("wav", "flac", "vorbis", "mp3")
    audio = types.SimpleNamespace(
        **{f"decode_{name}": function for name in names}
    )
    return lambda: audio


def test_operations_that_do_not_load_are_refused(unchecked, monkeypatch):
    def fail(*args, **options):
        raise NotImplementedError("unable to open file: libtensorflow_io.so")

    monkeypatch.setattr(graph_sounds, "_operations", operations(fail))
    message = f"does not work with TensorFlow {tf.__version__}: NotImpl"
    with pytest.raises(RuntimeError, match=message):
        graph_sounds.check_tensorflow_io()


def test_operations_that_decode_wrongly_are_refused(unchecked, monkeypatch):
    def silence(data, shape, dtype=tf.float32):
        return tf.zeros((16000, 1), dtype)

    monkeypatch.setattr(graph_sounds, "_operations", operations(silence))
    with pytest.raises(RuntimeError, match="to something else than libsnd"):
        graph_sounds.check_tensorflow_io()
