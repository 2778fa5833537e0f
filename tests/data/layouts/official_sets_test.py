"""Small sets in their official layouts, out of real files, through TFDS."""

import collections
import csv
import dataclasses
import importlib
import io
import json
import pathlib
import shutil
from collections.abc import Callable

import numpy as np
import pytest
import soundfile

from keras_av.data import ClipSpec, Manifest, clips, write_tfds

SEEN_AND_HEARD = ClipSpec(num_frames=2, size=32, fps=5, audio_seconds=0.5)
HEARD = ClipSpec(num_frames=0, audio_seconds=0.5, sampling_rate=8000)

Row = collections.namedtuple("Row", "path name split group fold heard")


@dataclasses.dataclass(frozen=True)
class Layout:
    """A set as its authors distribute it.

    Args:
        files: Path in the set -> real file; sound files become .wav.
        lists: Path in the set -> official lists and tables.
        read: Reads the manifest.
        rows: What each file is, in the order of the paths.
        spec: What is kept of each file.
    """

    files: dict[str, str]
    lists: dict[str, str]
    read: Callable[[pathlib.Path], Manifest]
    rows: list[Row]
    spec: ClipSpec = SEEN_AND_HEARD


def table(*rows, delimiter=","):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


UCF101 = Layout(
    files={
        "UCF-101/Archery/v_Archery_g01_c01.avi": "clips/v_Archery_g01_c01.avi",
        "UCF-101/Archery/v_Archery_g08_c01.mp4": (
            "ucf6/clips/Archery/v_Archery_g08_c01.mp4"
        ),
        "UCF-101/Biking/v_Biking_g06_c03.avi": "clips/v_Biking_g06_c03.avi",
    },
    lists={
        "ucfTrainTestlist/classInd.txt": "3 Archery\n11 Biking\n",
        "ucfTrainTestlist/trainlist01.txt": (
            "Archery/v_Archery_g08_c01.avi 3\n"
        ),
        "ucfTrainTestlist/testlist01.txt": (
            "Archery/v_Archery_g01_c01.avi\nBiking/v_Biking_g06_c03.avi\n"
        ),
        "ucfTrainTestlist/trainlist02.txt": (
            "Archery/v_Archery_g01_c01.avi 3\nBiking/v_Biking_g06_c03.avi 11\n"
        ),
        "ucfTrainTestlist/testlist02.txt": "Archery/v_Archery_g08_c01.avi\n",
    },
    read=Manifest.from_ucf101,
    rows=[
        Row(
            "UCF-101/Archery/v_Archery_g01_c01.avi",
            *("Archery", "test", "g01", 0, True),
        ),
        Row(
            "UCF-101/Archery/v_Archery_g08_c01.mp4",
            *("Archery", "train", "g08", 0, True),
        ),
        Row(
            "UCF-101/Biking/v_Biking_g06_c03.avi",
            *("Biking", "test", "g06", 0, False),
        ),
    ],
)

UCF101_SPLIT_2 = dataclasses.replace(
    UCF101,
    read=lambda root: Manifest.from_ucf101(root, split=2),
    rows=[
        row._replace(split="test" if row.split == "train" else "train")
        for row in UCF101.rows
    ],
)

PICK = "#122_Cleaning_Up_The_Beach_In_Chiba__Japan_pick_f_nm_np1_fr_bad_2.avi"
WAVES = (
    "RATRACE_wave_f_nm_np1_fr_goo_37.avi",
    "SchoolRulesHowTheyHelpUs_wave_f_nm_np1_ba_med_0.avi",
    "TrumanShow_wave_f_nm_np1_fr_med_26.avi",
)
HMDB51 = Layout(
    files={
        f"pick/{PICK}": "clips/v_HeadMassage_g01_c01.avi",
        **{f"wave/{name}": f"clips/hmdb51_{name}" for name in WAVES},
    },
    lists={
        "testTrainMulti_7030_splits/pick_test_split1.txt": f"{PICK} 2 \n",
        "testTrainMulti_7030_splits/wave_test_split1.txt": "".join(
            f"{name} {number} \n" for name, number in zip(WAVES, (1, 2, 0))
        ),
    },
    read=Manifest.from_hmdb51,
    rows=[
        Row(
            f"pick/{PICK}",
            *("pick", "test", "#122_Cleaning_Up_The_Beach_In_Chiba__Japan"),
            *(0, True),
        ),
        Row(f"wave/{WAVES[0]}", "wave", "train", "RATRACE", 0, False),
        Row(
            f"wave/{WAVES[1]}",
            *("wave", "test", "SchoolRulesHowTheyHelpUs", 0, False),
        ),
        Row(f"wave/{WAVES[2]}", "wave", "", "TrumanShow", 0, False),
    ],
)

