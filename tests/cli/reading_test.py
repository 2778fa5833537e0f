"""Commands that read BUILD files start no backend."""

import os
import subprocess
import sys

import pytest

from keras_av.cli.main import READING
from keras_av.cli.session import Session, labels_of
from keras_av.rules import RULES
from keras_av.workspace import Graph, Workspace

# Also what else takes long to import. The reader of BUILD files is another
# process, which is started without the hook.
HEAVY = """
    av jax keras matplotlib pandas scipy sklearn soundfile tensorflow torch
""".split()
PROGRAM = f"""
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {HEAVY}:
            raise RuntimeError(f"{{name}} is imported")

sys.meta_path.insert(0, Refuse())
from keras_av.cli.main import run
run()
"""
BUILD = """
load("@keras_av//:rules.bzl", "adam", "clip_spec", "csv_dataset", \
"dataset_share", "evaluate", "folder_dataset", "generated_benchmark_dataset", \
"prepared_dataset", "preset_encoder", "rescaling", "resnet3d_backbone", \
"supervised", "ucf101")

adam(name = "adam")
clip_spec(name = "clips")
rescaling(name = "scaled", scale = 1.0)
resnet3d_backbone(
    name = "encoder",
    depth = 10,
    preprocessor = [":scaled"],
    weights = "gone.pth",
)
preset_encoder(name = "preset", modality = "video", path = "gone")
folder_dataset(name = "folder", path = "videos")
csv_dataset(name = "table", path = "videos/list.csv", root = "videos")
ucf101(name = "missing", path = "nowhere")
generated_benchmark_dataset(name = "generated")
dataset_share(name = "share", dataset = ":folder", share = 0.5)
dataset_share(name = "missing_share", dataset = ":missing", share = 0.5)
prepared_dataset(name = "prepared", clip_spec = ":clips", dataset = ":table")
prepared_dataset(name = "none", clip_spec = ":clips", dataset = ":missing")

[supervised(
    name = "on_" + name,
    batch_size = 2,
    clip_spec = ":clips",
    dataset = ":" + name,
    encoder = ":encoder",
    epochs = 1,
    optimizer = ":adam",
) for name in ("folder", "generated", "missing", "prepared", "share", "table")]

evaluate(name = "accuracy", model = ":on_folder")
"""
MISSING = {
    "encoder": "gone.pth",
    "preset": "gone",
    "missing": "nowhere",
    "missing_share": "nowhere",
    "none": "nowhere",
}


@pytest.fixture(scope="module")
def targets(tmp_path_factory):
    """A workspace of the library's rules, on files that are there or not."""
    root = tmp_path_factory.mktemp("targets")
    (root / "WORKSPACE").touch()
    (root / "BUILD").write_text(BUILD)
    names = [f"{kind}/{number}.mp4" for kind in "ab" for number in range(4)]
    for number, name in enumerate(names):
        file = root / "videos" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * number)
    rows = [f"{name},{name[0]}" for name in names]
    (root / "videos/list.csv").write_text("\n".join(["path,label", *rows]))
    return root


def said(folder, *arguments):
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=folder,
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    # That of --help is 1.
    assert not found.stderr, found.stderr
    return found.stdout


COMMANDS = {
    "--help": "keras_av build LABEL...",
    "list": "//:on_folder      supervised                   not built",
    "graph //:accuracy": "  //:on_folder  supervised  [not built]",
    "describe //...": "prepared_dataset(",
    "why //:accuracy": "//:accuracy has not been built yet.",
    "clean //...": "",
    "version": "\nkeras 3.",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_backend_is_imported(targets, command):
    assert COMMANDS[command] in said(targets, *command.split())


def test_all_commands_that_read_are_tried():
    assert {command.split()[0] for command in COMMANDS} == {*READING, "--help"}


def test_the_reader_of_files_imports_little():
    program = (
        "import sys, keras_av.workspace.starlark.package_reader; "
        f"print(sys.modules.keys() & {{*{HEAVY}, 'numpy', 'absl'}})"
    )
    assert subprocess.check_output(
        [sys.executable, "-c", program], text=True
    ) == ("set()\n")


def test_the_same_is_told_as_by_rules_that_are_loaded(targets, monkeypatch):
    monkeypatch.chdir(targets)
    lazy, loaded = Session().graph(), Graph(Workspace(".", RULES), "out")
    for label in labels_of(lazy, ["//..."]):
        key, missing = lazy.node(label).key, lazy.missing(label)
        provider = loaded.node(label).provider
        assert provider.key == key
        assert provider.missing() == missing
        named = MISSING.get(label.name)
        assert (missing is not None) == (named is not None)
        assert f"there is no '{named}'" in str(missing) or named is None
