"""Folders of sound files from end to end: windows, padding, odd names."""

import av
import keras
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
from keras_av.evaluation import predict_videos, video_scores

RATE = 16000
SOUND = ClipSpec(num_frames=0, audio_seconds=0.5)


def collect(dataset):
    """All batches of one epoch, joined."""
    batches = list(dataset.as_numpy_iterator())
    return {
        name: np.concatenate([batch[name] for batch in batches])
        for name in batches[0]
    }


def tone(seconds, frequency=440.0, rate=RATE):
    times = np.arange(round(seconds * rate)) / rate
    return 0.5 * np.sin(2 * np.pi * frequency * times)


def readings(files, spec, folder, **options):
    """The files' clips by every path that leads to them."""
    prepared = prepare(files, folder, spec, num_workers=1, verbose=False)
    yield "files", clips(files, spec, 2, **options)
    yield "files in memory", clips(files, spec, 2, cache=True, **options)
    yield "shards", clips(prepared, spec, 2, cache=False, **options)
    yield "shards in memory", clips(prepared, spec, 2, cache=True, **options)
    yield "in order", long_clips(files, spec, None, 2, **options)
    yield "tail", long_clips(files, spec, None, 2, tail="loop", **options)


@pytest.mark.slow_on_tensorflow
def test_short_sound_is_repeated_or_padded_at_its_end(tmp_path):
    sound = tone(0.2)
    soundfile.write(tmp_path / "a.wav", sound, RATE)
    files = Manifest.from_folder(tmp_path)
    expected = {
        "loop": np.resize(sound, 8000),
        "pad": np.pad(sound, (0, 4800)),
    }
    for short, samples in expected.items():
        folder = tmp_path / short
        for name, dataset in readings(
            files, SOUND, folder, policies=Policies(short=short)
        ):
            (audio,) = collect(dataset)["audio"]
            np.testing.assert_allclose(audio, samples, atol=1e-4, err_msg=name)
            assert dataset.report.as_dict()["reasons"] == {"too_short": 1}


@pytest.mark.slow
def test_padding_leaves_frames_and_long_sound_alone(tmp_path):
    frames = np.random.default_rng(0).integers(0, 255, (8, 64, 64, 3), "u1")
    write_video(tmp_path / "a.mp4", frames, 16, tone(0.5))
    files = Manifest.from_folder(tmp_path)
    spec = ClipSpec(num_frames=12, frame_stride=1, size=32, audio_seconds=0.25)
    looped = list(readings(files, spec, tmp_path / "loop"))
    padded = readings(
        files, spec, tmp_path / "pad", policies=Policies(short="pad")
    )
    for (name, loop), (_, pad) in zip(looped, padded):
        loop, pad = collect(loop), collect(pad)
        np.testing.assert_array_equal(loop["video"], pad["video"], name)
        np.testing.assert_allclose(loop["audio"], pad["audio"], atol=2e-3)
    longer = ClipSpec(num_frames=4, size=32, audio_seconds=1.0)
    for name, pad in readings(
        files, longer, tmp_path / "1", policies=Policies(short="pad")
    ):
        (audio,) = collect(pad)["audio"]
        # The coded track ends a little after the sound.
        assert not audio[10000:].any(), name
        assert abs(audio[:8000]).max() > 0.4


def test_windows_of_training_reach_all_of_a_file(tmp_path):
    ramp = np.arange(2 * RATE) / (2 * RATE)
    soundfile.write(tmp_path / "a.wav", ramp, RATE, subtype="FLOAT")
    files = Manifest.from_folder(tmp_path)
    dataset = clips(files, SOUND, 8, training=True, repeats=400, seed=0)
    starts = collect(dataset)["audio"][:, 0] * 2
    assert starts.min() < 0.05 and starts.max() > 1.45
    counts, _ = np.histogram(starts, bins=5, range=(0, 1.5))
    assert counts.min() > 50


MIXED = {
    "dogs/a b.wav": {},
    "dogs/deep/er/ünï cødé.mp3": {"rate": 44100},
    "dogs/hund 🐕.ogg": {"rate": 22050, "channels": 2},
    "only one/x.flac": {"rate": 48000, "channels": 6},
    "videos/v.mp4": {},
    "videos/w.MOV": {},
    "videos/z.avi": {},
    "videos/y.webm": {},
    "no label.wav": {"rate": 8000},
}


def write_webm(path, sound):
    with av.open(path, "w") as container:
        stream = container.add_stream("libopus", rate=48000, layout="mono")
        piece = av.AudioFrame.from_ndarray(
            np.float32(sound)[None], "flt", "mono"
        )
        piece.sample_rate = 48000
        container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


def write_mixed(root):
    """A 440 Hz tone of a second in each format."""
    frames = np.zeros((16, 32, 32, 3), "u1")
    for name, how in MIXED.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".webm":
            write_webm(str(path), tone(1.0, rate=48000))
        elif path.suffix.lower() in (".mp4", ".mov", ".avi"):
            write_video(path, frames, 16, tone(1.0))
        else:
            rate, channels = how.get("rate", RATE), how.get("channels", 1)
            sound = np.repeat(tone(1.0, rate=rate)[:, None], channels, axis=1)
            soundfile.write(path, sound, rate)
    (root / "dogs" / "notes.txt").write_text("not sound")