HEAD = ("label", "youtube_id", "time_start", "time_end", "split")
KINETICS = Layout(
    files={
        "train/clean and jerk/R6llTwEh07w_000003_000013.mp4": (
            "clips/k400_R6llTwEh07w.mp4"
        ),
        "train/tapping guitar/SOX5yA1l24A_000115_000125.mp4": (
            "clips/k400_SOX5yA1l24A.mp4"
        ),
        "val/tapping guitar/WUzgd7C1pWA_000000_000010.mp4": (
            "clips/k400_WUzgd7C1pWA.mp4"
        ),
        "test/9r8wpMS2iEk_000048_000058.mp4": "clips/k_9r8wpMS2iEk_48_58.mp4",
        "val/tai chi/0123456-_Az_000002_000012.mp4": "clips/k400_ta_chi.mp4",
    },
    lists={
        "annotations/train.csv": table(
            HEAD,
            ("clean and jerk", "R6llTwEh07w", 3, 13, "train"),
            ("tapping guitar", "SOX5yA1l24A", 115, 125, "train"),
            ("tapping guitar", "gone_______", 5, 15, "train"),
        ),
        "annotations/validate.csv": table(
            HEAD,
            ("tapping guitar", "WUzgd7C1pWA", 0, 10, "validate"),
            ("tai chi", "0123456-_Az", 2, 12, "validate"),
        ),
        "annotations/test.csv": table(
            HEAD, ("tai chi", "9r8wpMS2iEk", 48, 58, "test")
        ),
    },
    read=Manifest.from_kinetics,
    rows=[
        Row(
            "test/9r8wpMS2iEk_000048_000058.mp4",
            *("tai chi", "test", "9r8wpMS2iEk", 0, True),
        ),
        Row(
            "train/clean and jerk/R6llTwEh07w_000003_000013.mp4",
            *("clean and jerk", "train", "R6llTwEh07w", 0, True),
        ),
        Row(
            "train/tapping guitar/SOX5yA1l24A_000115_000125.mp4",
            *("tapping guitar", "train", "SOX5yA1l24A", 0, True),
        ),
        Row(
            "val/tai chi/0123456-_Az_000002_000012.mp4",
            *("tai chi", "val", "0123456-_Az", 0, False),
        ),
        Row(
            "val/tapping guitar/WUzgd7C1pWA_000000_000010.mp4",
            *("tapping guitar", "val", "WUzgd7C1pWA", 0, True),
        ),
    ],
)

KINETICS_OF_SOME_CLASSES = dataclasses.replace(
    KINETICS,
    read=lambda root: Manifest.from_kinetics(root, ["tapping guitar"]),
    rows=[row for row in KINETICS.rows if row.name == "tapping guitar"],
)

VGGSOUND = Layout(
    files={
        "---g-f_I2yQ_000001.mp4": "clips/k400_R6llTwEh07w.mp4",
        "--0PQM4-hqg_000030.mp4": "clips/v_Surfing_g01_c01.mp4",
    },
    lists={
        "vggsound.csv": table(
            ("---g-f_I2yQ", 1, "people marching", "test"),
            ("--0PQM4-hqg", 30, "waterfall burbling", "train"),
            ("gone_______", 5, "people marching", "train"),
        )
    },
    read=Manifest.from_vggsound,
    rows=[
        Row(
            "---g-f_I2yQ_000001.mp4",
            *("people marching", "test", "---g-f_I2yQ", 0, True),
        ),
        Row(
            "--0PQM4-hqg_000030.mp4",
            *("waterfall burbling", "train", "--0PQM4-hqg", 0, True),
        ),
    ],
)

