import csv

import numpy as np
import pytest
import soundfile

from keras_av.data import (
    ClipChoice,
    ClipSpec,
    MediaError,
    read_clip,
    write_video,
)
from keras_av.data.clip.media_error import REASONS
from keras_av.data.media.read_clip import as_media_error, cut_clip, open_source

PICTURE = ClipSpec(num_frames=8, size=64)
SOUND = ClipSpec(num_frames=0, audio_seconds=0.5)

# What cannot give a clip of sound, and why; all other files can.
NO_SOUND = {
    "a_0samples.wav": "empty",
    "a_1sample.wav": "empty",
    "a_empty.wav": "empty",
    "a_garbage.wav": "unreadable",
    "a_half_header.wav": "unreadable",
    "a_header_only.wav": "unreadable",
    "a_nan_inf_f32.wav": "not_finite",
    "a_text.wav": "unreadable",
    "a_truncated.flac": "corrupt",
    "a_truncated.ogg": "empty",
    "v_empty.mp4": "empty",
    "v_garbage.mp4": "unreadable",
    "v_text.avi": "unreadable",
    "v_truncated_no_moov.mp4": "unreadable",
}
NO_PICTURE = {
    "v_audio_only.mp4": "no_video",
    "v_empty.mp4": "empty",
    "v_garbage.mp4": "unreadable",
    "v_mp3_with_cover.mp3": "no_video",
    "v_text.avi": "unreadable",
    "v_truncated_no_moov.mp4": "unreadable",
}


