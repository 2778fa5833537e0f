import pathlib
import shutil

import numpy as np
import pytest

from keras_av.cli.session import Session, labels_of
from keras_av.data import Manifest, generated_set, write_video
from keras_av.rules.folder_workspace import folder_workspace


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """A folder with twelve videos of three classes."""
    folder = tmp_path_factory.mktemp("my videos")
    files = generated_set(num_train=8, num_test=8)
    for row in range(12):
        place = folder / f"kind {row % 3}"
        place.mkdir(exist_ok=True)
        shutil.copy(files.full_path(row), place / f"{row}.mp4")
    return folder


def targets(workspace, *defines):
    graph = Session(str(workspace), defines=defines).graph()
    return {
        str(label): graph.node(label) for label in labels_of(graph, ["//..."])
    }


def test_the_numbers_fit_the_files(videos, tmp_path):
    lines = folder_workspace(videos, tmp_path)
    assert "12 videos, 12 with sound" in lines[0]
    nodes = targets(tmp_path)
    model = nodes["//:model"].attributes
    # Nine of them are trained on, in batches of at most half of these.
    assert model["batch_size"] == 4 and model["epochs"] == 200
    assert nodes["//:memory"].attributes["num_negatives"] == 4
    spec = nodes["//:clips"].provider.spec
    facts = Manifest.from_csv(tmp_path / "files.csv", videos).facts
    assert spec.audio_seconds <= min(2.0, facts["duration"].min())
    span = spec.span(rate=float(facts["frame_rate"][0]))
    assert span == pytest.approx(spec.audio_seconds, rel=0.15)
    assert "//:model_audio_linear" in nodes


@pytest.mark.parametrize("scale", ["smoke", "small", "paper"])
def test_every_scale_is_analysed(videos, tmp_path, scale):
    folder_workspace(videos, tmp_path)
    nodes = targets(tmp_path, f"scale={scale}")
    assert nodes["//:report"].output is not None
    size = {"smoke": 32, "small": 56, "paper": 112}[scale]
    assert nodes["//:clips"].attributes["size"] == size


def test_files_without_classes_have_no_probes(videos, tmp_path):
    flat = tmp_path / "flat"
    flat.mkdir()
    for path in videos.rglob("*.mp4"):
        shutil.copy(path, flat)
    folder_workspace(flat, tmp_path / "workspace")
    names = targets(tmp_path / "workspace")
    assert "//:report" in names and "//:model_video_knn" not in names


def test_cuts_of_a_recording_stay_together(videos, tmp_path):
    cut = tmp_path / "cut"
    paths = sorted(videos.rglob("*.mp4"))
    for number, path in enumerate(paths):
        place = cut / f"{number % 2}"
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place / f"talk{number // 3}_{number % 3}.mp4")
    folder_workspace(cut, tmp_path / "workspace")
    dataset = targets(tmp_path / "workspace")["//:files"].provider
    train, test = set(dataset.train.group), set(dataset.test.group)
    assert not train & test and len(train | test) == 8


def test_what_cannot_be_used_is_named(videos, tmp_path):
    folder = tmp_path / "some"
    shutil.copytree(videos, folder)
    (folder / "kind 0" / "torn.mp4").write_text("no video")
    (folder / "alone").mkdir()
    path = next((folder / "kind 0").glob("0.mp4"))
    path.rename(folder / "alone" / "0.mp4")
    lines = folder_workspace(folder, tmp_path / "workspace")
    assert lines[0].startswith("left out: kind 0/torn.mp4: ")
    assert lines[1].endswith("without a class therefore: alone")
    csv = tmp_path / "workspace" / "files.csv"
    files = Manifest.from_csv(csv, folder)
    labels = dict(zip(files.path.tolist(), files.label.tolist()))
    assert labels["alone/0.mp4"] == -1 and "kind 0/torn.mp4" not in labels


def test_too_few_videos_are_refused(tmp_path):
    frames = np.zeros((4, 16, 16, 3), "uint8")
    (tmp_path / "few").mkdir()
    write_video(tmp_path / "few" / "silent.mp4", frames, 25)
    with pytest.raises(ValueError, match="holds 0 videos with sound"):
        folder_workspace(tmp_path / "few", tmp_path / "workspace")
    assert not (tmp_path / "workspace").exists()


def test_a_workspace_is_not_replaced(videos, tmp_path):
    folder_workspace(videos, tmp_path)
    before = (tmp_path / "BUILD").read_text()
    with pytest.raises(ValueError, match="--workspace=ANOTHER_FOLDER"):
        folder_workspace(videos, tmp_path)
    assert (tmp_path / "BUILD").read_text() == before
    assert pathlib.Path(videos).name in before