ACTIVITYNET = Layout(
    files={
        "v_GGSY1Qvo990.mp4": "clips/anet_v_GGSY1Qvo990.mp4",
        "v_ZNVhz7ctTq0.mp4": "clips/anet_v_ZNVhz7ctTq0.mp4",
        "v_ttttttttttt.mp4": "clips/k400_clean_and_jerk.mp4",
    },
    lists={
        "activity_net.v1-3.min.json": json.dumps(
            {
                "version": "VERSION 1.3",
                "taxonomy": [],
                "database": {
                    "GGSY1Qvo990": {
                        "duration": 18.1,
                        "subset": "training",
                        "resolution": "320x240",
                        "url": "",
                        "annotations": [
                            {"label": "Surfing", "segment": [0.5, 2.0]},
                            {"label": "Skiing", "segment": [3.0, 17.5]},
                        ],
                    },
                    "ZNVhz7ctTq0": {
                        "subset": "validation",
                        "annotations": [
                            {"label": "Surfing", "segment": [0.0, 9.0]}
                        ],
                    },
                    "ttttttttttt": {"subset": "testing", "annotations": []},
                },
            }
        )
    },
    read=Manifest.from_activitynet,
    rows=[
        Row("v_GGSY1Qvo990.mp4", "Skiing", "train", "GGSY1Qvo990", 0, True),
        Row("v_ZNVhz7ctTq0.mp4", "Surfing", "val", "ZNVhz7ctTq0", 0, True),
        Row("v_ttttttttttt.mp4", "", "test", "ttttttttttt", 0, False),
    ],
)

ESC_HEAD = ("filename", "fold", "target", "category", "esc10", "src_file")
ESC_FILES = (
    ("1-100032-A-0", "dog"),
    ("1-17150-A-12", "crackling_fire"),
    ("2-114280-A-0", "dog"),
    ("3-144028-A-0", "dog"),
)


def esc_table():
    rows = [(*ESC_HEAD, "take")]
    for stem, name in ESC_FILES:
        fold, clip, take, target = stem.split("-")
        rows.append((f"{stem}.wav", fold, target, name, "True", clip, take))
    return table(*rows)


ESC50 = Layout(
    files={
        f"audio/{stem}.wav": f"esc/audio/{stem}.ogg" for stem, _ in ESC_FILES
    },
    lists={"meta/esc50.csv": esc_table()},
    read=Manifest.from_esc50,
    rows=[
        Row(
            f"audio/{stem}.wav",
            *(name, "", stem.split("-")[1], int(stem.split("-")[0]), True),
        )
        for stem, name in ESC_FILES
    ],
    spec=HEARD,
)

DCASE2013 = Layout(
    files={
        f"{part}/{scene}.wav": f"esc/audio/{stem}.ogg"
        for (part, scene), (stem, _) in zip(
            (
                ("scenes_stereo", "bus01"),
                ("scenes_stereo", "tubestation10"),
                ("scenes_stereo_testset", "bus01"),
                ("scenes_stereo_testset", "tubestation04"),
            ),
            ESC_FILES,
        )
    },
    lists={},
    read=Manifest.from_dcase,
    rows=[
        Row("scenes_stereo/bus01.wav", "bus", "train", "", 0, True),
        Row(
            "scenes_stereo/tubestation10.wav",
            *("tubestation", "train", "", 0, True),
        ),
        Row("scenes_stereo_testset/bus01.wav", "bus", "test", "", 0, True),
        Row(
            "scenes_stereo_testset/tubestation04.wav",
            *("tubestation", "test", "", 0, True),
        ),
    ],
    spec=HEARD,
)

DCASE2016 = Layout(
    files={
        f"audio/{name}.wav": f"esc/audio/{stem}.ogg"
        for name, (stem, _) in zip(
            ("a001_0_30", "a001_30_60", "b020_90_120"), ESC_FILES
        )
    },
    lists={
        "meta.txt": table(
            ("audio/b020_90_120.wav", "residential_area", "b020"),
            ("audio/a001_0_30.wav", "beach", "a001"),
            ("audio/a001_30_60.wav", "beach", "a001"),
            delimiter="\t",
        ),
        "evaluation_setup/fold2_train.txt": table(
            ("audio/b020_90_120.wav", "residential_area"), delimiter="\t"
        ),
        "evaluation_setup/fold2_evaluate.txt": table(
            ("audio/a001_30_60.wav", "beach"), delimiter="\t"
        ),
    },
    read=lambda root: Manifest.from_dcase(root, fold=2),
    rows=[
        Row("audio/a001_0_30.wav", "beach", "", "a001", 0, True),
        Row("audio/a001_30_60.wav", "beach", "test", "a001", 0, True),
        Row(
            "audio/b020_90_120.wav",
            *("residential_area", "train", "b020", 0, True),
        ),
    ],
    spec=HEARD,
)

