import os
import shutil

import numpy as np
import pytest

from keras_av.data import (
    ClipSpec,
    Manifest,
    clips,
    long_clips,
    prepare,
    scan,
)
from keras_av.data.facts import file_facts as facts_module


@pytest.fixture
def files(tmp_path, numbered):
    """Two good files, one of them mute, and some that are none."""
    folder = tmp_path / "ünï cödé"
    folder.mkdir()
    shutil.copy(numbered(48), folder / "a.mp4")
    shutil.copy(numbered(40, sound=False), folder / "b.mp4")
    (folder / "c.mp4").write_text("no video")
    (folder / "d.mp4").touch()
    return Manifest(folder, [f"{letter}.mp4" for letter in "abcde"])


def quiet(manifest, known=None):
    return scan(manifest, known, num_workers=1, verbose=False)


def opened(monkeypatch):
    """Names of the files that are opened from now on."""
    names = []
    real = facts_module.sha256

    def record(path):
        names.append(os.path.basename(path))
        return real(path)

    monkeypatch.setattr(facts_module, "sha256", record)
    return names


def test_finds_what_there_is(files):
    facts = quiet(files).facts
    status = ["ok", "ok", "unreadable", "empty", "missing"]
    assert facts["status"].tolist() == status
    assert facts["num_frames"].tolist() == [48, 40, 0, 0, 0]
    assert facts["frame_rate"].tolist() == [16, 16, 0, 0, 0]
    assert facts["has_audio"].tolist() == [True, False, False, False, False]
    assert facts["duration"][1] == pytest.approx(2.5)
    assert facts["duration"][0] == pytest.approx(3.0, abs=0.1)
    assert facts["num_bytes"].tolist()[2:] == [8, 0, -1]
    assert [len(digest) for digest in facts["sha256"]] == [64] * 4 + [0]
    assert "no such file" in facts["message"][4]


def test_rows_stay_and_facts_go_with_them(files):
    scanned = quiet(files)
    assert scanned.path.tolist() == files.path.tolist()
    assert scanned.digest() == files.digest()
    part = scanned.subset([3, 1])
    assert part.facts["status"].tolist() == ["ok", "empty"]
    assert files.facts == {}


def test_facts_are_columns_of_the_file(files, tmp_path):
    scanned = quiet(files)
    scanned.to_csv(tmp_path / "files.csv")
    again = Manifest.from_csv(tmp_path / "files.csv", files.root)
    assert again.facts.keys() == scanned.facts.keys()
    for name, column in scanned.facts.items():
        np.testing.assert_array_equal(again.facts[name], column)
        assert again.facts[name].dtype == column.dtype


def test_a_second_scan_opens_what_has_changed(files, numbered, monkeypatch):
    scanned = quiet(files)
    names = opened(monkeypatch)
    again = quiet(scanned)
    assert names == []
    for name, column in scanned.facts.items():
        np.testing.assert_array_equal(again.facts[name], column)
    shutil.copy(numbered(44), os.path.join(files.root, "e.mp4"))
    os.utime(os.path.join(files.root, "b.mp4"))
    (more := [*files.path, "f.mp4"]).sort(reverse=True)
    shutil.copy(numbered(44), os.path.join(files.root, "f.mp4"))
    third = quiet(Manifest(files.root, more), known=scanned)
    assert sorted(names) == ["b.mp4", "e.mp4", "f.mp4"]
    assert third.facts["num_frames"].tolist() == [48, 40, 0, 0, 44, 44]


def test_says_what_it_found(files, capsys):
    scan(files, num_workers=1)
    words = capsys.readouterr().out
    assert "5 files, 5 of them looked at" in words and "1 with sound" in words
    assert "empty: 1\n  missing: 1\n  unreadable: 1" in words


def test_real_files_with_faults(shared):
    manifest = quiet(Manifest.from_folder(shared("data/hostile")))
    facts = {
        path: {name: c[row] for name, c in manifest.facts.items()}
        for row, path in enumerate(manifest.path.tolist())
    }
    assert facts["v_truncated_faststart.mp4"]["status"] == "truncated"
    assert facts["v_truncated.avi"]["status"] == "truncated"
    assert facts["v_mjpeg_pcm.avi"]["status"] == "ok"
    assert facts["v_truncated_no_moov.mp4"]["status"] == "unreadable"
    assert facts["v_120fps.mp4"]["frame_rate"] == 120
    assert facts["v_120fps.mp4"]["num_frames"] == 120
    assert facts["a_96k_f32.wav"]["duration"] == pytest.approx(0.5, abs=0.01)
    assert facts["v_mp3_with_cover.mp3"]["num_frames"] == 0
    assert not facts["v_no_audio.mp4"]["has_audio"]
    status = manifest.facts["status"]
    assert (status == "ok").sum() >= 70


@pytest.mark.parametrize("share", [0.4, 0.7, 0.95])
@pytest.mark.parametrize(
    "folder, suffix", [("clips", "avi"), ("ucf6", "mp4"), ("hostile", "mkv")]
)
@pytest.mark.slow_on_tensorflow
def test_a_file_that_is_cut_is_truncated(
    shared, tmp_path, folder, suffix, share
):
    paths = sorted(shared(f"data/{folder}").rglob(f"*.{suffix}"))
    # One of these is too small for a cut to leave a frame.
    for path in [p for p in paths if p.stat().st_size > 2000][:3]:
        data = path.read_bytes()
        (tmp_path / path.name).write_bytes(data)
        cut = data[: int(len(data) * share)]
        (tmp_path / f"cut_{path.name}").write_bytes(cut)
    files = quiet(Manifest(tmp_path, sorted(os.listdir(tmp_path))))
    cut = np.char.startswith(files.path, "cut_")
    assert cut.sum() == (~cut).sum() == 3
    assert (files.facts["status"][~cut] == "ok").all()
    assert (files.facts["status"][cut] == "truncated").all()
    message = str(files.facts["message"][cut][0])
    assert "bytes are missing after" in message
    # Clips of what is left are counted, whoever reads them.
    spec = ClipSpec(num_frames=1, size=32, audio_seconds=0)
    left, whole = files.subset(cut), files.subset(~cut)
    set_of_left = prepare(left, tmp_path / "set", spec, verbose=False)
    for some, is_cut in ((left, True), (set_of_left, True), (whole, False)):
        dataset = clips(some, spec, 3)
        assert len(next(iter(dataset))["index"]) == 3
        count = 3 if is_cut else 0
        assert dataset.report.as_dict()["reasons"].get("corrupt", 0) == count
        dataset = long_clips(some, spec, 0.5, 4)
        count = sum(len(batch["index"]) for batch in dataset)
        report = dataset.report.as_dict()
        assert report["delivered"] == count > 3
        assert report["reasons"].get("corrupt", 0) == count * is_cut


def test_ten_thousand_rows_that_are_not_there(tmp_path):
    files = Manifest(tmp_path, [f"{number}.mp4" for number in range(10_000)])
    scanned = quiet(files)
    assert (scanned.facts["status"] == "missing").all()
    assert quiet(scanned).facts["status"].size == 10_000