def hostile_files(shared):
    folder = shared("data/hostile")
    with open(folder / "manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 85
    return {row["path"].split("/")[1]: row for row in rows}, folder


def reason_of(path, spec):
    try:
        clip = read_clip(str(path), spec)
    except MediaError as error:
        assert error.reason in REASONS
        return error.reason, None
    assert clip.video.shape == (
        spec.video_shape if spec.num_frames else (0, 0, 0, 3)
    )
    assert clip.audio.shape == spec.audio_shape
    assert np.isfinite(clip.audio).all() and abs(clip.audio).max() <= 1
    assert clip.has_audio == bool(clip.audio.any())
    return None, clip


def test_every_hostile_file_for_its_picture(shared):
    rows, folder = hostile_files(shared)
    for name, row in rows.items():
        reason, clip = reason_of(folder / name, PICTURE)
        if name.startswith("a_"):
            assert reason in ("no_video", "empty", "unreadable"), name
        else:
            assert reason == NO_PICTURE.get(name), name
        if clip and row["sr"] == "":
            # Metadata that is no UTF-8 kept the table from looking inside.
            assert not clip.has_audio and "no_audio" in clip.faults, name


def test_every_hostile_file_for_its_sound(shared):
    rows, folder = hostile_files(shared)
    for name, row in rows.items():
        reason, clip = reason_of(folder / name, SOUND)
        if name in NO_SOUND:
            assert reason == NO_SOUND[name], name
        elif row["sr"] == "":
            assert reason == "no_audio", name
        else:
            assert reason is None, name


def test_faults_that_do_not_stop_a_clip(shared):
    folder = shared("data/hostile")
    for name, fault in (
        ("v_one_frame.mp4", "too_short"),
        ("v_three_frames.mp4", "too_short"),
        ("v_silent_track.mp4", "silent"),
        ("v_no_audio.mp4", "no_audio"),
        ("v_bitflips.mp4", "corrupt"),
    ):
        _, clip = reason_of(folder / name, PICTURE)
        assert fault in clip.faults, name
    _, clip = reason_of(folder / "v_base.mp4", PICTURE)
    assert clip.faults == () and clip.has_audio


def test_all_formats_of_one_recording_sound_alike(shared):
    folder = shared("data/hostile")
    spec = ClipSpec(num_frames=0, audio_seconds=0.4, sampling_rate=8000)

    def sound(name):
        choice = ClipChoice(time=0.0)
        return read_clip(str(folder / name), spec, choice).audio

    plain = sound("a_44k_s24.wav")
    for name in """
        a_44k_f64.wav a_48k_stereo_s16.wav a_6ch.flac a_8k_mono_s16.wav
        a_96k_f32.wav a_11k_u8.wav a_adpcm_ima.wav a_bigendian.aiff
        a_mp3_named.wav a_mulaw_8k.wav a_plain.flac a_plain.m4a a_plain.mp3
        a_plain.opus a_truncated.mp3
    """.split():
        # Without a lag: also the delays of the codecs are made up for.
        assert np.corrcoef(plain, sound(name))[0, 1] > 0.94, name


def test_real_clips(shared):
    folder = shared("data/clips")
    with open(folder / "manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        path = folder / row["path"].split("/")[1]
        clip = read_clip(str(path), ClipSpec(num_frames=4, size=64))
        assert clip.video.std() > 5, path
        has_track = "no_audio" not in clip.faults
        assert has_track == (row["has_audio"] == "1"), path


def test_flip_and_crop(tmp_path):
    path = tmp_path / "noise.mp4"
    coarse = np.random.default_rng(0).integers(0, 255, (1, 8, 8, 3), np.uint8)
    frames = np.repeat(coarse, 8, axis=0).repeat(8, axis=1).repeat(8, axis=2)
    write_video(path, frames, 8)
    spec = ClipSpec(num_frames=2, size=56, audio_seconds=0)
    plain = read_clip(str(path), spec, ClipChoice(top=0.0, left=0.0)).video
    flipped = read_clip(
        str(path), spec, ClipChoice(top=0.0, left=0.0, flip=True)
    ).video
    np.testing.assert_array_equal(flipped, plain[:, :, ::-1])
    corner = read_clip(str(path), spec, ClipChoice(top=1.0, left=1.0)).video
    np.testing.assert_array_equal(corner[:, :-8, :-8], plain[:, 8:, 8:])
    assert abs(plain[0, 4, 4].astype(int) - coarse[0, 0, 0]).max() < 40


@pytest.mark.parametrize("pad", [False, True])
def test_short_sound_is_repeated_or_padded(tmp_path, pad):
    wave = 0.5 * np.sin(np.arange(4000) / 7)
    soundfile.write(tmp_path / "a.wav", wave, 16000, subtype="FLOAT")
    spec = ClipSpec(num_frames=0, audio_seconds=1.0)
    with open_source(str(tmp_path / "a.wav"), spec) as source:
        clip = cut_clip(source, spec, ClipChoice(), pad)
    rest = np.zeros(12000) if pad else np.tile(wave, 3)
    np.testing.assert_allclose(clip.audio[4000:], rest, atol=1e-6)


def test_faint_sound_is_silence(tmp_path):
    for peak, heard in ((0.9e-4, False), (1.2e-4, True)):
        wave = peak * np.sin(np.arange(16000))
        path = str(tmp_path / "faint.wav")
        soundfile.write(path, wave, 16000, subtype="FLOAT")
        clip = read_clip(path, ClipSpec(num_frames=0))
        assert clip.has_audio == heard
        assert clip.audio.any() == heard


@pytest.mark.parametrize(
    "error, reason",
    [
        (FileNotFoundError("x"), "missing"),
        (PermissionError("x"), "missing"),
        (MemoryError("x"), "corrupt"),
        (ValueError("x"), "corrupt"),
        (MediaError("absurd", "x"), "absurd"),
    ],
)
def test_any_error_has_a_reason(error, reason):
    assert as_media_error(error).reason == reason


def test_errors_of_the_system_are_told_without_their_path():
    error = PermissionError(13, "Permission denied", "secret/a.mp4")
    told = as_media_error(error)
    assert str(told) == "missing: PermissionError: Permission denied"
    assert "no index" in str(as_media_error(ValueError("no index")))


def test_missing_files(tmp_path):
    for path in (tmp_path / "none.mp4", tmp_path):
        with pytest.raises(MediaError, match="missing"):
            read_clip(str(path), PICTURE)


def mutate(data, generator):
    data = bytearray(data)
    kind = generator.integers(4)
    if kind == 0:  # Cut.
        return bytes(data[: generator.integers(len(data))])
    if kind == 1:  # A hole.
        first = generator.integers(len(data))
        return bytes(data[:first] + data[first + generator.integers(1, 500) :])
    # Bits, anywhere or among the first bytes.
    limit = len(data) if kind == 2 else min(2000, len(data))
    for _ in range(generator.integers(1, 20)):
        data[generator.integers(limit)] ^= 1 << generator.integers(8)
    return bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize("spec", [PICTURE, SOUND], ids=["picture", "sound"])
def test_mutations_of_files_never_crash(numbered, tmp_path, spec):
    generator = np.random.default_rng(0)
    wave = 0.1 * generator.standard_normal(16000)
    soundfile.write(tmp_path / "x.wav", wave, 16000)
    soundfile.write(tmp_path / "x.ogg", wave, 16000)
    files = [numbered(24)]
    if not spec.num_frames:
        files += [tmp_path / "x.wav", tmp_path / "x.ogg"]
    read = refused = 0
    for number in range(240):
        source = files[number % len(files)]
        path = tmp_path / f"mutant{source.suffix}"
        path.write_bytes(mutate(source.read_bytes(), generator))
        reason, _ = reason_of(path, spec)
        read += reason is None
        refused += reason is not None
    assert read > 20 and refused > 20