FOLDER = Layout(
    files={
        "Bogenschießen/a b.avi": "clips/v_Archery_g01_c01.avi",
        "surf/deep/er.mp4": "clips/v_Surfing_g01_c01.mp4",
    },
    lists={},
    read=Manifest.from_folder,
    rows=[
        Row("Bogenschießen/a b.avi", "Bogenschießen", "", "", 0, True),
        Row("surf/deep/er.mp4", "surf", "", "", 0, True),
    ],
)

LAYOUTS = {
    "ucf101": UCF101,
    "ucf101_split_2": UCF101_SPLIT_2,
    "hmdb51": HMDB51,
    "kinetics": KINETICS,
    "kinetics_of_some_classes": KINETICS_OF_SOME_CLASSES,
    "vggsound": VGGSOUND,
    "activitynet": ACTIVITYNET,
    "esc50": ESC50,
    "dcase2013": DCASE2013,
    "dcase2016": DCASE2016,
    "folder": FOLDER,
}


@pytest.fixture(params=LAYOUTS)
def case(request, shared, tmp_path):
    """A layout, and the manifest of the set that was made in it."""
    layout = LAYOUTS[request.param]
    root = tmp_path / "set"
    for name, source in layout.files.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        source = shared(f"data/{source}")
        if target.suffix == ".wav":
            soundfile.write(target, *soundfile.read(source))
        else:
            shutil.copyfile(source, target)
    for name, text in layout.lists.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    # TFDS has builders of its own by some of the plain names.
    return f"{request.param}_av", layout, layout.read(root)


def rows_of(manifest):
    names = [*manifest.class_names, ""]
    return list(
        zip(
            manifest.path.tolist(),
            [names[label] for label in manifest.label],
            manifest.split.tolist(),
            manifest.group.tolist(),
            manifest.fold.tolist(),
        )
    )


def test_the_manifest_says_what_the_authors_say(case):
    _, layout, manifest = case
    assert rows_of(manifest) == [row[:5] for row in layout.rows]


def loaded(name, data_dir):
    """Index -> what TFDS loads of a file, and its info."""
    tfds = importlib.import_module("tensorflow_datasets")
    found = {}
    data, info = tfds.load(name, data_dir=data_dir, with_info=True)
    names = [*info.features["label"].names, ""]
    for split, records in data.items():
        for record in records.as_numpy_iterator():
            assert record["index"].dtype == np.int64
            row = Row(
                record["path"].decode(),
                names[record["label"]],
                "" if split == "unknown" else split,
                record["group"].decode(),
                int(record["fold"]),
                bool(record["has_audio"]),
            )
            found[int(record["index"])] = row, record
    return found, info


@pytest.mark.tfds
def test_tfds_loads_what_the_authors_say(case, tmp_path):
    name, layout, manifest = case
    write_tfds(manifest, tmp_path / "tfds", name, layout.spec)
    found, info = loaded(name, tmp_path / "tfds")
    assert {index: row for index, (row, _) in found.items()} == dict(
        enumerate(layout.rows)
    )
    assert tuple(info.features["label"].names) == manifest.class_names
    for row, record in found.values():
        assert (np.abs(record["audio"]).max(initial=0) > 300) == row.heard
        if layout.spec.num_frames:
            assert record["video"].shape[0] >= 5
            assert record["video"].std() > 5


@pytest.mark.tfds
def test_clips_are_those_of_the_files(case, tmp_path):
    name, layout, manifest = case
    write_tfds(manifest, tmp_path / "tfds", name, layout.spec)
    read = Manifest.from_tfds(name, tmp_path / "tfds")
    assert rows_of(read) == [row[:5] for row in layout.rows]
    assert read.digest() == manifest.digest()
    count = len(manifest)
    (made,) = clips(read, layout.spec, count).as_numpy_iterator()
    # Kept files are decoded from their start, as those of a set are.
    raw = clips(manifest, layout.spec, count, cache=True)
    (expected,) = raw.as_numpy_iterator()
    assert made["has_audio"].tolist() == [row.heard for row in layout.rows]
    for key in ("index", "label", "has_audio"):
        np.testing.assert_array_equal(made[key], expected[key])
    # Sound of full scale is a whole step of 16 bits off.
    np.testing.assert_allclose(
        made["audio"], expected["audio"], atol=1 / 32768 + 1e-6
    )
    if layout.spec.num_frames:
        apart = made["video"].astype(float) - expected["video"]
        assert np.abs(apart).mean() < 6
