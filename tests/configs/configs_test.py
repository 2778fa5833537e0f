"""Every target of every BUILD file of the repository."""

import os
import pathlib
import shutil
import subprocess

import pytest

from keras_av.cli.session import lazy_rules
from keras_av.rules import RULES
from keras_av.workspace import Graph, Label, Workspace

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCALES = ("smoke", "small", "paper")
NUM_TARGETS = {"smoke": 2229, "small": 2272, "paper": 2245}


# Components for experiments of one's own.
COMPONENTS = (
    "adam_w",
    "avid_audio_backbone",
    "collapse_monitor",
    "cosine_similarity",
    "decibel_spectrogram",
    "fusion_mlp",
    "huber",
    "kl_divergence",
    "knn_probe_callback",
    "linear_probe_callback",
    "mean_absolute_error",
    "mean_squared_error",
    "projection_head",
    "random_blur",
    "panns_backbone",
    "random_noise",
    "random_resized_crop",
    "retrieval_probe",
    "spectrogram_pooling",
    "tensor_board",
    "tensor_board_clips",
    "wave_cnn_backbone",
)


def graph(scale, root=ROOT):
    return Graph(Workspace(root, RULES, {"scale": scale}), root / "out")


def labels(graph):
    return [
        Label(package, name)
        for package in graph.workspace.packages("configs")
        for name in graph.workspace.package(package)
    ]


@pytest.mark.parametrize("scale", SCALES)
def test_every_target_is_right(scale):
    targets = graph(scale)
    found = labels(targets)
    assert len(found) == NUM_TARGETS[scale], len(found)
    # As the command reads them, which loads no rules.
    workspace = Workspace(ROOT, lazy_rules(), {"scale": scale})
    lazy = Graph(workspace, ROOT / "out")
    for label in found:
        assert targets.node(label).key == lazy.node(label).key


@pytest.mark.parametrize("clips, frames", [("16x224", 16), ("32x224", 32)])
def test_clips_of_the_published_tables(clips, frames):
    defines = {"scale": "paper", "clips": clips}
    targets = Graph(Workspace(ROOT, RULES, defines), ROOT / "out")
    for label in labels(targets):
        assert len(targets.node(label).key) == 12
    for name, size in (("clips", 224), ("large_clips", 256)):
        target = targets.node(Label("configs/datasets", name)).target
        assert target.attributes["num_frames"] == frames
        assert target.attributes["size"] == size


def test_scales_are_kept_apart():
    label = Label("configs/sscl", "report")
    assert len({graph(scale).node(label).key for scale in SCALES}) == 3


def test_every_rule_is_used_or_named_here():
    targets = graph("smoke")
    used = {
        targets.node(label).target.rule.spec.name for label in labels(targets)
    }
    # What a user's own files need: a first example of each is in a guide.
    assert set(RULES) - used == {
        *COMPONENTS,
        "folder_dataset",
        "preset_encoder",
        "tfds_dataset",
        "vggsound",
    }


def buildifier():
    """The formatter of BUILD files, which `make lint` installs."""
    path = ROOT / ".venv" / "node_modules" / ".bin" / "buildifier"
    if not path.exists():
        reason = f"needs {path}, which `make lint` installs"
        if os.environ.get("KERAS_AV_CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.mark.slow
def test_formatting_changes_no_key(tmp_path):
    for name in ("plain", "formatted"):
        shutil.copytree(ROOT / "configs", tmp_path / name / "configs")
        for file in (tmp_path / name).rglob("BUILD"):
            text = file.read_text().replace("    ", "  ").replace(",\n)", ")")
            file.write_text(text.replace(" = ", "="))
    files = sorted((tmp_path / "formatted").rglob("BUILD"))
    before = [file.read_text() for file in files]
    subprocess.run([buildifier(), *files], check=True)
    assert all(f.read_text() != old for f, old in zip(files, before))
    graphs = [graph("smoke", tmp_path / n) for n in ("plain", "formatted")]
    keys = [{label: g.node(label).key for label in labels(g)} for g in graphs]
    assert keys[0] == keys[1] and len(keys[0]) == NUM_TARGETS["smoke"]