def test_a_folder_of_all_formats_and_names(tmp_path):
    write_mixed(tmp_path)
    files = Manifest.from_folder(tmp_path)
    assert sorted(files.path.tolist()) == sorted(MIXED)
    assert files.class_names == ("dogs", "only one", "videos")
    dataset = clips(files, SOUND, 4)
    seen = collect(dataset)
    assert seen["index"].tolist() == list(range(len(MIXED)))
    assert seen["has_audio"].all()
    labels = dict(zip(files.path.tolist(), seen["label"].tolist()))
    assert labels["no label.wav"] == -1
    assert labels["only one/x.flac"] == 1
    window = np.hanning(8000)
    spectrum = abs(np.fft.rfft(seen["audio"] * window))
    np.testing.assert_allclose(spectrum.argmax(axis=1) * 2, 440, atol=2)
    rms = np.sqrt((seen["audio"] ** 2).mean(axis=1))
    np.testing.assert_allclose(rms, 0.5 / np.sqrt(2), rtol=0.05)
    assert dataset.report.as_dict()["reasons"] == {}


@pytest.mark.parametrize("as_windows", ["repeats", "hops"])
def test_windows_of_a_file_are_averaged(tmp_path, as_windows):
    """The sound of a file changes: no window of it tells all."""
    quiet, loud = 0.1 * tone(1.0), tone(1.0)
    for name, parts in (("a", (loud, quiet)), ("b", (quiet, quiet, quiet))):
        soundfile.write(tmp_path / f"{name}.wav", np.concatenate(parts), RATE)
    files = Manifest.from_folder(tmp_path)
    if as_windows == "repeats":
        windows, counts = clips(files, SOUND, 3, repeats=5), (5, 5)
    else:
        windows, counts = long_clips(files, SOUND, 0.5, 3), (4, 6)
    # Several labels a file: loud somewhere, and quiet somewhere.
    truth = tf.constant([[1, 1], [0, 1]])
    windows = windows.map(
        lambda clip: {**clip, "label": tf.gather(truth, clip["index"])}
    )
    inputs = keras.Input((8000,))
    level = keras.layers.Lambda(
        lambda x: keras.ops.max(keras.ops.abs(x), axis=-1, keepdims=True),
        output_shape=(1,),
    )(inputs)
    model = keras.Model(inputs, keras.layers.Concatenate()([level, -level]))
    found = predict_videos(model, windows, key="audio", average="logits")
    by_window = collect(windows)
    levels = abs(by_window["audio"]).max(axis=1)
    for row, count in enumerate(counts):
        own = levels[by_window["index"] == row]
        assert len(own) == count
        np.testing.assert_allclose(
            found["logits"][row], [own.mean(), -own.mean()], rtol=1e-5
        )
    np.testing.assert_array_equal(found["label"], truth)
    assert video_scores(found, softmax=False)["mAP"] == 1.0


@pytest.mark.slow_on_tensorflow
def test_official_folds_of_real_sounds(shared, tmp_path):
    files = Manifest.from_esc50(shared("data/esc"), esc10=True)
    assert np.bincount(files.fold).tolist() == [0, 80, 80, 80, 80, 80]
    assert np.bincount(files.label).tolist() == [40] * 10
    for fold in range(1, 6):
        test = files.where(fold=fold)
        rest = files.where(fold=set(range(1, 6)) - {fold})
        # No recording is on both sides.
        assert not set(test.group) & set(rest.group)
    few = files.subset(np.arange(0, 400, 50))
    spec = ClipSpec(num_frames=0, audio_seconds=6.0)
    for name, dataset in readings(
        few, spec, tmp_path, policies=Policies(short="pad")
    ):
        seen = collect(dataset)
        assert seen["has_audio"].all(), name
        # The files are of 5 s.
        assert not seen["audio"][:, 81000:].any(), name


@pytest.mark.parametrize("short", ["loop", "pad"])
@pytest.mark.slow_on_tensorflow
def test_hostile_sounds_in_order_and_at_random(shared, short):
    files = Manifest.from_csv(
        shared("data/hostile/manifest.csv"), root=shared("data")
    )
    sounds = files.subset(["/a_" in path for path in files.path])
    spec = ClipSpec(num_frames=0, audio_seconds=1.5)
    datasets = [
        clips(sounds, spec, 4, policies=Policies(short=short)),
        clips(
            sounds,
            spec,
            1,
            training=True,
            repeats=2,
            policies=Policies(short=short),
        ),
        long_clips(sounds, spec, 0.5, 4, policies=Policies(short=short)),
        long_clips(
            sounds, spec, None, 4, tail="loop", policies=Policies(short=short)
        ),
    ]
    rows = []
    for dataset in datasets:
        seen = collect(dataset)
        rows.append(sorted(set(seen["index"].tolist())))
        assert np.isfinite(seen["audio"]).all()
        assert abs(seen["audio"]).max() <= 1
    assert rows == rows[:1] * 4 and len(rows[0]) == 24
