"""Targets of sets that are not at hand, built on files laid out like theirs."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from keras_av.data import generated_long_set, generated_set

ROOT = pathlib.Path(__file__).resolve().parents[2]
RATE = 16000


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """One folder, so that what the targets share is trained once."""
    return tmp_path_factory.mktemp("out")


def build(label, out, *options):
    """Build a target of the repository, and return its table or scores."""
    subprocess.run(
        [
            *(sys.executable, "-m", "keras_av.cli.main", "build", label),
            *("--define=scale=smoke", f"--out={out}", *options),
        ],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        check=True,
    )
    package, name = label.removeprefix("//").split(":")
    return out / "tensorflow" / package / name / "latest"


def found(folder):
    """The accuracy of a target, and how many clips it is of."""
    text = json.loads((folder / "scores.json").read_text())
    return text["scores"]["top_1"], text["num_clips"]


def copied(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def hmdb51(root):
    """Two classes of six videos, each in all three official splits."""
    files = generated_set(num_train=32, num_test=16)
    lists = root / "testTrainMulti_7030_splits"
    lists.mkdir(parents=True)
    for number, name in enumerate(("catch", "wave")):
        rows = np.flatnonzero(files.label == number)[:6]
        names = [f"Film{n}_{name}_f_cm_np1_ba_med_0.avi" for n in range(6)]
        for row, video in zip(rows, names):
            copied(files.full_path(int(row)), root / name / video)
        for split in (1, 2, 3):
            text = "".join(
                f"{video} {2 if place % 3 == split - 1 else 1} \n"
                for place, video in enumerate(names)
            )
            (lists / f"{name}_test_split{split}.txt").write_text(text)
    return root


@pytest.mark.slow
def test_hmdb51(tmp_path, out):
    root = hmdb51(tmp_path / "hmdb51")
    folder = build(
        "//configs/sscl:hmdb51_1_accuracy",
        out,
        f"--define=hmdb51={root}",
        "--set=//configs/sscl:hmdb51_1.batch_size=4",
    )
    accuracy, num_clips = found(folder)
    assert 0 <= accuracy <= 1 and num_clips == 4


def dcase(root):
    """Recordings of two places, in four folds."""
    (root / "evaluation_setup").mkdir(parents=True)
    (root / "audio").mkdir()
    generator = np.random.default_rng(0)
    rows = []
    for name, pitch in (("beach", 200.0), ("park", 2000.0)):
        for place in range(4):
            path = f"audio/{name[0]}{place:03d}_0_30.wav"
            times = np.arange(3 * RATE) / RATE
            wave = 0.3 * np.sin(2 * np.pi * pitch * times)
            wave += 0.1 * generator.standard_normal(len(times))
            soundfile.write(root / path, wave, RATE)
            rows.append((path, name, place))
    lines = [
        f"{path}\t{name}\t{name[0]}{place:03d}\n" for path, name, place in rows
    ]
    (root / "meta.txt").write_text("".join(lines))
    for fold in (1, 2, 3, 4):
        for part, wanted in (("train", False), ("evaluate", True)):
            text = "".join(
                f"{path}\t{name}\n"
                for path, name, place in rows
                if (place == fold - 1) is wanted
            )
            file = root / "evaluation_setup" / f"fold{fold}_{part}.txt"
            file.write_text(text)
    return root


@pytest.mark.slow
def test_dcase(tmp_path, out):
    root = dcase(tmp_path / "dcase")
    options = [
        f"--set=//configs/sscl:dcase_{fold}.batch_size=2"
        for fold in (1, 2, 3, 4)
    ]
    folder = build(
        "//configs/sscl:dcase", out, f"--define=dcase={root}", *options
    )
    table = (folder / "table.txt").read_text()
    assert "dcase 4" in table and "mean" in table and "top_1" in table


def activitynet(root):
    """Untrimmed videos with their annotations."""
    files = generated_long_set(num_train=8, num_test=8)
    database = {}
    for row in range(len(files)):
        name = f"{row:011d}"
        copied(files.full_path(row), root / f"v_{name}.mp4")
        label = files.class_names[files.label[row]]
        database[name] = {
            "subset": "training"
            if files.split[row] == "train"
            else "validation",
            "annotations": [{"label": label, "segment": [0.0, 2.0]}],
        }
    text = json.dumps({"version": "VERSION 1.3", "database": database})
    (root / "activity_net.v1-3.min.json").write_text(text)
    return root


@pytest.mark.slow
def test_activitynet(tmp_path, out):
    root = activitynet(tmp_path / "activitynet")
    folder = build(
        "//configs/listen_to_look:videos",
        out,
        f"--define=activitynet={root}",
        "--set=//configs/listen_to_look:features.dataset="
        "//configs/datasets:activitynet",
    )
    assert "skimming" in (folder / "table.txt").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("clips", ["16x224", "32x224"])
def test_clips_of_the_published_tables(tmp_path, clips):
    root = hmdb51(tmp_path / "hmdb51")
    folder = build(
        "//configs/sscl:hmdb51_1_accuracy",
        tmp_path / "out",
        f"--define=hmdb51={root}",
        f"--define=clips={clips}",
        "--set=//configs/sscl:hmdb51_1.batch_size=2",
    )
    assert found(folder)[1] == 4
